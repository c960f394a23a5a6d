package dispatch_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"rechargebot/providers"
)

// TestSimulationWithPausesAndFloats is the simulation while providers are paused and resumed every few minutes and
// our floats come and go: the invariants hold, and nothing is sent to a provider that is paused.
func TestSimulationWithPausesAndFloats(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			ups := []*upstream{ecareLike("first"), ecareLike("second"), ecareLike("third")}
			story(t, func(w *world) {
				s := &simulation{world: w, seed: seed, ups: ups}
				paused := func(provider string) bool {
					return chance(seed, "pause", provider, time.Now().Unix()/200).IntN(3) == 0
				}
				w.config.Paused = func(_ context.Context, provider string) (bool, error) { return paused(provider), nil }
				w.config.Float = func(provider string) (providers.Money, time.Time, bool) {
					c := chance(seed, "float", provider, time.Now().Unix()/100)
					return taka(int64(c.IntN(100))), time.Now().Add(-time.Duration(c.IntN(20)) * time.Minute), c.IntN(4) > 0
				}
				for _, u := range ups {
					u.plans = moody(seed, u.name)
					u.enquiry = func(n int, r providers.Request) bool { return chance(seed, "enquiry", n, r.Reference).IntN(10) >= 3 }
					u.received = func(ctx context.Context, r providers.Request) {
						s.watch(ctx, r)
						if paused(u.name) {
							s.broken("%s was sent to %s while it was paused", r.Reference, u.name)
						}
					}
				}
				s.live()
				s.judge()
			})
		})
	}
}
