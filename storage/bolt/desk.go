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

// touchable reports whether a job may be touched by the move although the table does not list it: for an incident
// or a verdict, or a reminder of one. An answer that is waited for would find another version.
func touchable(j storage.Job, m storage.Move) bool {
	return j.State != storage.Sending && (m.Incident != nil || m.Verdict != nil || j.OpenIncident() != nil || j.Verdict != nil)
}

// moveDesk records what a person says, or what waits for one.
func moveDesk(j *storage.Job, m storage.Move) error {
	touch := m.To == j.State
	switch {
	case m.Verdict != nil && !mayWait(*j, m):
		return fmt.Errorf("a verdict about %s that leads from %s to %s: %w", j.State, m.To, m.Verdict.To, storage.ErrIllegal)
	case m.Incident != nil && (!touch || !m.Incident.Settled.IsZero() || m.Incident.Said == ""):
		return fmt.Errorf("an incident with a move to %s: %w", m.To, storage.ErrIllegal)
	case m.Settle != nil && !maySettle(*j, m):
		return fmt.Errorf("a settlement of no incident, by nobody, or without a word: %w", storage.ErrIllegal)
	}
	if m.Verdict != nil {
		v := *m.Verdict
		j.Verdict = &v
	} else if !touch || m.Incident != nil || m.Settle != nil {
		j.Verdict = nil
	}
	j.Incidents = slices.Clone(j.Incidents) // the job before the move keeps its own
	if i := j.OpenIncident(); m.Settle != nil && i != nil {
		i.Settled, i.By, i.Why, i.Upheld = m.Now, m.Settle.By, m.Settle.Why, m.Settle.Upheld
	}
	if m.Incident != nil {
		return record(j, *m.Incident)
	}
	return nil
}

// mayWait reports whether the move's verdict is one about the job as it stands.
func mayWait(j storage.Job, m storage.Move) bool {
	return m.To == j.State && m.Incident == nil && m.Settle == nil && stands(*m.Verdict, j)
}

// stands reports whether the verdict is one that a person can have about the job.
func stands(v storage.Verdict, j storage.Job) bool {
	reverses := j.State == storage.Delivered && v.To == storage.Reversed
	switch {
	case v.By == 0, v.Why == "":
		return false
	case v.Incident:
		waits := j.OpenIncident() != nil && j.State != storage.Queued && j.State != storage.Sending
		return waits && (v.To == storage.Delivered || reverses)
	case j.State == storage.Review:
		return v.To == storage.Delivered || v.To == storage.Failed
	}
	return reverses && j.OpenIncident() == nil
}

// maySettle reports whether there is something that the move may settle.
func maySettle(j storage.Job, m storage.Move) bool {
	touch := m.To == j.State
	if m.Settle.By == 0 || m.Settle.Why == "" || !touch && m.To != storage.Reversed {
		return false
	}
	return j.OpenIncident() != nil || touch && j.State == storage.Delivered && j.Verdict != nil && !m.Settle.Upheld
}

// record keeps an incident. What must make room is settled, and tells least.
func record(j *storage.Job, i storage.Incident) error {
	j.Incidents = append(j.Incidents, i)
	for len(j.Incidents) > storage.MaxIncidents {
		upheld := 0
		for _, one := range j.Incidents {
			if one.Upheld {
				upheld++
			}
		}
		at := slices.IndexFunc(j.Incidents, func(i storage.Incident) bool { return !i.Settled.IsZero() && !i.Upheld })
		if at < 0 && upheld > 1 {
			at = slices.IndexFunc(j.Incidents, func(i storage.Incident) bool { return i.Upheld })
		}
		if at < 0 {
			return fmt.Errorf("one incident more than %d that must stay: %w", storage.MaxIncidents, storage.ErrIllegal)
		}
		j.Incidents = slices.Delete(j.Incidents, at, at+1)
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
	case !mayDecide(p, j):
		return transition{}, fmt.Errorf("person %d may not decide about %s: %w", turn.Actor, j.ID, storage.ErrMayNot)
	case !withdraws && !decides(j, m, turn.Actor):
		return transition{}, fmt.Errorf("no person's decision about %s: %w", j.ID, storage.ErrIllegal)
	}
	if turn.FourEyes {
		if err := t.checkSecond(j, m, turn.Actor); err != nil {
			return transition{}, err
		}
	}
	if m.Due, err = dueAfter(j, m); err != nil {
		return transition{}, err
	}
	return t.check(m)
}

// checkSecond is the check that another person, who may decide about the job now, has said the same.
func (t *tx) checkSecond(j storage.Job, m storage.Move, actor storage.PersonID) error {
	v := j.Verdict
	if v == nil || v.By == actor || !agrees(*v, j, m) {
		return fmt.Errorf("%s needs a second person: %w", j.ID, storage.ErrMayNot)
	}
	var first storage.Person
	if _, err := t.get(bucketPeople, personKey(v.By), &first); err != nil {
		return err
	}
	if !mayDecide(first, j) {
		return fmt.Errorf("person %d, who spoke first, may not decide about %s any more: %w", v.By, j.ID, storage.ErrMayNot)
	}
	return nil
}

// mayDecide reports whether the person may decide about the job: of his own order only an owner may.
func mayDecide(p storage.Person, j storage.Job) bool {
	return p.MayAdmin() && (j.Agent != p.ID || p.Role == storage.RoleOwner)
}

// agrees reports whether the move does what the verdict says.
func agrees(v storage.Verdict, j storage.Job, m storage.Move) bool {
	to := m.To
	if m.Settle != nil && m.To == j.State {
		if !m.Settle.Upheld {
			return false
		}
		to = storage.Delivered
	}
	return v.To == to && v.Incident == (m.Settle != nil)
}

// waitingDue is when dispatch looks at what a decision leaves waiting, and reminds of it.
const waitingDue = time.Hour

// dueAfter is the due time of a decision, of which a person thinks as little as whether the job still waits for somebody.
func dueAfter(j storage.Job, m storage.Move) (time.Time, error) {
	if err := moveDesk(&j, m); err != nil {
		return time.Time{}, err
	}
	j.State = m.To
	switch {
	case j.NeverDue():
		return time.Time{}, nil
	case m.Due.IsZero():
		return m.Now.Add(waitingDue), nil
	}
	return m.Due, nil
}

// decides reports whether the move is one that an admin may make.
func decides(j storage.Job, m storage.Move, actor storage.PersonID) bool {
	switch {
	case m.Open != nil, m.Incident != nil, m.Enquiry, m.Evidence != nil:
		return false
	case m.Verdict != nil:
		return m.To == j.State && m.Verdict.By == actor && m.Settle == nil && m.Serial == "" && m.Close == storage.ProofNone
	case m.Settle != nil:
		touch := m.To == j.State
		return (touch || j.State == storage.Delivered && m.To == storage.Reversed) && m.Settle.By == actor && m.Close == storage.ProofNone
	case j.State == storage.Delivered:
		return m.To == storage.Reversed
	case j.State != storage.Review:
		return false
	case m.To == storage.Unknown:
		return m.Close == storage.ProofNone
	}
	return (m.To == storage.Delivered || m.To == storage.Failed) && m.Close == storage.ProofPerson
}
