package bolt

import (
	"errors"
	"fmt"

	"rechargebot/providers"
	"rechargebot/storage"
)

// orderable refuses orders that are wrong whatever the store holds.
func orderable(turn storage.Turn) error {
	o := turn.Order
	switch {
	case !indexable(turn.Now):
		return fmt.Errorf("an order at a time out of range: %w", storage.ErrIllegal)
	case turn.Actor == 0 || o.Chat == 0:
		return fmt.Errorf("an order without an agent or a chat: %w", storage.ErrIllegal)
	case o.Day == "" || len(o.Day) > maxDay:
		return fmt.Errorf("an order on day %q: %w", o.Day, storage.ErrIllegal)
	case o.Account == "" || len(o.Account) > maxAccount:
		return fmt.Errorf("an order without a number: %w", storage.ErrIllegal)
	case o.Operator == "" || o.Type == "":
		return fmt.Errorf("an order without operator or number type: %w", storage.ErrIllegal)
	case !o.Amount.Currency.Known() || o.Amount.Minor <= 0:
		return fmt.Errorf("an order of %s: %w", o.Amount, storage.ErrIllegal)
	}
	return nil
}

// Bounds of key parts, far above a date and a telephone number.
const (
	maxDay     = 64
	maxAccount = 64
)

// checkOrder checks that the actor may order this now.
func (t *tx) checkOrder(turn storage.Turn) error {
	o := turn.Order
	var p storage.Person
	found, err := t.get(bucketPeople, personKey(turn.Actor), &p)
	if err != nil {
		return err
	}
	if !found || !p.MayOrder() {
		return fmt.Errorf("person %d may not order: %w", turn.Actor, storage.ErrMayNot)
	}
	newest, err := t.newestJob(o.Account)
	if err != nil {
		return err
	}
	if newest > o.Newest {
		return fmt.Errorf("%s was ordered for the same number since: %w", newest, storage.ErrConflict)
	}
	c := o.Amount.Currency
	perOrder, ok := limit(p.PerOrder, o.Limits.PerOrder, c)
	if !ok || perOrder.Less(o.Amount) {
		return storage.ErrPerOrder
	}
	perDay, ok := limit(p.PerDay, o.Limits.PerDay, c)
	if !ok {
		return storage.ErrPerDay
	}
	spent, err := t.spent(turn.Actor, c, o.Day)
	if err != nil {
		return err
	}
	if left := perDay.Sub(providers.Money{Minor: spent, Currency: c}); left.Less(o.Amount) {
		return storage.ErrPerDay
	}
	return nil
}

// limit is the person's own limit in the currency, or else the common one. Where neither is in the
// currency, nothing may be ordered.
func limit(own []providers.Money, common providers.Money, c providers.Currency) (providers.Money, bool) {
	for _, m := range own {
		if m.Currency == c {
			return m, true
		}
	}
	return common, common.Currency == c
}

// createJob stores the turn's order as a queued job, and owes its card.
func (t *tx) createJob(turn storage.Turn) (*storage.Job, error) {
	o := turn.Order
	id, err := t.next(bucketLive)
	if err != nil {
		return nil, err
	}
	for _, bucket := range []string{bucketLive, bucketArchive} {
		if t.bucket(bucket).Get(jobKey(storage.JobID(id))) != nil {
			return nil, &damage{bucket, jobKey(storage.JobID(id)), errors.New("a new job has the number of another one")}
		}
	}
	j := storage.Job{
		ID: storage.JobID(id), Agent: turn.Actor, Chat: o.Chat, Card: o.Card,
		Order: o.Order, Provider: o.Provider, Withdraw: o.Withdraw,
		State: storage.Queued, Version: 1, Created: turn.Now, Changed: turn.Now, Due: turn.Now, Day: o.Day,
		History: []storage.Line{{At: turn.Now, To: storage.Queued, By: "agent"}},
	}
	if err := t.store(nil, j); err != nil {
		return nil, err
	}
	if err := t.write(bucketAgent, append(agentPrefix(j.Agent), jobKey(j.ID)...), nil); err != nil {
		return nil, err
	}
	if err := t.write(bucketAccount, append(accountPrefix(j.Account), jobKey(j.ID)...), nil); err != nil {
		return nil, err
	}
	if err := t.spend(j, j.Amount.Minor); err != nil {
		return nil, err
	}
	card := storage.Notice{Chat: j.Chat, Person: j.Agent, Kind: storage.NoticeCard, Job: j.ID, State: j.State, Created: turn.Now}
	return &j, t.owe(card)
}
