package dispatch_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
	"rechargebot/storage"
)

// states is a job's way.
func states(job storage.Job) []storage.State {
	var out []storage.State
	for _, l := range job.History {
		out = append(out, l.To)
	}
	return out
}

func TestASilentProviderThatHasTheOrderIsAskedUntilItIsDelivered(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysNothing, takes: 50 * time.Second})
	story(t, func(w *world) {
		w.start()
		job := w.order()
		w.wantState(w.after(31*time.Second, job.ID), storage.Unknown)
		w.wantState(w.after(11*time.Second, job.ID), storage.Pending)
		job = w.after(2*time.Minute, job.ID)
		w.wantSends(up, job, 1)
		want := []storage.State{storage.Queued, storage.Sending, storage.Unknown, storage.Pending, storage.Delivered}
		if diff := cmp.Diff(want, states(job)); diff != "" {
			w.t.Errorf("way (-want +got):\n%s", diff)
		}
		if a := job.Attempts[0]; job.Serial != serial(a.Reference) || a.Enquiries != 2 || len(a.Evidence) != 3 {
			w.t.Errorf("serial %q, attempt %+v", job.Serial, a)
		}
	}, up)
}

func TestTheGapsBetweenEnquiriesWidenAndTheLastRepeats(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: 1000 * time.Hour})
	var asked []time.Time
	up.enquiry = func(int, providers.Request) bool {
		asked = append(asked, time.Now())
		return true
	}
	story(t, func(w *world) {
		w.start()
		began := time.Now()
		w.wantState(w.after(5*time.Hour, w.order().ID), storage.Pending)
		wanted := []time.Duration{
			10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
			15 * time.Minute, 30 * time.Minute, time.Hour, time.Hour, time.Hour,
		}
		if len(asked) < len(wanted) {
			w.t.Fatalf("asked %d times, want at least %d", len(asked), len(wanted))
		}
		for i, at := range asked[:len(wanted)] {
			if gap := at.Sub(began); gap < wanted[i]*9/10 || gap > wanted[i]*11/10 {
				w.t.Errorf("gap %d is %v, want %v ±10 %%", i, gap, wanted[i])
			}
			began = at
		}
	}, up)
}

func TestJobsThatFailTogetherDoNotAskTogether(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Hour})
	at := map[time.Time]int{}
	up.enquiry = func(int, providers.Request) bool {
		at[time.Now()]++
		return true
	}
	story(t, func(w *world) {
		w.config.Parallel = 1 // the map is one enquiry's at a time
		w.start()
		for range 50 {
			w.order()
		}
		w.after(15*time.Second, 1)
		if len(at) < 45 {
			w.t.Errorf("50 enquiries at only %d moments", len(at))
		}
	}, up)
}

func TestNotFoundNeverSendsAgainAndEndsWithAPerson(t *testing.T) {
	up, other := ecareLike("ecare-main").always(plan{answer: saysGarbage, lost: true}), ecareLike("other")
	story(t, func(w *world) {
		var told []storage.Job
		w.config.OpsNotices = func(job storage.Job, reminder bool) []storage.Notice {
			if !reminder {
				told = append(told, job)
			}
			return []storage.Notice{{Chat: -100, Kind: storage.NoticeMessage, Body: []byte(`{}`)}}
		}
		w.start()
		job := w.order()
		w.wantState(w.after(10*time.Minute, job.ID), storage.Unknown)
		job = w.after(2*time.Minute, job.ID) // the window of late arrival, and the send's own time, are over
		w.wantState(job, storage.Review)
		w.wantSends(up, job, 1)
		w.wantSends(other, job, 0)
		if a := job.OpenAttempt(); a == nil || a.NotFound < 5 {
			w.t.Errorf("attempt %+v", a)
		}
		if len(told) != 1 || told[0].State != storage.Review || told[0].ID != job.ID {
			w.t.Errorf("the group was told %+v", told)
		}
		if diff := cmp.Diff([]storage.State{storage.Review}, w.pushes(job.ID)); diff != "" {
			w.t.Errorf("the agent was told (-want +got):\n%s", diff)
		}
	}, up, other)
}

func TestAnOrderThatArrivesLateIsFoundInTime(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysNothing, lands: 9 * time.Minute, takes: time.Second})
	story(t, func(w *world) {
		w.start()
		job := w.after(30*time.Minute, w.order().ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
	}, up)
}

func TestNotFoundSaysNothingWhereTheProviderDoesNotMeanIt(t *testing.T) {
	up := ecareLike("panel").always(plan{answer: saysGarbage, takes: time.Minute, hidden: 20 * time.Hour})
	up.caps = providers.Capabilities{Status: providers.StatusReadOnly, Duplicates: providers.DuplicateUndocumented}
	story(t, func(w *world) {
		w.start()
		job := w.order()
		w.wantState(w.after(19*time.Hour, job.ID), storage.Unknown)
		w.wantState(w.after(3*time.Hour, job.ID), storage.Delivered)
	}, up)
}

