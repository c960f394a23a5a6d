// Package access decides who may use the bot: strangers ask, admins approve or reject, and later suspend,
// resume, promote and limit. The first owner is named in the configuration or claims the bot with a code.
//
//	stranger ──/start──► Request access ──► a card to every admin ──► Approve ─► agent
//	   ▲                                                        └──► Reject ──┐
//	   └───────────────────────── after RetryAfter ───────────────────────────┘
//
// An admin may also invite (invite.go): a link for one stranger, who asks for access by opening it. It opens
// no door by itself: an admin still decides, with the same card.
//
// Nothing here trusts a name or a username: a button's action names people by their numeric id, and the
// role of whoever pressed is read again in the commit. Every change is a compare-and-set of the whole
// person as it was read, so of two admins who decide at once one is first, and the other one is told.
//
// Who may do what: admins decide about requests, agents and other admins; only owners make admins; nobody
// decides about himself, and nobody about owners, who are made by the configuration or the claim alone.
// Messages about people never take the place of a chat's card: an admin's open order stays as it is.
package access

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// Name is the flow's word in sessions and buttons.
const Name = "access"

const (
	// RetryAfter is how long a rejected person waits before asking again.
	RetryAfter = 24 * time.Hour
	// MaxOpen bounds the open requests, so that strangers cannot make the store grow. The invited, whom admins
	// have bounded already, may ask beyond it.
	MaxOpen = 200
)

// The actions of buttons. What follows a colon is a person's id, and the second of the request where it matters.
const (
	actAsk     = "ask"
	actApprove = "approve:"
	actReject  = "reject:"
	actUsers   = "users:" // the list, after that id
	actUser    = "user:"
	actSuspend = "suspend:"
	actResume  = "resume:"
	actPromote = "promote:"
	actLimits  = "limits:"
	actRevoke  = "uninvite:" // an invitation's token
	actDefault = "default"   // in the dialogue about limits
	actCancel  = "cancel"
)

// Store is what the flow reads.
type Store interface {
	Person(ctx context.Context, id storage.PersonID) (storage.Person, error)
	PeopleWhere(ctx context.Context, match func(storage.Person) bool) ([]storage.Person, error)
	// CardsAbout lists the messages sent about a person (storage.Outbox).
	CardsAbout(ctx context.Context, about storage.PersonID) ([]storage.CardRef, error)
	// Invites lists the invitations that can still be opened (storage.Dialogues).
	Invites(ctx context.Context, now time.Time) ([]storage.Keyboard, error)
}

// Config is what the flow needs; all but Claim, Example and Username is required.
type Config struct {
	Store    Store
	Claim    *Claim                                // nil = there is an owner already
	Start    func(text.Printer) flows.Button       // begins an order
	Speak    func(language string) text.Printer    // Catalogue.In
	Language string                                // of people who chose none
	Limits   map[providers.Currency]storage.Limits // of people without their own
	Zone     *time.Location                        // of the times shown
	Now      func() time.Time
	Example  string        // an order in one line as people here type it; "" = one of Bangladesh
	Username func() string // the bot's, "" while it is not known; nil = never known, so that nobody can be invited
}

// Flow is the dialogues about access. It has no state of its own.
type Flow struct{ Config }

// New returns the flow.
func New(c Config) *Flow {
	c.Example = cmp.Or(c.Example, "01712345678 50")
	if c.Username == nil {
		c.Username = func() string { return "" }
	}
	return &Flow{c}
}

// Name implements flows.Flow.
func (f *Flow) Name() string { return Name }

// Commands implements flows.Flow. /claim is not listed: who needs it reads it where the code is printed.
func (f *Flow) Commands() []flows.Command {
	return []flows.Command{
		{Name: "start", Who: flows.Anyone, Invites: true, Help: text.AccessHelpStart},
		{Name: "claim", Who: flows.Anyone, Always: f.Claim != nil},
		{Name: "pending", Who: flows.Admins, Help: text.AccessHelpPending},
		{Name: "invite", Who: flows.Admins, Help: text.AccessHelpInvite},
		{Name: "users", Who: flows.Admins, Help: text.AccessHelpUsers},
		{Name: "user", Who: flows.Admins, Help: text.AccessHelpUser},
	}
}

