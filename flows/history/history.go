// Package history is looking back: an agent's last orders, the orders of a number, one order in full.
//
// It changes nothing, so it has no dialogue: what /find and /job need is asked for beside whatever is open (flows.Message.Ask), and a list is a message of its own, whose Older and Newer edit
// it and may be pressed any number of times. Agents see their own orders only, and somebody else's is
// as absent as one that never was; admins see everybody's, and of one job the whole story: attempts,
// references, every answer that is kept, the float, incidents, who decided what (story.go), in as many messages
// as it takes (pages.go). What a provider said is quoted, never told as our own word.
//
// The orders of some days also come as a file for a sheet: what and for whom is owed in the commit (export.go), the
// file is made when it is sent (file.go), as columns (sheet.go) of cells that no program takes for a formula (cell.go).
package history

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// Name is the flow's word in buttons.
const Name = "history"

// Store is what the flow reads.
type Store interface {
	storage.History
	Person(ctx context.Context, id storage.PersonID) (storage.Person, error)
}

// Config is what the flow needs. All of it but Example is required.
type Config struct {
	Jobs    Store
	Zone    *time.Location // of the times shown
	Example string         // a number as people here write it; "" = one of Bangladesh
}

// Flow is the flow. It remembers only who asked for files lately.
type Flow struct {
	store   Store
	zone    *time.Location
	example string
	asked   askers
	making  sync.Mutex // held while a file is made: one at a time leaves the other processors to who waits for a screen
}

// New returns the flow.
func New(c Config) *Flow {
	return &Flow{store: c.Jobs, zone: c.Zone, example: cmp.Or(c.Example, "01712345678")}
}

// Name implements flows.Flow.
func (f *Flow) Name() string { return Name }

// Commands implements flows.Flow.
func (f *Flow) Commands() []flows.Command {
	return []flows.Command{
		{Name: "history", Who: flows.Agents, Help: text.HistoryHelp},
		{Name: "find", Who: flows.Agents, Contact: true, Help: text.HistoryHelpFind},
		{Name: "job", Who: flows.Agents, Help: text.HistoryHelpJob},
		{Name: "export", Who: flows.Agents, Help: text.HistoryHelpExport},
	}
}

// Step implements flows.Flow.
func (f *Flow) Step(ctx context.Context, d flows.Dialogue, in flows.Input) (flows.Step, error) {
	v := view{Flow: f, Dialogue: d, ctx: ctx}
	if words, ok := strings.CutPrefix(d.Action, exportAction); ok {
		return v.exportPressed(in, words), nil
	}
	if d.Action != "" {
		return v.turnPage(in)
	}
	switch in.Command {
	case "history":
		return v.first(list{})
	case "find":
		return v.find(in)
	case "job":
		return v.job(in)
	case "export":
		return v.export(in), nil
	}
	return flows.Step{}, nil
}

// view is one look back.
type view struct {
	*Flow
	flows.Dialogue
	ctx context.Context
}

func reply(m flows.Message) flows.Step { return flows.Step{Replies: []flows.Message{m}, Keep: true} }

func (v view) tell(key text.Key, values text.Values) flows.Step {
	return reply(flows.Message{Text: v.Say.Say(key, values)})
}

// ask says a sentence, and takes what is typed next as the command's argument, like the example.
func (v view) ask(key text.Key, values text.Values, example string) flows.Step {
	return flows.Step{Replies: []flows.Message{{Text: v.Say.Say(key, values), Ask: example}}}
}

// called is what to call the person with that id.
func (v view) called(id storage.PersonID) (string, error) {
	p, err := v.store.Person(v.ctx, id)
	if notFound(err) || err == nil && strings.TrimSpace(p.Name) == "" {
		return "–", nil
	}
	return p.Name, err
}