func TestAProviderThatCannotBeAskedLeavesTheJobToAPerson(t *testing.T) {
	for _, class := range []providers.StatusClass{providers.StatusNone, providers.StatusResubmits, providers.StatusByTheirID, ""} {
		t.Run(string(class), func(t *testing.T) {
			up := ecareLike("mute").always(plan{answer: saysGarbage})
			up.caps = providers.Capabilities{Status: class, Duplicates: providers.DuplicateReplayed}
			story(t, func(w *world) {
				w.start()
				job := w.after(0, w.order().ID)
				w.wantState(job, storage.Review)
				w.wantSends(up, job, 1)
				if up.asked() != 0 {
					w.t.Errorf("asked %d times", up.asked())
				}
			}, up)
		})
	}
}

func TestAProviderThatKnowsOnlyItsOwnIDIsAskedWithIt(t *testing.T) {
	up := ecareLike("their-id").always(plan{takes: 5 * time.Second})
	up.caps = providers.Capabilities{Status: providers.StatusByTheirID}
	story(t, func(w *world) {
		w.start()
		w.wantState(w.after(time.Minute, w.order().ID), storage.Delivered)
	}, up)
}

func TestAFinalFailureIsBelievedAtOnceWhereTheOrderWasSeenAccepted(t *testing.T) {
	fails := plan{takes: 5 * time.Second, ends: providers.Refused, reason: providers.ReasonRejected}
	up, other := ecareLike("ecare-main").always(fails), ecareLike("other").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.start()
		job := w.after(time.Minute, w.order().ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
		w.wantSends(other, job, 1)
		if job.Attempts[0].Proof != storage.ProofFailed || job.Attempts[1].Provider != "other" {
			w.t.Errorf("attempts %+v", job.Attempts)
		}
		chosen := w.after(time.Minute, w.order(func(o *storage.NewOrder) { o.Provider = "ecare-main" }).ID)
		w.wantState(chosen, storage.Failed)
		if chosen.Reason != providers.ReasonFailed {
			w.t.Errorf("reason %q", chosen.Reason)
		}
	}, up, other)
}

// What an upstream says of an order that has not landed yet may carry an id of its own, or what it writes for
// none. However often it says so, it proves nothing before nothing can land any more.
func TestAnIDInAFailureIsNoSignOfAcceptance(t *testing.T) {
	up := ecareLike("first").always(plan{answer: saysNothing, lands: 5 * time.Minute, takes: time.Second, denies: "N.A."})
	other := ecareLike("other").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.start()
		job := w.after(20*time.Minute, w.order().ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
		w.wantSends(other, job, 0)
	}, up, other)
}

// That the first provider once had the order says nothing about the second one.
func TestTheFirstProvidersAcceptanceIsNotTheSeconds(t *testing.T) {
	first := ecareLike("first").always(plan{takes: 5 * time.Second, ends: providers.Refused, reason: providers.ReasonRejected})
	second := ecareLike("second").always(plan{answer: saysNothing, lands: 5 * time.Minute, takes: time.Second, denies: "N.A."})
	third := ecareLike("third").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.config.MaxProviders = 3
		w.start()
		job := w.after(20*time.Minute, w.order().ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(second, job, 1)
		w.wantSends(third, job, 0)
	}, first, second, third)
}

func TestAFinalFailureOfAnUnseenOrderIsBelievedAfterTheLateWindow(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysGarbage, ends: providers.Refused})
	story(t, func(w *world) {
		w.start()
		job := w.order()
		w.wantState(w.after(10*time.Minute, job.ID), storage.Unknown)
		job = w.after(2*time.Minute, job.ID)
		w.wantState(job, storage.Failed)
		if job.Attempts[0].Proof != storage.ProofFailed {
			w.t.Errorf("attempt %+v", job.Attempts[0])
		}
	}, up)
}

func TestAnOldOrderDoesNotGoToAnotherProvider(t *testing.T) {
	up, other := ecareLike("ecare-main").always(plan{takes: 20 * time.Minute, ends: providers.Refused}), ecareLike("other")
	story(t, func(w *world) {
		w.start()
		job := w.after(time.Hour, w.order().ID)
		w.wantState(job, storage.Failed)
		w.wantSends(other, job, 0)
	}, up, other)
}

// What ended under our reference may be another order than ours: nobody but a person may say how ours did.
func TestAfterAnEchoOfAnotherOrderAPersonDecides(t *testing.T) {
	for _, ends := range []providers.Status{providers.Delivered, providers.Refused} {
		t.Run(ends.String(), func(t *testing.T) {
			up := ecareLike("ecare-main").always(plan{answer: saysOther, takes: 5 * time.Second, ends: ends})
			story(t, func(w *world) {
				var troubles, reviews int
				w.config.OpsTrouble = func(provider string, why providers.Reason) []storage.Notice {
					if provider == "ecare-main" && why == providers.ReasonEcho {
						troubles++
					}
					return nil
				}
				w.config.OpsNotices = func(storage.Job, bool) []storage.Notice { reviews++; return nil }
				w.start()
				job := w.after(5*time.Second, w.order().ID)
				w.wantState(job, storage.Unknown)
				if troubles != 1 {
					w.t.Errorf("the group was told %d times of the echo", troubles)
				}
				job = w.after(time.Minute, job.ID)
				w.wantState(job, storage.Review)
				w.wantSends(up, job, 1)
				if job.Reason != providers.ReasonEcho || job.OpenAttempt() == nil || reviews != 1 {
					w.t.Errorf("reason %q, attempts %+v, %d notices", job.Reason, job.Attempts, reviews)
				}
			}, up)
		})
	}
}

