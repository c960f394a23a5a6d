package bot_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// sandboxed runs a bot over a shop and the strict Bot API.
func sandboxed(t *testing.T, s *shop, g *sandbox.Server, groups ...storage.ChatID) (stop func() error) {
	t.Helper()
	c := s.config(nil)
	c.Transport, c.Groups = memory{g.Handler()}, groups
	_, stop = running(t, c)
	synctest.Wait()
	return stop
}

func saidIn(g *sandbox.Server, chat int64) (out []string) {
	for _, m := range g.Messages(chat) {
		if m.From != nil && m.From.IsBot && m.Text != "" {
			out = append(out, m.Text)
		}
	}
	return out
}

// Evidence of a provider is full of what looks like markup. Telegram refuses it, and the words arrive all the same.
func TestEvidenceArrivesWhenItsMarkupIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, 1)
		g := sandbox.New(sandbox.Config{Token: token, BotName: "RechargeBot", People: []sandbox.Person{{ID: 1, FirstName: "Ann", Started: true}}})
		defer g.Close()
		stop := sandboxed(t, s, g)
		evidence := `<html><b>ERR 5 < 6 & "lost"</i></html> &amp; *bold* [x](y)`
		body, _ := json.Marshal(flows.Message{
			Text: text.Rich{{Text: "Needs review", Style: text.Bold}, {Text: "\n"}, {Text: evidence, Style: text.Quote}},
			Rows: [][]flows.Button{{{Label: "Mark failed", Token: "failed"}}},
		})
		refused := sandbox.Fault{Kind: sandbox.Error, Method: "sendMessage", Code: 400, Description: "Bad Request: can't parse entities: Can't find end tag"}
		for _, times := range []int{0, 1} {
			if refused.Times = times; times > 0 {
				if err := g.Fail(refused); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Owe(t.Context(), storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticeMessage, Body: body}); err != nil {
				t.Fatal(err)
			}
			pass(10 * time.Second)
		}
		all := g.Messages(1)
		if len(all) != 2 || len(s.owing()) != 0 {
			t.Fatalf("%d messages, %d still owed", len(all), len(s.owing()))
		}
		for i, m := range all {
			if m.Text != "Needs review\n"+evidence || m.Keyboard == nil || (len(m.Entities) > 0) != (i == 0) {
				t.Errorf("message %d: %q with %d entities, buttons %v", i, m.Text, len(m.Entities), m.Keyboard != nil)
			}
		}
		stopped(t, stop)
		_ = s.Close()
	})
}

// The strict Bot API makes a supergroup of the operations group while alerts are on their way.
func TestAlertsFollowTheGroupThroughItsMigration(t *testing.T) {
	t.Parallel()
	for name, quick := range map[string]bool{"the service message comes first": true, "the answer to a call comes first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const group = -4242
				s := newShop(t)
				g := sandbox.New(sandbox.Config{Token: token, BotName: "RechargeBot", People: []sandbox.Person{{ID: 1, FirstName: "Ann"}}, Group: sandbox.Group{ID: group, Title: "Ops"}})
				defer g.Close()
				stop := sandboxed(t, s, g, group)
				alert := func(words string) {
					if err := s.Owe(t.Context(), storage.Notice{Chat: group, Kind: storage.NoticeMessage, Body: []byte(`{"text":[{"t":"` + words + `"}]}`)}); err != nil {
						t.Fatal(err)
					}
				}
				alert("before")
				pass(5 * time.Second)
				if !quick {
					stopped(t, stop)
				}
				id, err := g.Migrate(group)
				if err != nil {
					t.Fatal(err)
				}
				if quick {
					pass(5 * time.Second)
				}
				alert("after")
				if !quick {
					stop = sandboxed(t, s, g, group)
				}
				pass(5 * time.Second)
				stopped(t, stop)
				stop = sandboxed(t, s, g, group)
				alert("after a restart")
				pass(5 * time.Second)
				if before, after := saidIn(g, group), saidIn(g, id); strings.Join(before, ",") != "before" || strings.Join(after, ",") != "after,after a restart" {
					t.Errorf("told in the old group %q, in the new one %q", before, after)
				}
				stopped(t, stop)
				_ = s.Close()
			})
		})
	}
}
