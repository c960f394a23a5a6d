package review_test

import (
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/flowtest"
	"rechargebot/flows/review"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

const opsChat = -100900

// config is a desk that asks two people above 500, whose bot cannot ask the provider "by-hand".
func config(t testing.TB, store review.Store) review.Config {
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	return review.Config{
		Store: store, Speak: catalogue.In, Language: "en", Now: time.Now, Zone: time.FixedZone("Dhaka", 6*60*60),
		FourEyesAbove: map[providers.Currency]providers.Money{providers.BDT: {Minor: 500_00, Currency: providers.BDT}},
		Askable: func(j storage.Job) bool {
			a := j.OpenAttempt()
			return a != nil && a.Provider != "by-hand"
		},
		OpsChat: opsChat,
	}
}

func TestChats(t *testing.T) {
	t.Parallel()
	flowtest.Stage{
		Open: bolttest.Open,
		Flows: func(t testing.TB, store storage.Store) []flows.Flow {
			return []flows.Flow{review.New(config(t, store))}
		},
	}.Run(t, "testdata/*.chat.txtar")
}
