package flows

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// EngineStore is what the engine needs of a store.
type EngineStore interface {
	storage.Dialogues
	storage.People
	// JobsOfAgent is for what an agent may still cancel (storage.History).
	JobsOfAgent(ctx context.Context, agent storage.PersonID, before storage.JobID, limit int) ([]storage.Job, error)
}

// Config is what an Engine is made of.
type Config struct {
	Store     EngineStore
	Catalogue *text.Catalogue
	Language  string                    // of people who have not chosen any; "" means "en"
	Now       func() time.Time          // nil means time.Now
	Rand      io.Reader                 // tokens of buttons; nil means crypto/rand. Must be safe for concurrent use
	OnOrder   func(storage.Job)         // called after the commit of each new or decided job, as it then stands; nil means nobody wants to know
	OnPeople  func(...storage.PersonID) // called after each commit that changed people, with them; nil means nobody wants to know
}

// Engine takes what people do through the flows to the store. It is safe for concurrent use; inputs of
// one chat should come one after the other, in their order.
type Engine struct {
	store     EngineStore
	catalogue *text.Catalogue
	language  string
	now       func() time.Time
	rand      io.Reader
	onOrder   func(storage.Job)
	onPeople  func(...storage.PersonID)

	flows    map[string]Flow
	order    []Flow
	commands map[string]command
	listener Listener // nil when no flow listens
	strangers
	suspended strangers // counted apart, so that no crowd of strangers keeps them from hearing why nothing happens
}

// command is a row of the command table.
type command struct {
	Command
	flow Flow
}

// NewEngine makes an engine of the flows; an error means that they contradict each other.
func NewEngine(c Config, fs ...Flow) (*Engine, error) {
	e := &Engine{
		store: c.Store, catalogue: c.Catalogue, language: c.Language,
		now: c.Now, rand: c.Rand, onOrder: c.OnOrder, onPeople: c.OnPeople,
		flows: map[string]Flow{}, commands: map[string]command{},
	}
	if e.store == nil || e.catalogue == nil {
		return nil, errors.New("make engine: a store and a catalogue are needed")
	}
	if e.language == "" {
		e.language = "en"
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.rand == nil {
		e.rand = rand.Reader
	}
	if e.onOrder == nil {
		e.onOrder = func(storage.Job) {}
	}
	if e.onPeople == nil {
		e.onPeople = func(...storage.PersonID) {}
	}
	for _, f := range append(fs[:len(fs):len(fs)], house{e}) {
		if err := e.add(f); err != nil {
			return nil, fmt.Errorf("make engine: %w", err)
		}
	}
	return e, nil
}

func (e *Engine) add(f Flow) error {
	name := f.Name()
	if name == "" || e.flows[name] != nil {
		return fmt.Errorf("flow name %q is empty or taken", name)
	}
	e.flows[name], e.order = f, append(e.order, f)
	for _, c := range f.Commands() {
		if !commandName(c.Name) || e.commands[c.Name].flow != nil {
			return fmt.Errorf("flow %s: command %q is not usable or taken", name, c.Name)
		}
		e.commands[c.Name] = command{c, f}
	}
	if l, ok := f.(Listener); ok {
		if e.listener != nil {
			return fmt.Errorf("flows %s and %s both listen", e.listener.Name(), name)
		}
		e.listener = l
	}
	return nil
}

// commandName reports whether Telegram can show it as a command (telegram/dossier.md, section 3).
func commandName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 32
}

// Commands lists the commands that are told to people, in the order of /help.
func (e *Engine) Commands() []Command {
	var out []Command
	for _, f := range e.order {
		for _, c := range f.Commands() {
			if c.Help != "" {
				out = append(out, c)
			}
		}
	}
	return out
}

// maxTries bounds how often one input is stepped when others change the same things at the same time.
const maxTries = 8

