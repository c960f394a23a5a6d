package main

import (
	"strings"
	"time"
)

// mostDecided bounds what the admin decides in a run, so that some orders stay in Review to its end.
const mostDecided = 12

// decide lets the admin sit down at the review desk when nothing else goes on. He looks into the providers'
// panels, which is the record, and says what he sees there; of some he has the provider asked again first.
func (p *person) decide() {
	asked := map[string]bool{}
	for range mostDecided {
		p.types("/review")
		card, ok := p.await("what waits for a decision", func(m *simMessage) bool { return m.has("Mark delivered") || strings.Contains(m.text, "Nothing waits") })
		if !ok || !card.has("Mark delivered") {
			return
		}
		d := p.dice("decide")
		code, _, _ := strings.Cut(after(card.text, "#"), "\n")
		if again, may := card.button("Ask again"); may && !asked[code] && d.percent(30) {
			asked[code] = true
			p.presses(again)
			p.await("that the provider is asked", func(m *simMessage) bool { return strings.Contains(m.text, code) })
			time.Sleep(d.between(time.Minute, 2*time.Minute))
			continue
		}
		if !p.says(card, code) {
			return
		}
	}
}

// says marks an order as the record has it, with a reason in writing.
func (p *person) says(card simMessage, code string) bool {
	mark := "Mark failed"
	if p.w.ups.delivered(after(card.text, "our reference ")) {
		mark = "Mark delivered"
	}
	t, _ := card.button(mark)
	p.presses(t)
	if _, ok := p.await("the question for a reason", func(m *simMessage) bool {
		return strings.Contains(m.text, code) && strings.Contains(m.text, "What did you see")
	}); !ok {
		return false
	}
	p.types("It stands so in their panel.")
	_, ok := p.await("the decision", func(m *simMessage) bool {
		return strings.Contains(m.text, code) && strings.Contains(m.text, "is marked")
	})
	return ok
}

// after is the word that follows the last one of these.
func after(text, words string) string {
	i := strings.LastIndex(text, words)
	if i < 0 {
		return ""
	}
	rest := text[i+len(words):]
	if end := strings.IndexAny(rest, ".,:; \n"); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// delivered reports whether the order under a reference was, by the record.
func (u *upstream) delivered(reference string) bool {
	for _, name := range []string{"first", "second", "third", "fourth"} {
		if order, ok := u.server.Order(name, reference); ok && charged(order) {
			return true
		}
	}
	return false
}
