package sandbox

import (
	"fmt"
	"testing"
)

// Whoever has not looked for so long that the journal forgot is shown everything.
func TestWhoLooksLateSeesEverythingOnce(t *testing.T) {
	t.Parallel()
	s := New(Config{Token: "1:x", BotName: "x_bot", People: []Person{{ID: 7, FirstName: "Rahim"}}, Limits: Limits{Off: true}})
	say := func(words string) {
		t.Helper()
		if _, err := s.Send(7, 7, words); err != nil {
			t.Fatal(err)
		}
	}
	say("first")
	_, early := s.messagesSince(7, 0)
	say("second")
	look := func(since int64) (all []string, rev int64) {
		fresh, rev := s.messagesSince(7, since)
		for _, m := range fresh {
			all = append(all, m.Text)
		}
		return all, rev
	}
	if all, _ := look(early); fmt.Sprint(all) != "[second]" {
		t.Errorf("a moment later %v was new", all)
	}
	for i := range 7 {
		if _, err := s.Edit(7, 7, 1, fmt.Sprintf("first, edited %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if all, _ := look(early); fmt.Sprint(all) != "[first, edited 6 second]" {
		t.Errorf("after seven edits %v was new", all)
	}
	s.mu.Lock()
	for range maxJournal {
		s.touchChat(s.chats[7])
	}
	s.mu.Unlock()
	if all, rev := look(early); fmt.Sprint(all) != "[first, edited 6 second]" || rev <= early {
		t.Errorf("much later %v was new", all)
	}
	_, late := look(early)
	if n := s.news(early); len(n.Messages) != 2 || len(n.Chats) != 1 || len(n.People) != 0 {
		t.Errorf("the page is told of %d messages, %d chats and %d people", len(n.Messages), len(n.Chats), len(n.People))
	}
	say("third")
	if all, _ := look(late); fmt.Sprint(all) != "[third]" {
		t.Errorf("in the end %v was new", all)
	}
}
