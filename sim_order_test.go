package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// work orders one recharge after the other.
func (p *person) work() {
	for n := 0; ; n++ {
		p.sleep(2*time.Second, 12*time.Second)
		if p.w.jobs() >= p.w.target {
			return
		}
		p.order(p.draw(n))
	}
}

// errand is one order as its agent has it in mind.
type simErrand struct {
	number string // as it is typed and shown
	amount int
	word   string // operator, typed
	manner string
}

// manners are how people order.
func manners() []weight {
	return []weight{
		{"line", 50}, {"guided", 8}, {"double tap", 10}, {"triple tap", 4}, {"cancel", 4}, {"old button", 6}, {"wrong first", 5},
		{"forged", 3}, {"again", 5}, {"too much", 2}, {"gone for long", 3},
	}
}

func (p *person) draw(n int) simErrand {
	d := p.dice("errand")
	serial := int(p.id-agent)*100_000 + n
	e := simErrand{amount: 20 + d.n(180), manner: d.weighted(manners())}
	if p.id == agent { // somebody has to meet the day's limit
		e.amount = 900 + d.n(100)
	}
	switch d.n(10) {
	case 0, 1:
		e.number, e.word = fmt.Sprintf("019%08d", serial), ""
	case 2, 3:
		e.number, e.word = fmt.Sprintf("018%08d", serial), " robi"
	case 4:
		e.number, e.word = fmt.Sprintf("98%08d", serial), " airtel"
	default:
		e.number = fmt.Sprintf("017%08d", serial)
	}
	if strings.HasPrefix(e.number, "98") && e.manner == "guided" {
		e.manner = "line"
	}
	return e
}

// typed is the order in one line.
func (e simErrand) typed() string {
	if strings.HasPrefix(e.number, "98") {
		return fmt.Sprintf("+91%s %d%s", e.number, e.amount, e.word)
	}
	return fmt.Sprintf("%s %d%s", e.number, e.amount, e.word)
}

// order is one errand from its first word to the job's card, or to the word that refuses it.
func (p *person) order(e simErrand) {
	p.w.cover("people: " + e.manner)
	switch e.manner {
	case "wrong first":
		d := p.dice("wrong")
		p.types([]string{"hello", "01712 5", "০১৭", "017123456789012 50", "/nonsense", e.number + " 0"}[d.n(6)])
		p.await("what was wrong", answered)
	case "old button":
		if n := len(p.old); n > 0 {
			d := p.dice("old")
			old := p.old[d.n(n)]
			p.w.chats.presses(p.id, old.message, old.data)
		}
	case "too much":
		e.amount += 1000
	}
	card, ok := p.confirmCard(e)
	if !ok {
		return
	}
	press, _ := confirmButton(&card)
	switch e.manner {
	case "cancel":
		p.types("/cancel")
		said, _ := p.await("that it is cancelled", func(m *simMessage) bool {
			return strings.HasPrefix(m.text, "Stopped.") || strings.HasPrefix(m.text, "Your access is suspended")
		})
		if strings.HasPrefix(said.text, "Stopped.") {
			p.w.chats.presses(p.id, press.message, press.data) // too late
		}
		return
	case "forged":
		other := agent + (p.id-agent+1)%simAgents
		p.w.chats.presses(other, press.message, press.data)
		p.sleep(time.Second, 2*time.Second)
	case "gone for long":
		p.sleep(time.Minute, 4*time.Minute)
	}
	p.confirm(e, card)
	if e.manner == "again" {
		p.sleep(time.Second, 20*time.Second)
		if card, ok := p.confirmCard(e); ok {
			p.confirm(e, card)
		}
	}
}

// answered is any word of the bot that is not about a job.
func answered(m *simMessage) bool {
	_, job := readClaim(m.text)
	return !job && !used(m) && m.text != "Order accepted." && !strings.Contains(m.text, "took the place of this one") && m.text != "Closed." && !strings.HasPrefix(m.text, "Your access w")
}

// used is the answer to a press of a button that is no more.
func used(m *simMessage) bool {
	return m.id == 0 && strings.HasPrefix(m.text, "This button was used already")
}

func confirmButton(m *simMessage) (tap, bool) {
	if t, ok := m.button("Confirm"); ok {
		return t, true
	}
	return m.button("Send again")
}

