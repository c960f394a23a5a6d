package review_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/flows/review"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// book is a desk in memory.
type book struct {
	jobs   []storage.Job
	people []storage.Person
}

func (b book) Job(_ context.Context, id storage.JobID) (storage.Job, error) {
	for _, j := range b.jobs {
		if j.ID == id {
			return j, nil
		}
	}
	return storage.Job{}, storage.ErrNotFound
}

func (b book) AtDesk(_ context.Context, after storage.JobID, limit int) (out []storage.Job, err error) {
	for _, j := range b.jobs {
		if j.ID > after && j.WaitsForPerson() && len(out) < limit {
			out = append(out, j)
		}
	}
	return out, nil
}

func (b book) Person(_ context.Context, id storage.PersonID) (storage.Person, error) {
	for _, p := range b.people {
		if p.ID == id {
			return p, nil
		}
	}
	return storage.Person{}, storage.ErrNotFound
}

func (b book) PeopleWhere(_ context.Context, match func(storage.Person) bool) (out []storage.Person, err error) {
	for _, p := range b.people {
		if match(p) {
			out = append(out, p)
		}
	}
	return out, nil
}

func people() []storage.Person {
	return []storage.Person{
		{ID: 1001, Chat: 1001, Name: "Asma", Role: storage.RoleOwner},
		{ID: 1002, Chat: 1002, Username: "karim", Role: storage.RoleAdmin},
		{ID: 2001, Chat: 2001, Name: "Rahim", Role: storage.RoleAgent},
	}
}

// waiting is a job of an agent that waits for a person.
func waiting(change ...func(*storage.Job)) storage.Job {
	at := time.Now().Add(-3 * 24 * time.Hour)
	j := storage.Job{
		ID: 1, Agent: 2001, Chat: 2001, State: storage.Review, Version: 4, Created: at, Changed: at, Due: time.Now(),
		Order: providers.Order{
			Operator: providers.BDGrameenphone, Type: providers.Prepaid, Account: "8801712345678",
			Amount: providers.Money{Minor: 50_00, Currency: providers.BDT},
		},
		Attempts: []storage.Attempt{{Provider: "ecare-main", Reference: "R1", Opened: at}},
		History:  []storage.Line{{At: at, From: storage.Unknown, To: storage.Review, By: "dispatch", Note: "unfinished for too long"}},
	}
	for _, c := range change {
		c(&j)
	}
	return j
}

