package simulated

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"rechargebot/providers"
)

// postbackTimeout is how long a client may take to answer a call.
const postbackTimeout = 10 * time.Second

// caller is a dialect whose upstream calls its client when an order ends.
type caller interface {
	// postback is what is said of an order that has ended; the float is what is left after it.
	postback(o Order, float providers.Money) postback
}

// postback is one call: with a body it is a POST of JSON, without it a GET with the query.
type postback struct {
	query url.Values // beside what the client's address has already
	body  any
}

// request makes the call to a client's address.
func (p postback) request(ctx context.Context, address string) (*http.Request, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if p.body == nil {
		query := u.Query()
		maps.Copy(query, p.query)
		u.RawQuery = query.Encode()
		return http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	}
	body, err := json.Marshal(p.body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, err
}

// owedCall is one postback that is to be made.
type owedCall struct {
	account string
	order   Order
	float   providers.Money
}

func checkPostback(a Account, d dialect) error {
	if a.Postback == "" {
		return nil
	}
	if _, calls := d.(caller); !calls {
		return fmt.Errorf("kind %q calls nobody back", a.Kind)
	}
	if u, err := url.Parse(a.Postback); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("postback is no address of a web server")
	}
	return nil
}

// owePostback remembers that a client is to be called about an order that has just ended.
func (s *Server) owePostback(o *Order) {
	if a := s.accounts[o.Account]; a.Postback != "" {
		s.owed = append(s.owed, owedCall{o.Account, *o, a.float})
	}
	s.stir()
}

// stir makes the caller of postbacks look again at what there is to do.
func (s *Server) stir() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// startPostbacks runs the one goroutine that calls clients, when there are any to call. It also ends orders
// at their time, so that a call is made when nobody asks.
func (s *Server) startPostbacks() {
	for _, a := range s.accounts {
		if a.Postback != "" {
			s.busy.Go(s.runPostbacks)
			return
		}
	}
}

func (s *Server) runPostbacks() {
	client := &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true}, Timeout: postbackTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for {
		var calls []owedCall
		var next time.Time
		err := s.locked(func(time.Time) {
			calls, s.owed = s.owed, nil
			if len(s.due.items) > 0 {
				next = s.due.items[0].at
			}
		})
		if err != nil {
			return // the record is broken: nothing is told to anybody any more
		}
		for _, c := range calls {
			s.callBack(client, c)
		}
		if !s.awaitDue(next) {
			return
		}
	}
}

// awaitDue waits until something is due, or is to be looked at again; false when the simulator closes.
func (s *Server) awaitDue(next time.Time) bool {
	var due <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(time.Until(next))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-s.calls.Done():
		return false
	case <-due:
	case <-s.wake:
	}
	return true
}

// callBack makes one call, once, and writes down what came of it.
func (s *Server) callBack(client *http.Client, c owedCall) {
	a := s.accounts[c.account] // its address and dialect are fixed since New
	note := "no answer"
	req, err := a.dialect.(caller).postback(c.order, c.float).request(s.calls, a.Postback)
	if err == nil {
		var resp *http.Response
		if resp, err = client.Do(req); err == nil {
			note = "HTTP " + strconv.Itoa(resp.StatusCode)
			_ = resp.Body.Close() // what it says is of no interest
		}
	}
	_ = s.locked(func(now time.Time) { // an error lasts, and the next look meets it
		s.note(Event{At: now, Kind: EventPostback, Account: c.account, Reference: c.order.Reference, Repeat: c.order.Repeat, Number: c.order.Number, Amount: c.order.Amount, Note: note})
	})
}
