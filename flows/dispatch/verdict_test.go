package dispatch_test

import (
	"context"
	"fmt"

	"rechargebot/storage"
)

// judge joins what the providers know with what the store holds and what was told.
func (s *simulation) judge() {
	s.t.Helper()
	seen := map[string]int{}
	told := s.told()
	for _, was := range s.jobs {
		job := s.job(was.ID)
		charged := 0
		for _, u := range s.ups {
			for _, o := range u.sent(job.Account) {
				seen["sends"]++
				if o.plan.answer != saysPending && o.plan.answer != saysDelivered {
					seen["faulty sends"]++
				}
				if o.charged() {
					charged++
				}
			}
		}
		s.judgeJob(job, charged, told[job.ID])
		seen[string(job.State)]++
		if len(job.Attempts) > 1 {
			seen["failovers"]++
		}
	}
	for _, u := range s.ups {
		if u.overlap {
			s.broken("I8: two sends for one account were under way at a time")
		}
	}
	seen["deaths"] = s.deaths
	for _, must := range []string{"sends", "failovers", "deaths", string(storage.Delivered), string(storage.Failed), string(storage.Review)} {
		if seen[must] == 0 {
			s.broken("the run proves little: no %s", must)
		}
	}
	if seen["faulty sends"]*10 < seen["sends"]*3 {
		s.broken("the run proves little: %v", seen)
	}
	for _, b := range s.breaks {
		s.t.Error(b)
	}
	s.t.Log(fmt.Sprint("seen ", seen))
}

// judgeJob checks one job at the end of all days: finished or with a person (I2), paid at most once
// (I1), and told what is true (I3, I11).
func (s *simulation) judgeJob(job storage.Job, charged int, told []storage.State) {
	if !job.State.Terminal() && job.State != storage.Review {
		s.broken("I2: %s is still %s", job.ID, job.State)
	}
	if charged > 1 {
		s.broken("I1: %s was recharged %d times: %+v", job.ID, charged, job.Attempts)
	}
	if job.State == storage.Delivered && charged != 1 || job.State == storage.Failed && charged != 0 {
		s.broken("I11: %s is %s, and was recharged %d times", job.ID, job.State, charged)
	}
	if len(told) != 1 || told[0] != job.State {
		s.broken("I3: the agent was told %v of %s, which is %s", told, job.ID, job.State)
	}
}

// told is what agents were told in messages of their own.
func (s *simulation) told() map[storage.JobID][]storage.State {
	s.t.Helper()
	pending, err := s.store.Pending(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[storage.JobID][]storage.State{}
	for _, n := range pending {
		if n.Kind == storage.NoticePush {
			out[n.Job] = append(out[n.Job], n.State)
		}
	}
	return out
}
