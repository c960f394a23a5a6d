package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/storage"
)

func TestThePollStopsWhileTooMuchWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		open := make(chan struct{})
		d.do = func(context.Context, flows.Input) (flows.Answer, error) {
			<-open
			return flows.Answer{}, nil
		}
		var all []string
		for i := range 13_000 {
			all = append(all, typed(1, fmt.Sprint(i)))
		}
		g.say(all...)
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		if n := s.waiting(); n < 10_000 || n > 10_200 {
			t.Errorf("%d updates taken while nothing was handled, want about 10,100 of 13,000", n)
		}
		close(open)
		synctest.Wait()
		if n, doubled := d.total(); n != 13_000 || doubled != 0 || !slices.IsSortedFunc(d.heard(1), byNumber) {
			t.Errorf("%d handled, %d twice, in order: %v", n, doubled, slices.IsSortedFunc(d.heard(1), byNumber))
		}
		stopped(t, stop)
	})
}

func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func TestAnUpdateThatPanicsIsSetAsideAndItsSenderTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		attempts := map[string]int{}
		d.do = func(_ context.Context, in flows.Input) (flows.Answer, error) {
			attempts[in.Text+in.Press]++
			switch {
			case in.Text == "once" && attempts["once"] == 1, in.Text == "always", in.Press == "always":
				panic("boom with " + token)
			}
			return flows.Answer{}, nil
		}
		var log strings.Builder
		c := config(t, g, s, d)
		c.Logger = textLogger(&log)
		g.say(typed(1, "once"), typed(1, "always"), pressed(1, 70, "always"), typed(1, "after"))
		_, stop := running(t, c)
		pass(time.Minute)
		if diff := cmp.Diff([]string{"once", "after"}, d.heard(1)); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		if attempts["once"] != 2 || s.waiting() != 0 {
			t.Errorf("attempts %v, %d still in the inbox", attempts, s.waiting())
		}
		if sent := texts(g.said("sendMessage")); len(sent) != 1 || !strings.Contains(sent[0], "Sorry") {
			t.Errorf("the sender was told %q, want one apology", sent)
		}
		answers := g.said("answerCallbackQuery")
		if len(answers) != 1 || !strings.Contains(answers[0].text(), "Sorry") || answers[0].form["show_alert"] != "true" {
			t.Errorf("the press was answered %v", answers)
		}
		stopped(t, stop)
		if !strings.Contains(log.String(), "boom") || strings.Contains(log.String(), token) {
			t.Errorf("the log should hold the panic and not the token:\n%s", log.String())
		}
	})
}

func TestAFailedStoreEndsTheRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ op string }{
		"while an input is handled": {"handled"},
		"while a notice is sent":    {"sent"},
		"while updates are stored":  {"accept"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				d := newDesk(s)
				s.fail = func(op string) error {
					if op == c.op {
						return errBroken
					}
					return nil
				}
				d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
					return flows.Answer{}, s.Owe(ctx, storage.Notice{Chat: in.Chat, Kind: storage.NoticeMessage, Body: words("x")})
				}
				b, stop := running(t, config(t, g, s, d))
				synctest.Wait()
				g.say(pressed(1, 70, "x"))
				pass(time.Minute) // Run ends by itself
				if err := stop(); !errors.Is(err, storage.ErrBroken) {
					t.Errorf("Run ended with %v, want the store's error", err)
				}
				if b.Healthy() == nil {
					t.Error("a bot that has ended calls itself healthy")
				}
			})
		})
	}
}

func TestNothingOvertakesAnUpdateThatCouldNotBeHandled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d, failed := newDesk(s), false
		d.do = func(context.Context, flows.Input) (flows.Answer, error) {
			if !failed {
				failed = true
				return flows.Answer{}, errBroken
			}
			return flows.Answer{}, nil
		}
		g.say(typed(1, "one"), typed(1, "two"), typed(1, "three"))
		_, stop := running(t, config(t, g, s, d))
		pass(time.Minute) // Run ends by itself
		if err := stop(); !errors.Is(err, storage.ErrBroken) || len(d.heard(1)) != 0 {
			t.Errorf("Run ended with %v, and %q were handled before the one that failed", err, d.heard(1))
		}
		_, stop = running(t, config(t, g, s, d))
		pass(time.Minute)
		if diff := cmp.Diff([]string{"one", "two", "three"}, d.heard(1)); diff != "" {
			t.Errorf("handled by the next life (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

func TestStoppingIsPromptAndLetsWhatRunsFinish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1, 2)
		d := newDesk(s)
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			wait := 2 * time.Second
			if in.Text == "endless" {
				wait = time.Hour
			}
			select {
			case <-time.After(wait):
				return flows.Answer{}, nil
			case <-ctx.Done():
				return flows.Answer{}, ctx.Err()
			}
		}
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		began := time.Now()
		stopped(t, stop)
		if took := time.Since(began); took > 0 {
			t.Errorf("an idle bot took %v to stop, in the middle of a long poll", took)
		}

		g.say(typed(1, "running"), typed(1, "queued"), typed(2, "endless"))
		_, stop = running(t, config(t, g, s, d))
		synctest.Wait()
		began = time.Now()
		stopped(t, stop)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("stopping took %v, want the grace of 5s", took)
		}
		if diff := cmp.Diff([]string{"running"}, d.heard(1)); diff != "" || s.waiting() != 2 {
			t.Errorf("heard (-want +got):\n%s\n%d left in the inbox, want 2", diff, s.waiting())
		}
	})
}