// step takes a step of who; a press is the one of the button with that label on the job's own card, as who sees it.
func step(t *testing.T, b book, who storage.PersonID, d flows.Dialogue, in flows.Input) flows.Step {
	t.Helper()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	d.Say = catalogue.In("en")
	if d.Person, err = b.Person(t.Context(), who); err != nil {
		d.Person = storage.Person{ID: who}
	}
	in.Chat, in.From.ID = storage.ChatID(who), who
	if in.ChatKind == "" {
		in.ChatKind = flows.PrivateChat
	}
	if d.Action != "" {
		in.Press, in.Message = "token", 7
	}
	s, err := review.New(config(t, b)).Step(t.Context(), d, in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// action is what a button of the first card at the desk carries.
func action(t *testing.T, b book, label string) string {
	t.Helper()
	for _, row := range step(t, b, 1001, flows.Dialogue{}, flows.Input{Command: "review"}).Replies[0].Rows {
		for _, button := range row {
			if button.Label == label {
				return button.Action
			}
		}
	}
	t.Fatalf("no button %q", label)
	return ""
}

// changes reports whether a step does more than to talk.
func changes(s flows.Step) bool {
	return s.Job != nil || len(s.Send)+len(s.Audit)+len(s.Memos)+len(s.People) > 0
}

func TestWhoIsNoAdminAndWhatIsNoButtonOnlyTell(t *testing.T) {
	t.Parallel()
	b := book{[]storage.Job{waiting()}, people()}
	good := action(t, b, "Mark failed")
	for _, c := range []struct {
		who    storage.PersonID
		action string
		want   string
	}{
		{2001, good, "Only admins can do this."},
		{9001, good, "Only admins can do this."},
		{1001, "fail:2:x", "This is not open any more. Send /review to see what waits."},
		{1001, "fail", "This is not open any more. Send /review to see what waits."},
		{1001, "fail:one:x", "This is not open any more. Send /review to see what waits."},
		{1001, "back", "This is not open any more. Send /review to see what waits."},
		{1001, "fail:1", "#WJMY3E has changed since this was shown. Please look again."},
		{1001, "fail:1:x", "#WJMY3E has changed since this was shown. Please look again."},
		{1001, "arrived:1:x", "#WJMY3E does not wait for this any more. It is Under review now."},
		{1001, "unheard-of:1:x", "#WJMY3E does not wait for this any more. It is Under review now."},
	} {
		s := step(t, b, c.who, flows.Dialogue{Action: c.action}, flows.Input{})
		if s.Answer.Text != c.want || changes(s) || s.State != nil {
			t.Errorf("%d presses %s: %q, want %q; %+v", c.who, c.action, s.Answer.Text, c.want, s)
		}
	}
	own := book{[]storage.Job{waiting(func(j *storage.Job) { j.Agent = 1002 })}, people()}
	for _, d := range []flows.Dialogue{{Action: action(t, own, "Ask again")}, {Action: action(t, own, "Mark failed")}} {
		if s := step(t, own, 1002, d, flows.Input{}); changes(s) || s.State != nil || !strings.HasPrefix(s.Answer.Text, "This is your own order.") {
			t.Errorf("an admin's own order: %+v", s)
		}
	}
	if s := step(t, own, 1002, flows.Dialogue{State: question(t, own, "Mark failed")}, flows.Input{Text: "I have seen it"}); changes(s) {
		t.Errorf("an admin decides about his own order: %+v", s)
	}
	if s := step(t, b, 1001, flows.Dialogue{Action: good}, flows.Input{ChatKind: flows.GroupChat}); s.State != nil || changes(s) || s.Screen != nil {
		t.Errorf("a group decides: %+v", s)
	}
}

// question is the open question behind a button.
func question(t *testing.T, b book, label string) []byte {
	t.Helper()
	s := step(t, b, 1001, flows.Dialogue{Action: action(t, b, label)}, flows.Input{})
	if s.State == nil || changes(s) {
		t.Fatalf("%s asks nothing, or does something at once: %+v", label, s)
	}
	return s.State
}

// What the store has refused is told, and not tried again.
func TestRefusedDecisionIsTold(t *testing.T) {
	t.Parallel()
	b := book{[]storage.Job{waiting()}, people()}
	for _, refused := range []error{storage.ErrConflict, storage.ErrMayNot} {
		s := step(t, b, 1001, flows.Dialogue{Action: action(t, b, "Ask again"), Refused: refused}, flows.Input{})
		if changes(s) || !strings.HasPrefix(s.Answer.Text, "Something changed at the same moment") {
			t.Errorf("ask again after %v: %+v", refused, s)
		}
		s = step(t, b, 1001, flows.Dialogue{State: question(t, b, "Mark failed"), Refused: refused}, flows.Input{Text: "nothing in their panel"})
		if changes(s) || !s.Close || !strings.HasPrefix(s.Screen.Text.String(), "Something changed at the same moment") {
			t.Errorf("a reason after %v: %+v", refused, s)
		}
	}
}

// A decision is one move that names the version that was read, and keeps what is known of the job.
func TestADecisionIsOneMove(t *testing.T) {
	t.Parallel()
	echo := waiting(func(j *storage.Job) { j.Reason = providers.ReasonEcho })
	b := book{[]storage.Job{echo}, people()}
	again := step(t, b, 1001, flows.Dialogue{Action: action(t, b, "Ask again")}, flows.Input{})
	if m := again.Job; m == nil || m.To != storage.Unknown || m.Version != 4 || m.Due != m.Now || m.Reason != providers.ReasonEcho || m.Close != storage.ProofNone || m.Note != "asked again by Asma" {
		t.Errorf("ask again: %+v", m)
	}
	for label, want := range map[string]storage.Move{
		"Mark delivered": {To: storage.Delivered, Serial: "BD1"},
		"Mark failed":    {To: storage.Failed, Reason: providers.ReasonEcho},
	} {
		typed := "Seen in   their\u202e panel"
		if want.Serial != "" {
			typed = "Serial: BD1\n" + typed
		}
		s := step(t, b, 1001, flows.Dialogue{State: question(t, b, label)}, flows.Input{Text: typed})
		want.Job, want.Version, want.Close, want.Note = 1, 4, storage.ProofPerson, "Seen in their panel"
		if s.Job == nil || s.FourEyes || len(s.Audit) != 1 || !s.Close {
			t.Fatalf("%s: %+v", label, s)
		}
		want.Now = s.Job.Now
		if diff := cmp.Diff(want, *s.Job); diff != "" {
			t.Errorf("%s (- want, + is):\n%s", label, diff)
		}
	}
}

// A sum of another currency has no second person unless one is configured for it.
func TestFourEyesAreByCurrency(t *testing.T) {
	t.Parallel()
	for currency, waits := range map[providers.Currency]bool{providers.BDT: true, providers.INR: false} {
		b := book{[]storage.Job{waiting(func(j *storage.Job) { j.Amount = providers.Money{Minor: 500_01, Currency: currency} })}, people()}
		s := step(t, b, 1001, flows.Dialogue{State: question(t, b, "Mark failed")}, flows.Input{Text: "nothing there"})
		if got := s.Job.To == storage.Review && s.Job.Verdict != nil; got != waits {
			t.Errorf("%s waits for a second person: %v, want %v", currency, got, waits)
		}
	}
	b := book{[]storage.Job{waiting(func(j *storage.Job) { j.Amount.Minor = 500_00 })}, people()}
	if s := step(t, b, 1001, flows.Dialogue{State: question(t, b, "Mark failed")}, flows.Input{Text: "nothing there"}); s.Job.To != storage.Failed {
		t.Errorf("at the sum itself: %+v", s.Job)
	}
}

// The word of the first one lets the second one decide, and the store is told that it takes both.
func TestTheSecondOfTwoDecides(t *testing.T) {
	t.Parallel()
	b := book{[]storage.Job{waiting(func(j *storage.Job) {
		j.Amount.Minor = 600_00
		j.Verdict = &storage.Verdict{By: 1002, To: storage.Failed, Why: "not in their panel", At: time.Now()}
	})}, people()}
	s := step(t, b, 1001, flows.Dialogue{State: question(t, b, "Mark failed")}, flows.Input{Text: "the balance is the same"})
	if !s.FourEyes || s.Job == nil || s.Job.To != storage.Failed || s.Job.Note != "the balance is the same (@karim, person 1002: not in their panel)" {
		t.Errorf("%+v", s)
	}
}

// What an incident offers depends on what the provider says and of which attempt.
func TestWhatAnIncidentOffers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state storage.State
		about providers.Reference
		said  string
		want  string
	}{
		{storage.Failed, "B", "delivered", "It was delivered, Nothing to it"},
		{storage.Cancelled, "A", "pending", "It was delivered, Nothing to it"},
		{storage.Delivered, "B", "refused", "Mark reversed, Nothing to it"},
		{storage.Delivered, "A", "refused", "Nothing to it"},
		{storage.Delivered, "A", "delivered", "It was delivered, Nothing to it"},
		{storage.Reversed, "B", "refused", "Nothing to it"},
		{storage.Pending, "A", "delivered", "It was delivered, Nothing to it"},
		{storage.Queued, "A", "delivered", ""},
		{storage.Sending, "A", "delivered", ""},
	} {
		b := book{[]storage.Job{waiting(func(j *storage.Job) {
			j.State = c.state
			j.Attempts = []storage.Attempt{{Reference: "A", Closed: j.Created, Proof: storage.ProofFailed}, {Reference: "B", Closed: j.Created}}
			j.Incidents = []storage.Incident{{At: j.Created, Reference: c.about, Said: c.said}}
		})}, people()}
		var labels []string
		for _, row := range step(t, b, 1001, flows.Dialogue{}, flows.Input{Command: "review"}).Replies[0].Rows {
			for _, button := range row {
				labels = append(labels, button.Label)
			}
		}
		if got := strings.Join(labels, ", "); got != c.want {
			t.Errorf("%s, %q about %s: %q, want %q", c.state, c.said, c.about, got, c.want)
		}
	}
}

