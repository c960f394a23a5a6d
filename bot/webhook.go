package bot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"rechargebot/providers"
)

// Webhook lets Telegram bring the updates, in the place of a poll.
type Webhook struct {
	// URL is the public address, without what Run adds to it: a path that nobody can guess, new at every
	// start. So a copy of the address from a proxy's log is soon worth nothing, and of two instances behind
	// one address each sees that the other has taken the webhook.
	URL string
	// Listener is where it arrives, as plain HTTP: TLS is for a proxy before it. Run closes it.
	Listener net.Listener
	// Secret is what Telegram has to show in each call: 1 to 256 of A-Z a-z 0-9 _ - (Bot API 10.1,
	// setWebhook). Empty = a new one at every start; nothing is lost by that, since every start sets the
	// webhook, and Telegram repeats what was refused in between.
	Secret providers.Secret
	// Hold is waited for at a stop before the port is closed: what else has to end, while Telegram is asked to come
	// again. nil = nothing. It must end once Run's context is over.
	Hold func()
}

const (
	maxHookBody   = 1 << 20          // of one update; Telegram's are a few kilobytes
	hookRead      = 10 * time.Second // for a whole call to arrive
	hookConns     = 40               // how many calls Telegram may make at once; also its default
	hookRetry     = 5                // seconds after which a call that cannot be taken is to be repeated
	hookLast      = 2 * time.Second  // for what is still arriving when the door is closed
	secretHeader  = "X-Telegram-Bot-Api-Secret-Token"
	secretLetters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
)

// door is the webhook's handler. It lets in what shows the secret, and says 200 only to what is durable.
type door struct {
	address string // for setWebhook: the public URL with the path of this life
	path    string // that path alone
	secret  string
	paths   [][sha256.Size]byte // as the proxy passes it on: with or without the public URL's own path
	digest  [sha256.Size]byte   // of the secret
	full    func() bool
	log     *slog.Logger

	calls chan *delivery
	shut  chan struct{}   // closed when nothing is taken any more
	stop  func()          // closes it, once
	last  context.Context // ends when what has not arrived is not waited for any more
	cut   func()          // ends it

	mu     sync.Mutex
	state  doorState
	inside sync.WaitGroup
}

type doorState int

const (
	notYetOpen doorState = iota
	open
	closed // for good
)

// delivery is one update that waits to become durable. done has one slot, so that nobody waits for a caller.
type delivery struct {
	raw  json.RawMessage
	done chan error
}

// newDoor draws the path and, when there is none, the secret.
func newDoor(w *Webhook, full func() bool, log *slog.Logger) (*door, error) {
	u, err := url.Parse(w.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the webhook's address must look like https://bot.example.org")
	}
	if w.Listener == nil {
		return nil, errors.New("the webhook's listener is missing")
	}
	secret := strings.TrimSpace(w.Secret.Reveal())
	if secret == "" {
		secret = rand.Text()
	}
	if len(secret) > 256 || !only(secret, secretLetters) {
		return nil, errors.New("the webhook's secret must be 1 to 256 of A-Z a-z 0-9 _ -")
	}
	path := "/" + rand.Text()
	base := strings.TrimRight(u.Path, "/")
	d := &door{
		address: strings.TrimRight(w.URL, "/") + path, path: path, secret: secret, digest: sha256.Sum256([]byte(secret)), full: full, log: log,
		paths: [][sha256.Size]byte{sha256.Sum256([]byte(path)), sha256.Sum256([]byte(base + path))},
		calls: make(chan *delivery), shut: make(chan struct{}),
	}
	d.stop = sync.OnceFunc(func() { close(d.shut) })
	d.last, d.cut = context.WithCancel(context.Background())
	return d, nil
}

// ServeHTTP judges by the head of a call alone whether its body is read at all.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !d.ours(r.URL.Path):
		d.refuse(w, http.StatusNotFound, "404 page not found")
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		d.refuse(w, http.StatusMethodNotAllowed, "send POST")
	case !d.knows(r.Header.Values(secretHeader)):
		d.log.Warn("a call to the webhook did not show its secret") // and is told no more than that
		d.refuse(w, http.StatusUnauthorized, "the secret is missing or wrong")
	case r.ContentLength > maxHookBody:
		d.refuse(w, http.StatusRequestEntityTooLarge, "the body is too long")
	case !d.enter():
		d.later(w, "the bot is starting or stopping")
	default:
		defer d.inside.Done()
		d.receive(w, r)
	}
}

