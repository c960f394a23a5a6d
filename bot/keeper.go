package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"rechargebot/providers"
)

const hookLook = time.Minute // how often Telegram is asked about the webhook

// listen answers whoever calls the webhook from now on: as long as nothing is taken, not yet or not any more, that he
// shall come again. It returns what closes the port, when ctx is over not before all else has ended.
func (b *Bot) listen(ctx context.Context) (shut func()) {
	if b.door == nil {
		return func() {}
	}
	server := &http.Server{
		Handler: b.door, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: hookRead + 5*time.Second, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(b.log.Handler(), slog.LevelWarn),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := server.Serve(b.config.Webhook.Listener); !errors.Is(err, http.ErrServerClosed) {
			b.halt(fmt.Errorf("serve the webhook: %w", err))
		}
	}()
	return func() {
		if hold := b.config.Webhook.Hold; hold != nil && ctx.Err() != nil {
			hold()
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close() // hangs up on whoever is still sending
		}
		<-served
	}
}

// serve takes what the webhook brings until stop ends. It returns nil then, and otherwise why it cannot go on.
func (b *Bot) serve(stop context.Context) error {
	d := b.door
	group, ctx := errgroup.WithContext(stop)
	group.Go(func() error { return b.collect(d) })
	group.Go(func() error {
		<-ctx.Done()
		d.close()
		return nil
	})
	group.Go(func() error {
		var p poller
		if err := b.ready(ctx, &p); err != nil {
			return err
		}
		d.turn(open)
		err := b.keep(ctx, d, &p)
		if err == nil {
			err = context.Canceled // so that the others end too
		}
		return err
	})
	if err := group.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// keep sets the webhook and looks after it.
func (b *Bot) keep(stop context.Context, d *door, p *poller) error {
	k := keeper{door: d}
	for stop.Err() == nil {
		err := k.look(stop, b)
		switch {
		case errors.Is(err, errTaken):
			return err
		case err != nil:
			if err := b.cope(stop, p, err); err != nil {
				return err
			}
		default:
			p.failures = 0
			sleep(stop, hookLook)
		}
	}
	return nil
}

// keeper is what is known of the webhook between two looks.
type keeper struct {
	*door
	set     bool
	taken   time.Time // when it was found to be another's, or nobody's
	pending int
	failed  int // when a delivery failed last, in seconds since 1970
}

// errTaken ends Run: two who take the webhook from each other both hear half.
var errTaken = errors.New("another instance takes the webhook with the same bot token, again and again, " +
	"or removes it to poll; only one may: stop the other one, or give each a token of its own")

// look sets the webhook if it is not set, and makes sure that Telegram calls us and nobody else.
func (k *keeper) look(stop context.Context, b *Bot) error {
	if !k.set {
		_, err := attend(stop, b, "setWebhook", sendTimeout, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, b.api.setWebhook(ctx, k.address, k.secret)
		})
		if err != nil {
			return err
		}
		k.set = true
		b.log.Info("the webhook is set", "url", b.config.Webhook.URL)
	}
	info, err := attend(stop, b, "getWebhookInfo", sendTimeout, b.api.webhook)
	if err != nil {
		return err
	}
	now := time.Now()
	if !strings.HasSuffix(info.url, k.path) { // however a server spells the rest: nobody else knows that path
		again := !k.taken.IsZero() && now.Sub(k.taken) <= hookAgain
		k.taken, k.set = now, false
		if again {
			return errTaken
		}
		b.log.Error("somebody has taken the webhook or removed it; it is set again, once", "whose", cmp.Or(host(info.url), "nobody's"))
		return k.look(stop, b)
	}
	if err := k.undelivered(info); err != nil {
		b.log.Warn("telegram cannot deliver", "cause", err)
		b.health.trouble(now, err)
		return nil
	}
	b.health.success(now)
	return nil
}

// undelivered tells what Telegram complains of when that is new and what waits there does not become less.
func (k *keeper) undelivered(info hookInfo) error {
	fresh, stuck := info.failed > k.failed, info.pending > 0 && info.pending >= k.pending
	k.failed, k.pending = info.failed, info.pending
	if !fresh || !stuck {
		return nil
	}
	return fmt.Errorf("telegram cannot deliver to the webhook: %s; %d updates wait there", info.failure, info.pending)
}

// host is an address without its path and what may stand before the host, which are as good as a secret, also another's.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// HookState is what Telegram knows of a bot's webhook.
type HookState struct {
	Host    string // scheme and host of its address; "" = there is none
	Waiting int    // updates that wait for their delivery, or for a poll
	Trouble string // why a delivery failed a short while ago; "" = none has
}

// CheckWebhook asks Telegram about the webhook and changes nothing.
func CheckWebhook(ctx context.Context, token providers.Secret, apiURL string) (HookState, error) {
	a, err := newAPI(token, apiURL, nil, nil)
	if err != nil {
		return HookState{}, fmt.Errorf("check the webhook: %w", err)
	}
	defer a.client.http.CloseIdleConnections()
	info, err := a.webhook(ctx)
	if err != nil {
		return HookState{}, fmt.Errorf("check the webhook: %w", err)
	}
	state := HookState{Host: host(info.url), Waiting: info.pending}
	if time.Since(time.Unix(int64(info.failed), 0)) < 10*time.Minute {
		state.Trouble = info.failure
	}
	return state, nil
}
