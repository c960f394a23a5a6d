package main

import (
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
)

// linked is the token of a link that begins the bot.
var linked = regexp.MustCompile(`\?start=([A-Za-z0-9_-]+)`)

// craftedPayloads are what somebody may put behind t.me/BOT?start=, and what may be typed besides.
func craftedPayloads(token string) []string {
	return []string{
		"pay_100_01712345678", "01712345678_50", "01712345678 50", "order", "confirm", "recharge", "approve_2002", "approve:2002",
		"admin", "owner", "claim", "CLAI-M123", "invite", "2001", "-1", "0", "null", "{}", "%00", "../../etc/passwd", "'; DROP TABLE people; --",
		"৫০ টাকা", "🙂", "\u202e05", strings.Repeat("A", 24), strings.Repeat("A", 64), strings.Repeat("A", 65), strings.Repeat("A", 4000),
		token[:23], token + "A", "A" + token, strings.ToLower(token), token + token, token + " 50", base64.StdEncoding.EncodeToString([]byte(token)),
	}
}

// A link does nothing but begin the bot, whoever opens it and whatever is in it; but one stranger may ask for access
// with an invitation, which an admin made, once.
func TestThreatDeepLinkPayloads(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	for i := range int64(22) {
		if err := d.telegram.Meet(sandbox.Person{ID: 3001 + i, FirstName: fmt.Sprintf("S%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	d.joined()
	d.says(admin, "/invite")
	token := linked.FindStringSubmatch(d.sees(admin, "You are invited").Text)[1]
	if len(token) > 64 || len(token)*6 < 128 {
		t.Errorf("a token of %d characters", len(token))
	}
	greeted, want := map[int64]int{}, map[int64]int{}
	open := func(person int64, payload string) {
		d.says(person, "/start "+payload)
		want[person]++
	}
	for i, p := range craftedPayloads(token) {
		open(3001+int64(i/2), p) // the gate lets two such questions of a stranger through
		if i%4 == 0 {
			open(agent, p)
		}
	}
	open(agent, token) // people with access use none up
	d.eventually("everybody is greeted as always, each time", func() bool {
		for person := range want {
			greeted[person] = d.count(person, "Hello!", "[Request access") + d.count(person, "Hello!", "[Recharge")
		}
		return maps.Equal(greeted, want)
	})

	// The first who opens the invitation asks with it; then it is as good as any of the above.
	d.says(3021, "/start "+token)
	d.sees(3021, "Your request was sent")
	d.kill()
	d.start()
	d.says(3022, "/start "+token)
	d.sees(3022, "[Request access")
	d.says(3001, "/start "+token)
	d.says(admin, "/id")
	d.sees(admin, "Your id")

	var roles, asking []storage.PersonID
	d.betweenLives(func(store storage.Store) error {
		all, err := store.PeopleWhere(t.Context(), func(p storage.Person) bool { return true })
		for _, p := range all {
			if p.Role != storage.RoleNone {
				roles = append(roles, p.ID)
			}
			if p.Request == storage.RequestOpen {
				asking = append(asking, p.ID)
			}
		}
		return err
	})
	if !slices.Equal(roles, []storage.PersonID{admin, agent}) || !slices.Equal(asking, []storage.PersonID{3021}) {
		t.Errorf("people with a role: %v; who asks for access: %v", roles, asking)
	}
	if n := d.count(agent, "[Confirm") + d.count(agent, "New recharge"); n > 0 || len(d.orders("01712345678", 50))+len(d.orders("01712345678", 100)) > 0 {
		t.Errorf("a link ordered something:\n%s", d.transcript(agent))
	}
}
