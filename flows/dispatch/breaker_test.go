package dispatch

import (
	"testing"
	"time"
)

func TestABreakerBreaksAtARowAndAtAShareOfFailures(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tests := map[string]struct {
		sends string // "x" = failed
		want  int    // the send that broke it, from 1; 0 = none
	}{
		"four in a row":               {"xxxx.xxxx.xx", 0},
		"five in a row":               {".xxxxx", 6},
		"half of them":                {"x.x.x.x.x.x.x.x.x.x.x.x.x.x.", 0},
		"twelve of twenty":            {".xx.x.xx.x.xx.x.xx.x", 20},
		"eleven of twenty, and more":  {"x.x.x.x.x.x.xx.x.xx.", 0},
		"what is long ago is no more": {"xxxx.xxxx................xxx.", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b breaker
			got := 0
			for i, outcome := range test.sends {
				if broke, _ := b.record(outcome == 'x', now, now); broke {
					got = i + 1
				}
			}
			if got != test.want {
				t.Errorf("broke at send %d, want %d", got, test.want)
			}
		})
	}
}

// A provider that takes everything and delivers nothing is left alone, too, and only a delivery brings it back.
func TestTakingIsNotDelivering(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var b breaker
	for n := range breakInRow {
		if broke, mended := b.record(false, now, now); broke || mended {
			t.Errorf("acceptance %d broke or mended it", n+1)
		}
		if broke, _ := b.ended(true, now); broke != (n+1 == breakInRow) {
			t.Errorf("after %d orders that came to nothing: broke %v", n+1, broke)
		}
	}
	if _, mended := b.record(false, now, now); mended || !b.broken() {
		t.Error("one more acceptance mended it")
	}
	b.ended(true, now)
	if want := now.Add(2 * trialAfter); !b.next.Equal(want) {
		t.Errorf("the next trial is at %v, want %v", b.next, want)
	}
	if _, mended := b.ended(false, now); !mended || b.broken() {
		t.Error("a delivery does not mend it")
	}
}

func TestATrialThatIsNeverSentLeavesRoomForTheNextOne(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var b breaker
	for range breakInRow {
		b.record(true, now, now)
	}
	after := func(d time.Duration) time.Time { return now.Add(d) }
	if b.mayTry(1, true, after(trialAfter-1)) || b.mayTry(1, false, after(trialAfter)) {
		t.Error("a trial before its time, or beside an order that is one itself")
	}
	if !b.mayTry(1, true, after(trialAfter)) || !b.mayTry(1, false, after(trialAfter)) || b.mayTry(2, true, after(trialAfter)) {
		t.Error("not order 1, and it alone, is the trial")
	}
	if !b.mayTry(2, true, after(2*trialAfter)) { // order 1 was cancelled
		t.Error("order 2 is not the next trial")
	}
}

func TestFailuresOfSendsThatWereUnderWayPutNoTrialOff(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	broken := begun.Add(30 * time.Second)
	var b breaker
	for range 30 {
		b.record(true, begun, broken)
	}
	if want := broken.Add(trialAfter); !b.next.Equal(want) {
		t.Errorf("the next trial is at %v, want %v", b.next, want)
	}
	for range 20 {
		b.record(true, broken, broken)
	}
	if want := broken.Add(trialMost); !b.next.Equal(want) {
		t.Errorf("after many failures the next trial is at %v, want %v", b.next, want)
	}
	if _, mended := b.record(false, broken, broken); !mended || b.broken() {
		t.Error("a success does not mend it")
	}
}
