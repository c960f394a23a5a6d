package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/flows/desk"
	"rechargebot/flows/flowtest"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

const opsChat = -100900

func taka(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.BDT} }

// accounts are one provider of every sort.
func accounts() []desk.Account {
	now := time.Now()
	return []desk.Account{
		{Name: "ecare-main", Float: taka(12_500), FloatAt: now.Add(-90 * time.Second), Sends: 100, Good: 97},
		{Name: "panel", Sends: 8, Good: 3, Waiting: 2, Mute: true, Breaks: []desk.Break{
			{Operator: providers.BDGrameenphone, Since: now.Add(-10 * time.Minute), Trial: now.Add(90 * time.Second)},
			{Operator: providers.BDRobi, Since: now.Add(-time.Hour), Trial: now.Add(-time.Minute)},
			{Operator: providers.BDTeletalk, Since: now.Add(-time.Hour), Trying: true},
		}},
		{Name: "spare", Float: taka(3), FloatAt: now.Add(-time.Hour), Mute: true, Waiting: 1},
		{Name: "old-one", Disabled: true, Float: taka(0), FloatAt: now},
	}
}

func many() (out []desk.Account) {
	for i := range 14 {
		out = append(out, desk.Account{Name: fmt.Sprintf("provider-%02d", i+1)})
	}
	return out
}

func nobodyTold(string) []storage.Notice { return nil }

func stage(look func() []desk.Account, bot func(*desk.Pauses) error) flowtest.Stage {
	return flowtest.Stage{
		Open: bolttest.Open,
		Flows: func(t testing.TB, store storage.Store) []flows.Flow {
			catalogue, err := text.Load()
			if err != nil {
				t.Fatal(err)
			}
			pauses := desk.NewPauses(store, nobodyTold, time.Now)
			if err := bot(pauses); err != nil {
				t.Fatal(err)
			}
			return []flows.Flow{desk.New(desk.Config{
				Pauses: pauses, Look: look, AtDesk: store.AtDesk, Speak: catalogue.In, Language: "en",
				Zone: time.FixedZone("Dhaka", 6*60*60), Now: time.Now, OpsChat: opsChat,
			})}
		},
	}
}

func TestChats(t *testing.T) {
	t.Parallel()
	stage(accounts, func(p *desk.Pauses) error { return p.Distrust(context.Background(), "spare") }).Run(t, "testdata/*.chat.txtar")
}

func TestChatsWithManyProviders(t *testing.T) {
	t.Parallel()
	stage(many, func(*desk.Pauses) error { return nil }).Run(t, "testdata/many/*.chat.txtar")
}

// The fullest page still fits into one message.
func TestTheFullestPageFitsIntoAMessage(t *testing.T) {
	t.Parallel()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	store := bolttest.Open(t)
	look := func() (out []desk.Account) {
		for i := range 6 {
			a := desk.Account{Name: fmt.Sprint(strings.Repeat("w", 31), i), Float: taka(1e12), FloatAt: time.Now().Add(-1e6 * time.Minute), Mute: true, Sends: 100, Waiting: 1e6}
			for _, o := range providers.Operators()[:3] {
				a.Breaks = append(a.Breaks, desk.Break{Operator: o.ID, Since: time.Now(), Trial: time.Now().Add(time.Hour)})
			}
			out = append(out, a)
		}
		return out
	}
	f := desk.New(desk.Config{Pauses: desk.NewPauses(store, nobodyTold, time.Now), Look: look, AtDesk: store.AtDesk, Zone: time.UTC, Now: time.Now})
	for _, a := range look() {
		raw, err := json.Marshal(desk.Pause{Paused: true, By: 1, Name: strings.Repeat("N", 64)})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.SetMemo(t.Context(), "desk/provider/"+a.Name, raw); err != nil {
			t.Fatal(err)
		}
	}
	step, err := f.Step(t.Context(), flows.Dialogue{Person: storage.Person{ID: 1001, Role: storage.RoleOwner}, Say: catalogue.In("en")}, flows.Input{Command: "providers"})
	if err != nil {
		t.Fatal(err)
	}
	if got := step.Replies[0].Text; got.Length() > flows.MaxText {
		t.Errorf("%d units:\n%s", got.Length(), got)
	}
}

func TestTheBotPausesOnceTellsTheGroupAndRemembers(t *testing.T) {
	t.Parallel()
	store := bolttest.Open(t)
	now := time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)
	tell := func(provider string) []storage.Notice {
		return []storage.Notice{{Chat: opsChat, Kind: storage.NoticeMessage, Body: json.RawMessage(`"` + provider + `"`)}}
	}
	for range 2 { // the second one is a process after a restart
		p := desk.NewPauses(store, tell, func() time.Time { return now })
		if err := p.Distrust(t.Context(), "panel"); err != nil {
			t.Fatal(err)
		}
		is, err := p.Of(t.Context(), "panel")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(desk.Pause{Paused: true, Since: now, Why: "two answers within an hour spoke of another order"}, is); diff != "" {
			t.Errorf("pause (-want +got):\n%s", diff)
		}
		if other, err := p.Paused(t.Context(), "ecare-main"); other || err != nil {
			t.Errorf("another one is paused: %v, %v", other, err)
		}
	}
	told, err := store.Pending(t.Context())
	if err != nil || len(told) != 1 || string(told[0].Body) != `"panel"` {
		t.Errorf("told %+v, %v", told, err)
	}
}

func TestAPauseThatCannotBeReadHolds(t *testing.T) {
	t.Parallel()
	store := bolttest.Open(t)
	if err := store.SetMemo(t.Context(), "desk/provider/panel", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if is, err := desk.NewPauses(store, nobodyTold, time.Now).Paused(t.Context(), "panel"); !is || err != nil {
		t.Errorf("paused %v, %v", is, err)
	}
}

// broken is a store that has failed.
type broken struct{ storage.Store }

func (broken) Memo(context.Context, string) ([]byte, error) { return nil, storage.ErrBroken }

func TestAFailedStoreIsAnError(t *testing.T) {
	t.Parallel()
	p := desk.NewPauses(broken{}, nobodyTold, time.Now)
	if _, err := p.Paused(t.Context(), "panel"); !errors.Is(err, storage.ErrBroken) {
		t.Errorf("Paused says %v", err)
	}
	if err := p.Distrust(t.Context(), "panel"); !errors.Is(err, storage.ErrBroken) {
		t.Errorf("Distrust says %v", err)
	}
}
