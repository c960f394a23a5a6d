package flowtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"rechargebot/flows"
	"rechargebot/storage"
)

// chat is what a member sees: the bot's messages, each with all that it ever showed.
type chat struct{ messages []shown }

// shown is a message through its edits, the newest last.
type shown struct {
	id       int64
	versions []version
}

type version struct {
	order int // over all chats, so that the newest button is known
	flows.Message
}

// deliver sends what the store owes, as the bot's outbox does.
func (w *world) deliver() {
	notices, err := w.store.Pending(w.ctx)
	w.must(err)
	for _, n := range notices {
		target, err := w.target(n)
		w.must(err)
		m, err := w.composer.Compose(w.ctx, n)
		w.must(err)
		w.must(w.store.Sent(w.ctx, n, w.show(n.Chat, target, m)))
	}
}

// target is the message that the notice edits, 0 when it is a new one.
func (w *world) target(n storage.Notice) (int64, error) {
	switch n.Kind {
	case storage.NoticeEdit:
		return n.Message, nil
	case storage.NoticeScreen:
		s, err := w.store.Session(w.ctx, n.Chat)
		if errors.Is(err, storage.ErrNotFound) {
			return 0, nil
		}
		return s.Card, err
	case storage.NoticeCard:
		j, err := w.store.Job(w.ctx, n.Job)
		return j.Card, err
	}
	return 0, nil
}

// show puts the message into the chat, notes what is seen, and returns its id when it is new, else 0.
func (w *world) show(id storage.ChatID, target int64, m flows.Message) int64 {
	c := w.chats[id]
	if c == nil {
		c = &chat{}
		w.chats[id] = c
	}
	v := version{w.nextOrder(), m}
	whose := w.script.memberOf(id)
	here := whose == w.actor || w.input.Chat == id
	if target == 0 {
		c.messages = append(c.messages, shown{w.nextMessage(), []version{v}})
		head := "bot"
		if !here {
			head = "to " + whose
		}
		w.say(head, render(m))
		return c.messages[len(c.messages)-1].id
	}
	i := slices.IndexFunc(c.messages, func(s shown) bool { return s.id == target })
	if i < 0 {
		w.Fatalf("message %d of %s is edited, but was never sent", target, whose)
	}
	if last := c.messages[i].versions; render(last[len(last)-1].Message) != render(m) {
		w.say(editHead(here, whose, i, len(c.messages)), render(m))
	}
	c.messages[i].versions = append(c.messages[i].versions, v)
	return 0
}

func editHead(here bool, whose string, i, n int) string {
	head := "edit"
	if !here {
		head += " " + whose
	}
	if i != n-1 {
		head += fmt.Sprintf(" %d", i+1)
	}
	return head
}

func (w *world) nextOrder() int {
	n := 0
	for _, c := range w.chats {
		for _, m := range c.messages {
			n += len(m.versions)
		}
	}
	return n
}

func (w *world) nextMessage() int64 {
	n := int64(1)
	for _, c := range w.chats {
		n += int64(len(c.messages))
	}
	return n
}

// render is a message as a person reads it: its text, its buttons in brackets, and the hint in the typing box; below
// them a file, opened.
func render(m flows.Message) string {
	var b strings.Builder
	b.WriteString(m.Text.String())
	for _, row := range m.Rows {
		labels := make([]string, len(row))
		for i, button := range row {
			labels[i] = "[" + button.Label + "]"
			if button.Copy != "" {
				labels[i] = "[" + button.Label + " = " + button.Copy + "]"
			}
		}
		b.WriteString("\n" + strings.Join(labels, " "))
	}
	if m.Ask != "" {
		b.WriteString("\n‹" + m.Ask + "›")
	}
	if m.File != nil {
		lines := strings.Split(strings.TrimSuffix(strings.TrimPrefix(string(m.File.Content), "\ufeff"), "\r\n"), "\r\n")
		b.WriteString("\n[" + m.File.Name + "]\n| " + strings.Join(lines, "\n| "))
	}
	return masked(b.String())
}

// findButton finds the button that a press line means: the one shown last with the label.
func (w *world) findButton(l line, in *flows.Input) error {
	place := storage.ChatID(in.Chat)
	if l.of != "" {
		other, ok := w.script.member(l.of)
		if !ok {
			return fmt.Errorf("nobody is called %q", l.of)
		}
		place = storage.ChatID(other.id)
	}
	newest := -1
	if c := w.chats[place]; c != nil {
		for i, m := range c.messages {
			if l.nth != 0 && l.nth != i+1 {
				continue
			}
			for _, v := range m.versions {
				if token, ok := labelled(v.Message, l.text); ok && v.order > newest {
					newest, in.Press, in.Message = v.order, token, m.id
				}
			}
		}
	}
	if newest < 0 {
		return fmt.Errorf("no button %q was ever shown there", l.text)
	}
	return nil
}

// findLink finds the token of the link that an opens line means: the newest one in somebody's chat.
func (w *world) findLink(l line) (token string, err error) {
	other, ok := w.script.member(l.of)
	if c := w.chats[storage.ChatID(other.id)]; ok && c != nil {
		for i, m := range c.messages {
			if l.nth != 0 && l.nth != i+1 {
				continue
			}
			for _, v := range m.versions {
				if _, rest, found := strings.Cut(v.Text.String(), linkStart); found {
					token, _, _ = strings.Cut(rest, "\n")
				}
			}
		}
	}
	if token == "" {
		return "", fmt.Errorf("no link was ever shown to %q there", l.of)
	}
	return token, nil
}

// linkStart is how the token begins in a link that begins the bot.
const linkStart = "?start="

// masked hides the token of each link in a text: it is by chance.
func masked(text string) string {
	parts := strings.Split(text, linkStart)
	for i := range parts[1:] {
		if end := strings.IndexAny(parts[i+1], "\n ]"); end >= 0 {
			parts[i+1] = "…" + parts[i+1][end:]
		} else {
			parts[i+1] = "…"
		}
	}
	return strings.Join(parts, linkStart)
}

// labelled is the token of the button with that label, or with that label after an emoji and a blank.
func labelled(m flows.Message, label string) (string, bool) {
	for _, row := range m.Rows {
		for _, b := range row {
			if b.Token != "" && (b.Label == label || strings.HasSuffix(b.Label, " "+label)) {
				return b.Token, true
			}
		}
	}
	return "", false
}

// ordered notes a job that was made, or what a person made of one.
func (w *world) ordered(j storage.Job) {
	if slices.Contains(w.jobs, j.ID) {
		w.say("decided", fmt.Sprintf("#%s %s", j.ID.Code(), j.State))
		return
	}
	w.jobs = append(w.jobs, j.ID)
	provider := j.Provider
	if provider == "" {
		provider = "automatic"
	}
	service := fmt.Sprintf("%s/%s", j.Operator, j.Type)
	if j.Circle != "" {
		service += " " + string(j.Circle)
	}
	w.say("order", fmt.Sprintf("%s %s %s %s", j.Account.National(), service, j.Amount, provider))
}
