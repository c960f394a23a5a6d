package main

import (
	"context"
	"time"

	"rechargebot/flows/alerts"
	providerdesk "rechargebot/flows/desk"
	"rechargebot/flows/dispatch"
	"rechargebot/flows/recharge"
	"rechargebot/providers"
)

// standing tells the recharge flow how dispatch gets on with a provider. Where the store cannot say whether it is
// paused, the bot is about to end.
func standing(d *dispatch.Dispatcher) func(context.Context, string, providers.OperatorID) recharge.Standing {
	return func(ctx context.Context, provider string, op providers.OperatorID) recharge.Standing {
		switch s, err := d.Standing(ctx, provider, op); {
		case err != nil, s == dispatch.Resting:
			return recharge.Paused
		case s == dispatch.Broken:
			return recharge.Troubled
		}
		return recharge.Fine
	}
}

// floats tells dispatch our float with a provider as it was read last.
func floats(watch *alerts.Watch) func(provider string) (providers.Money, time.Time, bool) {
	return func(provider string) (providers.Money, time.Time, bool) {
		for _, r := range watch.Readings() {
			if r.Name == provider {
				return r.Balance, r.At, !r.At.IsZero()
			}
		}
		return providers.Money{}, time.Time{}, false
	}
}

// lookAtProviders tells the desk what dispatch and the balance watch know of every provider.
func lookAtProviders(h *house) func() []providerdesk.Account {
	return func() (out []providerdesk.Account) {
		readings := map[string]alerts.Reading{}
		for _, r := range h.alerts.Readings() {
			readings[r.Name] = r
		}
		for _, s := range h.dispatch.Summaries() {
			r := readings[s.Provider]
			a := providerdesk.Account{
				Name: s.Provider, Disabled: s.Retired, Float: r.Balance, FloatAt: r.At, Mute: r.Down,
				Sends: s.Sends, Good: s.Good, Waiting: s.Waiting,
			}
			for _, b := range s.Breaks {
				a.Breaks = append(a.Breaks, providerdesk.Break(b))
			}
			out = append(out, a)
		}
		return out
	}
}
