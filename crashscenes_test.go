//go:build linux && amd64

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/providers"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// sceneNumber is the number that most scenes recharge, with 50 taka.
const sceneNumber = "01712345678"

// hired has three agents from the beginning.
func hired(s *stage) { s.hires(firstAgent, firstAgent+1, firstAgent+2) }

func (s *stage) buyer(i int64) buyer {
	return buyer{desktop: s.desktop, id: firstAgent + i, ledger: s.ledger}
}

// orders plays one order by a line, to its end.
func orders(ctx context.Context, s *stage) error {
	b := s.buyer(0)
	if err := b.line(ctx, sceneNumber, taka(50)); err != nil {
		return err
	}
	return b.told(ctx, sceneNumber)
}

// spoils puts the first provider into a mood for its next sends, or for good.
func (s *stage) spoils(name string, m simulated.Mood, next int) {
	s.t.Helper()
	if err := s.upstream.SetMood(name, m, simulated.When{Next: next}); err != nil {
		s.t.Fatal(err)
	}
}

// inMood hires, and puts the first provider into a mood.
func inMood(m simulated.Mood, next int) func(*stage) {
	return func(s *stage) {
		hired(s)
		s.spoils("ecare-x", m, next)
	}
}

func settling(d time.Duration) func(*deskPlan) { return func(p *deskPlan) { p.settle = d } }

// scenes is the closed list.
func scenes() []scene {
	return append([]scene{
		{name: "first boot", play: func(_ context.Context, s *stage) error {
			s.says(admin, "/start")
			s.sees(admin, "[Recharge")
			return nil
		}, check: isOwner},
		{name: "claim", plan: func(p *deskPlan) { p.nobody = true }, play: claims, check: isOwner},
		{name: "approval", play: approves, check: func(s *stage, store *bolt.Store) {
			if p := s.person(store, agent); p.Role != storage.RoleAgent {
				s.t.Errorf("the agent was approved and is %+v", p)
			}
		}},
		{name: "delivered at once", plan: settling(time.Nanosecond), before: hired, play: orders},
		{name: "pending", plan: settling(250 * time.Millisecond), before: hired, play: orders},
		{name: "time-out", before: inMood(simulated.Silent, 1), play: orders},
		{name: "late", before: inMood(simulated.Slow, 1), play: orders},
		{name: "called a duplicate", before: inMood(simulated.Duplicate, 1), play: orders},
		{name: "refused, then another", before: inMood(simulated.Refuse, 0), play: orders},
		{name: "failed in the end, then another", before: inMood(simulated.FailLater, 0), play: orders},
		{name: "nobody is there", before: func(s *stage) {
			hired(s)
			s.spoils("ecare-x", simulated.Down, 0)
			s.spoils("sendapi-x", simulated.Down, 0)
		}, play: orders},
		{name: "echo of another order", before: inMood(simulated.WrongEcho, 0), play: orders},
	}, moreScenes()...)
}

func moreScenes() []scene {
	return []scene{
		{name: "recovery", before: func(s *stage) {
			hired(s)
			s.spoils("ecare-x", simulated.Silent, 1)
			s.dies(func() bool { return len(s.orders(sceneNumber, 50)) == 1 })
		}, play: toldOnly},
		{name: "outage of Telegram", before: func(s *stage) {
			hired(s)
			s.dies(func() bool {
				o := s.orders(sceneNumber, 50)
				return len(o) == 1 && o[0].Stage == simulated.StageDelivered
			}, "sendMessage", "editMessageText")
			s.telegram.Heal()
		}, play: toldOnly},
		{name: "double taps", before: hired, play: func(ctx context.Context, s *stage) error {
			b := s.buyer(0)
			b.taps, b.again = 3, 3
			if err := b.line(ctx, sceneNumber, taka(50)); err != nil {
				return err
			}
			_ = b.insists(sceneNumber) // a card may change under the finger
			return b.told(ctx, sceneNumber)
		}},
		{name: "guided", before: hired, play: func(ctx context.Context, s *stage) error {
			b := s.buyer(0)
			if err := b.guided(ctx, sceneNumber, taka(50)); err != nil {
				return err
			}
			return b.told(ctx, sceneNumber)
		}},
		{name: "stop under load", before: hired, play: func(ctx context.Context, s *stage) error {
			begun := make(chan error)
			for i := range int64(3) {
				go func() { begun <- s.buyer(i).line(ctx, fmt.Sprintf("0171234567%d", i), taka(50)) }()
			}
			return errors.Join(<-begun, <-begun, <-begun)
		}},
		{name: "postback", plan: postbacks5, before: hired, play: func(ctx context.Context, s *stage) error {
			b := s.buyer(0)
			w := deskWish{b.id, "9812345670", providers.Money{Minor: 50_00, Currency: providers.INR}}
			if err := b.typed(ctx, "+91 98123-45670 50 airtel", w); err != nil {
				return err
			}
			return b.told(ctx, w.number)
		}},
	}
}

