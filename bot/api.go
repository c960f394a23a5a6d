package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rechargebot/providers"
	"rechargebot/storage"
)

const (
	defaultAPIURL = "https://api.telegram.org"
	sendTimeout   = 10 * time.Second // a new message, at its first try
	slowTimeout   = time.Minute      // and at the most, when its earlier tries had no answer in time
	editTimeout   = 5 * time.Second  // an edit is repeated freely, and a push may wait behind it
	answerTimeout = 5 * time.Second  // a press that spins for longer is lost anyway
)

// api makes the calls. Whatever goes wrong comes back as a *callError, which holds neither the token
// nor the library's error.
type api struct {
	lib     *tg.Bot
	client  *client
	url     string // with the token
	token   string
	hidden  []string // what else no text may show; set before the first call
	observe func(method, outcome string)
}

func newAPI(secret providers.Secret, apiURL string, transport http.RoundTripper, observe func(method, outcome string)) (*api, error) {
	token, err := checkToken(secret)
	if err != nil {
		return nil, err
	}
	base, err := checkURL(apiURL)
	if err != nil {
		return nil, err
	}
	if observe == nil {
		observe = func(string, string) {}
	}
	a := &api{client: newClient(transport), url: base + "/bot" + token + "/", token: token, observe: observe}
	a.lib, err = tg.New(token, tg.WithSkipGetMe(), tg.WithServerURL(base), tg.WithHTTPClient(time.Minute, a.client),
		tg.WithErrorsHandler(func(error) {})) // it tells only of pipes that fail to close
	if err != nil {
		return nil, errors.New(a.scrub(err.Error()))
	}
	return a, nil
}

// me asks who we are.
func (a *api) me(ctx context.Context) (username string, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	u, err := a.lib.GetMe(ctx)
	if err := a.done("getMe", err); err != nil {
		return "", err
	}
	return u.Username, nil
}

// send makes a new message and returns its id. ctx says how long it may take.
func (a *api) send(ctx context.Context, chat storage.ChatID, topic int64, m message, silent bool) (int64, error) {
	sent, err := a.lib.SendMessage(ctx, &tg.SendMessageParams{
		ChatID: int64(chat), MessageThreadID: int(topic), Text: m.text, ParseMode: m.mode, ReplyMarkup: m.markup(),
		LinkPreviewOptions: noPreview(), DisableNotification: silent,
	})
	if err := a.done("sendMessage", err); err != nil {
		return 0, err
	}
	return int64(sent.ID), nil
}

// edit replaces text and buttons of a message. Nil also when it looked like that already.
func (a *api) edit(ctx context.Context, chat storage.ChatID, id int64, m message) error {
	ctx, cancel := context.WithTimeout(ctx, editTimeout)
	defer cancel()
	_, err := a.lib.EditMessageText(ctx, &tg.EditMessageTextParams{
		ChatID: int64(chat), MessageID: int(id), Text: m.text, ParseMode: m.mode, ReplyMarkup: m.inline(),
		LinkPreviewOptions: noPreview(),
	})
	err = a.done("editMessageText", err)
	if outcomeOf(err) == outcomeUnchanged {
		return nil
	}
	return err
}

// answer stops the spinning of a pressed button.
func (a *api) answer(ctx context.Context, query, text string, alert bool) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	_, err := a.lib.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{CallbackQueryID: query, Text: cut(text, 200), ShowAlert: alert})
	return a.done("answerCallbackQuery", err)
}

// dropWebhook makes polling possible for a bot that had a webhook.
func (a *api) dropWebhook(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	_, err := a.lib.DeleteWebhook(ctx, &tg.DeleteWebhookParams{})
	return a.done("deleteWebhook", err)
}

