package bolt

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// transition is a move that was checked: the job before and after it.
type transition struct {
	move          storage.Move
	before, after storage.Job
}

// Move changes one job, by compare-and-set on its version.
func (s *Store) Move(ctx context.Context, m storage.Move) (storage.Job, error) {
	if err := encodable(m); err != nil {
		return storage.Job{}, fmt.Errorf("move %s: %w", m.Job, err)
	}
	var done transition
	err := s.submit(ctx, func(t *tx) (func() error, error) {
		var err error
		if done, err = t.check(m); err != nil {
			return nil, err
		}
		return func() error { return t.take(done) }, nil
	})
	if err != nil {
		return storage.Job{}, fmt.Errorf("move %s to %s: %w", m.Job, m.To, err)
	}
	return done.after, nil
}

// encodable refuses what cannot be stored as JSON: a time after the year 9999, a body that is not JSON.
func encodable(v any) error {
	if _, err := json.Marshal(v); err != nil {
		return fmt.Errorf("%w: %w", storage.ErrIllegal, err)
	}
	return nil
}

// check is the move's check phase.
func (t *tx) check(m storage.Move) (transition, error) {
	before, err := t.job(m.Job)
	if err != nil {
		return transition{}, err
	}
	after, err := moved(before, m)
	if err != nil {
		return transition{}, err
	}
	if m.Open != nil {
		used, err := t.has(bucketReference, []byte(m.Open.Reference))
		if err != nil {
			return transition{}, err
		}
		if used {
			return transition{}, fmt.Errorf("the reference was used before: %w", storage.ErrConflict)
		}
	}
	return transition{m, before, after}, t.checkNotices(m.Notices)
}

// take is the move's apply phase.
func (t *tx) take(s transition) error {
	before, after := s.before, s.after
	if err := t.store(&before, after); err != nil {
		return err
	}
	if s.move.Open != nil {
		if err := t.write(bucketReference, []byte(s.move.Open.Reference), jobKey(after.ID)); err != nil {
			return err
		}
	}
	if before.State != after.State {
		if counts(before.State) && !counts(after.State) {
			if err := t.spend(after, -after.Amount.Minor); err != nil {
				return err
			}
		}
		if err := t.oweMove(after, s.move); err != nil {
			return err
		}
	} else if m := s.move; (m.Incident != nil || m.Settle != nil) && (after.State == storage.Failed || after.State == storage.Cancelled) {
		if err := t.oweCard(after, m); err != nil { // it says that nothing was charged, or that this is being checked
			return err
		}
	}
	return t.oweAll(s.move.Notices)
}

// counts reports whether a job in that state counts in the day's sum.
func counts(s storage.State) bool {
	return s != storage.Failed && s != storage.Cancelled && s != storage.Reversed
}

// moved is the job after the move, or the reason why the move is refused. It may change j.
func moved(j storage.Job, m storage.Move) (storage.Job, error) {
	switch {
	case j.Version != m.Version:
		return j, fmt.Errorf("version is %d, not %d: %w", j.Version, m.Version, storage.ErrConflict)
	case !j.State.MayBecome(m.To) && !(m.To == j.State && touchable(j, m)):
		return j, fmt.Errorf("%s may not become %s: %w", j.State, m.To, storage.ErrIllegal)
	case !j.Restored.IsZero() && (m.To == storage.Queued || m.To == storage.Sending):
		return j, fmt.Errorf("%s came out of a copy, and is never sent again: %w", j.ID, storage.ErrIllegal)
	case m.Now.IsZero():
		return j, fmt.Errorf("a move without a time: %w", storage.ErrIllegal)
	case !m.Due.IsZero() && !indexable(m.Due):
		return j, fmt.Errorf("due time %v is out of range: %w", m.Due, storage.ErrIllegal)
	}
	if err := moveAttempts(&j, m); err != nil {
		return j, err
	}
	waited := j.Verdict != nil && j.State.Terminal()
	if err := moveDesk(&j, m); err != nil {
		return j, err
	}
	if m.To != j.State {
		j.History = append(j.History, storage.Line{At: m.Now, From: j.State, To: m.To, By: m.By, Note: m.Note})
		j.State, j.Changed, j.Reason = m.To, m.Now, m.Reason
	}
	if waited && j.NeverDue() {
		m.Due = time.Time{} // who moves it need not know that only the verdict kept it waiting
	}
	if m.Due.IsZero() != j.NeverDue() {
		return j, fmt.Errorf("%s with due time %v: %w", m.To, m.Due, storage.ErrIllegal)
	}
	if m.Reason != providers.ReasonNone {
		j.Reason = m.Reason
	}
	if m.Serial != "" {
		j.Serial = m.Serial
	}
	j.Version++
	j.Due = m.Due
	return j, nil
}

