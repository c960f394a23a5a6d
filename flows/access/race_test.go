package access_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/access"
	"rechargebot/flows/recharge"
	"rechargebot/flows/text"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

// admins is how many decide, or claim, at the same time.
const admins = 12

// office is an engine over a real store, and what it owes.
type office struct {
	*testing.T
	store  storage.Store
	engine *flows.Engine
	update int64
}

func newOffice(t *testing.T, claim *access.Claim) *office {
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := &office{T: t, store: bolttest.Open(t)}
	c := config(t, o.store)
	c.Claim = claim
	o.engine, err = flows.NewEngine(flows.Config{Store: o.store, Catalogue: catalogue},
		access.New(c), recharge.New(recharge.Config{Jobs: o.store, Limits: c.Limits, Zone: c.Zone, Now: time.Now}))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// input is an input of who that arrived in the inbox.
func (o *office) input(who storage.PersonID, in flows.Input) (storage.InboxID, flows.Input) {
	o.Helper()
	o.update++
	in.Chat, in.ChatKind, in.From.ID = storage.ChatID(who), flows.PrivateChat, who
	accepted, err := o.store.Accept(o.Context(), storage.Update{UpdateID: o.update, Raw: []byte("x"), Arrived: time.Now()})
	if err != nil {
		o.Fatal(err)
	}
	return accepted[0].ID, in
}

// together handles all inputs at the same time.
func (o *office) together(who []storage.PersonID, ins []flows.Input) {
	o.Helper()
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range who {
		id, in := o.input(who[i], ins[i])
		wg.Go(func() {
			<-start
			if _, err := o.engine.Handle(o.Context(), id, in); err != nil {
				o.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
}

// buttons are the tokens with that label in what is owed, by whom they are for.
func (o *office) buttons(label string) map[storage.PersonID]string {
	o.Helper()
	notices, err := o.store.Pending(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	out := map[storage.PersonID]string{}
	for _, n := range notices {
		var m flows.Message
		if err := json.Unmarshal(n.Body, &m); err != nil {
			o.Fatal(err)
		}
		for _, row := range m.Rows {
			for _, b := range row {
				if b.Label == label {
					out[n.Person] = b.Token
				}
			}
		}
	}
	return out
}

// told counts the messages owed to a person.
func (o *office) told(who storage.PersonID) int {
	o.Helper()
	notices, err := o.store.Pending(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	n := 0
	for _, notice := range notices {
		if notice.Person == who && notice.Kind == storage.NoticeMessage {
			n++
		}
	}
	return n
}

func TestOfManyAdminsAtOnceOneDecides(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	var who []storage.PersonID
	for i := range storage.PersonID(admins) {
		who = append(who, 1001+i)
	}
	if err := o.store.EnsureOwners(t.Context(), time.Now(), who...); err != nil {
		t.Fatal(err)
	}
	const stranger = 9001
	o.together([]storage.PersonID{stranger}, []flows.Input{{Command: "start"}})
	o.together([]storage.PersonID{stranger}, []flows.Input{{Press: o.buttons("Request access")[stranger], Message: 5}})
	approve, reject := o.buttons("Approve"), o.buttons("Reject")
	before := o.told(stranger)
	var ins []flows.Input
	for i, id := range who {
		token := approve[id]
		if i%2 == 0 {
			token = reject[id]
		}
		ins = append(ins, flows.Input{Press: token, Message: int64(100 + i)})
	}
	o.together(who, ins)

	p, err := o.store.Person(t.Context(), stranger)
	if err != nil {
		t.Fatal(err)
	}
	byRejecter := (p.DecidedBy-1001)%2 == 0
	if p.DecidedBy == 0 || byRejecter != (p.Request == storage.RequestRejected) || byRejecter != (p.Role == storage.RoleNone) {
		t.Errorf("the decision is nobody's: %+v", p)
	}
	if n := o.told(stranger) - before; n != 1 {
		t.Errorf("the person was told %d times", n)
	}
	if err := o.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOfManyClaimsAtOnceOneWins(t *testing.T) {
	t.Parallel()
	claim, err := access.NewClaim(randomness{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, claim)
	var who []storage.PersonID
	var ins []flows.Input
	for i := range storage.PersonID(admins) {
		who = append(who, 1001+i)
		ins = append(ins, flows.Input{Command: "claim", Args: claim.Code()})
	}
	o.together(who, ins)
	owners, err := o.store.PeopleWhere(t.Context(), func(p storage.Person) bool { return p.Role == storage.RoleOwner })
	if err != nil || len(owners) != 1 {
		t.Errorf("owners %+v, %v", owners, err)
	}
	for _, id := range who {
		if _, err := o.store.Person(t.Context(), id); (err == nil) != (owners[0].ID == id) || err != nil && !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("person %d: %v", id, err)
		}
	}
}

// randomness is not random at all.
type randomness struct{}

func (randomness) Read(b []byte) (int, error) { return copy(b, fmt.Sprintf("%*s", len(b), "x")), nil }