// One job with everything in it that a job can hold still fits into one message, in both its cards.
func TestTheFullestCardFitsIntoAMessage(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("W", 65_536)
	evidence := make([]providers.Evidence, storage.MaxEvidence)
	for i := range evidence {
		evidence[i] = providers.Evidence{Call: "enquire", HTTP: 200, Body: long, Err: long, Again: 99_999, At: time.Now()}
	}
	evidence[0].Call = "recharge"
	reading := &storage.Reading{Balance: providers.Money{Minor: 1 << 50, Currency: providers.BDT}, At: time.Now()}
	attempt := storage.Attempt{
		Provider: long, Reference: providers.Reference(long), UpstreamID: long, Enquiries: 99, NotFound: 98, Evidence: evidence, Before: reading,
		After: &storage.Reading{Balance: providers.Money{Currency: providers.BDT}},
	}
	j := waiting(func(j *storage.Job) {
		j.Amount.Minor, j.Serial, j.Reason = 1<<50, long, providers.ReasonUnreadable
		j.Verdict = &storage.Verdict{By: 1002, To: storage.Failed, Why: long, At: time.Now()}
		j.History[0].Note = long
		j.Attempts = nil
		for i := range 4 {
			a := attempt
			if i < 3 {
				a.Reference, a.Proof, a.Closed = providers.Reference([]string{"A", "B", "C"}[i]), storage.ProofFailed, time.Now()
			}
			j.Attempts = append(j.Attempts, a)
		}
		for range storage.MaxIncidents {
			j.Incidents = append(j.Incidents, storage.Incident{At: time.Now(), Reference: "B", Said: long, Evidence: evidence[1]})
		}
	})
	who := people()
	for i := range who {
		who[i].Name = long
	}
	ended := j
	ended.State, ended.Attempts = storage.Failed, j.Attempts[:3]
	for name, job := range map[string]storage.Job{"review": j, "incident": ended} {
		b := book{[]storage.Job{job}, who}
		card := step(t, b, 1001, flows.Dialogue{}, flows.Input{Command: "review"}).Replies[0]
		if n := card.Text.Length(); n > flows.MaxText || len(card.Rows) == 0 {
			t.Errorf("%s: %d units:\n%s", name, n, card.Text)
		}
		for _, want := range []string{"Asked since", "Our balance there", "Everything on record: /job WJMY3E"} {
			if words := card.Text.String(); !strings.Contains(words, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, words)
			}
		}
	}
}

