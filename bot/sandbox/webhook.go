package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Hooks says how the sandbox calls a webhook. Zero values are Telegram's (telegram-bot-api, WebhookActor.cpp).
type Hooks struct {
	FirstDelay time.Duration // doubled at each failure but the first, which is repeated at once; 0 = 1 s
	MaxDelay   time.Duration // between this and twice this at most; 0 = 60 s
	Patience   time.Duration // how long an answer may take; 0 = 60 s
	// Spread draws the part of a wait from 0 to below it; nil = by chance.
	Spread func(time.Duration) time.Duration
	// Transport carries the calls; nil = one of the sandbox's own.
	Transport http.RoundTripper
}

func (h Hooks) orTelegrams() Hooks {
	h.FirstDelay = cmp.Or(h.FirstDelay, time.Second)
	h.MaxDelay = cmp.Or(h.MaxDelay, time.Minute)
	h.Patience = cmp.Or(h.Patience, time.Minute)
	if h.Spread == nil {
		h.Spread = rand.N[time.Duration]
	}
	return h
}

const (
	usualHookConns = 40
	maxSecret      = 256
	secretLetters  = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
)

// setWebhook makes the sandbox call the address from now on; a webhook that was there is called no more, and a
// poll that waits ends. An empty address only takes the webhook away. The lock is held.
func (s *Server) setWebhook(p params) (any, *apiError) {
	var asked struct {
		URL    string    `json:"url"`
		Max    int       `json:"max_connections"`
		Kinds  *[]string `json:"allowed_updates"`
		Drop   bool      `json:"drop_pending_updates"`
		Secret string    `json:"secret_token"`
	}
	asked.Max = usualHookConns
	if err := p.into(&asked); err != nil {
		return nil, err
	}
	switch {
	case len(asked.Secret) > maxSecret:
		return nil, badRequest("secret token is too long")
	case strings.Trim(asked.Secret, secretLetters) != "":
		return nil, badRequest("secret token contains unallowed characters")
	case asked.URL != "":
		if err := checkHookURL(asked.URL); err != nil {
			return nil, err
		}
	}
	s.unhook()
	if asked.Drop {
		s.updates.waiting, s.updates.again = nil, nil
	}
	if asked.Kinds != nil {
		s.updates.want(*asked.Kinds)
	}
	if asked.URL != "" {
		s.startHook(asked.URL, asked.Secret, asked.Max)
	}
	s.touch()
	return true, nil
}

// checkHookURL refuses what Telegram's own servers refuse; but on loopback, where they would call nobody,
// http on any port is taken, so that a bot can be tested without a certificate.
func checkHookURL(text string) *apiError {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return badRequest("bad webhook: invalid webhook URL specified")
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case here && (u.Scheme == "http" || u.Scheme == "https"):
		return nil
	case u.Scheme != "https":
		return badRequest("bad webhook: An HTTPS URL must be provided for webhook")
	}
	switch u.Port() {
	case "", "443", "80", "88", "8443":
		return nil
	}
	return badRequest("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
}

func (s *Server) deleteWebhook(p params) (any, *apiError) {
	s.unhook()
	if drop, _ := p["drop_pending_updates"].(bool); drop {
		s.updates.waiting, s.updates.again = nil, nil
	}
	s.touch()
	return true, nil
}

func (s *Server) getWebhookInfo(params) (any, *apiError) {
	s.updates.expire(time.Now())
	info := map[string]any{"url": "", "has_custom_certificate": false, "pending_update_count": len(s.updates.waiting)}
	if s.updates.kinds != nil {
		info["allowed_updates"] = s.updates.kinds
	}
	if h := s.hook; h != nil {
		info["url"], info["max_connections"] = h.url, h.most
		if !h.failed.IsZero() {
			info["last_error_date"], info["last_error_message"] = h.failed.Unix(), h.why
		}
	}
	return info, nil
}

// startHook begins to call a webhook. Close waits for the goroutine. The lock is held.
func (s *Server) startHook(address, secret string, most int) {
	ctx, end := context.WithCancel(context.Background())
	h := &hook{
		url: address, secret: secret, most: most, end: end, times: s.config.Hooks.orTelegrams(), lines: map[string]*line{},
	}
	h.client = &http.Client{
		Transport:     h.times.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if h.client.Transport == nil {
		h.client.Transport = &http.Transport{MaxIdleConnsPerHost: most, DisableCompression: true}
	}
	s.hook = h
	if s.updates.poll != nil { // a poll that waits is told
		close(s.updates.poll)
		s.updates.poll = nil
	}
	s.hooks.Go(func() { s.deliverAll(ctx, h) })
}

// unhook ends the calls to the webhook, if there is one. The lock is held.
func (s *Server) unhook() {
	if s.hook != nil {
		s.hook.end()
		s.hook = nil
	}
}

func (s *Server) hooked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hook != nil
}

// pollRefused is why there is no polling at the moment, if so. The lock is held.
func (s *Server) pollRefused(began bool) *apiError {
	switch {
	case s.hook == nil:
		return nil
	case began:
		return &apiError{code: 409, description: "Conflict: terminated by setWebhook request"}
	}
	return &apiError{code: 409, description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
}

// queueOf is which updates wait for each other: a chat's messages do, and a person's presses, apart from them
// (telegram-bot-api, Client.cpp).
func queueOf(u *update) string {
	var about struct {
		Message *struct {
			Chat struct {
				ID json.Number `json:"id"`
			} `json:"chat"`
		} `json:"message"`
		Press *struct {
			From struct {
				ID json.Number `json:"id"`
			} `json:"from"`
		} `json:"callback_query"`
		Member *struct {
			Chat struct {
				ID json.Number `json:"id"`
			} `json:"chat"`
		} `json:"my_chat_member"`
	}
	_ = json.Unmarshal(u.body, &about) // the kinds that are not read here have a queue of their own each
	switch {
	case about.Message != nil:
		return "chat " + about.Message.Chat.ID.String()
	case about.Press != nil:
		return "presses of " + about.Press.From.ID.String()
	case about.Member != nil:
		return "member of " + about.Member.Chat.ID.String()
	}
	return "update " + strconv.FormatInt(u.id, 10)
}
