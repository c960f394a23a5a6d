package offers_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows/offers"
	"rechargebot/providers"
)

// vendor is a provider that lists packs, with a memory of what it was asked.
type vendor struct {
	mu    sync.Mutex
	price int64 // of its one pack, in minor units
	takes time.Duration
	err   error
	panic bool
	calls []call
}

type call struct {
	At    time.Time
	Query providers.OfferQuery
}

func (v *vendor) set(change func(v *vendor)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(v)
}

func (v *vendor) asked() []call {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]call(nil), v.calls...)
}

func (v *vendor) fetch(ctx context.Context, q providers.OfferQuery) ([]providers.Offer, error) {
	v.mu.Lock()
	v.calls = append(v.calls, call{time.Now(), q})
	price, takes, err, panics := v.price, v.takes, v.err, v.panic
	v.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(takes):
	}
	if panics {
		panic("no such plan")
	}
	if err != nil {
		return nil, err
	}
	return []providers.Offer{pack(q.Operator, price)}, nil
}

func pack(operator providers.OperatorID, price int64) providers.Offer {
	o, _ := providers.FindOperator(operator)
	return providers.Offer{Operator: operator, Type: providers.Prepaid, Kind: providers.OfferData, Price: providers.Money{Minor: price, Currency: o.Currency}}
}

func source(name string, v *vendor, circles []providers.CircleID, operators ...providers.OperatorID) offers.Source {
	return offers.Source{Name: name, Operators: operators, Circles: circles, Fetch: v.fetch}
}

// open runs a book until the test ends.
func open(t *testing.T, sources ...offers.Source) *offers.Book {
	t.Helper()
	return openWith(t, offers.Config{Sources: sources})
}

func openWith(t *testing.T, c offers.Config) *offers.Book {
	t.Helper()
	b := offers.New(c)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return b
}

// after lets time pass, and everything that happens in it.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// price is the price of the only known pack, 0 when nothing is known.
func price(t *testing.T, b *offers.Book, q providers.OfferQuery) int64 {
	t.Helper()
	list, ok := b.Known(q)
	if !ok {
		return 0
	}
	if len(list) != 1 {
		t.Fatalf("%v: %v", q, list)
	}
	return list[0].Price.Minor
}

var (
	robi  = providers.OfferQuery{Operator: providers.BDRobi}
	gp    = providers.OfferQuery{Operator: providers.BDGrameenphone}
	delhi = providers.OfferQuery{Operator: providers.INJio, Circle: "in-dl"}
)

func TestListsWithoutACircleAreHereSoonAfterTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{price: 3300}
		b := open(t, source("ecare", v, nil, providers.BDRobi, providers.BDGrameenphone))
		if price(t, b, robi) != 0 {
			t.Error("a list is known before anybody was asked")
		}
		after(5 * time.Second)
		if price(t, b, robi) != 3300 || price(t, b, gp) != 3300 || len(v.asked()) != 2 {
			t.Errorf("after the start: %v", v.asked())
		}
		if got := price(t, b, providers.OfferQuery{Operator: providers.BDRobi, Circle: "in-dl"}); got != 3300 {
			t.Error("a circle matters where none is needed")
		}
	})
}

func TestAListIsFetchedAgainWhenItIsStaleAndShownMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{price: 3300}
		b := open(t, source("ecare", v, nil, providers.BDRobi))
		after(29 * time.Minute)
		if len(v.asked()) != 1 {
			t.Fatalf("a fresh list was fetched again: %v", v.asked())
		}
		v.set(func(v *vendor) { v.price, v.takes = 4400, 20*time.Second })
		after(time.Minute + 10*time.Second)
		if price(t, b, robi) != 3300 {
			t.Error("the old list is gone while the new one is on its way")
		}
		after(20 * time.Second)
		if price(t, b, robi) != 4400 || len(v.asked()) != 2 {
			t.Errorf("%d after %v", price(t, b, robi), v.asked())
		}
	})
}

func TestAListOlderThanKeepIsNotShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{price: 3300}
		b := open(t, source("ecare", v, nil, providers.BDRobi))
		after(time.Second)
		v.set(func(v *vendor) { v.err = errors.New("down") })
		after(24*time.Hour - time.Minute)
		if price(t, b, robi) != 3300 {
			t.Error("a list of today is not shown")
		}
		after(2 * time.Minute)
		if price(t, b, robi) != 0 || !b.Lists(robi) {
			t.Error("a list of yesterday is shown, or the button is gone")
		}
	})
}

func TestAListOfACircleIsFetchedWhenAskedForAndForgottenAfterwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{price: 19900}
		b := open(t, source("rechargkit", v, []providers.CircleID{"in-dl", "in-mu"}, providers.INJio))
		after(time.Hour)
		if len(v.asked()) != 0 || !b.Lists(delhi) {
			t.Fatalf("asked for nothing: %v", v.asked())
		}
		if price(t, b, delhi) != 0 {
			t.Error("known at once")
		}
		after(time.Second)
		if price(t, b, delhi) != 19900 {
			t.Error("not here a moment later")
		}
		after(12 * time.Hour)
		if n := len(v.asked()); n < 23 || n > 25 {
			t.Errorf("asked %d times in 12 hours", n)
		}
		after(36 * time.Hour)
		n := len(v.asked())
		after(24 * time.Hour)
		if len(v.asked()) != n || price(t, b, delhi) != 0 {
			t.Error("it is still looked after, a day after anybody asked for it")
		}
	})
}

func TestTheFirstSourceWhoseListIsHereAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow, quick := &vendor{price: 100, takes: 20 * time.Second}, &vendor{price: 200}
		b := open(t, source("slow", slow, []providers.CircleID{"in-dl"}, providers.INJio), source("quick", quick, nil, providers.INJio))
		after(time.Second)
		if price(t, b, delhi) != 200 {
			t.Error("the list that is here is not shown")
		}
		after(21 * time.Second)
		if price(t, b, delhi) != 100 {
			t.Error("the first source's list is here, and is not shown")
		}
		if price(t, b, providers.OfferQuery{Operator: providers.INJio, Circle: "in-mu"}) != 200 {
			t.Error("a circle that the first source has not")
		}
	})
}

func TestADeadSourceIsNotHammeredAndComesBack(t *testing.T) {
	t.Parallel()
	for name, break_ := range map[string]func(*vendor){
		"error":   func(v *vendor) { v.err = errors.New("down") },
		"silence": func(v *vendor) { v.takes = time.Hour },
		"panic":   func(v *vendor) { v.panic = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := &vendor{price: 3300}
				break_(v)
				b := open(t, source("dead", v, nil, providers.BDRobi, providers.BDGrameenphone, providers.BDAirtel))
				for range 360 { // people go on asking
					price(t, b, robi)
					price(t, b, gp)
					after(10 * time.Second)
				}
				if n := len(v.asked()); n < 5 || n > 20 {
					t.Errorf("asked %d times in an hour", n)
				}
				v.set(func(v *vendor) { v.err, v.takes, v.panic = nil, 0, false })
				after(6 * time.Minute)
				if price(t, b, robi) != 3300 || price(t, b, gp) != 3300 {
					t.Error("it is well again, and nobody knows")
				}
			})
		})
	}
}

func TestASlowSourceDelaysNobodyAndRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{price: 19900, takes: 50 * time.Second}
		var circles []providers.CircleID
		for _, c := range providers.Circles() {
			circles = append(circles, c.ID)
		}
		b := open(t, source("slow", v, circles, providers.INJio, providers.INAirtel))
		begun := time.Now()
		for _, c := range circles {
			b.Known(providers.OfferQuery{Operator: providers.INJio, Circle: c})
			b.Known(providers.OfferQuery{Operator: providers.INAirtel, Circle: c})
		}
		if time.Since(begun) != 0 {
			t.Error("Known waited")
		}
		after(time.Hour)
		if n := len(v.asked()); n > 37 { // 100 s each
			t.Errorf("asked %d times in an hour: it never rests", n)
		}
	})
}

func TestAListThatThereIsNotIsNoFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{err: fmt.Errorf("offers: %w", providers.ErrUnsupported)}
		b := open(t, source("ecare", v, nil, providers.BDRobi))
		if !b.Lists(robi) {
			t.Error("nobody has said yet that there is none")
		}
		after(12 * time.Hour)
		if len(v.asked()) != 1 || b.Lists(robi) || price(t, b, robi) != 0 {
			t.Errorf("asked %d times, lists %v", len(v.asked()), b.Lists(robi))
		}
		v.set(func(v *vendor) { v.err, v.price = nil, 3300 })
		after(13 * time.Hour)
		if !b.Lists(robi) || price(t, b, robi) != 3300 {
			t.Error("a list that there is by now is not found")
		}
	})
}

func TestWhatNobodyListsMakesNothingGrow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{price: 3300}
		b := open(t, source("one", v, []providers.CircleID{"in-dl"}, providers.INJio))
		for i := range 1000 {
			for _, q := range []providers.OfferQuery{
				{Operator: providers.OperatorID(fmt.Sprint("in-", i))}, {Operator: providers.INJio, Circle: providers.CircleID(fmt.Sprint(i))},
				{Operator: providers.INJio}, {},
			} {
				if _, ok := b.Known(q); ok || b.Lists(q) {
					t.Fatalf("%v is listed", q)
				}
			}
		}
		after(time.Hour)
		if len(v.asked()) != 0 {
			t.Errorf("asked for %v", v.asked())
		}
	})
}

func TestOnlyPacksThatCanBeBoughtAreKeptAndNoMoreThanFit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wrong := pack(providers.BDRobi, 100)
		wrong.Price.Currency = providers.INR
		fetched := []providers.Offer{pack(providers.BDGrameenphone, 100), wrong, pack(providers.BDRobi, 0), pack(providers.BDRobi, -1)}
		for i := range int64(1000) {
			fetched = append(fetched, pack(providers.BDRobi, 100+i))
		}
		b := open(t, offers.Source{Name: "odd", Operators: []providers.OperatorID{providers.BDRobi}, Fetch: func(context.Context, providers.OfferQuery) ([]providers.Offer, error) {
			return fetched, nil
		}})
		after(time.Second)
		list, _ := b.Known(robi)
		if diff := cmp.Diff(fetched[4:4+offers.MaxOffers], list); diff != "" {
			t.Error(diff)
		}
		list[0].Price.Minor = 7 // whoever gets a list may do with it what he likes
		if again, _ := b.Known(robi); again[0].Price.Minor != 100 {
			t.Error("the kept list was changed from outside")
		}
	})
}

func TestAnEmptyListIsAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := open(t, offers.Source{Operators: []providers.OperatorID{providers.BDRobi}, Fetch: func(context.Context, providers.OfferQuery) ([]providers.Offer, error) {
			return nil, nil
		}})
		after(time.Second)
		if list, ok := b.Known(robi); !ok || len(list) != 0 {
			t.Errorf("%v, %v", list, ok)
		}
	})
}

func TestRunEndsInTheMiddleOfACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{takes: time.Hour}
		b := offers.New(offers.Config{Sources: []offers.Source{source("slow", v, nil, providers.BDRobi)}})
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		begun := time.Now()
		if err := b.Run(ctx); err != nil || time.Since(begun) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

func TestABookWithoutSourcesSleeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := openWith(t, offers.Config{})
		after(time.Hour)
		if _, ok := b.Known(robi); ok || b.Lists(robi) {
			t.Error("somebody lists packs")
		}
	})
}

func TestPeopleWhoWaitComeFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{price: 1000, takes: 10 * time.Second}
		b := open(t, source("all", v, nil, providers.BDRobi, providers.BDGrameenphone, providers.BDAirtel, providers.BDBanglalink, providers.BDTeletalk))
		after(time.Second) // the first of them is being fetched
		last := providers.OfferQuery{Operator: providers.BDTeletalk}
		b.Known(last)
		after(time.Minute)
		if calls := v.asked(); len(calls) < 2 || calls[1].Query != last {
			t.Errorf("asked in the order %v", calls)
		}
	})
}
