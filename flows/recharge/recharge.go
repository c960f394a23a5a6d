// Package recharge is the dialogue in which an agent orders a recharge, by buttons or by one line of text.
//
// Everything that was answered so far is a draft, kept as the dialogue's state. Each input changes the
// draft, and arrange then looks for the first question without an answer: that is the screen to show,
// until the confirm card is reached. A mistake never empties the draft; it puts one sentence on the card.
// The guided and the one-line order are therefore the same walk, the second one only begins further on.
//
// The market, which is what the enabled upstreams can do together, says what is asked at all: of which
// countries numbers are read, which operators are on buttons, whether somebody needs the circle. What was chosen
// for a number before is read from its orders (memory.go) and wins over what its digits suggest.
//
// What the confirm card shows is what Confirm orders: the draft is in the session, the button carries
// nothing, and everything is checked again when it is pressed. Limits, the right to order, and that nobody
// ordered for the number in between are checked once more in the store's commit, which alone decides.
//
// A customer's number may be shared as a contact, wherever a number may be typed. There is no button for it: the
// platform's own (KeyboardButton.request_contact) shares the number of whoever presses it, which is the agent's.
// So the question says it in words, and the paper clip does it.
//
// What deserves a second look is said on the card and renames the button that orders, so that no order takes
// a tap more: an order like it (twin.go), a number or an amount that looks like a slip (doubt.go). How the
// providers do is said before it (standing.go). Until it is sent, the agent may cancel it (withdraw.go).
package recharge

