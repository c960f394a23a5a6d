package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
)

const guessers = 250

// Nobody owns the bot yet. Strangers begin, ask and send a thousand codes before the owner does; the program dies
// in between, which makes another code; then the code on the host's console makes one owner, once.
func TestThreatFirstAdmin(t *testing.T) {
	t.Parallel()
	plan := deskPlan{nobody: true, supplies: []supply{fiveKinds()["ecare"].supply}, limits: sandbox.Limits{Off: true}}
	for i := range int64(guessers) {
		plan.people = append(plan.people, sandbox.Person{ID: 5000 + i, FirstName: "Guesser", Language: "en"})
	}
	d := newDesktopOf(t, plan)
	d.start()
	d.says(5000, "/start")
	d.presses(5000, "Request access")
	d.sees(5000, "was sent")
	first := d.code(1)
	d.guesses(first)
	d.vaultHasNoOwner()
	d.start()
	second := d.code(2)
	if first == second {
		t.Errorf("the code %s outlived the program", first)
	}
	d.guesses(first)
	if _, err := d.telegram.Post(5001, 5001, sandbox.Posting{Text: second, Origin: &sandbox.Origin{Type: "hidden_user", Date: 1, HiddenName: "the owner"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.telegram.Send(stranger, ops, second); err != nil { // in the group it is nobody's
		t.Fatal(err)
	}
	d.says(agent, first)
	ticks := 0
	d.eventually("the owner has the bot", func() bool { // after a flood a newcomer may not be heard at once
		if ticks++; ticks%200 == 1 {
			d.says(admin, second)
			d.says(admin, "/users")
		}
		return d.count(admin, "People with access: 1", "1001", "owner") > 0
	})
	d.says(stranger, second)
	d.eventually("the second claim is fetched", d.telegram.Confirmed)
	d.stopsReady()
	d.start()
	d.says(stranger, second)
	d.eventually("the third claim is fetched", d.telegram.Confirmed)
	d.betweenLives(func(store storage.Store) error {
		with, err := store.PeopleWhere(t.Context(), func(p storage.Person) bool { return p.Role != storage.RoleNone })
		if len(with) != 1 || with[0].ID != admin || with[0].Role != storage.RoleOwner {
			t.Errorf("access have %+v", with)
		}
		return err
	})
	d.mu.Lock()
	said := d.log.String()
	d.mu.Unlock()
	if n := strings.Count(said, "/claim "); n != 2 {
		t.Errorf("a code was printed %d times, in three lives of which the last has an owner", n)
	}
}

// code is the claim that the nth life has printed.
func (d *desktop) code(n int) (claim string) {
	d.t.Helper()
	d.eventually("the code is printed", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		all := regexp.MustCompile(`/claim [A-Z2-7-]{26,}`).FindAllString(d.log.String(), -1)
		if len(all) >= n {
			claim = all[n-1]
		}
		return claim != ""
	})
	return claim
}

// guesses has every guesser send codes: noise, the alphabet's ends, and what is nearly the code.
func (d *desktop) guesses(code string) {
	d.t.Helper()
	for i := range int64(guessers) {
		last := code[len(code)-1:]
		for j, guess := range []string{
			fmt.Sprintf("/claim %026d", i), "/claim " + strings.Repeat("A", 26), strings.TrimSuffix(code, last) + string("ABCD"[i%4]+byte(i%3)), code + last,
		} {
			if strings.EqualFold(guess, code) {
				continue
			}
			if i == 0 && j == 0 {
				guess = "/claim"
			}
			d.says(5000+i, guess)
		}
	}
	d.eventually("the guesses are over", d.telegram.Confirmed)
}

// vaultHasNoOwner ends the bot's life and looks for one.
func (d *desktop) vaultHasNoOwner() {
	d.t.Helper()
	d.betweenLives(func(store storage.Store) error {
		people, err := store.PeopleWhere(d.t.Context(), func(storage.Person) bool { return true })
		if slices.ContainsFunc(people, func(p storage.Person) bool { return p.Role != storage.RoleNone }) || len(people) > 1 {
			d.t.Errorf("the strangers became %+v", people)
		}
		return err
	})
}
