package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// person is somebody with a private chat, who does one thing after the other.
type person struct {
	w    *world
	id   int64
	seen int64 // the chat's events that were looked at
	done int   // things done, for the dice
	old  []tap // buttons that were shown once
	last tap   // was pressed and is not answered
}

// tap is a button of a message.
type tap struct {
	message int64
	data    string
}

// patience is how long people wait for a word: longer than any outage of the bot and of Telegram.
const patience = 15 * time.Minute

// people lets an admin let agents in, and these order until enough jobs were made.
func (w *world) people() {
	var all sync.WaitGroup
	boss := &person{w: w, id: admin}
	boss.types("/start")
	boss.await("a greeting", func(m *simMessage) bool { return strings.Contains(m.text, "Hello") })
	agents := make([]*person, simAgents)
	for i := range agents {
		agents[i] = &person{w: w, id: agent + int64(i)}
		all.Go(func() { agents[i].join() })
	}
	boss.letIn(len(agents))
	all.Wait()
	stop := make(chan struct{})
	var bosses sync.WaitGroup
	bosses.Go(func() { boss.rule(stop) })
	for _, a := range agents {
		all.Go(a.work)
	}
	all.Wait()
	close(stop)
	bosses.Wait()
}

func (p *person) dice(what string) dice {
	p.done++
	return roll(p.w.seed, what, uint64(p.id), uint64(p.done))
}

func (p *person) sleep(from, to time.Duration) {
	d := p.dice("sleep")
	time.Sleep(d.between(from, to))
}

func (p *person) types(text string) {
	p.seen, p.last = p.now(), tap{}
	p.w.chats.types(p.id, text)
}

func (p *person) presses(t tap) {
	p.seen, p.last = p.now(), t
	p.w.chats.presses(p.id, t.message, t.data)
}

// now is the chat's count of events.
func (p *person) now() int64 {
	g := p.w.chats
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.chat(p.id).events
}

// look finds the newest message that was sent or edited since what the person did last, and that is such a one.
func (p *person) look(is func(*simMessage) bool) (found simMessage, changed <-chan struct{}) {
	g := p.w.chats
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.chat(p.id)
	for i := len(c.log) - 1; i >= 0 && i >= len(c.log)-60; i-- {
		m := c.log[i]
		if m.event > p.seen && is(m) && m.event > found.event {
			found = *m
		}
	}
	return found, c.changed
}

// await waits for such a message. Nobody may wait for ever: that an answer comes is part of the truth. The answer
// to a press alone may be lost, so who pressed does it again after a while.
func (p *person) await(what string, is func(*simMessage) bool) (simMessage, bool) {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	again := time.NewTicker(patience / 8)
	defer again.Stop()
	for {
		m, changed := p.look(is)
		if m.event != 0 {
			p.sleep(50*time.Millisecond, 2*time.Second)
			return m, true
		}
		select {
		case <-changed:
		case <-again.C:
			if p.last != (tap{}) {
				p.w.chats.presses(p.id, p.last.message, p.last.data)
			}
		case <-limit.C:
			if stale, _ := p.look(used); stale.event != 0 {
				return stale, true
			}
			p.w.broken("I2", "person %d was never shown %s; the chat:%s", p.id, what, p.transcript())
			return simMessage{}, false
		}
	}
}

// transcript is the end of the chat as the person sees it, with the count of events at each message's last change.
func (p *person) transcript() string {
	g := p.w.chats
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.chat(p.id)
	out := fmt.Sprintf(" (looked at until %d)", p.seen)
	for _, m := range c.log[max(0, len(c.log)-5):] {
		out += fmt.Sprintf("\n%s message %d, event %d: %q", m.at.Format("15:04:05"), m.id, m.event, m.text)
	}
	return out
}

// button finds a button by its words.
func (m *simMessage) button(label string) (tap, bool) {
	for _, row := range m.rows {
		for _, b := range row {
			if strings.HasPrefix(b.Text, label) && b.Data != "" {
				return tap{m.id, b.Data}, true
			}
		}
	}
	return tap{}, false
}

func (m *simMessage) has(label string) bool {
	_, ok := m.button(label)
	return ok
}

// join asks for access, and is in when somebody has approved it.
func (p *person) join() {
	p.sleep(time.Second, 60*time.Second)
	p.types("/start")
	m, ok := p.await("how to ask for access", func(m *simMessage) bool { return m.has("Request access") })
	if !ok {
		return
	}
	ask, _ := m.button("Request access")
	p.presses(ask)
	p.await("the approval", func(m *simMessage) bool { return strings.Contains(m.text, "was approved") })
}

// letIn approves that many people.
func (p *person) letIn(n int) {
	approved := map[string]bool{} // by the words of the request, which may be shown twice
	for len(approved) < n {
		p.seen = 0
		m, ok := p.await("a request", func(m *simMessage) bool { return m.has("Approve") && !approved[m.text] })
		if !ok {
			return
		}
		press, _ := m.button("Approve")
		p.presses(press)
		if _, ok := p.await("the decision", func(now *simMessage) bool { return now.id == m.id && strings.Contains(now.text, "Approved by") }); !ok {
			return
		}
		approved[m.text] = true
	}
}

// rule suspends somebody now and then, and lets him in again.
func (p *person) rule(stop <-chan struct{}) {
	for {
		d := p.dice("rule")
		if !pauseFor(stop, d.between(8*time.Second, 25*time.Second)) {
			return
		}
		who := agent + int64(d.n(simAgents))
		p.types(fmt.Sprintf("/user %d", who))
		card, ok := p.await("a person's card", func(m *simMessage) bool { return strings.Contains(m.text, fmt.Sprint(who)) && m.has("Suspend") })
		if !ok {
			return
		}
		if !p.switches(card.id, card, "Suspend", "Resume") {
			return
		}
		out := interval{person: who, from: time.Now()}
		p.sleep(5*time.Second, 25*time.Second)
		card, _ = p.message(card.id)
		out.to = time.Now()
		if !p.switches(card.id, card, "Resume", "Suspend") {
			return
		}
		p.w.mu.Lock()
		p.w.suspended = append(p.w.suspended, out)
		p.w.mu.Unlock()
	}
}

// switches presses one button of a card until the other one stands there.
func (p *person) switches(id int64, card simMessage, press, until string) bool {
	t, ok := card.button(press)
	if !ok {
		p.w.broken("harness", "no button %s on %q", press, card.text)
		return false
	}
	p.presses(t)
	_, ok = p.await("the button "+until, func(m *simMessage) bool { return m.id == id && m.has(until) })
	return ok
}

func (p *person) message(id int64) (simMessage, bool) {
	g := p.w.chats
	g.mu.Lock()
	defer g.mu.Unlock()
	if m := g.chat(p.id).messages[id]; m != nil {
		return *m, true
	}
	return simMessage{}, false
}

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