// ours and knows compare digests, so that neither the time nor the length tells how near a guess was.
func (d *door) ours(path string) bool {
	digest, found := sha256.Sum256([]byte(path)), 0
	for _, p := range d.paths {
		found |= subtle.ConstantTimeCompare(digest[:], p[:])
	}
	return found == 1
}

func (d *door) knows(shown []string) bool {
	digest := sha256.Sum256([]byte(strings.Join(shown, "\n"))) // twice is never right: no secret has a line break
	return subtle.ConstantTimeCompare(digest[:], d.digest[:]) == 1
}

// refuse answers before the body has come, and hangs up: net/http would otherwise read up to 256 KiB of it first.
func (d *door) refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Connection", "close")
	http.Error(w, why, status)
}

// later asks for the same update once more, after a while (Telegram heeds up to an hour; WebhookActor.cpp).
func (d *door) later(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", strconv.Itoa(hookRetry))
	d.refuse(w, http.StatusServiceUnavailable, why)
}

// receive reads the body and waits until the update is durable.
func (d *door) receive(w http.ResponseWriter, r *http.Request) {
	if d.full() {
		d.later(w, "too much is waiting")
		return
	}
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(hookRead)) // where the connection knows deadlines
	defer context.AfterFunc(d.last, func() { _ = c.SetReadDeadline(time.Now()) })()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHookBody))
	if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
		d.refuse(w, http.StatusRequestEntityTooLarge, "the body is too long")
		return
	}
	if err != nil && d.last.Err() != nil {
		d.later(w, "the bot is stopping")
		return
	}
	if err != nil {
		d.refuse(w, http.StatusBadRequest, "the body cannot be read")
		return
	}
	if _, err := updateID(body); err != nil {
		d.log.Warn("a call to the webhook holds no update")
		d.refuse(w, http.StatusBadRequest, "the body must be an update: a JSON object with an update_id")
		return
	}
	call := &delivery{raw: body, done: make(chan error, 1)}
	select {
	case d.calls <- call:
	case <-d.shut:
		d.later(w, "the bot is stopping")
		return
	}
	if err := <-call.done; err != nil {
		d.later(w, "the update could not be stored")
	} // otherwise 200 and an empty body: a "method" in it would be a call of the Bot API
}

// enter reports whether the door is open; if so, the caller owes an inside.Done.
func (d *door) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state == open {
		d.inside.Add(1)
	}
	return d.state == open
}

// turn opens the door, or closes it for good.
func (d *door) turn(to doorState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = max(d.state, to)
}

// close takes nothing new, lets the calls under way become durable, and returns when the last has been answered.
// Whoever calls after that is asked to come again.
func (d *door) close() {
	d.turn(closed)
	timer := time.AfterFunc(hookLast, d.cut)
	defer timer.Stop()
	d.inside.Wait()
	d.cut()
	d.stop()
}

// collect makes deliveries durable until the door is shut: whatever has gathered while the last commit ran
// goes into the next one, in the order in which it is then handled. One goroutine does it, so that what is
// stored first is also handled first, however many calls come at once.
func (b *Bot) collect(d *door) error {
	defer d.stop()
	for {
		var calls []*delivery
		select {
		case call := <-d.calls:
			calls = append(calls, call)
		case <-d.shut:
			return nil
		}
		for more := true; more && len(calls) < batch; {
			select {
			case call := <-d.calls:
				calls = append(calls, call)
			default:
				more = false
			}
		}
		raws := make([]json.RawMessage, len(calls))
		for i, c := range calls {
			raws[i] = c.raw
		}
		_, err := b.take(b.work, raws)
		for _, c := range calls {
			c.done <- err
		}
		if err != nil {
			return fmt.Errorf("take updates of the webhook: %w", err)
		}
	}
}
