package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Delivery is one call of the webhook.
type Delivery struct {
	At     time.Time
	Update int64
	Status int    // of the bot's answer; 0 when there was none
	Fault  string // "dropped before" or "dropped after" when FailDeliveries came over it
}

const maxDeliveries = 20_000 // older ones are forgotten

// Deliveries lists the calls of webhooks, in the order in which they ended.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.delivered)
}

// FailDeliveries drops the connections of the next calls of the webhook: before anything is sent or, with
// after set, when the bot has taken the update and its answer is on the way. Such updates come again. Below 0
// times forgets all that have not come yet.
func (s *Server) FailDeliveries(times int, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if times < 0 {
		s.drops, times = nil, 0
	}
	for range times {
		s.drops = append(s.drops, after)
	}
}

// hookFailure is why a call failed, in Telegram's words.
type hookFailure string

func (f hookFailure) Error() string { return string(f) }

const hangup = hookFailure("Webhook connection closed")

// call makes one call. A number of seconds after which to come again may be beside the error.
func (s *Server) call(ctx context.Context, h *hook, u *update) (after time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, h.times.Patience)
	defer cancel()
	d := Delivery{Update: u.id}
	defer func() { s.logDelivery(d) }()
	dropped, late := s.takeDrop()
	if dropped && !late {
		d.Fault = "dropped before"
		return 0, hangup
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(u.body))
	if err != nil {
		return 0, hookFailure("invalid webhook URL specified")
	}
	r.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	resp, err := h.client.Do(r)
	if errors.Is(err, context.DeadlineExceeded) {
		return 0, hookFailure("Read timeout expired")
	}
	if err != nil {
		return 0, hangup
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)) // so that the connection serves again
	_ = resp.Body.Close()
	if dropped {
		d.Fault = "dropped after"
		return 0, hangup
	}
	if d.Status = resp.StatusCode; d.Status/100 == 2 {
		return 0, nil
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return time.Duration(min(max(0, seconds), 3600)) * time.Second,
		hookFailure(fmt.Sprintf("Wrong response from the webhook: %d %s", d.Status, http.StatusText(d.Status)))
}

func (s *Server) takeDrop() (dropped, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.drops) == 0 {
		return false, false
	}
	after, s.drops = s.drops[0], s.drops[1:]
	return true, after
}

func (s *Server) logDelivery(d Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.At = time.Now()
	if len(s.delivered) >= maxDeliveries {
		s.delivered = append(s.delivered[:0], s.delivered[maxDeliveries/2:]...)
	}
	s.delivered = append(s.delivered, d)
	s.touch()
}
