package dispatch_test

import (
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// The first provider says that it has each order, and later that it failed: new orders go to the second one at once.
func TestAProviderThatDeliversNothingIsLeftAlone(t *testing.T) {
	first := ecareLike("first").always(plan{takes: 5 * time.Second, ends: providers.Refused})
	second := ecareLike("second").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.start()
		for range 8 {
			w.wantState(w.after(15*time.Second, w.order().ID), storage.Delivered)
		}
		if n := len(first.sends); n < 5 || n > 6 { // five, and at most one trial
			w.t.Errorf("the first provider got %d of 8 orders", n)
		}
		if s := w.dispatcher.Summaries()[0]; s.Good != 0 || s.Sends != len(first.sends) || len(s.Breaks) != 1 {
			w.t.Errorf("the desk says %+v", s)
		}
	}, first, second)
}
