package simulated

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Mood is the id of a way to misbehave. Moods lists them all.
type Mood string

const (
	Normal      Mood = "normal"
	Slow        Mood = "slow"
	Drip        Mood = "drip"
	Silent      Mood = "silent"
	Late        Mood = "late"
	Garbled     Mood = "garbled"
	Cut         Mood = "cut"
	HTML        Mood = "html"
	Error500    Mood = "error500"
	Endless     Mood = "endless"
	Bomb        Mood = "bomb"
	Duplicate   Mood = "duplicate"
	WrongEcho   Mood = "wrong-echo"
	Forget      Mood = "forget"
	Refuse      Mood = "refuse"
	Repeat      Mood = "repeat"
	Low         Mood = "low"
	Maintenance Mood = "maintenance"
	Redirect    Mood = "redirect"
	Down        Mood = "down"
	FailLater   Mood = "fail-later"
	Reverse     Mood = "reverse"
)

// MoodInfo is a mood as a page shows it.
type MoodInfo struct {
	ID     Mood   `json:"id"`
	Label  string `json:"label"`
	Help   string `json:"help"`             // one sentence
	Calls  []Call `json:"calls"`            // where it acts when nothing else is asked for
	Others []Call `json:"others,omitempty"` // where it can be made to act as well
	Delay  string `json:"delay,omitempty"`  // what When.Delay is when nothing else is asked for; absent when the mood has no use for one
}

// When says for what and for how long a mood holds. The zero value: the mood's own calls and delay,
// until another mood is set.
type When struct {
	Calls []Call        // the calls that it acts on
	Next  int           // only for this many requests of those calls, after what is queued already
	Delay time.Duration // what the mood's help speaks of
}

// posture is a mood that was chosen, with everything about it settled.
type posture struct {
	Mood
	When
	does effects
}

func normalPosture() posture { return posture{Mood: Normal} }

// Moods is the closed list, in the order in which a page shows it.
func Moods() []MoodInfo {
	var out []MoodInfo
	for _, m := range moods() {
		info := MoodInfo{ID: m.id, Label: m.label, Help: m.help, Calls: m.calls, Others: m.others}
		if m.delay > 0 {
			info.Delay = m.delay.String()
		}
		out = append(out, info)
	}
	return out
}

// SetMood makes an account behave so. With w.Next the mood is queued, and the lasting one comes back after
// it; without, it replaces the lasting one and clears the queue. Down cannot be queued and has no choice of
// calls: nothing gets through.
func (s *Server) SetMood(name string, m Mood, w When) error {
	p, err := choose(m, w)
	if err != nil {
		return fmt.Errorf("set mood %q: %w", m, err)
	}
	s.mu.Lock()
	a := s.accounts[name]
	switch {
	case a == nil:
		err = fmt.Errorf("set mood %q: unknown account %q", m, name)
	case w.Next > 0:
		a.queue = append(a.queue, p)
	default:
		a.mood, a.queue = p, nil
	}
	doors := slices.Clone(s.doors)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	for _, d := range doors {
		if err := d.follow(); err != nil {
			return fmt.Errorf("set mood %q: %w", m, err)
		}
	}
	return nil
}

// isDown reports whether nothing gets through to an account.
func (s *Server) isDown(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[name]
	return a != nil && a.mood.Mood == Down
}

func choose(m Mood, w When) (posture, error) {
	all := moods()
	i := slices.IndexFunc(all, func(c moodSpec) bool { return c.id == m })
	if i < 0 {
		var ids []string
		for _, c := range all {
			ids = append(ids, string(c.id))
		}
		return posture{}, fmt.Errorf("no such mood; there are %s", strings.Join(ids, ", "))
	}
	spec := all[i]
	for _, c := range w.Calls {
		if !slices.Contains(spec.calls, c) && !slices.Contains(spec.others, c) {
			return posture{}, fmt.Errorf("it cannot act on %q", c)
		}
	}
	switch {
	case w.Next < 0 || w.Delay < 0:
		return posture{}, errors.New("next and delay cannot be negative")
	case m == Down && (w.Next > 0 || len(w.Calls) > 0):
		return posture{}, errors.New("it holds for everything until another mood is set")
	}
	if len(w.Calls) == 0 {
		w.Calls = spec.calls
	}
	w.Calls = slices.Clone(w.Calls)
	w.Delay = cmp.Or(w.Delay, spec.delay)
	return posture{m, w, spec.does}, nil
}

// take finds the mood for a request, and uses it up by one when it was for the next requests only.
func (s *Server) take(q request) posture {
	a := s.accounts[q.account]
	if a == nil {
		return normalPosture()
	}
	for i, p := range a.queue {
		if slices.Contains(p.Calls, q.call) {
			if a.queue[i].Next--; a.queue[i].Next == 0 {
				a.queue = slices.Delete(a.queue, i, i+1)
			}
			return p
		}
	}
	if slices.Contains(a.mood.Calls, q.call) {
		return a.mood
	}
	return normalPosture()
}
