package recharge

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// twinPage is how many jobs of a number are read at a time.
const twinPage = 20

// correctedTerm is how long after its correction a failure that was none is asked about: whoever was told to order
// again may not have read yet that it did arrive.
const correctedTerm = 24 * time.Hour

// earlier is what was ordered for a draft's number before.
type earlier struct {
	twin   storage.Job   // the order that the draft would repeat; its ID is 0 when there is none
	like   storage.JobID // the newest order of the same amount, among the number's newest; 0 = none
	newest storage.JobID // the newest order of any amount; 0 = none
	known  bool          // the agent himself is among those who ordered for the number lately
}

// earlier finds the order that the draft would repeat: same account and amount, by any agent. One that is
// not finished comes first, however old it is, then among the number's newest, however old they are, a failure
// that may have been none or was none (mayBePaid), then one made within the window that was or may be paid,
// then one of the window that is proved unpaid; of several the newest. The number's newest order is read
// before anything else, so that the commit refuses an order when the rest may have missed one.
func (t turn) earlier(o draft) (earlier, error) {
	page, err := t.page(o, 0)
	if err != nil {
		return earlier{}, err
	}
	var e earlier
	if len(page) > 0 {
		e.newest = page[0].ID
	}
	same := func(j storage.Job) bool { return j.Amount == o.Amount }
	if i := slices.IndexFunc(page, same); i >= 0 {
		e.like = page[i].ID
	}
	e.known = slices.ContainsFunc(page, func(j storage.Job) bool { return j.Agent == t.Person.ID && settledFor(j) })
	open, err := t.Jobs.UnfinishedOfAccount(t.ctx, o.Account)
	if err != nil {
		return earlier{}, fmt.Errorf("read the number's unfinished jobs: %w", err)
	}
	if i := slices.IndexFunc(open, same); i >= 0 {
		e.twin = open[i]
		return e, nil
	}
	if i := slices.IndexFunc(page, func(j storage.Job) bool { return same(j) && t.mayBePaid(j) }); i >= 0 {
		e.twin = page[i]
		return e, nil
	}
	e.twin, err = t.recent(o, page)
	return e, err
}

// mayBePaid reports whether the job was told as a failure, and it is being checked whether it was one, or a person
// found lately that it was none.
func (t turn) mayBePaid(j storage.Job) bool {
	if !j.Corrected() {
		return flows.MayHaveArrived(j)
	}
	oldest := t.Now().Add(-correctedTerm)
	return slices.ContainsFunc(j.Incidents, func(i storage.Incident) bool { return i.Upheld && i.Settled.After(oldest) })
}

// recent finds the twin among the jobs made within the window. page is the first one.
func (t turn) recent(o draft, page []storage.Job) (unpaid storage.Job, err error) {
	oldest := t.Now().Add(-t.Window)
	for {
		for _, j := range page {
			switch {
			case j.Created.Before(oldest):
				return unpaid, nil
			case j.Amount != o.Amount:
			case settledFor(j):
				return j, nil
			case unpaid.ID == 0:
				unpaid = j
			}
		}
		if len(page) < twinPage {
			return unpaid, nil
		}
		if page, err = t.page(o, page[len(page)-1].ID); err != nil {
			return storage.Job{}, err
		}
	}
}

func (t turn) page(o draft, before storage.JobID) ([]storage.Job, error) {
	jobs, err := t.Jobs.JobsOfAccount(t.ctx, o.Account, before, twinPage)
	if err != nil {
		return nil, fmt.Errorf("read the number's jobs: %w", err)
	}
	return jobs, nil
}

// twinWords tells about the earlier order. Whose it was is for admins only.
func (t turn) twinWords(j storage.Job) (text.Rich, error) {
	own := j.Agent == t.Person.ID
	head, ask := text.RechargeTwin, text.RechargeTwinAsk
	if own {
		head = text.RechargeTwinOwn
	}
	switch {
	case j.Corrected():
		ask = text.RechargeTwinArrived
	case flows.MayHaveArrived(j):
		ask = text.RechargeTwinDoubted
	case j.State == storage.Failed, j.State == storage.Cancelled:
		ask = text.RechargeTwinUnpaid
	case !j.State.Terminal():
		ask = text.RechargeTwinUnfinished
	}
	words := []text.Rich{t.Say.Say(head, text.Values{
		"Code": j.ID.Code(), "State": flows.StateWord(t.Say, j.State), "Time": t.Say.Time(j.Created, t.Zone),
	})}
	if serial := flows.ShownSerial(t.Say, j); serial != "" && j.State == storage.Delivered {
		words = append(words, t.Say.Say(text.JobSerial, text.Values{"Serial": serial}))
	}
	if t.Person.Role.Admin() && !own {
		agent, err := t.Jobs.Person(t.ctx, j.Agent)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, fmt.Errorf("read the earlier order's agent: %w", err)
		}
		words = append(words, t.Say.Say(text.RechargeTwinAgent, text.Values{"Name": agent.Name, "ID": int64(j.Agent)}))
	}
	return text.Join("\n", append(words, t.Say.Say(ask, text.Values{"Amount": j.Amount}))...), nil
}