// Handle answers one input. When it returns nil the input is handled for good and its inbox row (id, 0
// when there is none) is gone; whatever a person did wrong was answered. An error means that it is not
// handled: the store has failed, or ctx is over. Handling an input again that was handled does nothing.
func (e *Engine) Handle(ctx context.Context, id storage.InboxID, in Input) (Answer, error) {
	var refused error
	for try := range maxTries {
		v, err := e.visit(ctx, id, in)
		if err != nil {
			return Answer{}, fmt.Errorf("handle input: %w", err)
		}
		r, err := e.route(ctx, &v)
		if err != nil {
			return Answer{}, fmt.Errorf("handle input: %w", err)
		}
		step, err := e.step(ctx, v, &r, refused)
		if err != nil {
			return Answer{}, fmt.Errorf("handle input: %w", err)
		}
		err = e.commit(ctx, v, r, step)
		switch {
		case err == nil:
			step.Answer.Text = text.Rich{{Text: step.Answer.Text}}.Clip(MaxAnswer).String()
			return step.Answer, nil
		case errors.Is(err, storage.ErrHandled):
			return Answer{}, nil
		case errors.Is(err, storage.ErrPressed):
			// the next look finds the button gone; a step that finds an invitation gone is told so
			if step.Revoke != "" {
				refused = err
			}
		case errors.Is(err, storage.ErrConflict):
			// the next look sees what the others did; a step that goes on colliding is told so
			if refused == nil && try >= maxTries/2 {
				refused = storage.ErrConflict
			}
		case errors.Is(err, storage.ErrMayNot), errors.Is(err, storage.ErrPerOrder), errors.Is(err, storage.ErrPerDay):
			refused = err
		default:
			return Answer{}, fmt.Errorf("handle input: %w", err)
		}
	}
	return e.giveUp(ctx, id, in)
}

// giveUp tells that nothing was done, in a turn of one message or an answer alone: no session, no press
// and no person, not even the name, so that there is nothing left to collide with.
func (e *Engine) giveUp(ctx context.Context, id storage.InboxID, in Input) (Answer, error) {
	v, err := e.visit(ctx, id, in)
	if err != nil {
		return Answer{}, fmt.Errorf("handle input: %w", err)
	}
	v.in.From.Name, v.in.From.Username, v.session.Ask, v.person.UntoldMore = "", "", "", 0
	step := v.tell(text.EngineBusy, nil)
	if err := e.commit(ctx, v, route{}, step); err != nil && !errors.Is(err, storage.ErrHandled) {
		return Answer{}, fmt.Errorf("handle input: %w", err)
	}
	return step.Answer, nil
}

// step takes the flow's step. What the route does not allow becomes a sentence, and the press stays unused.
func (e *Engine) step(ctx context.Context, v visit, r *route, refused error) (Step, error) {
	if r.flow == nil {
		return r.step, nil
	}
	d := Dialogue{Person: v.person, Action: r.action, Say: v.say, Refused: refused}
	if r.invite != nil {
		d.Inviter = r.invite.By
	}
	if v.session.Flow == r.flow.Name() {
		d.State = v.session.State
	}
	s, err := r.flow.Step(ctx, d, v.in)
	if err != nil {
		return Step{}, fmt.Errorf("step of %s: %w", r.flow.Name(), err)
	}
	switch {
	case r.redraw && s.Screen != nil:
		answer := Answer{Text: v.say.Text(text.EnginePressRedrawn, nil)}
		return Step{State: s.State, Screen: s.Screen, Keep: s.Keep, Expires: s.Expires, Answer: answer}, nil
	case r.redraw:
		return r.step, nil
	case refused != nil && (s.Order != nil || s.Job != nil || s.Revoke != "" || len(s.People)+len(s.Memos) > 0):
		*r = route{step: v.tell(text.EngineBusy, nil)} // it would be refused again
	case s.Order != nil && !r.mayOrder(v):
		*r = staleRoute(&v)
	default:
		return s, nil
	}
	return r.step, nil
}