import (
	"context"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// Name is the flow's word in sessions and buttons.
const Name = "recharge"

// ConfirmTerm is how long a confirm card may be pressed: an old one could order what nobody wants any more
// (SAFETY.md, section 5, "old Confirm replayed").
const ConfirmTerm = 5 * time.Minute

// The actions of buttons. What follows a colon is the answer.
const (
	actStart    = "start"
	actOperator = "operator:"
	actType     = "type:"
	actNumber   = "number"  // keeps the number that is known already
	actCircle   = "circle:" // nothing after it: not known
	actAmount   = "amount:"
	actProvider = "provider:"
	actConfirm  = "confirm"
	actChange   = "change"
	actRecircle = "recircle"
	actPacks    = "packs"
	actPage     = "page:"
	actKind     = "kind:" // nothing after it: all
	actBack     = "back"
	actCancel   = "cancel"
	actRetry    = "retry" // asks again whether a provider takes the order now
	actUsual    = "usual" // takes the usual number in place of the one that looks like it
	actWithdraw = "withdraw"
)

// Upstream is one enabled provider as this flow sees it. A service without a rule is not offered.
type Upstream struct {
	Name     string
	Services []providers.Service
	Rules    map[providers.Service]providers.AmountRule
	Circles  []providers.CircleID // it takes an order only with one of these; nil = it needs none
}

// Offers is what the flow knows of the packs that operators sell. Neither call waits for anybody.
type Offers interface {
	// Known lists the packs of an operator, in any order; false = the list is not here (yet).
	Known(q providers.OfferQuery) (list []providers.Offer, ok bool)
	// Lists reports whether an enabled upstream has a list of the operator's packs.
	Lists(q providers.OfferQuery) bool
}

// Jobs is what the flow reads of earlier orders.
type Jobs interface {
	// JobsOfAccount pages through a number's jobs of all agents, newest first (storage.History).
	JobsOfAccount(ctx context.Context, account providers.MSISDN, before storage.JobID, limit int) ([]storage.Job, error)
	// UnfinishedOfAccount lists a number's jobs of all agents that are not terminal, newest first (storage.History).
	UnfinishedOfAccount(ctx context.Context, account providers.MSISDN) ([]storage.Job, error)
	// JobsOfAgent pages through an agent's own jobs, newest first (storage.History).
	JobsOfAgent(ctx context.Context, agent storage.PersonID, before storage.JobID, limit int) ([]storage.Job, error)
	// SpentOn is the day's sum of an agent's orders (storage.Dialogues).
	SpentOn(ctx context.Context, agent storage.PersonID, day string, currency providers.Currency) (providers.Money, error)
	// Person tells admins whose an earlier order is (storage.People).
	Person(ctx context.Context, id storage.PersonID) (storage.Person, error)
}

// Config is what the flow needs. All of it but Offers is required.
type Config struct {
	Upstreams []Upstream // enabled ones, in order of priority
	Jobs      Jobs
	Offers    Offers // nil = no packs are shown
	// Standing tells how an upstream does at present with an operator's orders. It is asked at each step
	// that shows upstreams or the confirm card, and once more when Confirm is pressed; it must not wait for
	// anything slow. nil = all are Fine.
	Standing func(ctx context.Context, provider string, op providers.OperatorID) Standing
	Window   time.Duration                         // a finished order like one this recent is asked about a second time; an unfinished one always is
	Limits   map[providers.Currency]storage.Limits // for agents without their own; a currency that is missing may not be ordered in
	Zone     *time.Location                        // of days and of the times shown
	Now      func() time.Time
}

// Flow is the dialogue. It has no state of its own.
type Flow struct {
	Config
	market market
}

// New returns the flow.
func New(c Config) *Flow { return &Flow{c, c.Upstreams} }

// Name implements flows.Flow.
func (f *Flow) Name() string { return Name }

// Commands implements flows.Flow.
func (f *Flow) Commands() []flows.Command {
	return []flows.Command{{Name: "recharge", Who: flows.Agents, Help: text.RechargeHelp}}
}

// Orders implements flows.Listener: a line typed while nothing else is open is an order, or a mistake in one,
// and one with a number and an amount is an order wherever it is typed.
func (f *Flow) Orders(typed string) bool {
	l := parseLine(typed, f.market.countries()...)
	return l.Amount != "" && isNumber(l.Number, f.market.countries()...)
}

// StartButton begins an order. Other flows may show it under any message of theirs, with flows.Step.Keep
// when it shall serve more than once.
func StartButton(say text.Printer) flows.Button {
	return flows.Button{Label: say.Text(text.RechargeButtonStart, nil), Tone: flows.Main, Action: actStart, Flow: Name}
}

// Step implements flows.Flow.
func (f *Flow) Step(ctx context.Context, d flows.Dialogue, in flows.Input) (flows.Step, error) {
	if in.ChatKind != flows.PrivateChat {
		return flows.Step{}, nil // money is for private chats only
	}
	t := turn{Flow: f, ctx: ctx, Dialogue: d, in: in}
	if !d.Person.MayOrder() {
		return t.dismiss(), nil
	}
	switch {
	case d.Action != "":
		return t.press()
	case in.Command != "" && in.Args == "":
		return t.show(draft{At: atOperator}, nil, true)
	case in.Command != "":
		return t.idle(in.Args)
	case in.Contact != "":
		return t.contact(in.Contact)
	}
	return t.typed(in.Text)
}

// turn is one step being made: the world as it is, and the input.
type turn struct {
	*Flow
	flows.Dialogue
	ctx context.Context
	in  flows.Input
}

// dismiss ends the dialogue of somebody who may not order any more. Nothing was ordered.
func (t turn) dismiss() flows.Step {
	sentence := t.Say.Say(text.RechargeMayNot, nil)
	if t.State == nil {
		return t.tell(sentence)
	}
	return flows.Step{Close: true, Screen: &flows.Message{Text: sentence}, Answer: flows.Answer{Text: sentence.String(), Alert: true}}
}

// tell says one sentence and leaves the dialogue as it is: over the chat to a press, else in a message of its own.
func (t turn) tell(sentence text.Rich) flows.Step {
	if t.Action != "" {
		return flows.Step{Answer: flows.Answer{Text: sentence.String(), Alert: true}}
	}
	return flows.Step{Replies: []flows.Message{{Text: sentence}}}
}
