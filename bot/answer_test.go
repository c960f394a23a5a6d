package bot_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/storage"
)

// However long Telegram goes on asking for a moment's patience with one press, its chat goes on, and so do the others.
func TestAPressThatIsNeverAnsweredHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1, 2)
		d := newDesk(s)
		g.refuse = func(c call) *refusal {
			if c.method == "answerCallbackQuery" {
				return &refusal{code: 429, description: "Too Many Requests: retry after 1", retryAfter: 1}
			}
			return nil
		}
		_, stop := running(t, config(t, g, s, d))
		g.say(pressed(1, 70, "x"), typed(1, "hello"))
		pass(5 * time.Second)
		if heard := d.heard(1); !slices.Equal(heard, []string{"x", "hello"}) {
			t.Errorf("five seconds later %q was handled", heard)
		}
		if err := s.Owe(t.Context(), storage.Notice{Chat: 2, Kind: storage.NoticeMessage, Body: words("to another")}); err != nil {
			t.Error(err)
		}
		pass(time.Second)
		if sent := texts(g.took()); !slices.Contains(sent, "to another") || len(g.said("answerCallbackQuery")) > 4 {
			t.Errorf("%q was sent, and %d answers were tried", sent, len(g.said("answerCallbackQuery")))
		}
		stopped(t, stop)
	})
}

// An answer that is lost on the way is given again at once, but not while Telegram is away.
func TestAPressIsAnsweredThoughACallGetsLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		no       refusal
		times    int
		answered bool
		tries    int
	}{
		"a connection breaks":             {refusal{cause: errors.New("connection reset by peer")}, 1, true, 2},
		"a proxy has a page":              {refusal{code: 502, body: "<html>502 Bad Gateway</html>"}, 2, true, 3},
		"nobody is there":                 {refusal{cause: errors.New("connection refused")}, 100, false, 3},
		"nobody answers in time":          {refusal{hangs: true}, 100, false, 1},
		"the press is too old":            {refusal{code: 400, description: "Bad Request: query is too old and response timeout expired or query ID is invalid"}, 100, false, 1},
		"the press is not known any more": {refusal{code: 400, description: "Bad Request: QUERY_ID_INVALID"}, 100, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				d := newDesk(s)
				left := c.times
				g.refuse = func(of call) *refusal {
					if of.method != "answerCallbackQuery" || left == 0 {
						return nil
					}
					left--
					return &c.no
				}
				_, stop := running(t, config(t, g, s, d))
				g.say(pressed(1, 70, "x"), typed(1, "hello"))
				pass(7 * time.Second)
				answered := slices.ContainsFunc(g.took(), func(c call) bool { return c.method == "answerCallbackQuery" })
				if tries := len(g.said("answerCallbackQuery")); answered != c.answered || tries != c.tries || len(d.heard(1)) != 2 {
					t.Errorf("answered %v in %d tries, and handled %q", answered, tries, d.heard(1))
				}
				stopped(t, stop)
			})
		})
	}
}
