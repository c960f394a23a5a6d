package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/storage"
)

func moved(from, to int64) string {
	return fmt.Sprintf(`"message":{"message_id":7,"date":1,"chat":{"id":%d,"type":"group"},"from":{"id":5,"first_name":"A"},"migrate_to_chat_id":%d}`, from, to)
}

func movedHere(here, from int64) string {
	return fmt.Sprintf(`"message":{"message_id":7,"date":1,"chat":{"id":%d,"type":"supergroup"},"sender_chat":{"id":%d,"type":"supergroup"},"migrate_from_chat_id":%d}`, here, here, from)
}

// migrating refuses calls with a group's old ids.
func migrating(to map[int64]int64) func(call) *refusal {
	return func(c call) *refusal {
		if id := to[c.chat()]; id != 0 && c.form != nil {
			return &refusal{code: 400, description: "Bad Request: group chat was upgraded to a supergroup chat", migrateTo: id}
		}
		return nil
	}
}

func TestAMovedGroupIsFollowedAcrossRestartsHoweverItWasLearnt(t *testing.T) {
	t.Parallel()
	const first, second, third = -5, -1000000000005, -1000000000055
	for name, c := range map[string]struct {
		tell []string // service messages before anything is sent
		want int      // calls in vain
	}{
		"from the answers to calls, twice over": {nil, 2},
		"from the old group":                    {[]string{moved(first, second), moved(second, third)}, 0},
		"from the new group":                    {[]string{movedHere(second, first), movedHere(third, second)}, 0},
		"from one of both":                      {[]string{moved(first, second)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, g := newShop(t), newTelegram()
				g.refuse = migrating(map[int64]int64{first: second, second: third})
				config := s.config(g)
				config.Groups = []storage.ChatID{first}
				for life := range 3 {
					_, stop := running(t, config)
					if life == 0 {
						for _, raw := range c.tell {
							g.say(strings.Replace(raw, `"id":-1000000000005,"type":"group"`, `"id":-1000000000005,"type":"supergroup"`, 1))
							pass(time.Second)
						}
					}
					if err := s.Owe(t.Context(), note(first, fmt.Sprint("a", life)), note(first, fmt.Sprint("b", life))); err != nil {
						t.Fatal(err)
					}
					pass(time.Minute)
					stopped(t, stop)
				}
				if diff := cmp.Diff([]string{"a0", "b0", "a1", "b1", "a2", "b2"}, g.told(third)); diff != "" {
					t.Errorf("told in the newest group (-want +got):\n%s", diff)
				}
				if vain := g.triedAt(first) + g.triedAt(second); vain != c.want {
					t.Errorf("%d calls with an old id, want %d", vain, c.want)
				}
				_ = s.Close()
			})
		})
	}
}

func TestGroupsThatMoveInACircleAreNoEndlessLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t, 1, 2), newTelegram()
		g.refuse = migrating(map[int64]int64{-5: -6, -6: -7, -7: -5, -8: -8, -9: 2})
		config := s.config(g)
		config.Groups = []storage.ChatID{-5}
		_, stop := running(t, config)
		if err := s.Owe(t.Context(), note(-5, "x"), note(-8, "y"), note(-9, "z"), note(1, "fine")); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Minute)
		if n := len(g.said()); n > 120 || len(s.owing()) != 3 || len(g.told(1)) != 1 || len(g.told(2)) != 0 {
			t.Errorf("%d calls in ten minutes, %d still owed, %d told to another chat, %d to the person a group was said to have become", n, len(s.owing()), len(g.told(1)), len(g.told(2)))
		}
		stopped(t, stop)
		_ = s.Close()
	})
}

// Anybody can take the bot into groups and move them: the store must not grow with that, and nobody moves ours.
func TestForeignGroupsThatMoveAreNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t), newTelegram()
		config := s.config(g)
		config.Groups = []storage.ChatID{-5}
		_, stop := running(t, config)
		for i := range int64(500) {
			g.say(moved(-100-i, -1000000000100-i), movedHere(-1000000001000-i, -2000-i), movedHere(-5, -3000-i))
		}
		pass(time.Minute)
		if _, err := s.Memo(t.Context(), "telegram/moves"); err == nil {
			t.Error("moves of foreign groups were stored")
		}
		if err := s.Owe(t.Context(), note(-5, "alert")); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if diff := cmp.Diff([]string{"alert"}, g.told(-5)); diff != "" {
			t.Errorf("told in our group (-want +got):\n%s", diff)
		}
		stopped(t, stop)
		_ = s.Close()
	})
}
