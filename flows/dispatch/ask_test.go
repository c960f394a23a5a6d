package dispatch_test

import (
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

func TestAPostbackMakesTheProviderBeAskedAtOnce(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: 2 * time.Second})
	story(t, func(w *world) {
		w.start()
		job := w.after(3500*time.Millisecond, w.order().ID)
		w.wantState(job, storage.Pending)
		w.askSoon(job)
		job = w.after(time.Millisecond, job.ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
		if up.asked() != 1 {
			w.t.Errorf("asked %d times, want once", up.asked())
		}
	}, up)
}

// A provider that is quick calls before we have read its answer to the send.
func TestAPostbackThatComesBeforeTheAnswerIsNotLost(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysNothing, takes: time.Second})
	story(t, func(w *world) {
		w.config.EnquireAfter = []time.Duration{time.Hour}
		w.start()
		job := w.after(2*time.Second, w.order().ID)
		w.wantState(job, storage.Sending)
		w.askSoon(job)
		w.wantState(w.after(27*time.Second, job.ID), storage.Sending)
		job = w.after(4*time.Second, job.ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
	}, up)
}

// Whoever knows the address may call as often as he likes: the provider is asked every few seconds, the
// answer is the provider's own, and the planned enquiries come when they were planned.
func TestAFloodOfPostbacksChangesLittle(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Hour})
	story(t, func(w *world) {
		w.start()
		id := w.order().ID
		for range 900 {
			w.askSoon(w.after(10*time.Millisecond, id))
		}
		flood := up.asked()
		if flood < 2 || flood > 4 {
			w.t.Errorf("asked %d times within 9 s", flood)
		}
		w.wantState(w.after(2200*time.Millisecond, id), storage.Pending)
		if up.asked() == flood {
			w.t.Error("the enquiry that was planned after 10 s did not come")
		}
	}, up)
}

// A provider that calls at every turn of an order: its calls neither widen the gaps between the planned
// enquiries nor count as such.
func TestPostbacksDoNotPutPlannedEnquiriesOff(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: 3 * time.Minute})
	story(t, func(w *world) {
		w.start()
		id := w.order().ID
		for range 8 {
			w.askSoon(w.after(4*time.Second, id))
		}
		job := w.after(4*time.Minute, id)
		w.wantState(job, storage.Delivered)
		if n := job.Attempts[0].Enquiries; n > 5 {
			w.t.Errorf("%d enquiries are counted of %d", n, up.asked())
		}
	}, up)
}

func TestAPostbackAboutAnOrderThatIsNotOpenChangesNothing(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.start()
		queued := w.order()
		w.askSoon(queued)
		job := w.after(time.Minute, queued.ID)
		w.wantState(job, storage.Delivered)
		open := job
		open.State, open.Attempts = storage.Pending, []storage.Attempt{job.Attempts[0]} // as somebody read it a moment before
		open.Attempts[0].Closed, open.Attempts[0].Proof = time.Time{}, storage.ProofNone
		w.askSoon(open)
		w.after(time.Minute, job.ID)
		if up.asked() != 0 {
			w.t.Errorf("asked %d times about an order that was just settled", up.asked())
		}
		w.askSoon(job)
		w.askSoon(job)
		after := w.after(time.Minute, job.ID)
		if after.Version != job.Version || up.asked() != 3 {
			w.t.Errorf("asked %d times, and the job is %+v", up.asked(), after)
		}
		w.wantSends(up, job, 1)
	}, up)
}

// The answer to a postback's question is lost, and so is the process: nothing is owed to the postback.
func TestAPostbackDoesNotOutliveTheProcess(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: 2 * time.Second})
	up.enquiry = func(n int, _ providers.Request) bool { return n > 1 }
	story(t, func(w *world) {
		w.start()
		job := w.after(3500*time.Millisecond, w.order().ID)
		w.askSoon(job)
		w.wantState(w.after(time.Millisecond, job.ID), storage.Pending)
		w.halt()
		w.start()
		job = w.after(time.Minute, job.ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
	}, up)
}
