package flows

import (
	"slices"
	"strings"
	"time"

	"rechargebot/flows/text"
)

// A command that needs an argument and comes without one, as from a menu, asks for it (Message.Ask), and the
// next text is it. The question stands beside the dialogue, not in its place: an open order stays open and
// on its card. It is over with whatever is typed next, right or wrong, unless the command asks again; with any
// screen, so also with the next step of a dialogue by its buttons; and by itself after AskLife.

// AskLife is how long a command's question is answered by what is typed: later it is meant for something else.
const AskLife = 15 * time.Minute

// asking is the command whose argument the next text is, if there is one.
func (e *Engine) asking(v visit) (c command, ok bool) {
	c, ok = e.commands[v.session.Ask]
	return c, ok && v.may(c.Who) && v.now.Sub(v.session.Changed) <= AskLife
}

// answered turns a text that answers a command's question into that command. A whole order is none: it is
// heard as if nothing had been asked.
func (e *Engine) answered(v *visit) (command, bool) {
	c, ok := e.asking(*v)
	if !ok || v.in.Contact != "" && !c.Contact || e.listener != nil && e.listener.Orders(v.in.Text) {
		return command{}, false
	}
	v.in.Args = strings.TrimSpace(v.in.Text)
	if v.in.Contact != "" {
		v.in.Args = v.in.Contact
	}
	v.in.Command, v.in.Asked, v.in.Text, v.in.Contact = c.Name, true, "", ""
	return c, true
}

// hintOf is what stands in the typing box after a reply: nothing where it has buttons, or is no private chat.
func (b *turnBuilder) hintOf(m Message) string {
	if len(m.Rows) > 0 || b.visit.in.ChatKind != PrivateChat {
		return ""
	}
	return text.Rich{{Text: m.Ask}}.Clip(MaxAsk).String()
}

// asks keeps whether the next text is a command's argument.
func (b *turnBuilder) asks() {
	v := b.visit
	if !v.hasSession() {
		return
	}
	command := ""
	if slices.ContainsFunc(b.step.Replies, func(m Message) bool { return b.hintOf(m) != "" }) {
		command = v.in.Command
	}
	if command == "" && (v.session.Ask == "" || v.in.Press != "" && b.turn.Session == nil) {
		return
	}
	b.session()
	b.turn.Session.Ask = command
}
