package sandbox_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/bot/sandbox"
)

// spam sends a chat n messages at once and returns how many were taken, and the last wait that was asked for.
func spam(t *testing.T, s *sandbox.Server, chat int64, n int, words string) (taken, wait int) {
	t.Helper()
	for range n {
		r := call(t, s, "sendMessage", object{"chat_id": chat, "text": words})
		switch r.Code {
		case 0:
			taken++
		case 429:
			wait = r.Parameters.RetryAfter
		default:
			t.Fatalf("answered %d %s", r.Code, r.Description)
		}
	}
	return taken, wait
}

func TestASlidingWindowSavesUpNothing(t *testing.T) {
	t.Parallel()
	for _, sliding := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := config()
			c.Limits = sandbox.Limits{Sliding: sliding}
			s := play(t, c)
			total := 0
			for range 20 { // a message every three seconds, and then all at once
				taken, _ := spam(t, s, ops, 1, "x")
				total += taken
				time.Sleep(3 * time.Second)
			}
			if total != 20 {
				t.Errorf("sliding %v: %d of 20 in a minute were taken", sliding, total)
			}
			taken, wait := spam(t, s, ops, 20, "x")
			if want := map[bool]int{false: 20, true: 1}[sliding]; taken != want {
				t.Errorf("sliding %v: %d of 20 more at once were taken, want %d", sliding, taken, want)
			}
			if sliding && wait != 3 {
				t.Errorf("asked to wait %d s, want 3, when the next one leaves the window", wait)
			}
		})
	}
}

func TestThirtyInAnySecondAndNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := config()
		c.Limits = sandbox.Limits{Sliding: true}
		s := sandbox.New(c)
		send := func(from, n int) (taken int) {
			for i := from; i < from+n; i++ {
				id := int64(i + 100)
				if err := s.Meet(sandbox.Person{ID: id, FirstName: "P", Started: true}); err != nil {
					t.Fatal(err)
				}
				one, _ := spam(t, s, id, 1, "x")
				taken += one
			}
			return taken
		}
		first := send(0, 15)
		time.Sleep(900 * time.Millisecond)
		second := send(15, 20)
		time.Sleep(100 * time.Millisecond)
		if third := send(35, 20); first != 15 || second != 15 || third != 15 {
			t.Errorf("%d, %d and %d were taken, want 15 each", first, second, third)
		}
	})
}

func TestWhoDoesNotWaitWaitsLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := config()
		c.Limits = sandbox.Limits{Harsh: true}
		s := play(t, c)
		spam(t, s, rahim, 5, "x")
		for _, want := range []int{1, 2, 4, 8} {
			if taken, wait := spam(t, s, rahim, 1, "x"); taken != 0 || wait != want {
				t.Errorf("asked to wait %d s, want %d", wait, want)
			}
		}
		time.Sleep(8*time.Second - 1)
		if _, wait := spam(t, s, rahim, 1, "x"); wait != 16 {
			t.Errorf("a moment too early: asked to wait %d s, want 16", wait)
		}
		time.Sleep(16 * time.Second)
		if taken, wait := spam(t, s, rahim, 6, "x"); taken != 5 || wait != 1 {
			t.Errorf("after the wait %d were taken and then %d s asked for, want 5 and 1", taken, wait)
		}
		for range 20 {
			spam(t, s, rahim, 1, "x")
		}
		if _, wait := spam(t, s, rahim, 1, "x"); wait != 300 {
			t.Errorf("asked to wait %d s, want five minutes at most", wait)
		}
		if taken, _ := spam(t, s, ops, 1, "x"); taken != 1 {
			t.Error("another chat waits, too")
		}
	})
}

func TestLongTextsCountTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := config()
		c.Limits = sandbox.Limits{LongTexts: true}
		s := play(t, c)
		if taken, _ := spam(t, s, rahim, 5, strings.Repeat("x", 501)); taken != 2 {
			t.Errorf("%d long texts were taken, want 2", taken)
		}
		if taken, _ := spam(t, s, rahim, 5, strings.Repeat("x", 500)); taken != 1 {
			t.Errorf("%d texts were taken after them, want 1", taken)
		}
	})
}

func TestAnswersToPressesAreNotCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := config()
		c.Limits = sandbox.Limits{}
		s := play(t, c)
		m := offer(t, s)
		for range 50 {
			p, err := s.Press(rahim, rahim, m.ID, "Yes")
			if err != nil {
				t.Fatal(err)
			}
			must(t, call(t, s, "answerCallbackQuery", object{"callback_query_id": p.Query}))
		}
		if taken, _ := spam(t, s, rahim, 4, "x"); taken != 4 {
			t.Errorf("%d of 4 were taken", taken)
		}
	})
}
