package main

import (
	"rechargebot/providers"
	"rechargebot/storage"
)

// groups are the chats of the configuration that may become supergroups.
func (c config) groups() []storage.ChatID {
	if c.Telegram.OpsChat == 0 {
		return nil
	}
	return []storage.ChatID{storage.ChatID(c.Telegram.OpsChat)}
}

// limits are the configuration's limits in each currency that an enabled provider counts in.
func (c config) limits() map[providers.Currency]storage.Limits {
	out := map[providers.Currency]storage.Limits{}
	for _, p := range c.Providers {
		cur := p.Registration.Currency()
		if !p.Enabled {
			continue
		}
		order, _ := providers.ParseAmount(c.Limits.PerOrder, cur) // checked when the file was read
		day, _ := providers.ParseAmount(c.Limits.PerDay, cur)
		out[cur] = storage.Limits{PerOrder: order, PerDay: day}
	}
	return out
}

// fourEyesAbove is the sum above which two people decide, in each currency that any provider counts in, so
// also of orders that a disabled one was sent; nil when it is off.
func (c config) fourEyesAbove() map[providers.Currency]providers.Money {
	if c.Review.FourEyesAbove == "" {
		return nil
	}
	out := map[providers.Currency]providers.Money{}
	for _, p := range c.Providers {
		cur := p.Registration.Currency()
		out[cur], _ = providers.ParseAmount(c.Review.FourEyesAbove, cur) // checked when the file was read
	}
	return out
}
