package simulated

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"rechargebot/providers"
)

// Config is what a simulator is made of. The zero times mean: answers and settles at once.
type Config struct {
	Accounts []Account
	Record   string        // file of the record, created 0600 and carried on when it exists; "" = in memory only
	Latency  time.Duration // every answer takes this long
	Settle   time.Duration // from the acceptance of an order to its end; the first half of it is "pending", the second "processing"
}

// Account is one prepaid account with the pretend upstream.
type Account struct {
	Name   string // unique; what the owner calls it
	Kind   string // the dialect that it is spoken to in, one of the Kind constants
	Login  string // with Secret, how a client says who it is; belongs to one account of a kind. Empty for KindRechargkit, whose token says it alone
	Secret providers.Secret
	Float  providers.Money // at the start; a record that knows the account overrides it

	// Postback is where the upstream calls its client when an order ends; "" = nowhere. Only KindRechargkit
	// and KindDeeperWeb call. It is a secret too: it is in no record.
	Postback string
}

// Server is the pretend upstream. Its methods may be called at any time from any goroutine.
type Server struct {
	latency time.Duration
	settle  time.Duration
	names   []string // of the accounts, as configured
	handler http.Handler

	mu       sync.Mutex // guards everything below, and is held while the record is written
	accounts map[string]*account
	events   []Event
	unsaved  int // events at the end of the list that are not yet in the file
	orders   map[orderKey]*Order
	sends    map[string]int // recharge requests by reference
	due      dueQueue
	file     *recordFile
	broken   error      // the record could not be written: nothing is answered any more
	owed     []owedCall // postbacks, oldest first

	wake     chan struct{}   // holds a token when there may be another postback to make or to wait for
	calls    context.Context // of the postbacks; ended by endCalls
	endCalls context.CancelFunc
	closing  chan struct{} // closed by Close: whoever holds a request lets go
	closed   bool
	busy     sync.WaitGroup // requests being answered, postbacks, and what Dial started
	pipe     *pipeServer    // made by the first Dial
	doors    []*door
}

// account is one account as it stands.
type account struct {
	Account
	dialect dialect
	float   providers.Money
	totals  Totals
	mood    posture
	queue   []posture // moods for the next requests, oldest first
}

// New makes a simulator. The caller serves its Handler (on a listener of Listen, if it shall be able to be
// down), or reaches it by Dial, and must Close it: before the http.Server that serves it is shut down, because
// moods hold requests for as long as the client waits.
func New(c Config) (*Server, error) {
	s := &Server{
		latency: c.Latency, settle: c.Settle,
		accounts: map[string]*account{}, orders: map[orderKey]*Order{}, sends: map[string]int{},
		closing: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	s.calls, s.endCalls = context.WithCancel(context.Background())
	known := dialects()
	for _, a := range c.Accounts {
		if err := s.addAccount(a, known); err != nil {
			return nil, fmt.Errorf("configure simulated account %q: %w", a.Name, err)
		}
	}
	if c.Record != "" {
		file, events, err := openRecord(c.Record)
		if err != nil {
			return nil, fmt.Errorf("open record: %w", err)
		}
		if err := s.replay(events); err != nil {
			return nil, errors.Join(fmt.Errorf("read record %s: %w", c.Record, err), file.close())
		}
		s.file = file
	}
	if err := s.locked(s.openFloats); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.handler = s.routes(known)
	s.startPostbacks()
	return s, nil
}

func (s *Server) addAccount(a Account, known []dialect) error {
	switch {
	case a.Name == "":
		return errors.New("it has no name")
	case s.accounts[a.Name] != nil:
		return errors.New("the name is there twice")
	case !a.Float.Currency.Known():
		return fmt.Errorf("float in unknown currency %q", a.Float.Currency)
	}
	d := findDialect(known, a.Kind)
	if d == nil {
		return fmt.Errorf("unknown kind %q", a.Kind)
	}
	if err := cmp.Or(s.checkLogin(a, d), checkPostback(a, d)); err != nil {
		return err
	}
	s.accounts[a.Name] = &account{Account: a, dialect: d, float: providers.Money{Currency: a.Float.Currency}, mood: normalPosture()}
	s.names = append(s.names, a.Name)
	return nil
}

// openFloats gives the accounts that the record does not know the float of their configuration.
func (s *Server) openFloats(now time.Time) {
	seen := map[string]bool{}
	for _, e := range s.events {
		seen[e.Account] = seen[e.Account] || e.Kind == EventFloat
	}
	for _, name := range s.names {
		if !seen[name] {
			s.note(Event{At: now, Kind: EventFloat, Account: name, Amount: s.accounts[name].Float})
		}
	}
}

// locked runs f with the state brought up to now, and returns when all that came of it is in the record.
// After an error, which lasts, nothing may be answered.
func (s *Server) locked(f func(now time.Time)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	now := time.Now().Round(0) // wall clock only, as the file keeps it
	s.advance(now)
	f(now)
	s.broken = s.save()
	return s.broken
}

// enter counts a piece of work that Close waits for; false when the simulator is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.busy.Add(1)
	return true
}

// pause waits, and reports whether it was allowed to: not when the client left or the simulator closes.
func (s *Server) pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.closing:
	}
	return false
}

// Close lets go of every request that a mood holds, waits for all of them, and closes the record. Its
// error tells that the record could not be written at some time. A second Close does nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	pipe, doors := s.pipe, s.doors
	s.mu.Unlock()

	close(s.closing)
	s.endCalls()
	var err error
	for _, d := range doors {
		err = errors.Join(err, d.Close())
	}
	if pipe != nil {
		err = errors.Join(err, pipe.close())
	}
	s.busy.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		err = errors.Join(err, s.file.close())
	}
	return errors.Join(s.broken, err)
}
