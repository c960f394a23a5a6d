package providertest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

// teller plays one story through a gateway.
type teller struct {
	*testing.T
	s       *suite
	story   story
	gateway *providers.Gateway

	mu   sync.Mutex
	next int // the exchange that must come next

	last   providers.Sent // the recharge that a bare enquire asks about
	said   []string       // and what a story may want of it, a line each
	wanted int            // how many of these have been
}

// play runs one story and records what the laws need.
func (s *suite) play(t *testing.T, st story) {
	bubble(t, func(t *testing.T) {
		teller := &teller{T: t, s: s, story: st}
		u := newUpstream(teller.exchange)
		u.refuse = teller.refuse
		teller.gateway = s.gateway(t, u)
		for _, l := range st.lines {
			teller.line(l)
		}
		teller.heard("the end of the story")
		if n := teller.happened(); n != len(st.exchanges) {
			t.Errorf("%d exchanges are written, %d happened", len(st.exchanges), n)
		}
		checkHosts(t, u, s.host(s.config(u)))
	})
}

// exchange answers a request, which must be the next one of the story.
func (t *teller) exchange(r request) reply {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == len(t.story.exchanges) {
		t.Errorf("a request that is not in the story:\n%s", describe(r))
		return reply{mode: reset}
	}
	e := t.story.exchanges[t.next]
	t.next++
	if diff := t.s.compare(e.want, r); diff != "" {
		t.Errorf("request %d differs (- story, + adapter):\n%s", t.next, diff)
	}
	return e.reply
}

// refuse refuses the connection when the story says so.
func (t *teller) refuse(context.Context, string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next < len(t.story.exchanges) && t.story.exchanges[t.next].reply.mode == refuse {
		t.next++
		return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return nil
}

// happened counts the exchanges so far.
func (t *teller) happened() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next
}

func (t *teller) line(l line) {
	command, words := l.words[0], l.words[1:]
	if command == "want" {
		t.want(l, strings.Join(words, " "))
		return
	}
	t.heard(fmt.Sprintf("line %d", l.number))
	switch command {
	case "recharge", "enquire":
		sent, err := t.order(words)
		if err != nil {
			t.Fatalf("line %d: %v", l.number, err)
		}
		t.ask(command, sent)
	case "balance":
		m, err := t.gateway.Balance(t.Context())
		t.record(play{call: command, reason: becauseOf(err)})
		t.said = []string{m.Decimal()}
		if err != nil {
			t.said = []string{failure(err)}
		}
	case "offers":
		t.listOffers(words)
	case "postback":
		t.postback(strings.Join(words, " "))
	case "complain":
		ticket, err := t.gateway.Complain(t.Context(), words[0], strings.Join(words[1:], " "))
		t.record(play{call: command, reason: becauseOf(err)})
		t.said = []string{"ticket " + ticket}
		if err != nil {
			t.said = []string{failure(err)}
		}
	case "codes":
		t.listCodes(strings.Join(words, " "))
	case "wait":
		d, err := time.ParseDuration(strings.Join(words, ""))
		if err != nil {
			t.Fatalf("line %d: %v", l.number, err)
		}
		time.Sleep(d)
	default:
		t.Fatalf("line %d: no such command: %s", l.number, command)
	}
}

// ask makes a recharge or an enquiry.
func (t *teller) ask(command string, sent providers.Sent) {
	before, at := t.happened(), time.Now()
	p := play{call: command, sent: sent}
	var res providers.Result
	if command == "recharge" {
		var err error
		res, err = t.gateway.Recharge(t.Context(), sent.Request)
		if p.notSent = errors.Is(err, providers.ErrNotSent); err != nil && !p.notSent {
			t.Errorf("the gateway let an error through: %v", err)
		}
		t.last = sent
		t.last.At, t.last.UpstreamID = at, res.UpstreamID
	} else {
		res = t.gateway.Enquire(t.Context(), sent)
	}
	p.status, p.reason = res.Status, res.Reason
	if t.happened() == before+1 {
		if r := t.story.exchanges[before].reply; r.mode == whole {
			p.answer = &r
		}
	}
	t.record(p)
	t.said = []string{verdict(p, res)}
	if text := fmt.Sprintf("%+v", res); leaks(text) {
		t.Errorf("a secret is in the result: %s", text)
	}
}

func (t *teller) record(p play) {
	p.story = t.story.name
	t.s.plays = append(t.s.plays, p)
	t.wanted = 0
}

