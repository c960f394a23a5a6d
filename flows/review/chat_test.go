package review_test

import (
	"path/filepath"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/flowtest"
	"rechargebot/flows/review"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

const opsChat = -100900

func openStore(t testing.TB) storage.Store {
	store, err := bolt.Open(filepath.Join(t.TempDir(), "test.db"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

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
		Open: openStore,
		Flows: func(t testing.TB, store storage.Store) []flows.Flow {
			return []flows.Flow{review.New(config(t, store))}
		},
	}.Run(t, "testdata/*.chat.txtar")
}