func TestTheGroupHearsWhyAProviderRefuses(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysRefused, reason: providers.ReasonFloatShort})
	story(t, func(w *world) {
		w.config.OpsTrouble = func(provider string, why providers.Reason) []storage.Notice {
			return []storage.Notice{{Chat: -100, Kind: storage.NoticeMessage, Body: []byte(`"` + provider + " " + string(why) + `"`)}}
		}
		w.start()
		w.wantState(w.after(time.Second, w.order().ID), storage.Failed)
		pending, err := w.store.Pending(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		told := 0
		for _, n := range pending {
			if n.Chat == -100 && string(n.Body) == `"ecare-main float-short"` {
				told++
			}
		}
		if told != 1 {
			w.t.Errorf("told %d times: %+v", told, pending)
		}
	}, up)
}

func TestEnquiriesThatSayNothingEndWithAPersonAndReminders(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Hour})
	up.enquiry = func(n int, _ providers.Request) bool {
		if n%2 == 0 {
			panic("an adapter's mistake")
		}
		return false
	}
	story(t, func(w *world) {
		var reminders int
		w.config.OpsNotices = func(_ storage.Job, reminder bool) []storage.Notice {
			if reminder {
				reminders++
			}
			return nil
		}
		w.start()
		job := w.order()
		w.wantState(w.after(24*time.Hour-time.Second, job.ID), storage.Pending)
		job = w.after(2*time.Second, job.ID)
		w.wantState(job, storage.Review)
		if n := len(job.Attempts[0].Evidence); n != storage.MaxEvidence {
			w.t.Errorf("%d exchanges kept", n)
		}
		asked := up.asked()
		w.wantState(w.after(49*time.Hour, job.ID), storage.Review)
		if reminders != 16 || up.asked() != asked {
			w.t.Errorf("%d reminders, and %d more enquiries", reminders, up.asked()-asked)
		}
	}, up)
}

func TestAJobThatAPersonSendsBackIsAskedAboutAgain(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysGarbage, hidden: time.Hour})
	story(t, func(w *world) {
		w.start()
		job := w.after(2*time.Hour, w.order().ID)
		w.wantState(job, storage.Review)
		again, err := w.store.Move(w.t.Context(), storage.Move{Now: time.Now(), Job: job.ID, Version: job.Version, To: storage.Unknown, By: "person 1001", Due: time.Now()})
		if err != nil {
			w.t.Fatal(err)
		}
		w.dispatcher.Wake(again)
		job = w.after(0, job.ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
	}, up)
}

func TestAnAttemptWhoseProviderIsInNoConfigurationGoesToAPersonAtOnce(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Second})
	story(t, func(w *world) {
		var told int
		w.config.OpsNotices = func(storage.Job, bool) []storage.Notice { told++; return nil }
		w.start()
		job := w.after(0, w.order().ID)
		w.wantState(job, storage.Pending)
		w.halt()
		w.config.Upstreams = nil
		w.start()
		after := w.after(20*time.Second, job.ID)
		w.wantState(after, storage.Review)
		if diff := cmp.Diff(job.Attempts, after.Attempts); diff != "" {
			w.t.Errorf("the attempt changed (-before +after):\n%s", diff)
		}
		if told != 1 {
			w.t.Errorf("the group was told %d times", told)
		}
	}, up)
}

func TestARetiredProviderIsAskedAndNeverSentTo(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Second})
	story(t, func(w *world) {
		w.start()
		job := w.after(0, w.order().ID)
		w.halt()
		w.config.Upstreams, w.config.Retired = nil, w.config.Upstreams
		w.start()
		w.wantState(w.after(20*time.Second, job.ID), storage.Delivered)
		late := w.after(time.Second, w.order(func(o *storage.NewOrder) { o.Provider = "ecare-main" }).ID)
		w.wantState(late, storage.Failed)
		w.wantSends(up, late, 0)
		if late.Reason != providers.ReasonUnsupported {
			w.t.Errorf("reason %q", late.Reason)
		}
	}, up)
}

func TestAnEnquiryThatTheStopCutsShortChangesNothing(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Hour})
	hang := make(chan struct{})
	up.enquiry = func(int, providers.Request) bool { <-hang; return false }
	story(t, func(w *world) {
		hang = make(chan struct{})
		w.start()
		before := w.after(20*time.Second, w.order().ID)
		stopped := make(chan struct{})
		go func() { w.halt(); close(stopped) }()
		time.Sleep(time.Second)
		close(hang)
		<-stopped
		if diff := cmp.Diff(before, w.job(before.ID)); diff != "" {
			w.t.Errorf("job changed (-before +after):\n%s", diff)
		}
	}, up)
}
