package recharge_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/access"
	"rechargebot/flows/flowtest"
	"rechargebot/flows/offers"
	"rechargebot/flows/recharge"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

func rupees(whole int64) providers.Money {
	return providers.Money{Minor: whole * 100, Currency: providers.INR}
}

func indian(name string, high int64, circles []providers.CircleID, services ...providers.Service) recharge.Upstream {
	u := recharge.Upstream{Name: name, Services: services, Circles: circles, Rules: map[providers.Service]providers.AmountRule{}}
	for _, s := range services {
		u.Rules[s] = providers.AmountRule{Min: rupees(10), Max: rupees(high), Step: rupees(1)}
	}
	return u
}

func prepaid(ids ...providers.OperatorID) []providers.Service {
	var out []providers.Service
	for _, id := range ids {
		out = append(out, providers.Service{Operator: id, Type: providers.Prepaid})
	}
	return out
}

// circledUpstream needs a circle and has codes for four.
func circledUpstream() recharge.Upstream {
	return indian("rechargkit", 5000, []providers.CircleID{"in-dl", "in-ka", "in-mh", "in-mu"}, prepaid(providers.INAirtel, providers.INJio, providers.INVi)...)
}

// plainUpstream needs no circle; it does not serve Vi, and Airtel Postpaid only it serves.
func plainUpstream() recharge.Upstream {
	return indian("bos", 2000, nil, append(prepaid(providers.INAirtel, providers.INJio, providers.INBSNL),
		providers.Service{Operator: providers.INAirtel, Type: providers.Postpaid})...)
}

// vendorPacks is what a provider lists, in its own words. It takes three seconds to say so.
func vendorPacks(_ context.Context, q providers.OfferQuery) ([]providers.Offer, error) {
	time.Sleep(3 * time.Second)
	operator, _ := providers.FindOperator(q.Operator)
	var out []providers.Offer
	add := func(kind providers.OfferKind, n providers.NumberType, price int64, validity, details string) {
		out = append(out, providers.Offer{
			Operator: q.Operator, Type: n, Kind: kind, Validity: validity, Details: details,
			Price: providers.Money{Minor: price * 100, Currency: operator.Currency},
		})
	}
	switch q.Operator {
	case providers.BDRobi:
		add(providers.OfferData, providers.Prepaid, 98, "7 Days", "3 GB")
		add(providers.OfferData, providers.Prepaid, 48, "3 Days", "1 GB")
		add(providers.OfferData, providers.Prepaid, 148, "7 Days", "8 GB")
		add(providers.OfferData, providers.Prepaid, 5, "1 Day", "20 MB, below the smallest amount")
		add(providers.OfferData, providers.Prepaid, 1499, "30 Days", "100 GB, above the limit")
		add(providers.OfferVoice, providers.Prepaid, 43, "3 Days", "65 minutes, any operator")
		add(providers.OfferVoice, providers.Prepaid, 97, "7 Days", "150 minutes, any operator")
		add(providers.OfferVoice, providers.Prepaid, 97, "7 Days", "150 minutes, any operator")
		add(providers.OfferBundle, providers.Prepaid, 98, "15 Days", "1 GB and 60 minutes")
		add(providers.OfferBundle, providers.Prepaid, 398, "30 Days", "20 GB, 400 minutes and 100 SMS")
		add("combo", providers.Prepaid, 28, "", "Call rate 1.2 paisa a second \u202e<b>*now*</b>\n`tap here`")
		add(providers.OfferData, providers.Postpaid, 199, "30 Days", "not for prepaid numbers")
	case providers.INJio, providers.INVi:
		add(providers.OfferBundle, providers.Prepaid, 199, "18 days", "1.5 GB a day, unlimited calls, 100 SMS a day")
		add(providers.OfferData, providers.Prepaid, 19, "1 day", "1 GB")
		if q.Circle == "in-mu" {
			add(providers.OfferBundle, providers.Prepaid, 209, "22 days", "Mumbai only: 1 GB a day, unlimited calls")
		}
	}
	return out, nil
}

func lists(u recharge.Upstream, operators ...providers.OperatorID) offers.Source {
	return offers.Source{Name: u.Name, Operators: operators, Circles: u.Circles, Fetch: vendorPacks}
}

// house is a stage with the upstreams, and with the packs that some of them list.
func house(upstreams []recharge.Upstream, sources ...offers.Source) flowtest.Stage {
	zone := time.FixedZone("Dhaka", 6*60*60)
	limits := map[providers.Currency]storage.Limits{
		providers.BDT: {PerOrder: taka(1000), PerDay: taka(2000)}, providers.INR: {PerOrder: rupees(3000), PerDay: rupees(9000)},
	}
	s := stage()
	s.Flows = func(t testing.TB, store storage.Store) []flows.Flow {
		catalogue, err := text.Load()
		if err != nil {
			t.Fatal(err)
		}
		c := recharge.Config{Upstreams: upstreams, Jobs: store, Window: 10 * time.Minute, Limits: limits, Zone: zone, Now: time.Now}
		if len(sources) > 0 {
			c.Offers = openBook(t, sources)
		}
		return []flows.Flow{
			access.New(access.Config{
				Store: store, Start: recharge.StartButton, Speak: catalogue.In, Language: "en", Limits: limits, Zone: zone, Now: time.Now,
			}),
			recharge.New(c),
		}
	}
	return s
}

// openBook runs a book until the test ends.
func openBook(t testing.TB, sources []offers.Source) *offers.Book {
	book := offers.New(offers.Config{Sources: sources})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- book.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return book
}

func TestChatsInIndia(t *testing.T) {
	t.Parallel()
	house([]recharge.Upstream{circledUpstream(), plainUpstream()}).Run(t, "testdata/india/*.chat.txtar")
}

func TestChatsInIndiaWhereTheFirstProviderNeedsNoCircle(t *testing.T) {
	t.Parallel()
	house([]recharge.Upstream{plainUpstream(), circledUpstream()}).Run(t, "testdata/plain/*.chat.txtar")
}

func TestChatsInBothCountries(t *testing.T) {
	t.Parallel()
	house([]recharge.Upstream{mainUpstream(), circledUpstream(), plainUpstream()}).Run(t, "testdata/both/*.chat.txtar")
}

func TestChatsWithPacks(t *testing.T) {
	t.Parallel()
	house([]recharge.Upstream{mainUpstream(), circledUpstream()},
		lists(mainUpstream(), providers.BDRobi, providers.BDAirtel), lists(circledUpstream(), providers.INJio, providers.INVi),
	).Run(t, "testdata/packs/*.chat.txtar")
}

// An Indian house shows nobody a number of Bangladesh as an example, whatever is typed wrong.
func TestExamplesFollowTheMarket(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, other string
	}{{"testdata/india/*.chat.txtar", "like 017"}, {"testdata/*.chat.txtar", "like 98"}} {
		paths, err := filepath.Glob(c.pattern)
		if err != nil || len(paths) < 5 {
			t.Fatal(err, paths)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(data), c.other) {
				t.Errorf("%s: somebody is shown a number of another country", path)
			}
		}
	}
	if number, line := recharge.Example([]recharge.Upstream{plainUpstream()}); number != "9812345670" || line != "9812345670 199" {
		t.Errorf("%q, %q", number, line)
	}
	if number, line := recharge.Example([]recharge.Upstream{plainUpstream(), mainUpstream()}); number != "01712345678" || line != "01712345678 50" {
		t.Errorf("%q, %q", number, line)
	}
}
