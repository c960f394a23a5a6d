package access_test

import (
	"strings"
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

// entropy makes the claim code of the transcripts.
const entropy = "sixteen random b"

func config(t testing.TB, store access.Store) access.Config {
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	taka := func(whole int64) providers.Money {
		return providers.Money{Minor: whole * 100, Currency: providers.BDT}
	}
	return access.Config{
		Store: store, Start: recharge.StartButton, Speak: catalogue.In, Language: "en", Now: time.Now,
		Limits: map[providers.Currency]storage.Limits{providers.BDT: {PerOrder: taka(1000), PerDay: taka(20000)}},
		Zone:   time.FixedZone("Dhaka", 6*60*60), Username: func() string { return "RechargeBot" },
	}
}

// stage has the flow with the recharge flow beside it, whose orders must not be disturbed.
func stage(claim bool) flowtest.Stage {
	return flowtest.Stage{
		Open: bolttest.Open,
		Flows: func(t testing.TB, store storage.Store) []flows.Flow {
			c := config(t, store)
			if claim {
				var err error
				if c.Claim, err = access.NewClaim(strings.NewReader(entropy), time.Now()); err != nil {
					t.Fatal(err)
				}
			}
			prepaid := providers.Service{Operator: providers.BDGrameenphone, Type: providers.Prepaid}
			return []flows.Flow{access.New(c), recharge.New(recharge.Config{
				Upstreams: []recharge.Upstream{{
					Name: "ecare-main", Services: []providers.Service{prepaid},
					Rules: map[providers.Service]providers.AmountRule{prepaid: {
						Min: providers.Money{Minor: 2000, Currency: providers.BDT}, Max: providers.Money{Minor: 100000, Currency: providers.BDT},
					}},
				}},
				Jobs: store, Limits: c.Limits, Zone: c.Zone, Now: time.Now,
			})}
		},
	}
}

func TestChats(t *testing.T) {
	t.Parallel()
	stage(false).Run(t, "testdata/*.chat.txtar")
}

func TestChatsWithAClaim(t *testing.T) {
	t.Parallel()
	stage(true).Run(t, "testdata/claim/*.chat.txtar")
}
