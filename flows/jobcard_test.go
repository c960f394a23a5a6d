package flows_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// stateWords are the words that people and outside checks rely on (CONTRACT.md, "The chat").
var stateWords = []string{
	"Queued", "Sending", "In progress", "Under review", "Delivered", "Failed", "Cancelled", "Reversed",
}

func reasons() []providers.Reason {
	return []providers.Reason{
		providers.ReasonNone, providers.ReasonDuplicate, providers.ReasonFloatShort, providers.ReasonRejected,
		providers.ReasonCredentials, providers.ReasonMaintenance, providers.ReasonEcho, providers.ReasonUnreadable,
		providers.ReasonUnsupported, providers.ReasonFailed, "something new",
	}
}

// anyJob is a job with whatever a provider may have put into it.
func anyJob(t *rapid.T) storage.Job {
	operator := rapid.SampledFrom(providers.Operators()).Draw(t, "operator")
	j := storage.Job{
		ID: storage.JobID(rapid.Uint64Range(1, 1<<30-1).Draw(t, "id")),
		Order: providers.Order{
			Operator: operator.ID, Type: rapid.SampledFrom(operator.Types).Draw(t, "type"), Account: "8801712345678",
			Amount: providers.Money{Minor: rapid.Int64Range(1, 1<<40).Draw(t, "amount"), Currency: operator.Currency},
		},
		State:  rapid.SampledFrom(storage.States()).Draw(t, "state"),
		Reason: rapid.SampledFrom(reasons()).Draw(t, "reason"),
		Serial: rapid.OneOf(rapid.String(), rapid.SampledFrom(append(stateWords, "BD-failed-1", "R251121.1405.7700AB"))).Draw(t, "serial"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "moments") {
		by := rapid.SampledFrom([]string{"agent", "dispatch", "boot", "person 1001", ""}).Draw(t, "by")
		j.History = append(j.History, storage.Line{From: rapid.SampledFrom(storage.States()).Draw(t, "from"), To: j.State, By: by})
	}
	j.Withdraw = rapid.SampledFrom([]string{"", "AAAAAAAAAAAAAAAAAAAAAAAA"}).Draw(t, "withdraw")
	for range rapid.IntRange(0, 2).Draw(t, "incidents") {
		j.Incidents = append(j.Incidents, storage.Incident{Said: rapid.SampledFrom([]string{"delivered", "refused"}).Draw(t, "said"), Upheld: rapid.Bool().Draw(t, "upheld")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "attempts") {
		j.Attempts = append(j.Attempts, storage.Attempt{
			Proof: rapid.SampledFrom([]storage.Proof{
				storage.ProofNotSent, storage.ProofRefused, storage.ProofFailed, storage.ProofPerson, storage.ProofDelivered,
			}).Draw(t, "proof"),
		})
	}
	return j
}

func TestACardAndAPushHoldExactlyOneStateWord(t *testing.T) {
	t.Parallel()
	say := english(t)
	rapid.Check(t, func(t *rapid.T) {
		j := anyJob(t)
		pushed := rapid.SampledFrom(storage.States()).Draw(t, "pushed")
		for name, c := range map[string]struct {
			message flows.Message
			state   storage.State
		}{"card": {flows.JobCard(say, j), j.State}, "push": {flows.JobPush(say, j, pushed), pushed}} {
			words := c.message.Text.String()
			for _, row := range c.message.Rows {
				for _, b := range row {
					words += "\n" + b.Label + "\n" + b.Copy
				}
			}
			count := 0
			for _, w := range stateWords {
				count += strings.Count(strings.ToLower(words), strings.ToLower(w))
			}
			if want := flows.StateWord(say, c.state); count != 1 || !strings.Contains(words, want) {
				t.Fatalf("%s in %s holds %d state words:\n%s", name, c.state, count, words)
			}
			for _, want := range []string{"#" + string(j.ID.Code()), "01712345678", say.Money(j.Amount)} {
				if !strings.Contains(words, want) {
					t.Fatalf("%s lacks %s:\n%s", name, want, words)
				}
			}
			if c.message.Text.Length() > 500 {
				t.Fatalf("%s is too long:\n%s", name, words)
			}
		}
	})
}

// One state word stands for two states, and only in one of them a provider is known to have the order.
func TestACardDoesNotSayThatAProviderHasAnOrderWhenNobodyKnows(t *testing.T) {
	t.Parallel()
	say := english(t)
	for state, want := range map[storage.State]string{
		storage.Pending: "The provider has not finished yet.",
		storage.Unknown: "It is not known yet whether it went through.",
	} {
		words := flows.JobCard(say, storage.Job{ID: 1, State: state}).Text.String()
		if !strings.Contains(words, want) || !strings.Contains(words, "In progress") || !strings.Contains(words, "do not order it again") {
			t.Errorf("%s says:\n%s", state, words)
		}
		if state == storage.Unknown && strings.Contains(words, "provider") {
			t.Errorf("%s speaks of a provider:\n%s", state, words)
		}
	}
}

func TestOnlyAPlainSerialIsShownAndOnlyWhenDelivered(t *testing.T) {
	t.Parallel()
	say := english(t)
	for _, c := range []struct {
		serial string
		shown  bool
	}{
		{"R251121.1405.7700AB", true}, {"BD77", true}, {"", false}, {"two words", false}, {"<b>\u202e", false},
		{"১২৩", false}, {strings.Repeat("9", 65), false}, {"FAILED", false},
	} {
		j := storage.Job{ID: 1, State: storage.Delivered, Serial: c.serial}
		for _, m := range []flows.Message{flows.JobCard(say, j), flows.JobPush(say, j, storage.Delivered)} {
			copies := len(m.Rows) == 1 && m.Rows[0][0].Copy == c.serial
			if copies != c.shown || c.shown != strings.Contains(m.Text.String(), "Serial") {
				t.Errorf("serial %q: %q with %v", c.serial, m.Text, m.Rows)
			}
		}
		if m := flows.JobPush(say, j, storage.Review); strings.Contains(m.Text.String(), "Serial") || m.Rows != nil {
			t.Errorf("a serial is shown under review: %q", m.Text)
		}
	}
}

func TestAFailureSaysWhyInOurWords(t *testing.T) {
	t.Parallel()
	say := english(t)
	attempt := func(p storage.Proof) []storage.Attempt {
		return []storage.Attempt{{Proof: p, Evidence: []providers.Evidence{{Body: "theirs"}}}}
	}
	for _, c := range []struct {
		job  storage.Job
		want text.Key
	}{
		{storage.Job{}, text.JobWhyLate},
		{storage.Job{Attempts: attempt(storage.ProofNotSent)}, text.JobWhyLate},
		{storage.Job{Attempts: attempt(storage.ProofRefused), Reason: providers.ReasonRejected}, text.JobWhyRejected},
		{storage.Job{Attempts: attempt(storage.ProofRefused), Reason: providers.ReasonFloatShort}, text.JobWhyFloat},
		{storage.Job{Attempts: attempt(storage.ProofFailed)}, text.JobWhyOther},
		{storage.Job{Attempts: attempt(storage.ProofFailed), Reason: providers.ReasonFailed}, text.JobWhyFailed},
		{storage.Job{Attempts: attempt(storage.ProofFailed), Reason: providers.ReasonMaintenance}, text.JobWhyMaintenance},
		{storage.Job{Attempts: attempt(storage.ProofPerson), Reason: providers.ReasonUnreadable}, text.JobWhyPerson},
		{storage.Job{Reason: providers.ReasonUnsupported}, text.JobWhyUnsupported},
		{storage.Job{Reason: providers.ReasonCredentials}, text.JobWhyCredentials},
	} {
		c.job.ID, c.job.State = 1, storage.Failed
		got := flows.JobPush(say, c.job, storage.Failed).Text.String()
		if !strings.Contains(got, say.Text(c.want, nil)) || !strings.Contains(got, "othing was charged") || strings.Contains(got, "theirs") {
			t.Errorf("%+v: %q", c.job, got)
		}
	}
}

// Who took an order back is in its history, and the agent is told so: he himself, an admin, or nobody in
// particular because he may not order any more.
func TestAnOrderThatWasTakenBackSaysByWhom(t *testing.T) {
	t.Parallel()
	say := english(t)
	refused := []storage.Attempt{{Proof: storage.ProofRefused}}
	for _, c := range []struct {
		by       string
		to       storage.State
		attempts []storage.Attempt
		want     string
	}{
		{"agent", storage.Cancelled, nil, "You stopped it before it was sent. Nothing was charged."},
		{"person 1001", storage.Cancelled, nil, "An admin stopped it before it was sent. Nothing was charged."},
		{"dispatch", storage.Cancelled, nil, "It was not sent, because your access was taken away before. Nothing was charged."},
		{"agent", storage.Failed, refused, "One try came to nothing, and you stopped it before the next one. Nothing was charged."},
		{"person 1001", storage.Failed, refused, "One try came to nothing, and an admin stopped it before the next one. Nothing was charged."},
		{"dispatch", storage.Failed, refused, "The provider does not accept it: check number, operator, type and amount. Nothing was charged."},
	} {
		j := storage.Job{
			ID: 1, State: c.to, Attempts: c.attempts, Reason: providers.ReasonRejected,
			History: []storage.Line{{To: storage.Queued, By: "agent"}, {From: storage.Queued, To: c.to, By: c.by}},
		}
		for _, m := range []flows.Message{flows.JobCard(say, j), flows.JobPush(say, j, c.to)} {
			if !strings.HasSuffix(m.Text.String(), c.want) {
				t.Errorf("%s by %s: %q", c.to, c.by, m.Text)
			}
		}
	}
	sent := storage.Job{ID: 1, State: storage.Failed, Attempts: refused, Reason: providers.ReasonRejected, History: []storage.Line{
		{To: storage.Queued, By: "agent"}, {From: storage.Sending, To: storage.Failed, By: "dispatch"},
	}}
	if got := flows.JobCard(say, sent).Text.String(); strings.Contains(got, "stopped") {
		t.Errorf("nobody stopped it: %q", got)
	}
}

func TestComposeReadsTheJobAsItStandsNow(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	d.handle(d.pressing("Buy"))
	catalogue, err := text.Load()
	d.must(err)
	c := flows.NewComposer(d.store, catalogue, "en")
	ctx := context.Background()
	compose := func(n storage.Notice) string {
		m, err := c.Compose(ctx, n)
		d.must(err)
		return strings.SplitN(m.Text.String(), "\n", 2)[0]
	}
	card := storage.Notice{Kind: storage.NoticeCard, Job: 1}
	if got := compose(card); got != "#WJMY3E · Queued" {
		t.Errorf("card: %q", got)
	}
	_, err = d.store.Move(ctx, storage.Move{Now: d.now.Add(time.Minute), Job: 1, Version: 1, To: storage.Cancelled, By: "agent"})
	d.must(err)
	if got := compose(card); got != "#WJMY3E · Cancelled" {
		t.Errorf("card afterwards: %q", got)
	}
	push := storage.Notice{Kind: storage.NoticePush, Job: 1, State: storage.Review}
	if got := compose(push); got != "Under review: #WJMY3E, ৳10 to 01812345678, Robi Prepaid." {
		t.Errorf("a push tells the state that it is about: %q", got)
	}
}

func TestComposeRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	catalogue, err := text.Load()
	d.must(err)
	c := flows.NewComposer(d.store, catalogue, "en")
	for _, n := range []storage.Notice{
		{Kind: "song", Body: []byte("{}")}, {Kind: storage.NoticeMessage, Body: []byte("{")}, {Kind: storage.NoticeMessage},
	} {
		if m, err := c.Compose(context.Background(), n); err == nil {
			t.Errorf("%s %q: composed %v", n.Kind, n.Body, m)
		}
	}
	if _, err := c.Compose(context.Background(), storage.Notice{Kind: storage.NoticePush, Job: 9}); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a job that is not there: %v", err)
	}
}

func TestAMessageSurvivesTheStore(t *testing.T) {
	t.Parallel()
	m := flows.Message{
		Text: text.Rich{{Text: "<b>&", Style: text.Bold}, {Text: "\u2028", Style: text.Quote}},
		Rows: [][]flows.Button{{{Label: "Buy", Tone: flows.Good, Token: "t", Copy: "c", Action: "secret", Flow: "shop"}}},
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var got flows.Message
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	m.Rows[0][0].Action, m.Rows[0][0].Flow = "", "" // stay behind
	if diff := cmp.Diff(m, got); diff != "" {
		t.Error(diff)
	}
}

// While nobody has found out whether a failure was one, nobody says that nothing was charged. Evidence against a
// success changes no card: a person decides.
func TestAFailureInDoubtDoesNotSayThatNothingWasCharged(t *testing.T) {
	t.Parallel()
	say := english(t)
	const doubted = "It is being checked whether it arrived after all. Do not send it again"
	settled := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		state     storage.State
		incidents []storage.Incident
		want      string
		charged   bool // whether it says that nothing was charged
	}{
		"delivered, they say":      {storage.Failed, []storage.Incident{{Said: "delivered"}}, doubted, false},
		"under way, they say":      {storage.Failed, []storage.Incident{{Said: "pending"}}, doubted, false},
		"one of two is settled":    {storage.Failed, []storage.Incident{{Said: "pending", Settled: settled}, {Said: "delivered"}}, doubted, false},
		"a withdrawn one":          {storage.Cancelled, []storage.Incident{{Said: "delivered"}}, doubted, false},
		"nothing to it":            {storage.Failed, []storage.Incident{{Said: "delivered", Settled: settled}}, "", true},
		"it arrived":               {storage.Failed, []storage.Incident{{Said: "delivered", Settled: settled, Upheld: true}}, "It did arrive after all", false},
		"it arrived, and one more": {storage.Failed, []storage.Incident{{Said: "delivered", Settled: settled, Upheld: true}, {Said: "pending"}}, "It did arrive after all", false},
		"a success":                {storage.Delivered, []storage.Incident{{Said: "refused"}}, "", false},
	} {
		j := storage.Job{ID: 1, State: c.state, Reason: providers.ReasonRejected, Incidents: c.incidents}
		for _, m := range []flows.Message{flows.JobCard(say, j), flows.JobPush(say, j, j.State)} {
			words := m.Text.String()
			if !strings.Contains(words, c.want) || c.want == "" && strings.Contains(words, doubted) || strings.Contains(words, "othing was charged") != c.charged {
				t.Errorf("%s:\n%s", name, words)
			}
		}
	}
}
