package alerts_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/storage"
)

// said is the text of a notice.
func said(t *testing.T, n storage.Notice) string {
	t.Helper()
	var m flows.Message
	if err := json.Unmarshal(n.Body, &m); err != nil {
		t.Fatal(err)
	}
	return m.Text.String()
}

// A hundred orders came out of a copy: the group hears of them in one message, with what is missing, and every agent of
// what he may not repeat. Until they are decided, one reminder stands for all of them.
func TestARestoreIsToldOnceHoweverManyOrdersWait(t *testing.T) {
	p := &purse{balance: taka(6000)}
	story(t, func(g *group) {
		copied := time.Date(2000, 1, 1, 6, 30, 0, 0, time.UTC)
		q := storage.Quarantined{Restored: storage.Restored{Copied: copied, At: copied.Add(time.Hour)}, Jobs: 100}
		people := []storage.Person{{ID: 2001, Chat: 2001, Role: storage.RoleAgent}, {ID: 2002, Role: storage.RoleAgent, Language: "en"}}
		told := g.watch.Restored(q, people, time.UTC)
		if len(told) != 3 || told[0].Chat != opsChat || told[1].Chat != 2001 || told[2].Chat != 2002 || told[2].Person != 2002 {
			t.Fatalf("told %+v", told)
		}
		if told[1].Alert != storage.AlertOrders || told[2].Alert != storage.AlertOrders {
			t.Error("who cannot be reached is not told when he is back")
		}
		for i, words := range [][]string{
			{"Restored: ", "copy of 1 Jan 2000, 06:30", "put in place 1 Jan 2000, 07:30", "100 orders were unfinished", "/review", "/pending", "/users", "/providers"},
			{"restored from a copy of 1 Jan 2000, 06:30", "until 1 Jan 2000, 07:30", "Do not order any of them again"},
			{"restored from a copy"},
		} {
			for _, w := range words {
				if text := said(t, told[i]); !strings.Contains(text, w) {
					t.Errorf("%d is told %q, without %q", i, text, w)
				}
			}
		}
		q.Jobs = 0
		if text := said(t, g.watch.Restored(q, nil, time.UTC)[0]); strings.Contains(text, "Needs review") {
			t.Errorf("nothing waits, and the group is told %q", text)
		}
		for range 3 {
			reminders := 0
			for id := range storage.JobID(100) {
				reminders += len(g.watch.NeedsReview(storage.Job{ID: id + 1, State: storage.Review, Restored: copied}, true))
			}
			if reminders != 1 {
				t.Errorf("%d reminders", reminders)
			}
			time.Sleep(3*time.Hour - time.Second)
		}
		if n := len(g.watch.NeedsReview(storage.Job{ID: 7, State: storage.Review, Restored: copied}, false)); n != 1 {
			t.Errorf("one that was asked about again, and waits again, is told %d times", n)
		}
	}, p.float("ecare-main"))
}
