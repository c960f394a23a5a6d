// Package desk shows admins how each provider stands, and lets them pause and resume one.
//
//	/providers ──► the list, some providers a page ──► Pause NAME, Resume NAME ──► the list as it is then
//	                                                        └──► memo "desk/provider/NAME", a line to the group, audit: one commit
//
// A paused provider gets no new orders; what it has is asked about as before. Dispatch reads the memo
// through Pauses whenever it routes an order, and once more right before it commits the intent to send. So a pause
// holds for every order whose intent is not being committed at that very moment: one of those may still go out
// just after the pause. It holds over a restart. The bot itself pauses a provider whose answers spoke of other orders twice
// within an hour (SAFETY.md, section 4).
//
// A button says what it does, not how to turn things over: pressed on an old list it either does just that, or
// says that it was done before and by whom, and shows the list anew.
package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// Name is the flow's word in buttons.
const Name = "desk"

// Account is what is known of one provider.
type Account struct {
	Name     string
	Disabled bool // in the configuration; it is still asked about old orders

	Float   providers.Money
	FloatAt time.Time // zero = the float is not known
	Mute    bool      // it did not answer about its float lately

	Sends   int // the last ones since the start
	Good    int // of them
	Waiting int // orders that wait for their send there, or for it to be resumed
	Breaks  []Break
}

// Break is an operator whose orders come to nothing at the provider.
type Break struct {
	Operator providers.OperatorID
	Since    time.Time
	Trial    time.Time // when the next order is tried there that others could take
	Trying   bool      // one is under way
}

// Config is what the flow needs; OpsChat may be left out.
type Config struct {
	Pauses *Pauses
	// Look tells of every provider, in order of priority, the disabled ones last. It must not wait for anything slow.
	Look func() []Account
	// AtDesk counts what waits for a person (storage.Jobs).
	AtDesk func(ctx context.Context, after storage.JobID, limit int) ([]storage.Job, error)

	Speak    func(language string) text.Printer // Catalogue.In
	Language string                             // of the group
	Zone     *time.Location                     // of the times shown
	Now      func() time.Time

	OpsChat  storage.ChatID // the group that hears of each change; 0 = none
	OpsTopic int64
}

// Flow is the desk. It has no state of its own.
type Flow struct{ Config }

// New returns the flow.
func New(c Config) *Flow { return &Flow{c} }

// Name implements flows.Flow.
func (f *Flow) Name() string { return Name }

// Commands implements flows.Flow.
func (f *Flow) Commands() []flows.Command {
	return []flows.Command{{Name: "providers", Who: flows.Admins, Help: text.DeskHelp}}
}

// What buttons do; the provider's name, or the page's first place, follows.
const (
	actPause  = "pause:"
	actResume = "resume:"
	actPage   = "page:"
)

// Step implements flows.Flow.
func (f *Flow) Step(ctx context.Context, d flows.Dialogue, in flows.Input) (flows.Step, error) {
	if !d.Person.MayAdmin() { // an old list's buttons outlive the role
		sentence := d.Say.Say(text.DeskAdminsOnly, nil)
		if d.Action == "" {
			return flows.Step{Replies: []flows.Message{{Text: sentence}}}, nil
		}
		return flows.Step{Answer: flows.Answer{Text: sentence.String(), Alert: true}}, nil
	}
	t := turn{Flow: f, Dialogue: d, ctx: ctx, in: in, accounts: f.Look()}
	if name, ok := strings.CutPrefix(d.Action, actPause); ok {
		return t.change(name, true)
	}
	if name, ok := strings.CutPrefix(d.Action, actResume); ok {
		return t.change(name, false)
	}
	first, _ := strconv.Atoi(strings.TrimPrefix(d.Action, actPage)) // the command has no action, and begins at 0
	return t.list(first, nil)
}

// turn is one step.
type turn struct {
	*Flow
	flows.Dialogue
	ctx      context.Context
	in       flows.Input
	accounts []Account
}

// change pauses or resumes a provider.
func (t turn) change(name string, pause bool) (flows.Step, error) {
	at := slices.IndexFunc(t.accounts, func(a Account) bool { return a.Name == name && !a.Disabled })
	if at < 0 { // it went out of the configuration since the list was made
		return t.answered(t.list(0, nil))(text.DeskGone)
	}
	was, err := t.Pauses.Of(t.ctx, name)
	switch {
	case err != nil:
		return flows.Step{}, err
	case t.Refused != nil:
		return flows.Step{Answer: flows.Answer{Text: t.Say.Text(text.DeskRefused, nil), Alert: true}}, nil
	case was.Paused == pause && pause:
		return t.answered(t.list(at, nil))(text.DeskPausedBefore)
	case was.Paused == pause:
		return t.answered(t.list(at, nil))(text.DeskResumedBefore)
	}
	now := Pause{Paused: pause, Since: t.Now().UTC().Round(0), By: t.Person.ID, Name: t.called()}
	word, done, told := "resume", text.DeskResumed, text.DeskToldResumed
	if pause {
		word, done, told = "pause", text.DeskPaused, text.DeskToldPaused
	}
	step, err := t.answered(t.list(at, &now))(done)
	step.Memos = []storage.Memo{memo(name, now)}
	step.Audit = []string{fmt.Sprintf("%s provider %s", word, name)}
	if t.OpsChat != 0 {
		words := t.Speak(t.Language).Say(told, text.Values{"Provider": name, "Name": now.Name})
		step.Send = []flows.Outgoing{{Chat: t.OpsChat, Topic: t.OpsTopic, With: flows.Message{Text: words}}}
	}
	return step, err
}

// answered gives a step an answer to the press.
func (t turn) answered(s flows.Step, err error) func(text.Key) (flows.Step, error) {
	return func(key text.Key) (flows.Step, error) {
		s.Answer = flows.Answer{Text: t.Say.Text(key, nil)}
		return s, err
	}
}

// called is what the person is called in front of others.
func (t turn) called() string {
	if name := strings.TrimSpace(t.Person.Name); name != "" {
		return name
	}
	return fmt.Sprint(int64(t.Person.ID))
}
