package flows

import (
	"context"
	"encoding/json"
	"fmt"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// MaxCaption is how long the text of a message with a file may be, in UTF-16 units (Bot API, sendDocument).
const MaxCaption = 1024

// File is a document that goes with a message, whose text is its caption then. A step only says of what it is to be
// made, in the flow's own words (Recipe): what is owed stays small and holds nobody's number. The Composer has the
// flow make it at the time of sending, out of what the store says then, for the person as he is then.
//
// A crash in between loses nothing, as the message is owed like any other; when the platform has taken it and its
// answer is lost, it comes a second time. When it cannot be brought, Otherwise is said in its place, once: nothing
// depends on a file, and whoever wants it asks again.
//
// Only a Reply or an Outgoing to a person may have one; elsewhere it is left out.
type File struct {
	Flow   string          `json:"flow"` // whose recipe, a Filer's; empty = the flow that made the message
	Recipe json.RawMessage `json:"recipe"`

	// What a Filer adds.
	Name      string    `json:"-"` // of ASCII letters, digits, "-", "_" and "."
	Content   []byte    `json:"-"`
	Otherwise text.Rich `json:"-"` // at most MaxText
}

// Filer is a flow that makes files.
type Filer interface {
	Flow
	// File is the message that a recipe asks for, with the file, or without one when there is nothing to put in it or
	// d.Person, as he is now, may not have it. Of d only Person and Say are set. It is called again whenever the message is tried again.
	File(ctx context.Context, d Dialogue, recipe json.RawMessage) (Message, error)
}

// filersOf are the flows that make files, by name.
func filersOf(fs []Flow) map[string]Filer {
	out := map[string]Filer{}
	for _, f := range fs {
		if filer, ok := f.(Filer); ok {
			out[f.Name()] = filer
		}
	}
	return out
}

// file is the file of a message as it is owed, nil when it has none or the message is for a group.
func (b *turnBuilder) file(o Outgoing) (*File, error) {
	if o.With.File == nil || o.Person == 0 {
		return nil, nil
	}
	f := File{Flow: o.With.File.Flow, Recipe: o.With.File.Recipe}
	if f.Flow == "" && b.route.flow != nil {
		f.Flow = b.route.flow.Name()
	}
	if _, ok := b.engine.flows[f.Flow].(Filer); !ok {
		return nil, fmt.Errorf("write message: the flow %q makes no files", f.Flow)
	}
	return &f, nil
}

// composeFile has the file of a notice made.
func (c *Composer) composeFile(ctx context.Context, n storage.Notice, asked Message) (Message, error) {
	if asked.File == nil || c.filers[asked.File.Flow] == nil {
		return Message{}, fmt.Errorf("compose notice %d: nobody makes its file: %w", n.ID, storage.ErrNotFound)
	}
	person, err := c.store.Person(ctx, n.Person)
	if err != nil {
		return Message{}, fmt.Errorf("compose notice %d: %w", n.ID, err)
	}
	d := Dialogue{Person: person, Say: c.catalogue.In(spoken(person, c.language))}
	m, err := c.filers[asked.File.Flow].File(ctx, d, asked.File.Recipe)
	if err != nil {
		return Message{}, fmt.Errorf("compose notice %d: make its file: %w", n.ID, err)
	}
	if m.File != nil {
		m.Text = m.Text.Clip(MaxCaption)
	}
	return m, nil
}