func toldOnly(ctx context.Context, s *stage) error { return s.buyer(0).told(ctx, sceneNumber) }

// dies orders, while Telegram loses those calls after the card, and kills the program at that moment.
func (s *stage) dies(moment func() bool, lost ...string) {
	s.t.Helper()
	s.start()
	s.says(firstAgent, sceneNumber+" 50")
	m := s.sees(firstAgent, sceneNumber, "[Confirm")
	for _, method := range lost {
		if err := s.telegram.Fail(sandbox.Fault{Kind: sandbox.Drop, Method: method, Times: 1000}); err != nil {
			s.t.Fatal(err)
		}
	}
	p, err := s.telegram.Press(firstAgent, firstAgent, m.ID, "Confirm")
	if err != nil {
		s.t.Fatal(err)
	}
	s.ledger.add(deskWish{firstAgent, sceneNumber, taka(50)}, p.Data)
	s.eventually("the moment to die", moment)
	s.kill()
	s.deaths = append(s.deaths, deskDeath{time.Now(), "killed before the scene"})
}

func isOwner(s *stage, store *bolt.Store) {
	s.t.Helper()
	owners, err := store.PeopleWhere(s.t.Context(), func(p storage.Person) bool { return p.Role != storage.RoleNone })
	if err != nil || len(owners) != 1 || owners[0].ID != admin || owners[0].Role != storage.RoleOwner {
		s.t.Errorf("the people are %+v, %v", owners, err)
	}
}

var claimCode = regexp.MustCompile(`/claim \S+`)

// claims sends the newest code that the host was shown, again when a start has made another one.
func claims(ctx context.Context, s *stage) error {
	sent := ""
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for s.count(admin, "You are the owner of this bot now") == 0 {
		raw, err := os.ReadFile(s.said)
		if err != nil {
			return err
		}
		s.mu.Lock()
		codes := claimCode.FindAllString(string(raw)+s.desktop.log.String(), -1)
		s.mu.Unlock()
		if n := len(codes); n > 0 && codes[n-1] != sent {
			sent = codes[n-1]
			s.says(admin, sent)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody could claim the bot: %s", s.transcript(admin))
		case <-tick.C:
		}
	}
	return nil
}

// approves lets somebody ask for access and be approved.
func approves(_ context.Context, s *stage) error {
	s.says(admin, "/start")
	s.sees(admin, "[Recharge")
	s.says(agent, "/start")
	s.presses(agent, "Request access")
	s.presses(admin, "Approve", "2001", "Rahim <b>")
	s.sees(agent, "approved")
	s.sees(admin, "Approved", "2001")
	return nil
}

// postbacks5 has one provider that calls back, long before it would be asked.
func postbacks5(p *deskPlan) {
	const secret = "canary_Secret-0123456789"
	c := fiveKinds()["deeperweb"].supply
	c.account.Postback = "/postback/" + c.account.Name + "/" + secret
	c.settings = "postback_secret = \"" + secret + "\"" + c.settings
	p.supplies = []supply{c}
	p.dispatch = `
[dispatch]
submit_timeout = "1s"
enquire_after = ["2s"]
review_after = "3s"
`
}
