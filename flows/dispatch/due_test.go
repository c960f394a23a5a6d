package dispatch

import (
	"cmp"
	"slices"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"

	"rechargebot/storage"
)

func TestTheDueIndexGivesWhatWasPutInInOrderAndEqualsOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(rapid.Custom(func(t *rapid.T) entry {
			return entry{due: rapid.Int64Range(0, 20).Draw(t, "due"), id: storage.JobID(rapid.IntRange(1, 5).Draw(t, "id"))}
		})).Draw(t, "entries")
		var h dueIndex
		for _, e := range in {
			h.add(e)
		}
		var got []entry
		for {
			next, ok := h.next()
			if !ok {
				break
			}
			e := h.take()
			if !next.Equal(time.Unix(0, e.due)) {
				t.Fatalf("next said %v, took %v", next, e)
			}
			got = append(got, e)
		}
		want := slices.Clone(in)
		slices.SortFunc(want, func(a, b entry) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.id, b.id)) })
		if want = slices.Compact(want); !slices.Equal(want, got) {
			t.Fatalf("took %v, want %v", got, want)
		}
	})
}

func TestAWaitingJobTakes16Bytes(t *testing.T) {
	t.Parallel()
	if size := unsafe.Sizeof(entry{}); size != 16 {
		t.Errorf("%d bytes", size)
	}
}

func TestWhatWaitsKeepsItsDistanceWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	d := New(Config{})
	l := newLoop(t.Context(), d)
	ahead := time.Now().Add(24 * time.Hour)
	l.clock.wall = ahead.Round(0) // the last look was by a clock that was a day ahead
	d.waiting.add(entry{due: ahead.Add(time.Hour).UnixNano(), id: 1})
	d.waiting.add(entry{due: ahead.Add(2 * time.Hour).UnixNano(), id: 2})
	for range 2 { // the second look finds nothing to correct
		next, ok := l.startDue()
		if wait := time.Until(next); !ok || wait < 50*time.Minute || wait > time.Hour {
			t.Fatalf("the next job is due in %v, want an hour; %v", wait, ok)
		}
	}
}
