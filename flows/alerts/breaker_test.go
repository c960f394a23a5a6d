package alerts_test

import (
	"context"
	"testing"
	"time"

	"rechargebot/providers"
)

// breaks tells the watch of a breaker as dispatch does.
func (g *group) breaks(provider string, op providers.OperatorID, broken bool) {
	g.t.Helper()
	if err := g.store.Owe(context.Background(), g.watch.Breaker(provider, op, broken)...); err != nil {
		g.t.Fatal(err)
	}
}

func TestABreakerIsToldOnceAndItsEndAsWell(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		g.breaks("ecare-main", providers.BDGrameenphone, true)
		g.wants(time.Minute, "Provider down: ecare-main did not carry out the last orders of Grameenphone")
		g.breaks("ecare-main", providers.BDRobi, true) // the same trouble, most likely
		g.breaks("ecare-main", providers.BDRobi, false)
		g.wants(time.Minute)
		g.breaks("ecare-main", providers.BDGrameenphone, false)
		g.wants(time.Minute, "Provider recovered: ecare-main carries out orders of Grameenphone again")
		for range 3 { // it flutters
			g.breaks("ecare-main", providers.BDGrameenphone, true)
			g.breaks("ecare-main", providers.BDGrameenphone, false)
		}
		g.breaks("other", providers.BDGrameenphone, true)
		g.wants(3*time.Hour, "Provider down: other did not")
		g.breaks("ecare-main", providers.BDGrameenphone, true)
		g.wants(time.Minute, "Provider down: ecare-main did not")
	}, p.float("ecare-main"))
}

func TestABreakerOfAProviderThatIsToldToBeDownIsNotToldAgain(t *testing.T) {
	p := &purse{}
	p.becomes(providers.Money{}, providers.ErrNotSent)
	story(t, func(g *group) {
		g.wants(5*time.Minute, "Provider down: ecare-main did not answer 3 times in a row")
		g.breaks("ecare-main", providers.BDGrameenphone, true)
		g.breaks("ecare-main", providers.BDGrameenphone, false)
		g.wants(time.Minute)
	}, p.float("ecare-main"))
}

func TestTheGroupHearsThatTheBotPausedAProvider(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		if err := g.store.Owe(context.Background(), g.watch.Distrusted("ecare-main")...); err != nil {
			g.t.Fatal(err)
		}
		g.wants(time.Minute, "Provider paused: ecare-main, by the bot itself")
	}, p.float("ecare-main"))
}
