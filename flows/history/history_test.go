package history_test

import (
	"path/filepath"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/flowtest"
	"rechargebot/flows/history"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

func TestChats(t *testing.T) {
	t.Parallel()
	dhaka := time.FixedZone("Dhaka", 6*60*60)
	flowtest.Stage{
		Open: func(t testing.TB) storage.Store {
			s, err := bolt.Open(filepath.Join(t.TempDir(), "chat.db"), bolt.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			return s
		},
		Flows: func(_ testing.TB, store storage.Store) []flows.Flow {
			return []flows.Flow{history.New(history.Config{Jobs: store, Zone: dhaka})}
		},
	}.Run(t, "testdata/*.chat.txtar")
}
