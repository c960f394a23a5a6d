package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"rechargebot/bot"
	"rechargebot/flows"
	"rechargebot/flows/access"
	"rechargebot/flows/alerts"
	providerdesk "rechargebot/flows/desk"
	"rechargebot/flows/dispatch"
	"rechargebot/flows/history"
	"rechargebot/flows/offers"
	"rechargebot/flows/recharge"
	"rechargebot/flows/review"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/providers/builtin"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

const storeFile = "rechargebot.db"

type runCmd struct {
	StopWithStdin bool `hidden:"" help:"Stop when standard input ends: for a parent that must not leave the bot behind."`
}

// Run runs the bot until it is asked to stop, or until the store fails.
func (r runCmd) Run(c *cli, sys *system) error {
	conf, err := loadConfig(c.Config, c.Over, builtin.Registrations())
	if err != nil {
		return err
	}
	ctx := sys.ctx
	if r.StopWithStdin {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go func() { // ends with the process at the latest: a read of standard input cannot be interrupted
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	return serve(ctx, conf, sys)
}

// serve opens the store and runs every part of the bot. It returns nil when ctx is over and everything
// has ended, and the first error of any part otherwise; the rest is stopped then.
func serve(ctx context.Context, conf config, sys *system) (err error) {
	store, err := openStore(conf.DataDir, bolt.Options{Logger: sys.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	claimed, err := onlyOne(context.WithoutCancel(ctx), store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, claimed.Close()) }()
	if err := tellAudit(context.WithoutCancel(ctx), store, sys.log); err != nil {
		return err
	}
	if err := quarantine(context.WithoutCancel(ctx), conf, store, sys.log); err != nil {
		return err
	}
	h, err := build(ctx, conf, store, sys)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) { // asked to stop while starting
		return nil
	}
	if err != nil {
		return err
	}
	return h.run(ctx, conf, store, sys, func(ctx context.Context) error { return serveCopies(ctx, conf.DataDir, store, sys.log) })
}

// run is serve with the store open and every part made; more are parts that live in a real process only. When it is
// asked to stop, everything ends but the ports, on which it says so meanwhile; they are closed last.
func (h *house) run(ctx context.Context, conf config, store *bolt.Store, sys *system, more ...func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	parts, working := errgroup.WithContext(ctx)
	for _, part := range append(more, h.dispatch.Run, h.alerts.Run, h.offers.Run,
		func(ctx context.Context) error { return sweep(ctx, store) },
		func(ctx context.Context) error { return failStop(ctx, store) },
	) {
		h.rest.Add(1)
		parts.Go(func() error {
			defer h.rest.Done()
			return part(working)
		})
	}
	parts.Go(func() error { return h.bot.Run(working) })
	open, shut := context.WithCancel(context.WithoutCancel(ctx))
	defer shut()
	if conf.HTTP.Listen != "" {
		group.Go(func() error { return serveHTTP(open, conf.HTTP.Listen, h.site(working, store), sys.log) })
	}
	group.Go(func() error {
		defer shut()
		return parts.Wait()
	})
	warnOf(conf.Providers, sys.log)
	sys.log.Info("running", "version", version(), "data_dir", conf.DataDir, "providers", len(h.gateways))
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	sys.log.Info("stopped")
	return nil
}

// house is every part of a running bot.
type house struct {
	gateways  []*providers.Gateway
	dispatch  *dispatch.Dispatcher
	bot       *bot.Bot
	alerts    *alerts.Watch
	offers    *offers.Book
	postbacks *postbacks
	meter     *meter
	rest      sync.WaitGroup // every part that runs, but the bot
}

// build makes every part and joins them: the engine's orders wake dispatch, the store's notices wake the bot.
func build(ctx context.Context, conf config, store *bolt.Store, sys *system) (*house, error) {
	catalogue, err := text.Load()
	if err != nil {
		return nil, err
	}
	counts := newMeter()
	store.OnCommit(counts.commit)
	gateways, retired, err := openProviders(conf, sys.rand, counts.provider)
	if err != nil {
		return nil, err
	}
	claim, err := owners(ctx, conf, store, sys)
	if err != nil {
		return nil, err
	}
	h := &house{gateways: gateways, meter: counts, offers: offers.New(offersConfig(gateways, sys.log))}
	h.alerts = alerts.New(alertsConfig(ctx, conf, store, gateways, catalogue, sys.log))
	pauses := providerdesk.NewPauses(store, h.alerts.Distrusted, time.Now)
	h.dispatch = dispatch.New(dispatchConfig(conf, store, gateways, retired, h.alerts, pauses, sys))
	h.postbacks = newPostbacks(conf, slices.Concat(gateways, retired), store.ByReference, h.dispatch.AskSoon, sys.log)
	number, line := recharge.Example(upstreams(gateways))
	lookBack := history.New(history.Config{Jobs: store, Zone: conf.Zone, Example: number})
	engine, err := flows.NewEngine(flows.Config{
		Store: store, Catalogue: catalogue, Language: conf.Language, Now: time.Now, Rand: sys.rand, OnOrder: h.dispatch.Wake,
		OnPeople: func(ids ...storage.PersonID) { h.bot.PeopleChanged(ids...) }, // nothing is handled before there is a bot
	},
		recharge.New(recharge.Config{
			Upstreams: upstreams(gateways), Jobs: store, Offers: h.offers, Window: time.Duration(conf.Dispatch.DuplicateWindow),
			Limits: conf.limits(), Zone: conf.Zone, Now: time.Now, Standing: standing(h.dispatch),
		}),
		access.New(access.Config{
			Store: store, Claim: claim, Start: recharge.StartButton, Speak: catalogue.In, Language: conf.Language,
			Limits: conf.limits(), Zone: conf.Zone, Example: line, Now: time.Now,
			Username: func() string { return h.bot.Username() },
		}),
		lookBack,
		review.New(review.Config{
			Store: store, Speak: catalogue.In, Language: conf.Language, Zone: conf.Zone, Now: time.Now, FourEyesAbove: conf.fourEyesAbove(),
			Askable: h.dispatch.Askable, Float: floats(h.alerts), OpsChat: storage.ChatID(conf.Telegram.OpsChat), OpsTopic: conf.Telegram.OpsTopic,
		}),
		providerdesk.New(providerdesk.Config{
			Pauses: pauses, Look: lookAtProviders(h), AtDesk: store.AtDesk, Speak: catalogue.In, Language: conf.Language, Zone: conf.Zone,
			Now: time.Now, OpsChat: storage.ChatID(conf.Telegram.OpsChat), OpsTopic: conf.Telegram.OpsTopic,
		}),
	)
	if err != nil {
		return nil, err
	}
	hook, err := webhook(ctx, conf, h.rest.Wait)
	if err != nil {
		return nil, err
	}
	h.bot, err = bot.New(bot.Config{
		Token: conf.Telegram.Token, APIURL: conf.Telegram.APIURL, Store: store, Handler: engine,
		Composer: flows.NewComposer(store, catalogue, conf.Language, lookBack), Catalogue: catalogue, Language: conf.Language, Logger: sys.log,
		Transport: sys.telegram, Spread: sys.spread, Webhook: hook, Untold: h.alerts.Instead, Groups: conf.groups(), Menus: engine,
		Observe: counts.telegram, Seen: counts.update,
	})
	return h, err
}

// openProviders makes a gateway for every provider, in order of priority; random makes references, nil =
// crypto/rand, and told, when set, hears of every call. A disabled one takes no new orders but is asked about old ones, as far as its settings allow.
func openProviders(conf config, random io.Reader, told func(provider, call, outcome string, took time.Duration)) (enabled, retired []*providers.Gateway, err error) {
	for _, p := range conf.Providers {
		adapter, err := p.Registration.New(p.Adapter)
		if err != nil && !p.Enabled {
			continue
		}
		if err != nil {
			return nil, nil, configError{file: "providers", key: p.Name, why: err.Error()}
		}
		g := providers.NewGateway(providers.GatewayConfig{
			Name: p.Name, Services: p.Services, Circles: slices.Sorted(maps.Keys(p.Adapter.CircleCodes)), Amounts: p.Amounts, RatePerSecond: p.Rate,
			SubmitTimeout: time.Duration(conf.Dispatch.SubmitTimeout), Secrets: append(p.Registration.Secrets(p.Adapter), p.Postback), Rand: random,
			Observe: observed(p.Name, told),
		}, p.Registration, adapter)
		if p.Enabled {
			enabled = append(enabled, g)
		} else {
			retired = append(retired, g)
		}
	}
	return enabled, retired, nil
}

// observed is what a gateway tells of its calls, with whose they are.
func observed(name string, told func(provider, call, outcome string, took time.Duration)) func(call, outcome string, took time.Duration) {
	if told == nil {
		return nil
	}
	return func(call, outcome string, took time.Duration) { told(name, call, outcome, took) }
}

func dispatchConfig(conf config, store *bolt.Store, gateways, retired []*providers.Gateway, watch *alerts.Watch, pauses *providerdesk.Pauses, sys *system) dispatch.Config {
	c := dispatch.Config{
		Store: store, SubmitTimeout: time.Duration(conf.Dispatch.SubmitTimeout), ReviewAfter: time.Duration(conf.Dispatch.ReviewAfter),
		QueueMaxAge: time.Duration(conf.Dispatch.QueueMaxAge), MaxProviders: conf.Dispatch.MaxProviders, Rand: sys.rand, Logger: sys.log,
		OpsNotices: watch.NeedsReview, OpsIncident: watch.Incident, OpsTrouble: watch.Trouble, RemindEvery: time.Duration(conf.Alerts.RemindEvery),
		OpsBreaker: watch.Breaker, Paused: pauses.Paused, Distrust: pauses.Distrust, Float: floats(watch),
		MayOrder: func(ctx context.Context, agent storage.PersonID) (bool, error) {
			p, err := store.Person(ctx, agent)
			return p.MayOrder(), err
		},
	}
	for _, d := range conf.Dispatch.EnquireAfter {
		c.EnquireAfter = append(c.EnquireAfter, time.Duration(d))
	}
	for _, g := range gateways {
		c.Upstreams = append(c.Upstreams, g)
	}
	for _, g := range retired {
		c.Retired = append(c.Retired, g)
	}
	return c
}

func alertsConfig(ctx context.Context, conf config, store *bolt.Store, gateways []*providers.Gateway, catalogue *text.Catalogue, log *slog.Logger) alerts.Config {
	c := alerts.Config{
		Store: store, Agents: store, OpsChat: storage.ChatID(conf.Telegram.OpsChat), OpsTopic: conf.Telegram.OpsTopic, Catalogue: catalogue,
		CheckEvery: time.Duration(conf.Alerts.CheckEvery), RemindEvery: time.Duration(conf.Alerts.RemindEvery), Language: conf.Language, Logger: log,
		Admins: func() (chats []storage.ChatID) {
			admins, err := store.PeopleWhere(context.WithoutCancel(ctx), storage.Person.MayAdmin)
			if err != nil {
				log.Error("the admins cannot be told of a job that waits for a person", "cause", err)
			}
			for _, p := range admins {
				chats = append(chats, p.Chat)
			}
			return chats
		},
	}
	for _, p := range conf.Providers {
		for _, g := range gateways {
			if g.Name() == p.Name && !p.Registration.Capabilities.NoBalance {
				c.Floats = append(c.Floats, alerts.Float{Name: p.Name, Balance: g.Balance, Low: p.AlertBelow, Critical: p.Critical})
			}
		}
	}
	return c
}

// offersConfig says who lists packs, in order of priority.
func offersConfig(gateways []*providers.Gateway, log *slog.Logger) offers.Config {
	c := offers.Config{Logger: log}
	for _, g := range gateways {
		if !g.HasOffers() {
			continue
		}
		s := offers.Source{Name: g.Name(), Circles: g.Circles(), Fetch: g.Offers}
		for _, service := range g.Services() {
			if !slices.Contains(s.Operators, service.Operator) {
				s.Operators = append(s.Operators, service.Operator)
			}
		}
		c.Sources = append(c.Sources, s)
	}
	return c
}

// upstreams is what the recharge flow may offer, in order of priority.
func upstreams(gateways []*providers.Gateway) []recharge.Upstream {
	var out []recharge.Upstream
	for _, g := range gateways {
		u := recharge.Upstream{Name: g.Name(), Services: g.Services(), Rules: map[providers.Service]providers.AmountRule{}, Circles: g.Circles()}
		for _, s := range u.Services {
			u.Rules[s] = g.AmountRule(s)
		}
		out = append(out, u)
	}
	return out
}

// sweep drops expired keyboards now and then, a bounded number at a time.
func sweep(ctx context.Context, store *bolt.Store) error {
	tick := time.NewTicker(10 * time.Minute)
	defer tick.Stop()
	for {
		for n := 1000; n == 1000; {
			var err error
			if n, err = store.Sweep(ctx, time.Now(), 1000); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// failStop ends the process's work when the store has failed: nothing may be sent after that.
func failStop(ctx context.Context, store *bolt.Store) error {
	select {
	case <-ctx.Done():
		return nil
	case <-store.Broken():
		return storage.ErrBroken
	}
}
