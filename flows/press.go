package flows

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// A button's token is its keyboard's id and its own secret, 18 random bytes in 24 characters. It means
// nothing to anybody: what the button does is in the store, and so is who may press it where.
const tokenBytes = len(storage.KeyboardID{}) + len(storage.PressSecret{})

func token(id storage.KeyboardID, secret storage.PressSecret) string {
	return base64.RawURLEncoding.EncodeToString(append(id[:], secret[:]...))
}

// parseToken takes a token apart; ok is false for whatever is none.
func parseToken(s string) (id storage.KeyboardID, secret storage.PressSecret, ok bool) {
	if len(s) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return id, secret, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != tokenBytes {
		return id, secret, false
	}
	copy(id[:], b)
	copy(secret[:], b[len(id):])
	return id, secret, true
}

// findButton looks the secret up without telling by its time how much of it was right.
func findButton(k storage.Keyboard, secret storage.PressSecret) (storage.Button, bool) {
	found := -1
	for i := range k.Buttons {
		if subtle.ConstantTimeCompare(k.Buttons[i].Secret[:], secret[:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return storage.Button{}, false
	}
	return k.Buttons[found], true
}

// routePress finds out what a press means. Forged, unknown, used and expired tokens are all the same
// to whoever pressed; somebody else's button says so, which tells nothing but that it exists.
func (e *Engine) routePress(ctx context.Context, v *visit) (route, error) {
	id, secret, ok := parseToken(v.in.Press)
	if !ok {
		return staleRoute(v), nil
	}
	k, err := e.store.Keyboard(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return e.stalePress(v), nil
	}
	if err != nil {
		return route{}, fmt.Errorf("load keyboard: %w", err)
	}
	b, ok := findButton(k, secret)
	f := e.flows[b.Flow]
	switch {
	case !ok:
		return staleRoute(v), nil
	case k.Person != v.in.From.ID || k.Chat != v.in.Chat:
		return route{step: v.tell(text.EnginePressOther, nil)}, nil
	case v.in.ChatKind != PrivateChat, f == nil, !v.now.Before(k.Expires):
		return e.stalePress(v), nil
	case v.stranger() && !openToAnyone(f):
		return route{step: v.tell(text.EnginePressRefused, nil)}, nil
	}
	return route{flow: f, action: b.Action, press: &k}, nil
}

// stalePress answers a press of a button that is no more. On the present card of an open dialogue the
// screen is drawn again, with buttons that work.
func (e *Engine) stalePress(v *visit) route {
	r := staleRoute(v)
	f := e.flows[v.session.Flow]
	if f != nil && v.in.Message != 0 && v.in.Message == v.session.Card {
		r.flow, r.action, r.redraw = f, ActionRedraw, true
	}
	return r
}

// staleRoute only says so, without a box to close: the second tap of a thumb comes here.
func staleRoute(v *visit) route {
	return route{step: Step{Answer: Answer{Text: v.say.Text(text.EnginePressStale, nil)}}}
}

// openToAnyone reports whether people without a role may use the flow: one of its commands says so.
func openToAnyone(f Flow) bool {
	for _, c := range f.Commands() {
		if c.Who == Anyone {
			return true
		}
	}
	return false
}

// random fills b from the engine's source of randomness.
func (e *Engine) random(b []byte) error {
	if _, err := io.ReadFull(e.rand, b); err != nil {
		return fmt.Errorf("make a button's token: %w", err)
	}
	return nil
}