// The float moves by other orders too, and what is missing is not made up.
func TestTheFloatIsAHint(t *testing.T) {
	t.Parallel()
	at := func(minor int64) *storage.Reading {
		return &storage.Reading{Balance: providers.Money{Minor: minor, Currency: providers.BDT}, At: time.Now()}
	}
	for _, c := range []struct {
		before, after *storage.Reading
		want, never   string
	}{
		{at(100_00), at(50_00), "That is ৳50 less.", "more"},
		{at(100_00), at(150_50), "That is ৳50.50 more.", "less"},
		{at(100_00), at(100_00), "It is the same.", "That is"},
		{at(100_00), nil, "It was not read since the send", "That is"},
		{at(100_00), &storage.Reading{Balance: at(100_00).Balance, At: time.Now().AddDate(-1, 0, 0)}, "It was not read since the send", "It is the same"},
		{nil, at(100_00), "Other orders and top-ups move it too", "That is"},
		{nil, nil, "Asked since", "Our balance"},
	} {
		b := book{[]storage.Job{waiting(func(j *storage.Job) { j.Attempts[0].Before, j.Attempts[0].After = c.before, c.after })}, people()}
		words := step(t, b, 1001, flows.Dialogue{}, flows.Input{Command: "review"}).Replies[0].Text.String()
		if !strings.Contains(words, c.want) || strings.Contains(words, c.never) {
			t.Errorf("want %q and no %q:\n%s", c.want, c.never, words)
		}
	}
}
