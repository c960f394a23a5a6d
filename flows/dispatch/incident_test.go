package dispatch_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// told collects what the operations group is told about incidents and reversals.
func (w *world) tellsIncidents() *[]string {
	told := new([]string)
	w.config.OpsIncident = func(j storage.Job, reminder bool) []storage.Notice {
		said := "nothing open"
		if i := j.OpenIncident(); i != nil {
			said = i.Said
		}
		*told = append(*told, fmt.Sprint(j.State, " ", said, " ", reminder))
		return []storage.Notice{{Chat: -5, Kind: storage.NoticeMessage, Created: time.Now()}}
	}
	return told
}

func (w *world) wantTold(told *[]string, want ...string) {
	w.t.Helper()
	if !slices.Equal(*told, want) {
		w.t.Errorf("the group was told %q, want %q", *told, want)
	}
}

// A provider that gives the money back and says so takes the success away; the agent and the group are told, and his day's
// sum is given back, once.
func TestASuccessThatIsPaidBackIsReversed(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered, back: time.Hour, turns: providers.ReasonRefunded})
	story(t, func(w *world) {
		told := w.tellsIncidents()
		w.start()
		job := w.after(time.Second, w.order().ID)
		w.wantState(job, storage.Delivered)
		w.askSoon(job)
		w.wantState(w.after(time.Minute, job.ID), storage.Delivered) // nothing has changed yet
		w.askSoon(w.after(2*time.Hour, job.ID))
		job = w.after(time.Second, job.ID)
		w.wantState(job, storage.Reversed)
		if e := job.Attempts[0].Evidence; e[len(e)-1].Body != "TAKEN BACK" || job.Reason != providers.ReasonRefunded {
			w.t.Errorf("reversed by %+v for %q", e, job.Reason)
		}
		w.wantTold(told, "reversed nothing open false")
		if got := w.pushes(job.ID); !slices.Equal(got, []storage.State{storage.Delivered, storage.Reversed}) {
			w.t.Errorf("the agent was told %v", got)
		}
		asked := up.asked()
		w.askSoon(job)
		w.wantState(w.after(time.Minute, job.ID), storage.Reversed)
		if up.asked() != asked+3 || len(*told) != 1 { // a provider may call before its own status has changed
			w.t.Errorf("asked %d times more, told %q", up.asked()-asked, *told)
		}
		w.wantSends(up, job, 1)
	}, up)
}

// Evidence against what was settled changes no state: it waits for a person, who is reminded over restarts.
func TestLateEvidenceIsAnIncident(t *testing.T) {
	for name, test := range map[string]struct {
		plan  plan
		state storage.State
		said  string
	}{
		"a success that failed":         {plan{answer: saysDelivered, back: time.Hour, turns: providers.ReasonRejected}, storage.Delivered, "refused"},
		"a refusal that was delivered":  {plan{answer: saysRefused, late: time.Hour}, storage.Failed, "delivered"},
		"an unsent one that was not so": {plan{answer: notSent, late: time.Hour}, storage.Failed, "delivered"},
		"a failure that was delivered":  {plan{takes: time.Second, ends: providers.Refused, late: time.Hour}, storage.Failed, "delivered"},
	} {
		t.Run(name, func(t *testing.T) {
			up := ecareLike("ecare-main").always(test.plan)
			story(t, func(w *world) {
				told := w.tellsIncidents()
				w.config.RemindEvery = 3 * time.Hour
				w.start()
				job := w.after(time.Minute, w.order().ID)
				w.wantState(job, test.state)
				w.askSoon(w.after(2*time.Hour, job.ID))
				job = w.after(10*time.Second, job.ID)
				w.wantState(job, test.state)
				i := job.OpenIncident()
				if i == nil || i.Said != test.said || i.Reference != job.Attempts[0].Reference || i.Evidence.Body == "" || job.Due.IsZero() {
					w.t.Fatalf("incident %+v, due %v", i, job.Due)
				}
				w.wantTold(told, fmt.Sprint(test.state, " ", test.said, " false"))
				w.askSoon(job) // the same answer again is nothing new
				w.after(time.Minute, job.ID)
				w.halt()
				w.start()
				job = w.after(3*time.Hour+20*time.Minute, job.ID)
				if len(job.Incidents) != 1 || len(job.History) == 0 || job.State != test.state {
					w.t.Errorf("%+v", job)
				}
				w.wantTold(told, fmt.Sprint(test.state, " ", test.said, " false"), fmt.Sprint(test.state, " ", test.said, " true"))
				w.wantSends(up, job, len(up.sent(job.Account)))
				if n := len(up.sends); n != 1 {
					w.t.Errorf("%d sends, want one", n)
				}
			}, up)
		})
	}
}

