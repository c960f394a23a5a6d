package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// watch reads one float again and again. Its error is the store's.
func (w *Watch) watch(ctx context.Context, i int, first time.Duration) error {
	f := w.c.Floats[i]
	told, err := w.recall(ctx, f.Name)
	if err != nil {
		return endless(ctx, err)
	}
	w.know(i, providers.Money{}, told.Down)
	timer := time.NewTimer(first)
	defer timer.Stop()
	for failures := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		timer.Reset(w.c.CheckEvery)
		balance, err := w.read(ctx, f)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, providers.ErrUnsupported):
			w.log.Info("the provider tells no balance; it is not watched", "provider", f.Name)
			return nil
		case err != nil:
			failures++
			w.log.Warn("a balance could not be read", "provider", f.Name, "failures", failures, "err", err)
		default:
			failures = 0
		}
		after, alerts := judge(f, told, sight{balance, failures, errors.Is(err, providers.ErrCredentials), time.Now()}, w.c.RemindEvery)
		if after != told {
			if err := w.tell(ctx, f, after, alerts); err != nil {
				return endless(ctx, err)
			}
			told = after
		}
		w.know(i, balance, told.Down)
	}
}

// endless drops an error that only says that ctx is over.
func endless(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

var errCurrency = errors.New("the balance is in another currency than its limit")

// read asks for the balance once. A panic in an adapter is a failed reading.
func (w *Watch) read(ctx context.Context, f Float) (m providers.Money, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("a provider's adapter panicked", "call", "balance", "provider", f.Name, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			m, err = providers.Money{}, errors.New("the adapter panicked")
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, w.c.CheckEvery)
	defer cancel()
	if m, err = f.Balance(ctx); err != nil {
		return providers.Money{}, err
	}
	for _, limit := range []providers.Money{f.Low, f.Critical} {
		if !limit.IsZero() && limit.Currency != m.Currency {
			return providers.Money{}, errCurrency
		}
	}
	return m, nil
}

// know keeps the last reading for others; a balance without a currency is none.
func (w *Watch) know(i int, balance providers.Money, down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := &w.readings[i]
	r.Down = down
	if balance.Currency != "" {
		r.Balance, r.At = balance, time.Now()
	}
}

func memo(name string) string { return "alerts/float/" + name }

// recall reads what the group was told about a float.
func (w *Watch) recall(ctx context.Context, name string) (told, error) {
	raw, err := w.c.Store.Memo(ctx, memo(name))
	if errors.Is(err, storage.ErrNotFound) {
		return told{}, nil
	}
	if err != nil {
		return told{}, fmt.Errorf("read what was told about %s: %w", name, err)
	}
	var t told
	if err := json.Unmarshal(raw, &t); err != nil {
		w.log.Error("what was told is unreadable and is forgotten", "provider", name, "err", err)
		return told{}, nil
	}
	return t, nil
}

// tell owes the alerts and keeps what they told, in one commit. Without a group nothing is kept, so
// that a group that is configured later hears what holds then.
func (w *Watch) tell(ctx context.Context, f Float, after told, alerts []alert) error {
	for _, a := range alerts {
		w.log.Warn("alert", "provider", f.Name, "alert", a.kind)
	}
	if w.c.OpsChat == 0 {
		return nil
	}
	raw, err := json.Marshal(after)
	if err != nil {
		return fmt.Errorf("encode what was told about %s: %w", f.Name, err)
	}
	notices := make([]storage.Notice, 0, len(alerts))
	for _, a := range alerts {
		notices = append(notices, w.notice(a.kind.about()+" "+f.Name, w.words(f, a)))
	}
	if err := w.c.Store.SetMemo(context.WithoutCancel(ctx), memo(f.Name), raw, notices...); err != nil {
		return fmt.Errorf("owe alerts about %s: %w", f.Name, err)
	}
	return nil
}
