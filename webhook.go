package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"

	"rechargebot/bot"
)

// webhook is how Telegram reaches the bot by the configuration; nil = the bot polls. It listens from here on, and at a
// stop until hold returns.
func webhook(ctx context.Context, conf config, hold func()) (*bot.Webhook, error) {
	t := conf.Telegram
	if t.Mode != modeWebhook {
		return nil, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", t.WebhookListen)
	if err != nil {
		return nil, fmt.Errorf("listen for telegram's calls (telegram.webhook_listen): %w", err)
	}
	return &bot.Webhook{URL: t.WebhookURL, Listener: listener, Secret: t.WebhookSecret, Hold: hold}, nil
}

const (
	modePoll    = "poll"
	modeWebhook = "webhook"
)

// secretForm is what Telegram takes as a webhook's secret (Bot API 10.1, setWebhook).
var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{0,256}$`)

// checkWebhook holds the webhook's keys against what they mean. In mode "poll" they are read for the day on
// which the mode is changed, so only what is given must be right.
func (c *config) checkWebhook(src source) error {
	t, hooked := &c.Telegram, c.Telegram.Mode == modeWebhook
	var err error
	if t.WebhookSecret, err = src.secretFile("telegram.webhook_secret", t.WebhookSecret, t.WebhookSecretFile); err != nil {
		return err
	}
	for _, r := range []struct {
		bad       bool
		key, want string
	}{
		{!hooked && t.Mode != modePoll, "telegram.mode", `must be "poll" or "webhook"`},
		{hooked && t.WebhookURL == "", "telegram.webhook_url", `is missing; with mode = "webhook" it is the public address such as "https://bot.example.org"`},
		{t.WebhookURL != "" && !webhookForm(t.WebhookURL), "telegram.webhook_url",
			`must be an address such as "https://bot.example.org" or "https://example.org/bot": https, without name, password, ? and #; http only on this machine's own 127.0.0.1`},
		{t.WebhookURL != "" && publicTelegram(t.APIURL) && !telegramCalls(t.WebhookURL), "telegram.webhook_url",
			"must be https on port 443, 80, 88 or 8443: Telegram calls nothing else"},
		{hooked && t.WebhookListen == "" || !validListen(t.WebhookListen), "telegram.webhook_listen", `must be HOST:PORT such as "127.0.0.1:8443", where plain http arrives`},
		{hooked && t.WebhookListen == c.HTTP.Listen, "telegram.webhook_listen", "is the address of http.listen; give it one of its own"},
		{!secretForm.MatchString(t.WebhookSecret.Reveal()), "telegram.webhook_secret", `must be 1 to 256 of A-Z a-z 0-9 _ -, or "" for a new one at every start`},
	} {
		if r.bad {
			return src.problem(r.key, r.want)
		}
	}
	return nil
}

// webhookForm allows http on loopback only: for a test's Telegram, and for a self-hosted Bot API server.
func webhookForm(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return false
		}
	}
	address, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || err == nil && address.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && here
}

// publicTelegram reports whether Telegram's own servers make the calls; a self-hosted one has no rule of ports.
func publicTelegram(apiURL string) bool {
	u, err := url.Parse(apiURL)
	return err == nil && u.Hostname() == "api.telegram.org"
}

// telegramCalls reports whether Telegram's own servers would call the address (telegram-bot-api, WebhookActor.cpp).
func telegramCalls(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" {
		return false
	}
	switch u.Port() {
	case "", "443", "80", "88", "8443":
		return true
	}
	return false
}

// reportWebhook tells how updates will come, and whether Telegram could bring them of late.
func reportWebhook(ctx context.Context, report *report, conf config) {
	state, err := bot.CheckWebhook(ctx, conf.Telegram.Token, conf.Telegram.APIURL)
	ours, hooked := hostOf(conf.Telegram.WebhookURL), conf.Telegram.Mode == modeWebhook
	says := ""
	switch {
	case err != nil:
	case !hooked && state.Host == "":
		return
	case !hooked:
		says = fmt.Sprintf("%s is set; run removes it, as telegram.mode is %q", state.Host, modePoll)
	case state.Host == "":
		says = fmt.Sprintf("none is set; run sets %s", ours)
	case state.Host != ours:
		says = fmt.Sprintf("%s is set; run sets %s in its place", state.Host, ours)
	case state.Trouble != "" && state.Waiting > 0:
		err = fmt.Errorf("telegram cannot deliver to %s: %s; %d updates wait", ours, state.Trouble, state.Waiting)
	default:
		says = fmt.Sprintf("%s is set, %d updates wait", ours, state.Waiting)
	}
	report.line("webhook", says, err)
}

// hostOf is an address without its path.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