// The first provider refuses, the second one is waited for, and the first one calls: it was delivered after all.
// No attempt is moved, nothing more is sent, and a person hears of it while there is time.
func TestAnIncidentOfAnEarlierAttempt(t *testing.T) {
	first := ecareLike("first").always(plan{answer: saysRefused, late: 30 * time.Second})
	second := ecareLike("second").always(plan{takes: time.Hour})
	story(t, func(w *world) {
		told := w.tellsIncidents()
		w.start()
		job := w.after(time.Minute, w.order().ID)
		w.wantState(job, storage.Pending)
		w.dispatcher.AskSoon(job, job.Attempts[0].Reference)
		job = w.after(time.Second, job.ID)
		w.wantState(job, storage.Pending)
		if i := job.OpenIncident(); i == nil || i.Reference != job.Attempts[0].Reference {
			w.t.Fatalf("incident %+v", i)
		}
		job = w.after(3*time.Hour, job.ID)
		w.wantState(job, storage.Delivered)
		w.wantTold(told, "pending delivered false")
		if job.Due.IsZero() {
			w.t.Error("nobody will be reminded")
		}
		w.wantSends(first, job, 1)
		w.wantSends(second, job, 1)
	}, first, second)
}

// While a job waits for the second provider, evidence comes that the first one has delivered: it is not sent again.
func TestAnIncidentStopsTheNextAttempt(t *testing.T) {
	first := ecareLike("first").always(plan{answer: saysRefused, late: 2 * time.Second})
	second := ecareLike("second")
	story(t, func(w *world) {
		told := w.tellsIncidents()
		w.start()
		second.noTurn(time.Minute)
		job := w.after(5*time.Second, w.order().ID)
		w.wantState(job, storage.Queued)
		w.dispatcher.AskSoon(job, job.Attempts[0].Reference)
		job = w.after(5*time.Minute, job.ID)
		w.wantState(job, storage.Failed)
		if job.OpenIncident() == nil {
			w.t.Error("the incident is gone")
		}
		w.wantTold(told, "queued delivered false")
		w.wantSends(second, job, 0)
	}, first, second)
}

// A flood of calls about an order that has ended makes a question every few seconds and nothing that is stored.
func TestAFloodAboutAFinalJob(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.start()
		job := w.after(time.Minute, w.order().ID)
		for range 900 {
			w.askSoon(w.after(10*time.Millisecond, job.ID))
		}
		if n := up.asked(); n < 2 || n > 5 {
			w.t.Errorf("asked %d times within 9 s", n)
		}
		if after := w.job(job.ID); after.Version != job.Version {
			w.t.Errorf("the job is changed: %+v", after)
		}
	}, up)
}

// What no answer can tell any more is not asked, and a person decides.
func TestNobodyAsksAboutWhatIsTooOld(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: 40 * time.Hour})
	up.caps.StatusMaxAge = 2 * time.Hour
	story(t, func(w *world) {
		w.start()
		job := w.after(4*time.Hour, w.order().ID)
		w.wantState(job, storage.Review)
		asked := up.asked()
		w.askSoon(job)
		w.after(time.Hour, job.ID)
		if up.asked() != asked || asked == 0 {
			w.t.Errorf("asked %d times, then %d", asked, up.asked())
		}
	}, up)
}
