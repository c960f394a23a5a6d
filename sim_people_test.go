package main

import (
	"fmt"
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
