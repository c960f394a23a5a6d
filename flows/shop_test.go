package flows_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/flowtest"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

// shop is a flow small enough to read at once: it sells recharges of one number in steps of ৳10.
type shop struct{ perDay int64 }

func (shop) Name() string { return "shop" }

func (shop) Orders(string) bool { return false }

func (shop) Commands() []flows.Command {
	return []flows.Command{
		{Name: "shop", Who: flows.Agents, Help: text.RechargeHelp},
		{Name: "boss", Who: flows.Admins, Help: text.AccessHelpPending},
		{Name: "where", Who: flows.Agents, Groups: true},
		{Name: "deal", Who: flows.Agents},
		{Name: "window", Who: flows.Agents},
		{Name: "stubborn", Who: flows.Agents},
	}
}

func (s shop) Step(_ context.Context, d flows.Dialogue, in flows.Input) (flows.Step, error) {
	n, _ := strconv.Atoi(string(d.State))
	switch {
	case in.Command == "shop":
		return s.screen(1, ""), nil
	case in.Command == "deal": // a button that orders, in a message that is not the screen
		return flows.Step{Replies: []flows.Message{*s.screen(2, "Deal!").Screen}}, nil
	case in.Command == "window": // a button that orders, under a screen that is only for looking
		step := s.screen(3, "")
		step.Keep = true
		return step, nil
	case in.Command == "stubborn": // a flow that does not listen to refusals
		step := s.screen(4, "")
		step.Screen.Rows = [][]flows.Button{{{Label: "Insist", Action: "insist"}, {Label: "Promote", Action: "promote"}}}
		return step, nil
	case d.Action == "insist":
		return flows.Step{Close: true, Order: s.order(4000), Answer: flows.Answer{Text: "Bought."}}, nil
	case d.Action == "promote":
		nobody, owner := d.Person, d.Person
		nobody.Name, owner.Role = "as nobody is called", storage.RoleOwner
		change := storage.PersonChange{Before: &nobody, After: owner}
		return flows.Step{People: []storage.PersonChange{change}, Answer: flows.Answer{Text: "Promoted."}}, nil
	case in.Command != "":
		return reply("You said /" + in.Command), nil
	case d.Action == flows.ActionRedraw:
		return s.screen(n, ""), nil
	case d.Action == "more":
		return s.screen(n+1, ""), nil
	case d.Action == "peek":
		return flows.Step{Answer: flows.Answer{Text: "Nothing to see, " + in.From.Name + "."}}, nil
	case d.Action == "buy" && d.Refused != nil:
		return s.screen(n, "Refused: "+d.Refused.Error()), nil
	case d.Action == "buy":
		return flows.Step{Close: true, Order: s.order(int64(n) * 1000), Answer: flows.Answer{Text: "Bought."}}, nil
	}
	if typed, err := strconv.Atoi(in.Text); err == nil && d.State != nil {
		return s.screen(typed, ""), nil
	}
	return reply("Heard: " + in.Text + in.Contact), nil
}

func (s shop) screen(n int, note string) flows.Step {
	m := flows.Message{
		Text: text.Join("\n", text.Quoted(note), text.Rich{{Text: "Buy " + strconv.Itoa(n) + "?"}}),
		Rows: [][]flows.Button{{{Label: "Buy", Action: "buy"}, {Label: "More", Action: "more"}, {Label: "Peek", Action: "peek"}}},
	}
	return flows.Step{State: []byte(strconv.Itoa(n)), Screen: &m, Expires: 15 * time.Minute}
}

func (s shop) order(minor int64) *storage.NewOrder {
	return &storage.NewOrder{
		Order: providers.Order{
			Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678",
			Amount: providers.Money{Minor: minor, Currency: providers.BDT},
		},
		Newest: ^storage.JobID(0), // the shop does not mind orders like it
		Day:    "2026-11-21",
		Limits: storage.Limits{
			PerOrder: providers.Money{Minor: 100000, Currency: providers.BDT},
			PerDay:   providers.Money{Minor: s.perDay, Currency: providers.BDT},
		},
	}
}

// door is a flow for anybody: it shows a button to strangers.
type door struct{}

func (door) Name() string { return "door" }

func (door) Commands() []flows.Command {
	return []flows.Command{{Name: "start"}, {Name: "alarm", Always: true}}
}

func (door) Step(_ context.Context, d flows.Dialogue, in flows.Input) (flows.Step, error) {
	switch {
	case d.Action == "knock":
		return reply("Somebody will come."), nil
	case in.Command == "alarm":
		return reply("Who is there?"), nil
	}
	m := flows.Message{Text: text.Rich{{Text: "A door."}}, Rows: [][]flows.Button{{{Label: "Knock", Action: "knock"}}}}
	if d.Person.MayOrder() {
		m.Rows = [][]flows.Button{{{Label: "Enter", Action: "more", Flow: "shop"}}}
	}
	return flows.Step{Screen: &m}, nil
}

func reply(s string) flows.Step {
	return flows.Step{Replies: []flows.Message{{Text: text.Rich{{Text: s}}}}}
}

func TestChats(t *testing.T) {
	t.Parallel()
	flowtest.Stage{
		Open: bolttest.Open,
		Flows: func(testing.TB, storage.Store) []flows.Flow {
			return []flows.Flow{shop{perDay: 100000}, door{}}
		},
	}.Run(t, "testdata/*.chat.txtar")
}