// setWebhook asks Telegram to call the address. What waits there is kept: nothing may be dropped.
func (a *api) setWebhook(ctx context.Context, address, secret string) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	_, err := a.lib.SetWebhook(ctx, &tg.SetWebhookParams{
		URL: address, SecretToken: secret, MaxConnections: hookConns, AllowedUpdates: allowedUpdates(),
	})
	return a.done("setWebhook", err)
}

// hookInfo is what Telegram knows of the bot's webhook.
type hookInfo struct {
	url     string // "" = there is none
	pending int    // updates that wait for their delivery
	failed  int    // when a delivery failed last, in seconds since 1970; 0 = never
	failure string // why; scrubbed and cut
}

func (a *api) webhook(ctx context.Context) (hookInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	info, err := a.lib.GetWebhookInfo(ctx)
	if err == nil && info == nil {
		err = errors.New("there is no result")
	}
	if err := a.done("getWebhookInfo", err); err != nil {
		return hookInfo{}, err
	}
	return hookInfo{info.URL, info.PendingUpdateCount, info.LastErrorDate, cut(a.scrub(info.LastErrorMessage), 200)}, nil
}

func noPreview() *models.LinkPreviewOptions {
	off := true
	return &models.LinkPreviewOptions{IsDisabled: &off}
}

// pollRequest is the body of getUpdates.
type pollRequest struct {
	Offset  int64    `json:"offset,omitempty"`
	Limit   int      `json:"limit"`
	Timeout int      `json:"timeout"` // seconds
	Allowed []string `json:"allowed_updates"`
}

// updates makes one poll. The library keeps its own getUpdates private, and its structs drop what is
// newer than they are; the inbox wants the updates raw.
func (a *api) updates(ctx context.Context, p pollRequest) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(p.Timeout)*time.Second+sendTimeout)
	defer cancel()
	list, err := a.poll(ctx, p)
	return list, a.done("getUpdates", err)
}

func (a *api) poll(ctx context.Context, p pollRequest) ([]json.RawMessage, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+"getUpdates", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	_, body, err = a.client.call(r)
	if err != nil {
		return nil, err
	}
	if list, ok := split(body); ok {
		return list, nil
	}
	var answer struct {
		OK          bool
		Result      []json.RawMessage
		Description string
		ErrorCode   int `json:"error_code"`
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		}
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("decode answer: %w", err)
	}
	if answer.OK {
		return answer.Result, nil
	}
	sentinels := map[int]error{401: tg.ErrorUnauthorized, 404: tg.ErrorNotFound, 409: tg.ErrorConflict}
	switch known := sentinels[answer.ErrorCode]; {
	case known != nil:
		return nil, fmt.Errorf("%w, %s", known, answer.Description)
	case answer.ErrorCode == http.StatusTooManyRequests:
		return nil, &tg.TooManyRequestsError{Message: answer.Description, RetryAfter: answer.Parameters.RetryAfter}
	}
	return nil, fmt.Errorf("error %d: %s", answer.ErrorCode, answer.Description)
}

// done turns the library's error into ours and counts the call.
func (a *api) done(method string, err error) error {
	if err == nil {
		a.observe(method, "ok")
		return nil
	}
	e := classify(method, err)
	e.text = cut(a.scrub(e.text), 300)
	a.observe(method, string(e.outcome))
	return e
}

// longNumber is what may be somebody's phone number: Telegram's complaint about a message may quote it.
var longNumber = regexp.MustCompile(`\p{Nd}{7,}`)

// scrub takes the token, and the webhook's path and secret, out of a text, also in the forms that a URL gives it, and
// whatever may be a phone number.
func (a *api) scrub(s string) string {
	for _, h := range a.hidden {
		s = strings.ReplaceAll(s, h, "***")
	}
	_, secret, _ := strings.Cut(a.token, ":")
	s = strings.NewReplacer(a.token, "***", url.QueryEscape(a.token), "***", "bot"+secret, "***", ":"+secret, ":***", "%3A"+secret, "***").Replace(s)
	return longNumber.ReplaceAllLiteralString(s, "…")
}
