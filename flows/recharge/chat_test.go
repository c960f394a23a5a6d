package recharge_test

import (
	"context"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/access"
	"rechargebot/flows/flowtest"
	"rechargebot/flows/recharge"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

func taka(whole int64) providers.Money {
	return providers.Money{Minor: whole * 100, Currency: providers.BDT}
}

// mainUpstream serves everything of Bangladesh but Teletalk and Airtel's PowerLoad.
func mainUpstream() recharge.Upstream {
	u := recharge.Upstream{Name: "ecare-main", Rules: map[providers.Service]providers.AmountRule{}}
	for _, o := range providers.Operators() {
		for _, n := range o.Types {
			s := providers.Service{Operator: o.ID, Type: n}
			switch {
			case o.Country != providers.Bangladesh, o.ID == providers.BDTeletalk, o.ID == providers.BDSkitto, o.ID == providers.BDAirtel && n == providers.Special:
				continue
			case n == providers.Postpaid:
				u.Rules[s] = providers.AmountRule{Min: taka(20), Max: taka(5000), Step: taka(10)}
			default:
				u.Rules[s] = providers.AmountRule{Min: taka(20), Max: taka(1000), Step: taka(1)}
			}
			u.Services = append(u.Services, s)
		}
	}
	return u
}

// secondUpstream serves Robi Prepaid, Skitto as an operator, and Banglalink Prepaid from 100 to 500.
func secondUpstream() recharge.Upstream {
	robi := providers.Service{Operator: providers.BDRobi, Type: providers.Prepaid}
	banglalink := providers.Service{Operator: providers.BDBanglalink, Type: providers.Prepaid}
	skitto := providers.Service{Operator: providers.BDSkitto, Type: providers.Skitto}
	return recharge.Upstream{
		Name:     "backup",
		Services: []providers.Service{robi, banglalink, skitto},
		Rules: map[providers.Service]providers.AmountRule{
			robi:       {Min: taka(20), Max: taka(1000), Step: taka(1)},
			skitto:     {Min: taka(10), Max: taka(500), Step: taka(1)},
			banglalink: {Min: taka(100), Max: taka(500), Step: taka(1)},
		},
	}
}

func stage(upstreams ...recharge.Upstream) flowtest.Stage { return stageWith(nil, upstreams...) }

// stageWith is a stage whose upstreams do as told.
func stageWith(standing func(context.Context, string, providers.OperatorID) recharge.Standing, upstreams ...recharge.Upstream) flowtest.Stage {
	zone := time.FixedZone("Dhaka", 6*60*60)
	limits := map[providers.Currency]storage.Limits{providers.BDT: {PerOrder: taka(1000), PerDay: taka(2000)}}
	return flowtest.Stage{
		Open: bolttest.Open,
		Flows: func(t testing.TB, store storage.Store) []flows.Flow {
			catalogue, err := text.Load()
			if err != nil {
				t.Fatal(err)
			}
			return []flows.Flow{
				access.New(access.Config{
					Store: store, Start: recharge.StartButton, Speak: catalogue.In, Language: "en", Limits: limits, Zone: zone, Now: time.Now,
				}),
				recharge.New(recharge.Config{
					Upstreams: upstreams, Jobs: store, Window: 10 * time.Minute, Limits: limits, Zone: zone, Now: time.Now,
					Standing: standing,
				}),
			}
		},
	}
}

func TestChats(t *testing.T) {
	t.Parallel()
	stage(mainUpstream()).Run(t, "testdata/*.chat.txtar")
}

func TestChatsWithAChoiceOfProviders(t *testing.T) {
	t.Parallel()
	stage(mainUpstream(), secondUpstream()).Run(t, "testdata/two/*.chat.txtar")
}

func TestChatsWithNoProvider(t *testing.T) {
	t.Parallel()
	stage().Run(t, "testdata/none/*.chat.txtar")
}

// A provider's weather, by the minute of the transcript's hour, so that a transcript needs only wait.
func weather(_ context.Context, provider string, _ providers.OperatorID) recharge.Standing {
	minute := time.Now().Minute()
	switch backup := provider == "backup"; {
	case minute < 10:
		return recharge.Fine
	case minute < 20 && backup, minute >= 40 && minute < 50, minute >= 55:
		return recharge.Troubled
	case minute < 30 && backup, minute >= 30 && minute < 40:
		return recharge.Paused
	}
	return recharge.Fine
}

func TestChatsWithProvidersInTrouble(t *testing.T) {
	t.Parallel()
	stageWith(weather, mainUpstream(), secondUpstream()).Run(t, "testdata/weather/*.chat.txtar")
}