// confirmCard brings an order to its confirm card; false when it was refused before.
func (p *person) confirmCard(e simErrand) (simMessage, bool) {
	if e.manner == "guided" {
		return p.guided(e)
	}
	p.types(e.typed())
	m, ok := p.await("the answer to a line", answered)
	if !ok {
		return m, false
	}
	_, ok = confirmButton(&m)
	return m, ok && strings.Contains(m.text, e.number)
}

// guided answers one question after the other.
func (p *person) guided(e simErrand) (simMessage, bool) {
	p.types("/recharge")
	for range 9 {
		m, ok := p.await("the next question", answered)
		if !ok {
			return m, false
		}
		if _, ok := confirmButton(&m); ok {
			return m, strings.Contains(m.text, e.number)
		}
		next := ""
		switch {
		case strings.Contains(m.text, "Which operator?"):
			next = operatorOf(e.number)
		case strings.Contains(m.text, "Which type"):
			next = "Prepaid"
		case strings.Contains(m.text, "Which provider?"):
			next = "Automatic"
			if d := p.dice("provider"); d.percent(30) {
				next = "third"
			}
		case strings.Contains(m.text, "Send the phone number"):
			p.types(e.number)
			continue
		case strings.Contains(m.text, "How much?"):
			p.types(fmt.Sprint(e.amount))
			continue
		}
		t, ok := m.button(next)
		if next == "" || !ok {
			t, ok = m.button(flagged(m, next))
		}
		if next == "" || !ok {
			return m, false // refused in words
		}
		p.presses(t)
	}
	return simMessage{}, false
}

// flagged finds an operator's button behind its country's flag.
func flagged(m simMessage, name string) string {
	for _, row := range m.rows {
		for _, b := range row {
			if name != "" && strings.HasSuffix(b.Text, " "+name) && !strings.HasPrefix(b.Text, "🇮🇳") {
				return b.Text
			}
		}
	}
	return "\x00"
}

func operatorOf(number string) string {
	switch number[:3] {
	case "018":
		return "Robi"
	case "019":
		return "Banglalink"
	}
	return "Grameenphone"
}

// confirm presses the confirm card's button, as often as the manner says, and waits for the job's card, or for
// the word that nothing was ordered.
func (p *person) confirm(e simErrand, card simMessage) {
	since := p.now()
	for range 3 {
		press, ok := confirmButton(&card)
		if !ok {
			return
		}
		p.old = append(p.old[max(0, len(p.old)-20):], press)
		p.w.oracle.confirmed(p.id, e, press)
		if life := p.w.current.Load(); life != nil {
			life.confirms(p.dice("aim"))
		}
		p.presses(press)
		taps := map[string]int{"double tap": 1, "triple tap": 2}[e.manner]
		for range taps {
			d := p.dice("tap")
			time.Sleep(d.between(20*time.Millisecond, 900*time.Millisecond))
			p.w.chats.presses(p.id, press.message, press.data)
		}
		p.seen = since
		ordered := func(m *simMessage) bool {
			_, job := readClaim(m.text)
			return job && strings.Contains(m.text, e.number)
		}
		m, ok := p.await("what became of Confirm", func(m *simMessage) bool { return ordered(m) || answered(m) })
		if !ok {
			return
		}
		if job, _ := p.look(ordered); job.event != 0 {
			p.w.countJob()
			p.thinksBetter(job)
			return
		}
		if !strings.Contains(m.text, e.number) {
			return
		}
		card = m
	}
}

// thinksBetter cancels, half of the time, what was not sent yet.
func (p *person) thinksBetter(job simMessage) {
	d := p.dice("better")
	if t, ok := job.button("Cancel"); ok && d.percent(50) {
		p.w.cover("people: cancels a queued job")
		p.w.chats.presses(p.id, t.message, t.data)
	}
}

func (w *world) jobs() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.made
}

func (w *world) countJob() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made++
}

// wasSuspended reports whether the person was, for the whole of that instant's surroundings.
func (w *world) wasSuspended(who int64, at time.Time) bool {
	return slices.ContainsFunc(w.suspended, func(i interval) bool { return i.person == who && at.After(i.from) && at.Before(i.to) })
}
