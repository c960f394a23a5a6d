package history

import (
	"slices"
	"sync"
	"time"

	"rechargebot/storage"
)

const (
	filesAnHour = 6
	window      = time.Hour
	// longest is after what time a file that was not made yet is nobody's hindrance any more: it is owed all the same.
	longest = 2 * time.Minute
)

// askers remembers who asked for files within the window: at most filesAnHour of each of the people who may order.
// It is lost with the process, which only means a file more.
type askers struct {
	mu    sync.Mutex
	wants map[storage.PersonID][]wish
}

// wish is one file that somebody asked for.
type wish struct {
	update int64 // by which input, so that a step that is taken twice counts once
	at     time.Time
	made   bool
}

// ask counts a wish, unless the person waits for another file, or may ask no sooner than at again.
func (a *askers) ask(who storage.PersonID, update int64, now time.Time) (again time.Time, waits bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wants == nil {
		a.wants = map[storage.PersonID][]wish{}
	}
	all := slices.DeleteFunc(a.wants[who], func(w wish) bool { return now.Sub(w.at).Abs() >= window })
	a.wants[who] = all
	switch {
	case update != 0 && slices.ContainsFunc(all, func(w wish) bool { return w.update == update }):
		return time.Time{}, false
	case slices.ContainsFunc(all, func(w wish) bool { return !w.made && now.Sub(w.at).Abs() < longest }):
		return time.Time{}, true
	case len(all) >= filesAnHour:
		return all[0].at.Add(window), false
	}
	a.wants[who] = append(all, wish{update: update, at: now})
	return time.Time{}, false
}

// made says that the person's files were made.
func (a *askers) made(who storage.PersonID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.wants[who] {
		a.wants[who][i].made = true
	}
}
