package dispatch_test

import (
	"testing"
	"time"

	"rechargebot/storage"
)

// tardy is an upstream whose first turn comes a millisecond later, and whose caller hears of it only when
// that has passed: preempted, or on a loaded machine.
type tardy struct {
	*upstream
	asked bool
}

func (u *tardy) Turn() time.Duration {
	if u.asked {
		return u.upstream.Turn()
	}
	u.asked = true
	time.Sleep(2 * time.Millisecond)
	return time.Millisecond
}

func TestATurnThatCameMeanwhileIsTaken(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.config.Upstreams = append(w.config.Upstreams, &tardy{upstream: up})
		w.start()
		job := w.after(time.Second, w.order().ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
	})
}
