package bos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"rechargebot/providers"
)

// A token is valid for 600 s (seeds/bos.txt) and used for 480 s: a send that begins with it ends long before
// it does. A program has ten seconds of a send's usual thirty to print one.
const (
	tokenValid   = 600 * time.Second
	tokenFresh   = 480 * time.Second
	commandLimit = 10 * time.Second
	maxToken     = 8 << 10
)

// token is a bearer token. Number counts those that a program has printed.
type token struct {
	reveal func() string // a function, so that no way of printing reaches it; nil = none
	number int
	at     time.Time // not later than it was made; zero of a configured one
}

// tokens hands out the token to use. It is safe for concurrent use.
type tokens struct {
	run  func(ctx context.Context) ([]byte, error) // nil = the configured token
	turn chan struct{}                             // holds something while the program runs: one at a time

	mu      sync.Mutex
	current token
	runs    int   // that have ended
	failed  error // of the last of them
}

// newTokens reads token or token_command, of which there must be one.
func newTokens(c providers.Config) (*tokens, error) {
	text, argv := strings.TrimSpace(c.Get("token")), slices.Clone(c.Lists["token_command"])
	switch {
	case text == "" && len(argv) == 0:
		return nil, errors.New("setting token: is empty, and so is token_command: the vendor has not published how " +
			"a token is made; ask them, then set token, or token_command to a program that prints one")
	case text != "" && len(argv) > 0:
		return nil, errors.New("setting token: is set, and so is token_command: want one of the two")
	case len(argv) > 0 && strings.TrimSpace(argv[0]) == "":
		return nil, errors.New("setting token_command: want a program and its arguments")
	case len(argv) == 0 && !looksLikeToken(text):
		return nil, errors.New("setting token: want one word of printable characters, without quotes and brackets")
	case len(argv) == 0:
		return &tokens{current: token{reveal: func() string { return text }}}, nil
	}
	command := c.Command
	if command == nil {
		command = execute
	}
	return &tokens{
		turn: make(chan struct{}, 1),
		run:  func(ctx context.Context) ([]byte, error) { return command(ctx, argv) },
	}, nil
}

// get returns a token that is fresh enough to begin a call with. Of many that find none, one runs the program
// and all of them get what came of it; a caller whose context ends comes back at once.
func (t *tokens) get(ctx context.Context) (token, error) {
	known, runs, _ := t.look()
	if known.reveal != nil {
		return known, nil
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return token{}, gaveUp("wait for token_command", ctx)
	}
	known, now, failed := t.look()
	switch {
	case known.reveal != nil:
		return known, nil
	case now != runs && failed != nil:
		return token{}, failed
	}
	return t.renew(ctx)
}

// look returns the token, unless it is too old or there is none, and what came of the program so far.
func (t *tokens) look() (token, int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.run != nil && time.Since(t.current.at) >= tokenFresh {
		return token{}, t.runs, t.failed
	}
	return t.current, t.runs, t.failed
}

// noToken says why there is no token to send with; what the program printed or said is not in it. It counts as
// credentials that are refused: somebody has to see to them.
type noToken string

func (e noToken) Error() string { return "no token: token_command: " + string(e) }
func (noToken) Unwrap() error   { return providers.ErrCredentials }

// gaveUp is the error of a caller whose context ended. One that ran out of time had none to be printed a token
// in; one that was called off says nothing about the program.
func gaveUp(doing string, ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w: %w", doing, ctx.Err(), noToken("no answer in time"))
	}
	return fmt.Errorf("%s: %w", doing, ctx.Err())
}

// renew runs the program. What it prints or says is in no error.
func (t *tokens) renew(ctx context.Context) (token, error) {
	began := time.Now()
	limited, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	output, err := t.run(limited)
	text := strings.TrimSpace(string(output))
	switch {
	case ctx.Err() != nil: // this caller's trouble only: whoever waits tries for himself
		return token{}, gaveUp("run token_command", ctx)
	case limited.Err() != nil:
		err = noToken("it takes longer than " + commandLimit.String())
	case err != nil:
		err = noToken(commandFailure(err))
	case text == "":
		err = noToken("it prints nothing")
	case len(output) > maxToken || !looksLikeToken(text):
		err = noToken("it prints something that is no token")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.runs, t.failed = t.runs+1, err
	if err != nil {
		return token{}, err
	}
	t.current = token{reveal: func() string { return text }, number: t.runs, at: began}
	return t.current, nil
}

// refused is told that the vendor refused the token: one that a program printed is not used again. It reports
// whether that can be believed: the token was still valid, and no newer one has taken its place.
func (t *tokens) refused(used token) bool {
	if t.run == nil {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	newer := t.current.number > used.number
	if t.current.number == used.number {
		t.current.reveal = nil
	}
	return !newer && time.Since(used.at) < tokenValid
}

// scrub replaces the token in what goes out: the scrubbers of the house know only what is configured. An
// identifier that holds it is dropped, as a shortened one would be another order's.
func (t token) scrub(r providers.Result) providers.Result {
	s := providers.NewScrubber(providers.Secret(t.reveal()))
	for _, text := range []*string{&r.Code, &r.Message, &r.Evidence.Body, &r.Evidence.Err} {
		*text = s.Scrub(*text)
	}
	for _, id := range []*string{&r.UpstreamID, &r.Serial} {
		if s.Scrub(*id) != *id {
			*id = ""
		}
	}
	return r
}

// looksLikeToken reports whether text can stand in a header as one word, and is neither JSON nor a page nor
// quoted, which programs print when they fail or pass on a whole answer.
func looksLikeToken(text string) bool {
	if strings.Trim(text, "'") != text {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"`{}[]()<>", r) })
}
