package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// maxPostback bounds the body of a call; what upstreams send is a few hundred bytes.
const maxPostback = 64 << 10

// postbackRead is how long a caller may take to send it.
const postbackRead = 10 * time.Second

// postbacks answers /postback/NAME/SECRET: an upstream says that an order of ours has changed. Whoever
// knows the address may say so, therefore nothing of it is believed but the reference: it makes the
// engine ask the provider sooner. So it does not matter how often a call comes, or whether it is true.
type postbacks struct {
	accounts map[string]postbackAccount
	find     func(context.Context, providers.Reference) (storage.Job, error) // storage.Jobs.ByReference
	ask      func(storage.Job, providers.Reference)                          // dispatch.Dispatcher.AskSoon
	log      *slog.Logger
}

type postbackAccount struct {
	gateway *providers.Gateway
	digest  [sha256.Size]byte // of the secret
}

// newPostbacks lets those providers call that have a secret for it; disabled ones too, since they are still
// asked about what they were sent.
func newPostbacks(conf config, gateways []*providers.Gateway, find func(context.Context, providers.Reference) (storage.Job, error), ask func(storage.Job, providers.Reference), log *slog.Logger) *postbacks {
	p := &postbacks{accounts: map[string]postbackAccount{}, find: find, ask: ask, log: log}
	for _, c := range conf.Providers {
		for _, g := range gateways {
			if g.Name() == c.Name && c.Postback != "" {
				p.accounts[c.Name] = postbackAccount{g, sha256.Sum256([]byte(c.Postback.Reveal()))}
			}
		}
	}
	return p
}

// ServeHTTP answers 404 to every wrong name and secret alike, after the same work.
func (p *postbacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(postbackRead)) // where the connection knows deadlines
	account, known := p.accounts[r.PathValue("name")]
	digest := sha256.Sum256([]byte(r.PathValue("secret")))
	if right := subtle.ConstantTimeCompare(digest[:], account.digest[:]) == 1; !right || !known {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "send GET or POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPostback))
	if err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			http.Error(w, "the body is too long", http.StatusRequestEntityTooLarge)
			return
		}
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	about, err := account.gateway.Postback(providers.PostbackCall{Query: r.URL.RawQuery, ContentType: r.Header.Get("Content-Type"), Body: body})
	if err != nil {
		p.log.Warn("a postback cannot be read", "provider", account.gateway.Name()) // the error may quote the caller
		http.Error(w, "no reference of ours is in it", http.StatusBadRequest)
		return
	}
	p.pass(r.Context(), account.gateway.Name(), about)
	_, _ = fmt.Fprintln(w, "ok")
}

// pass wakes dispatch for the order, if it went to that provider under that reference.
func (p *postbacks) pass(ctx context.Context, provider string, about providers.Postback) {
	job, err := p.find(ctx, about.Reference)
	if err != nil {
		if !errors.Is(err, storage.ErrNotFound) && ctx.Err() == nil {
			p.log.Error("a postback's order cannot be looked for", "provider", provider, "err", err)
		}
		return
	}
	p.log.Info("postback", "provider", provider, "job", job.ID.String(), "state", job.State, "says", about.Code)
	for _, a := range job.Attempts {
		if a.Reference == about.Reference && a.Provider == provider {
			p.ask(job, a.Reference)
		}
	}
}
