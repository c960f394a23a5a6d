// Package review is the desk where people decide what the bot cannot: jobs whose asking has come to its end
// (Review), and incidents, which are evidence against what is settled already.
//
//	/review ──► a card a job, with the evidence ──► Ask again ─────────────────────► Unknown: dispatch asks once more
//	                                           └──► Mark delivered, Mark failed ─┐
//	                                           └──► Mark reversed, It was        ├─► the reason in writing ──► decided
//	                                                delivered, Nothing to it    ─┘
//
// /review CODE shows one job, whether it waits or not: that is where an admin who has read of a refund elsewhere
// marks a delivered one reversed.
//
// A button names the job and what its card showed, and so does the question for the reason. When that has changed in
// between, nothing is done and the card is shown again; a mere reminder changes nothing on a card. The move
// names the version that the step read, and the store checks in the commit that it still stands and that
// the person may decide (storage.Turn, "Decisions"), so of two people who decide at once one is first.
//
// The reason is the decision: it is kept in the job's history, or in the incident. Above a configured sum
// one person's word only waits (storage.Verdict) until a second one says the same: about a job in Review, about
// what an incident says, and about a success that is taken back. That there is nothing to an incident, or to such
// a word, one person may say.
//
// The agent hears of a decision by the job's card and push, as of any other move. A failure that was none
// stays Failed (SAFETY.md, I4): the agent is sent a correction, and the job's card says so from then on.
package review

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// Name is the flow's word in sessions and buttons.
const Name = "review"

// Store is what the flow reads.
type Store interface {
	Job(ctx context.Context, id storage.JobID) (storage.Job, error)
	// AtDesk lists the jobs that wait for a person, oldest first, above after (storage.Jobs).
	AtDesk(ctx context.Context, after storage.JobID, limit int) ([]storage.Job, error)
	Person(ctx context.Context, id storage.PersonID) (storage.Person, error)
	PeopleWhere(ctx context.Context, match func(storage.Person) bool) ([]storage.Person, error)
}

// Config is what the flow needs; FourEyesAbove, Askable, Float and OpsChat may be left out.
type Config struct {
	Store    Store
	Speak    func(language string) text.Printer // Catalogue.In
	Language string                             // of people who chose none, and of the group
	Zone     *time.Location                     // of the times shown
	Now      func() time.Time

	// FourEyesAbove is the sum above which two people must say the same; a currency without one needs one person.
	FourEyesAbove map[providers.Currency]providers.Money
	// Askable reports whether the bot can ask the job's provider about its open attempt; nil = always.
	Askable func(storage.Job) bool

	// Float is our float with a provider as it was read last, and when; false when it is not known. nil = nothing is known.
	Float func(provider string) (providers.Money, time.Time, bool)

	OpsChat  storage.ChatID // the group that hears of each decision; 0 = none
	OpsTopic int64
}

// Flow is the desk. It has no state of its own.
type Flow struct{ Config }

// New returns the flow.
func New(c Config) *Flow {
	if c.Askable == nil {
		c.Askable = func(storage.Job) bool { return true }
	}
	if c.Float == nil {
		c.Float = func(string) (providers.Money, time.Time, bool) { return providers.Money{}, time.Time{}, false }
	}
	return &Flow{c}
}

// Name implements flows.Flow.
func (f *Flow) Name() string { return Name }

// Commands implements flows.Flow.
func (f *Flow) Commands() []flows.Command {
	return []flows.Command{{Name: "review", Who: flows.Admins, Help: text.ReviewHelp}}
}

// Step implements flows.Flow.
func (f *Flow) Step(ctx context.Context, d flows.Dialogue, in flows.Input) (flows.Step, error) {
	if in.ChatKind != flows.PrivateChat {
		return flows.Step{}, nil // people decide in private
	}
	t := turn{Flow: f, Dialogue: d, ctx: ctx, in: in}
	switch {
	case !d.Person.MayAdmin():
		return t.noAdmin(), nil
	case in.Command == "review" && in.Args != "":
		return t.one(in.Args)
	case in.Command == "review":
		return t.list(0)
	case d.Action == "", d.Action == actBack, d.Action == flows.ActionRedraw:
		return t.dialogue()
	}
	return t.press()
}

// turn is one step being made: the world as it is, and the input.
type turn struct {
	*Flow
	flows.Dialogue
	ctx context.Context
	in  flows.Input
}

// tell says one sentence and changes nothing: over the chat to a press, else in a message of its own.
func (t turn) tell(key text.Key, values text.Values) flows.Step {
	if t.Action != "" {
		return flows.Step{Answer: flows.Answer{Text: t.Say.Text(key, values), Alert: true}}
	}
	return flows.Step{Replies: []flows.Message{{Text: t.Say.Say(key, values)}}}
}

// noAdmin answers somebody who was an admin when the button or the question was shown.
func (t turn) noAdmin() flows.Step {
	if t.State == nil || t.Action != "" && t.Action != actBack && t.Action != flows.ActionRedraw {
		return t.tell(text.ReviewAdminsOnly, nil)
	}
	return flows.Step{Close: true, Screen: &flows.Message{Text: t.Say.Say(text.ReviewAdminsOnly, nil)}}
}

// speaks is the printer for a person.
func (t turn) speaks(p storage.Person) text.Printer { return t.Speak(cmp.Or(p.Language, t.Language)) }

// job reads a job; nil when there is none.
func (t turn) job(id storage.JobID) (*storage.Job, error) {
	j, err := t.Store.Job(t.ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read job: %w", err)
	}
	return &j, nil
}

// person reads a person; whom the store does not know has only an id.
func (t turn) person(id storage.PersonID) (storage.Person, error) {
	p, err := t.Store.Person(t.ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Person{ID: id}, nil
	}
	if err != nil {
		return storage.Person{}, fmt.Errorf("read person: %w", err)
	}
	return p, nil
}

// called is what to call the person with that id: as the platform shows them, which proves nothing.
func (t turn) called(id storage.PersonID) (string, error) {
	if id == t.Person.ID && t.in.From.Name != "" {
		return clip(t.in.From.Name, maxName), nil
	}
	p, err := t.person(id)
	switch {
	case err != nil:
		return "", err
	case strings.TrimSpace(p.Name) != "":
		return clip(p.Name, maxName), nil
	case p.Username != "":
		return "@" + clip(p.Username, maxName), nil
	}
	return strconv.FormatInt(int64(id), 10), nil
}

// mayDecide reports whether the person may decide about the job: of his own order only an owner may.
func mayDecide(p storage.Person, j storage.Job) bool {
	return p.MayAdmin() && (p.ID != j.Agent || p.Role == storage.RoleOwner)
}

// needsTwo reports whether two people must say the same about the job.
func (t turn) needsTwo(j storage.Job) bool {
	limit, set := t.FourEyesAbove[j.Amount.Currency]
	return set && limit.Less(j.Amount)
}

// standing is the word that waits for a second one; nil when there is none, or whoever said it may not decide any more.
func (t turn) standing(j storage.Job) (*storage.Verdict, error) {
	if j.Verdict == nil || !t.needsTwo(j) {
		return nil, nil
	}
	by, err := t.person(j.Verdict.By)
	if err != nil || !mayDecide(by, j) {
		return nil, err
	}
	return j.Verdict, nil
}

// clip cuts a value that a stranger or a provider made.
func clip(s string, limit int) string { return text.Rich{{Text: s}}.Clip(limit).String() }

// moment is a time to the second, for comparing with a provider's own list.
func (t turn) moment(at time.Time) string { return at.In(t.Zone).Format("02.01. 15:04:05") }