// Step implements flows.Flow.
func (f *Flow) Step(ctx context.Context, d flows.Dialogue, in flows.Input) (flows.Step, error) {
	if in.ChatKind != flows.PrivateChat {
		return flows.Step{}, nil // people are decided about in private
	}
	t := turn{Flow: f, ctx: ctx, Dialogue: d, in: in}
	switch {
	case d.Action != "":
		return t.press()
	case in.Command == "start":
		return t.start()
	case in.Command == "claim":
		return t.claim()
	case in.Command == "pending":
		return t.pending()
	case in.Command == "invite":
		return t.invite()
	case in.Command == "users":
		return t.users(0)
	case in.Command == "user":
		return t.user()
	}
	return t.typed()
}

// turn is one step being made: the world as it is, and the input.
type turn struct {
	*Flow
	flows.Dialogue
	ctx context.Context
	in  flows.Input
}

// press answers a button.
func (t turn) press() (flows.Step, error) {
	if t.Action == actAsk {
		return t.ask()
	}
	if !t.Person.MayAdmin() {
		return t.tell(text.AccessAdminsOnly, nil), nil
	}
	kind, value, _ := strings.Cut(t.Action, ":")
	if kind+":" == actRevoke {
		return t.revoke(value), nil
	}
	id, err := strconv.ParseInt(strings.Split(value, ":")[0], 10, 64)
	if err != nil {
		return t.dialogue()
	}
	who := storage.PersonID(id)
	switch kind + ":" {
	case actApprove, actReject:
		return t.decide(who)
	case actUsers:
		return t.users(who)
	case actUser:
		return t.showUser(who)
	case actLimits:
		return t.askLimits(who)
	}
	return t.change(kind+":", who)
}

// tell says one sentence and changes nothing: over the chat to a press, else in a message of its own.
func (t turn) tell(key text.Key, values text.Values) flows.Step {
	if t.Action != "" {
		return flows.Step{Answer: flows.Answer{Text: t.Say.Text(key, values), Alert: true}}
	}
	return flows.Step{Replies: []flows.Message{{Text: t.Say.Say(key, values)}}}
}

// redraw puts m in the place of the message whose button was pressed; to a command it is a message of its own.
func (t turn) redraw(m flows.Message) flows.Step {
	if t.Action == "" || t.in.Message == 0 {
		return flows.Step{Replies: []flows.Message{m}}
	}
	return flows.Step{Edits: []flows.Edit{{Chat: t.in.Chat, Message: t.in.Message, With: m}}}
}

// to is a message to a person, in that person's language.
func (t turn) to(p storage.Person, m func(say text.Printer) flows.Message) flows.Outgoing {
	return flows.Outgoing{Chat: privateChat(p), Person: p.ID, With: m(t.speaks(p))}
}

func (t turn) speaks(p storage.Person) text.Printer {
	if p.Language != "" {
		return t.Speak(p.Language)
	}
	return t.Speak(t.Language)
}

// privateChat is where the person is written to. Owners of the configuration have no stored chat; a private chat has the person's id.
func privateChat(p storage.Person) storage.ChatID {
	if p.Chat != 0 {
		return p.Chat
	}
	return storage.ChatID(p.ID)
}

// called is how a person is named to admins: as the platform shows them, which proves nothing.
func called(p storage.Person) string {
	switch {
	case p.Name != "":
		return p.Name
	case p.Username != "":
		return "@" + p.Username
	}
	return strconv.FormatInt(int64(p.ID), 10)
}

func action(kind string, p storage.Person) string { return kind + strconv.FormatInt(int64(p.ID), 10) }
