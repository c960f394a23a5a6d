package bolt

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rechargebot/storage"
)

// AtDesk lists the jobs that wait for a person.
func (s *Store) AtDesk(ctx context.Context, after storage.JobID, limit int) (out []storage.Job, err error) {
	err = s.view(ctx, func(t *tx) error {
		seal, c := sealerOf(bucketDesk), t.bucket(bucketDesk).Cursor()
		for k, record := c.Seek(jobKey(after + 1)); k != nil && len(out) < limit; k, record = c.Next() {
			if _, err := seal.unseal(k, record); err != nil {
				return err
			}
			j, err := t.indexed(bucketDesk, k, storage.JobID(readUnsigned(k)))
			if err != nil {
				return err
			}
			out = append(out, j)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list jobs at the desk: %w", err)
	}
	return out, nil
}

// touchable reports whether a job may be touched by the move although the table does not list it: for an
// incident, its settlement, or a reminder of an open one. An answer that is waited for would find another version.
func touchable(j storage.Job, m storage.Move) bool {
	return j.State != storage.Sending && (m.Incident != nil || j.OpenIncident() != nil)
}

// moveDesk records what a person says, or what waits for one.
func moveDesk(j *storage.Job, m storage.Move) error {
	touch := m.To == j.State
	switch {
	case m.Verdict != nil && (!touch || m.To != storage.Review || m.Verdict.By == 0 || m.Verdict.Why == "" ||
		m.Verdict.To != storage.Delivered && m.Verdict.To != storage.Failed):
		return fmt.Errorf("a verdict that leads from %s to %s: %w", m.To, m.Verdict.To, storage.ErrIllegal)
	case m.Incident != nil && (!touch || !m.Incident.Settled.IsZero() || m.Incident.Said == ""):
		return fmt.Errorf("an incident with a move to %s: %w", m.To, storage.ErrIllegal)
	case m.Settle != nil && (!touch && m.To != storage.Reversed || m.Settle.By == 0 || m.Settle.Why == "" || j.OpenIncident() == nil):
		return fmt.Errorf("a settlement of no incident, by nobody, or without a word: %w", storage.ErrIllegal)
	}
	if m.Verdict != nil {
		v := *m.Verdict
		j.Verdict = &v
	} else if !touch {
		j.Verdict = nil
	}
	j.Incidents = slices.Clone(j.Incidents) // the job before the move keeps its own
	if m.Settle != nil {
		i := j.OpenIncident()
		i.Settled, i.By, i.Why, i.Upheld = m.Now, m.Settle.By, m.Settle.Why, m.Settle.Upheld
	}
	if m.Incident != nil {
		j.Incidents = append(j.Incidents, *m.Incident)
		if extra := len(j.Incidents) - storage.MaxIncidents; extra > 0 {
			j.Incidents = slices.Delete(j.Incidents, 1, 1+extra) // the first one and the newest stay
		}
	}
	return nil
}

// checkDecision is the check of what a turn's actor does to a job.
func (t *tx) checkDecision(turn storage.Turn) (transition, error) {
	m := *turn.Job
	j, err := t.job(m.Job)
	if err != nil {
		return transition{}, err
	}
	var p storage.Person
	if _, err := t.get(bucketPeople, personKey(turn.Actor), &p); err != nil {
		return transition{}, err
	}
	m.By = fmt.Sprintf("person %d", turn.Actor)
	withdraws := j.State == storage.Queued && (m.To == storage.Cancelled || m.To == storage.Failed)
	switch {
	case p.MayOrder() && j.Version != m.Version:
		return transition{}, fmt.Errorf("%s is not as it was read: %w", j.ID, storage.ErrConflict)
	case withdraws && j.Agent == turn.Actor && p.MayOrder():
		m.By = "agent"
	case !p.MayAdmin(), j.Agent == turn.Actor && p.Role != storage.RoleOwner:
		return transition{}, fmt.Errorf("person %d may not decide about %s: %w", turn.Actor, j.ID, storage.ErrMayNot)
	case !withdraws && !decides(j, m, turn.Actor):
		return transition{}, fmt.Errorf("no person's decision about %s: %w", j.ID, storage.ErrIllegal)
	}
	if v := j.Verdict; turn.FourEyes && (v == nil || v.By == turn.Actor || v.To != m.To) {
		return transition{}, fmt.Errorf("%s needs a second person: %w", j.ID, storage.ErrMayNot)
	}
	if m.Due, err = dueAfter(j, m); err != nil {
		return transition{}, err
	}
	return t.check(m)
}

// openIncidentDue is when dispatch looks at what a decision leaves open, and reminds of it.
const openIncidentDue = time.Hour

// dueAfter is the due time of a decision, of which a person thinks as little as whether an incident stays open.
func dueAfter(j storage.Job, m storage.Move) (time.Time, error) {
	if err := moveDesk(&j, m); err != nil {
		return time.Time{}, err
	}
	j.State = m.To
	switch {
	case j.NeverDue():
		return time.Time{}, nil
	case m.Due.IsZero():
		return m.Now.Add(openIncidentDue), nil
	}
	return m.Due, nil
}

// decides reports whether the move is one that an admin may make.
func decides(j storage.Job, m storage.Move, actor storage.PersonID) bool {
	switch {
	case m.Open != nil, m.Incident != nil, m.Enquiry, m.Evidence != nil:
		return false
	case m.Settle != nil:
		touch := m.To == j.State && m.Verdict == nil
		return (touch || j.State == storage.Delivered && m.To == storage.Reversed) && m.Settle.By == actor && m.Close == storage.ProofNone
	case j.State == storage.Delivered:
		return m.To == storage.Reversed
	case j.State != storage.Review:
		return false
	case m.To == storage.Review:
		return m.Verdict != nil && m.Verdict.By == actor
	case m.To == storage.Unknown:
		return m.Close == storage.ProofNone
	}
	return (m.To == storage.Delivered || m.To == storage.Failed) && m.Close == storage.ProofPerson
}