// verdict words a result as stories do.
func verdict(p play, r providers.Result) string {
	word := strings.ReplaceAll(r.Status.String(), " ", "-")
	if p.notSent {
		word = "not-sent"
	}
	for _, part := range [][2]string{{"reason", string(r.Reason)}, {"upstream", r.UpstreamID}, {"serial", r.Serial}} {
		if part[1] != "" {
			word += " " + part[0] + "=" + part[1]
		}
	}
	return word
}

func (t *teller) listOffers(words []string) {
	q := providers.OfferQuery{Operator: providers.OperatorID(words[0])}
	if len(words) > 1 {
		q.Circle = providers.CircleID(strings.TrimPrefix(words[1], "circle="))
	}
	list, err := t.gateway.Offers(t.Context(), q)
	t.record(play{call: providers.CallOffers, reason: becauseOf(err)})
	t.said = nil
	for _, o := range list {
		t.said = append(t.said, strings.Join(strings.Fields(fmt.Sprintf(
			"offer %s %s/%s %s %s", o.Kind, o.Operator, o.Type, o.Price.Decimal(), o.Validity)), " "))
	}
	switch {
	case err != nil:
		t.said = []string{failure(err)}
	case len(list) == 0:
		t.said = []string{"none"}
	}
}

// postback makes the call that the upstream makes of us.
func (t *teller) postback(text string) {
	call := providers.PostbackCall{Query: text}
	if strings.HasPrefix(text, "{") {
		call = providers.PostbackCall{ContentType: "application/json", Body: []byte(text)}
	}
	about, err := t.gateway.Postback(call)
	t.record(play{call: "postback"})
	t.said = []string{"reference=" + string(about.Reference)}
	if err != nil {
		t.said = []string{failure(err)}
	}
}

func (t *teller) listCodes(category string) {
	list, err := t.gateway.CodeList(t.Context(), category)
	t.record(play{call: providers.CallCodes, reason: becauseOf(err)})
	t.said = nil
	for _, c := range list {
		t.said = append(t.said, strings.Join(strings.Fields("code "+c.Code+" "+c.Name+" "+c.Details), " "))
	}
	if err != nil {
		t.said = []string{failure(err)}
	}
}

// failure words the error of a read.
func failure(err error) string {
	if errors.Is(err, providers.ErrCredentials) {
		return "error credentials"
	}
	return "error"
}

func becauseOf(err error) providers.Reason {
	if errors.Is(err, providers.ErrCredentials) {
		return providers.ReasonCredentials
	}
	return providers.ReasonNone
}

// want compares the next thing said.
func (t *teller) want(l line, text string) {
	if t.wanted >= len(t.said) {
		t.Errorf("%s.txtar line %d: nothing more was said, want %q", t.story.name, l.number, text)
		return
	}
	if diff := cmp.Diff(text, t.said[t.wanted]); diff != "" {
		t.Errorf("%s.txtar line %d (- story, + adapter):\n%s", t.story.name, l.number, diff)
	}
	t.wanted++
}

// heard checks that the story wanted everything that was said.
func (t *teller) heard(where string) {
	for ; t.wanted < len(t.said); t.wanted++ {
		t.Errorf("%s.txtar, before %s: nobody wanted %q", t.story.name, where, t.said[t.wanted])
	}
}

// order reads the words of a recharge or enquiry; without any it is the last recharge.
func (t *teller) order(words []string) (providers.Sent, error) {
	if len(words) == 0 {
		return t.last, nil
	}
	sent := providers.Sent{At: time.Now()}
	if len(words) < 4 {
		return sent, fmt.Errorf("want NUMBER OPERATOR/TYPE AMOUNT ref=REFERENCE")
	}
	var err error
	if sent.Account, err = providers.ParseMSISDN(words[0]); err != nil {
		return sent, err
	}
	operator, kind, _ := strings.Cut(words[1], "/")
	sent.Operator, sent.Type = providers.OperatorID(operator), providers.NumberType(kind)
	if sent.Amount, err = providers.ParseAmount(words[2], t.gateway.Currency()); err != nil {
		return sent, err
	}
	for _, w := range words[3:] {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "ref":
			sent.Reference = providers.Reference(value)
		case "upstream":
			sent.UpstreamID = value
		case "circle":
			sent.Circle = providers.CircleID(value)
		default:
			return sent, fmt.Errorf("no such word: %s", w)
		}
	}
	return sent, nil
}
