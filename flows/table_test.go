package flows_test

import (
	"context"
	"slices"
	"testing"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage/bolt/bolttest"
)

// plain is a flow of nothing but a name and commands.
type plain struct {
	name     string
	commands []flows.Command
}

func (p plain) Name() string              { return p.name }
func (p plain) Commands() []flows.Command { return p.commands }
func (p plain) Step(context.Context, flows.Dialogue, flows.Input) (flows.Step, error) {
	return flows.Step{}, nil
}

// ear is a plain flow that listens.
type ear struct{ plain }

func (ear) Orders(string) bool { return false }

func TestFlowsThatContradictEachOtherMakeNoEngine(t *testing.T) {
	t.Parallel()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	store := bolttest.Open(t)
	command := func(names ...string) plain {
		p := plain{name: "p"}
		for _, n := range names {
			p.commands = append(p.commands, flows.Command{Name: n})
		}
		return p
	}
	for name, fs := range map[string][]flows.Flow{
		"no name":             {plain{}},
		"one name twice":      {plain{name: "p"}, plain{name: "p"}},
		"the house's name":    {plain{name: "house"}},
		"a command twice":     {command("a", "a")},
		"the house's command": {command("cancel")},
		"a command of blanks": {command("a b")},
		"a long command":      {command("abcdefghijklmnopqrstuvwxyzabcdefg")},
		"an empty command":    {command("")},
		"two listeners":       {ear{plain{name: "a"}}, ear{plain{name: "b"}}},
	} {
		if _, err := flows.NewEngine(flows.Config{Store: store, Catalogue: catalogue}, fs...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := flows.NewEngine(flows.Config{Catalogue: catalogue}); err == nil {
		t.Error("no store: no error")
	}
	if _, err := flows.NewEngine(flows.Config{Store: store}); err == nil {
		t.Error("no catalogue: no error")
	}
	e, err := flows.NewEngine(flows.Config{Store: store, Catalogue: catalogue}, shop{}, door{})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, c := range e.Commands() {
		told = append(told, c.Name)
	}
	if want := []string{"shop", "boss", "cancel", "help", "language", "id"}; !slices.Equal(told, want) {
		t.Errorf("Commands() = %v, want %v", told, want)
	}
}
