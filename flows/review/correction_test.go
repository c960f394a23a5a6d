package review_test

import (
	"slices"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/storage"
)

// A correction names its order: whoever sees that it cannot be brought to the agent knows whom to tell of what.
func TestACorrectionNamesItsOrder(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	j := o.job(o.inReview(50))
	for _, m := range []storage.Move{
		{To: storage.Failed, Close: storage.ProofFailed},
		{To: storage.Failed, Due: time.Now().Add(time.Hour), Incident: &storage.Incident{At: time.Now(), Reference: "R1", Said: "delivered"}},
	} {
		m.Now, m.Job, m.Version, m.By = time.Now(), j.ID, j.Version, "dispatch"
		var err error
		if j, err = o.store.Move(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for _, input := range []func(storage.PersonID) flows.Input{
		func(storage.PersonID) flows.Input { return flows.Input{Command: "review"} },
		func(p storage.PersonID) flows.Input {
			return flows.Input{Press: o.token(p, "It was delivered"), Message: 7}
		},
		func(storage.PersonID) flows.Input { return flows.Input{Text: "success in their panel"} },
	} {
		o.together(o.who[:1], input)
	}
	if j = o.job(j.ID); !j.Corrected() {
		t.Fatalf("the incident is %+v", j.Incidents)
	}
	if owed := o.owed(); !slices.ContainsFunc(owed, func(n storage.Notice) bool {
		return n.Kind == storage.NoticeMessage && n.Job == j.ID && n.Person == j.Agent
	}) {
		t.Errorf("owed are %+v", owed)
	}
}
