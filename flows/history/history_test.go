package history_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/flowtest"
	"rechargebot/flows/history"
	"rechargebot/flows/recharge"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

func TestChats(t *testing.T) {
	t.Parallel()
	flowtest.Stage{
		Open: bolttest.Open,
		Flows: func(_ testing.TB, store storage.Store) []flows.Flow {
			return []flows.Flow{history.New(history.Config{Jobs: store, Zone: dhaka()})}
		},
	}.Run(t, "testdata/*.chat.txtar")
}

func dhaka() *time.Location { return time.FixedZone("Dhaka", 6*60*60) }

// Where orders are taken as well, what is typed must be told apart.
func TestChatsBesideOrders(t *testing.T) {
	t.Parallel()
	taka := func(whole int64) providers.Money { return providers.Money{Minor: whole * 100, Currency: providers.BDT} }
	prepaid := providers.Service{Operator: providers.BDGrameenphone, Type: providers.Prepaid}
	flowtest.Stage{
		Open: bolttest.Open,
		Flows: func(_ testing.TB, store storage.Store) []flows.Flow {
			return []flows.Flow{history.New(history.Config{Jobs: store, Zone: dhaka()}), recharge.New(recharge.Config{
				Upstreams: []recharge.Upstream{{
					Name: "ecare-main", Services: []providers.Service{prepaid},
					Rules: map[providers.Service]providers.AmountRule{prepaid: {Min: taka(20), Max: taka(1000)}},
				}},
				Jobs: store, Zone: dhaka(), Now: time.Now,
				Limits: map[providers.Currency]storage.Limits{providers.BDT: {PerOrder: taka(1000), PerDay: taka(20000)}},
			})}
		},
	}.Run(t, "testdata/asked/*.chat.txtar")
}

// told is what an admin reads of the job: the messages one below the other.
func told(t *testing.T, j storage.Job) (messages []string, all string) {
	t.Helper()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	f := history.New(history.Config{Jobs: oneJob{job: j}, Zone: time.UTC})
	step, err := f.Step(t.Context(), flows.Dialogue{
		Person: storage.Person{ID: 1001, Role: storage.RoleOwner}, Say: catalogue.In("en"),
	}, flows.Input{Command: "job", Args: string(j.ID.Code())})
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range step.Replies {
		words := m.Text.String()
		if n := m.Text.Length(); n > flows.MaxText {
			t.Errorf("message %d has %d units", i+1, n)
		}
		if i > 0 && !strings.HasPrefix(words, "#"+string(j.ID.Code())+", continued") {
			t.Errorf("message %d begins %.40q", i+1, words)
		}
		messages = append(messages, words)
	}
	return messages, strings.Join(messages, "\n")
}

// fullJob has so many attempts with all that they can hold, and so many lines of history.
func fullJob(attempts, lines int, said string) storage.Job {
	at := time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)
	j := storage.Job{ID: 1, Agent: 2001, State: storage.Review, Reason: providers.ReasonUnreadable, Provider: "ecare-main"}
	for i := range attempts {
		a := storage.Attempt{
			Provider: strings.Repeat("p", 40), Reference: "R123456789012345678901", UpstreamID: strings.Repeat("9", 60),
			Enquiries: 99, NotFound: 98, Proof: storage.ProofFailed, Closed: at,
			Before: &storage.Reading{Balance: providers.Money{Minor: 500_000, Currency: providers.BDT}, At: at},
			After:  &storage.Reading{Balance: providers.Money{Minor: 495_000, Currency: providers.BDT}, At: at},
		}
		for n := range storage.MaxEvidence {
			a.Evidence = append(a.Evidence, providers.Evidence{Call: "enquire", HTTP: 200, At: at, Body: fmt.Sprintf("answer %d.%d; %s", i+1, n+1, said)})
		}
		j.Attempts = append(j.Attempts, a)
	}
	for n := range lines {
		j.History = append(j.History, storage.Line{To: storage.Unknown, By: "dispatch", Note: fmt.Sprintf("moment %d %s", n+1, said)})
	}
	return j
}

func TestNothingOfAnOrdinaryJobIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, long := range []int{0, 100, 10_000} {
		messages, all := told(t, fullJob(2, 12, strings.Repeat("W", long)))
		for i := range 2 {
			for n := range storage.MaxEvidence {
				if want := fmt.Sprintf("answer %d.%d;", i+1, n+1); strings.Count(all, want) != 1 {
					t.Errorf("of %d letters each: %q is told %d times", long, want, strings.Count(all, want))
				}
			}
		}
		for n := range 12 {
			if want := fmt.Sprintf("moment %d", n+1); !strings.Contains(all, want) {
				t.Errorf("of %d letters each: %q is missing", long, want)
			}
		}
		if len(messages) > 4 || strings.Contains(all, "left out") || (long > 1000) != strings.Contains(all, "…") {
			t.Errorf("of %d letters each: %d messages:\n%s", long, len(messages), all)
		}
	}
}

func TestTheFullestJobSaysWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	messages, all := told(t, fullJob(9, 99, strings.Repeat("W", 65_536)))
	if len(messages) != 4 {
		t.Errorf("%d messages", len(messages))
	}
	for _, want := range []string{"Attempt 1:", "answer 1.1;", "lines are left out here", "moment 99 "} {
		if strings.Count(all, want) != 1 {
			t.Errorf("%q is told %d times", want, strings.Count(all, want))
		}
	}
}

func TestAnAdminReadsTheWholeStory(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 11, 21, 4, minute, 0, 0, time.UTC) }
	j := fullJob(0, 0, "")
	j.Verdict = &storage.Verdict{By: 1002, To: storage.Delivered, Why: "their panel says so", At: at(30)}
	j.Attempts = []storage.Attempt{{
		Provider: "ecare-main", Reference: "R1", Opened: at(0),
		Before: &storage.Reading{Balance: providers.Money{Minor: 500_000, Currency: providers.BDT}, At: at(0)},
		Evidence: []providers.Evidence{
			{Call: "recharge", At: at(1), Err: "time-out"},
			{Call: "enquire", At: at(2), HTTP: 200, Body: "PENDING", Again: 11, Until: at(4)},
			{Call: "enquire", At: at(5), HTTP: 500, Body: "<html>"},
		},
	}}
	j.Incidents = []storage.Incident{
		{At: at(10), Reference: "R0", Said: "delivered", Evidence: providers.Evidence{Call: "enquire", At: at(10), HTTP: 200, Body: "SUCCESS"}, Settled: at(20), By: 1001, Why: "they refund it"},
		{At: at(21), Reference: "R0", Said: "refused", Evidence: providers.Evidence{Call: "enquire", At: at(21), HTTP: 200, Body: "NO"}},
	}
	_, all := told(t, j)
	last := -1
	for _, want := range []string{
		"Attempt 1: ecare-main, reference R1", "Float before: ৳5,000 (read 21.11. 04:00:00)",
		"recharge, 21.11. 04:01:00, no answer: time-out", "enquire, 21.11. 04:02:00, HTTP 200: PENDING",
		"the same 12 times, until 21.11. 04:04:00", "enquire, 21.11. 04:05:00, HTTP 500: <html>",
		"Waits for a second person: Asma (id 1002) said Delivered, 21.11. 04:30:00: their panel says so",
		"Incident, 21.11. 04:10:00: the provider says “delivered” of R0", "SUCCESS",
		"Settled 21.11. 04:20:00 by Asma (id 1001): they refund it",
		"Incident, 21.11. 04:21:00: the provider says “refused” of R0", "Open: nobody has settled it yet",
	} {
		i := strings.Index(all, want)
		if i < last || i < 0 {
			t.Errorf("%q is missing, or not in its place", want)
		}
		last = i
	}
	if t.Failed() {
		t.Log(all)
	}
}

// The button that cancels a queued job is its agent's alone, whoever may look.
func TestOnlyTheAgentHimselfIsOfferedToCancel(t *testing.T) {
	t.Parallel()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		person storage.Person
		state  storage.State
		want   bool
	}{
		{"its agent", storage.Person{ID: 2001, Role: storage.RoleAgent}, storage.Queued, true},
		{"an admin whose order it is", storage.Person{ID: 2001, Role: storage.RoleAdmin}, storage.Queued, true},
		{"an admin", storage.Person{ID: 1001, Role: storage.RoleAdmin}, storage.Queued, false},
		{"an owner", storage.Person{ID: 1001, Role: storage.RoleOwner}, storage.Queued, false},
		{"its agent, too late", storage.Person{ID: 2001, Role: storage.RoleAgent}, storage.Sending, false},
	} {
		j := storage.Job{ID: 1, Agent: 2001, State: c.state, Withdraw: "token"}
		step, err := history.New(history.Config{Jobs: oneJob{job: j}, Zone: time.UTC}).Step(t.Context(),
			flows.Dialogue{Person: c.person, Say: catalogue.In("en")}, flows.Input{Command: "job", Args: string(j.ID.Code())})
		if err != nil {
			t.Fatal(err)
		}
		offered := false
		for _, m := range step.Replies {
			for _, row := range m.Rows {
				offered = offered || row[0].Token != "" || row[0].Action != ""
			}
		}
		if offered != c.want {
			t.Errorf("%s: offered to cancel: %v", c.name, offered)
		}
	}
}

// oneJob is a history of one job.
type oneJob struct {
	history.Store
	job storage.Job
}

func (o oneJob) Job(context.Context, storage.JobID) (storage.Job, error) { return o.job, nil }

func (o oneJob) Person(context.Context, storage.PersonID) (storage.Person, error) {
	return storage.Person{Name: "Asma"}, nil
}
