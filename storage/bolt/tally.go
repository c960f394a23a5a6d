package bolt

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rechargebot/storage"
)

// Moved is a change of a job's state. From is empty when the job is new.
type Moved struct{ From, To storage.State }

// OnCommit registers f to be told after each commit how long it took, with the sync, and what became of jobs in it.
// The writer waits for it, so it must be quick, use no store, and leave moves as they are.
func (s *Store) OnCommit(f func(took time.Duration, moves []Moved)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onCommit = append(s.onCommit, f)
}

func (s *Store) tellCommitted(took time.Duration, moves []Moved) {
	s.mu.Lock()
	callbacks := slices.Clone(s.onCommit)
	s.mu.Unlock()
	for _, f := range callbacks {
		f(took, moves)
	}
}

// moves notes a change of the job's state, for OnCommit.
func (t *tx) moves(before *storage.Job, j storage.Job) {
	switch {
	case before == nil:
		t.moved = append(t.moved, Moved{To: j.State})
	case before.State != j.State:
		t.moved = append(t.moved, Moved{before.State, j.State})
	}
}

// Unsettled counts the jobs whose state is not final, by state. It reads them all.
func (s *Store) Unsettled(ctx context.Context) (count map[storage.State]int, err error) {
	err = s.view(ctx, func(t *tx) error {
		count = map[storage.State]int{}
		return t.each(bucketLive, nil, func(key, payload []byte) (bool, error) {
			var j struct{ State storage.State }
			err := decode(bucketLive, key, payload, &j)
			count[j.State]++
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("count the jobs that are not settled: %w", err)
	}
	return count, nil
}