// moveAttempts opens, changes and closes the job's attempts as the move says.
func moveAttempts(j *storage.Job, m storage.Move) error {
	if unsure(*j) {
		return moveUnsure(m)
	}
	if m.Open != nil {
		if err := openAttempt(j, m); err != nil {
			return err
		}
	}
	a := j.OpenAttempt()
	if a == nil && m.To == storage.Reversed && len(j.Attempts) > 0 && m.Close == storage.ProofNone {
		a = &j.Attempts[len(j.Attempts)-1]
	}
	if a == nil && (m.Close != storage.ProofNone || m.Enquiry || m.NotFound || m.UpstreamID != "" || m.Evidence != nil || m.After != nil) {
		return fmt.Errorf("no attempt is open: %w", storage.ErrIllegal)
	}
	if m.NotFound && !m.Enquiry {
		return fmt.Errorf("not found without an enquiry: %w", storage.ErrIllegal)
	}
	if a != nil {
		changeAttempt(a, m)
	}
	if a != nil && m.Close != storage.ProofNone {
		if !proves(m.Close, m.To) {
			return fmt.Errorf("proof %s does not lead to %s: %w", m.Close, m.To, storage.ErrIllegal)
		}
		a.Closed, a.Proof = m.Now, m.Close
	}
	if open := j.OpenAttempt() != nil; open != underWay(m.To) {
		return fmt.Errorf("%s with an open attempt: %v: %w", m.To, open, storage.ErrIllegal)
	}
	return nil
}

// unsure reports whether the job waits for a person without an attempt: it was Queued in the copy that it came out of,
// and may have been sent since.
func unsure(j storage.Job) bool {
	return j.State == storage.Review && !j.Restored.IsZero() && j.OpenAttempt() == nil
}

// moveUnsure refuses what needs an attempt: only a person ends such a job.
func moveUnsure(m storage.Move) error {
	learns := m.Open != nil || m.Enquiry || m.NotFound || m.UpstreamID != "" || m.Evidence != nil || m.After != nil
	stays := m.To == storage.Review && m.Close == storage.ProofNone
	if learns || !stays && (m.Close != storage.ProofPerson || !proves(m.Close, m.To)) {
		return fmt.Errorf("%s with no attempt that is known: %w", m.To, storage.ErrIllegal)
	}
	return nil
}

// openAttempt begins the attempt that the move opens.
func openAttempt(j *storage.Job, m storage.Move) error {
	a := *m.Open
	switch {
	case m.To != storage.Sending || j.OpenAttempt() != nil:
		return fmt.Errorf("an attempt is opened only from queued to sending: %w", storage.ErrIllegal)
	case a.Provider == "" || a.Reference == "" || !a.Closed.IsZero() || a.Proof != storage.ProofNone:
		return fmt.Errorf("the attempt must name provider and reference and be open: %w", storage.ErrIllegal)
	case len(a.Reference) > maxReference:
		return fmt.Errorf("the reference is longer than %d: %w", maxReference, storage.ErrIllegal)
	}
	if a.Opened.IsZero() {
		a.Opened = m.Now
	}
	a.Evidence = slices.Clone(a.Evidence)
	if a.Before != nil {
		before := *a.Before
		a.Before = &before
	}
	j.Attempts = append(j.Attempts, a)
	return nil
}

// maxReference bounds a key of the index of references, far above what any upstream takes.
const maxReference = 1024

// changeAttempt notes what the move learnt about the attempt.
func changeAttempt(a *storage.Attempt, m storage.Move) {
	if m.Enquiry {
		a.Enquiries++
	}
	if m.NotFound {
		a.NotFound++
	}
	if m.UpstreamID != "" {
		a.UpstreamID = m.UpstreamID
	}
	if m.After != nil {
		after := *m.After
		a.After = &after
	}
	if n := len(a.Evidence); m.Evidence != nil && n > 0 && a.Evidence[n-1].Same(*m.Evidence) {
		a.Evidence[n-1].Again++
		a.Evidence[n-1].Until = m.Evidence.At
	} else if m.Evidence != nil {
		a.Evidence = append(a.Evidence, *m.Evidence)
	}
	if extra := len(a.Evidence) - storage.MaxEvidence; extra > 0 {
		a.Evidence = slices.Delete(a.Evidence, 1, 1+extra) // the first one and the newest stay
	}
}

// underWay reports whether a job in that state has an open attempt.
func underWay(s storage.State) bool {
	return s == storage.Sending || s == storage.Pending || s == storage.Unknown || s == storage.Review
}

// proves reports whether the proof may close the attempt of a job that becomes that state.
func proves(p storage.Proof, to storage.State) bool {
	switch to {
	case storage.Delivered:
		return p == storage.ProofDelivered || p == storage.ProofPerson
	case storage.Queued, storage.Failed:
		return p.NotCharged()
	}
	return false
}
