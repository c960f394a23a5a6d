package dispatch

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// The table of SAFETY.md, section 4, as a person would read it out, over every answer that a send or an enquiry can get in
// every situation. What it says is compared with what the rules do; the store's own table of moves,
// which storagetest walks over every ordered pair of states, is asked about each of them too.

// situation is what is known when an answer comes.
type situation struct {
	send    bool // the answer is the send's, else an enquiry's
	from    storage.State
	status  providers.StatusClass
	once    bool          // the provider once said Pending about this send
	polls   int           // "not found" so far
	age     time.Duration // of the send
	another bool          // another provider could take the order
	earlier providers.Reason
}

// heard is an answer.
type heard struct {
	status providers.Status
	reason providers.Reason
	err    error
}

const (
	tableWindow = 10 * time.Minute // LateArrival
	tablePolls  = 5
	tableReview = 24 * time.Hour
	tableSend   = 30 * time.Second
)

var errReset = errors.New("connection reset")

// says reads the table out: where the job goes, and by what proof.
func (s situation) says(h heard) (storage.State, storage.Proof) {
	closed := func(p storage.Proof) (storage.State, storage.Proof) {
		if s.another {
			return storage.Queued, p
		}
		return storage.Failed, p
	}
	late := s.age >= tableSend+tableWindow
	stay := s.from
	if s.age >= tableReview {
		stay = storage.Review
	}
	echo := h.reason == providers.ReasonEcho
	switch {
	case s.send && errors.Is(h.err, providers.ErrNotSent) && h.status == providers.Unknown:
		return closed(storage.ProofNotSent)
	case s.send && h.err != nil:
		return storage.Unknown, ""
	case s.send && h.status == providers.Delivered:
		return storage.Delivered, storage.ProofDelivered
	case s.send && h.status == providers.Pending:
		return storage.Pending, ""
	case s.send && h.status == providers.Refused && !echo && h.reason != providers.ReasonDuplicate:
		return closed(storage.ProofRefused)
	case s.send:
		return storage.Unknown, ""
	}
	doubted := echo || s.earlier == providers.ReasonEcho
	ended := h.status == providers.Delivered || h.status == providers.Refused
	switch {
	case ended && doubted:
		return storage.Review, ""
	case h.status == providers.Delivered:
		return storage.Delivered, storage.ProofDelivered
	case h.status == providers.Refused && (s.once || late):
		return closed(storage.ProofFailed)
	case h.status == providers.NotFound && s.status == providers.StatusMeaningful && late && s.polls+1 >= tablePolls:
		return storage.Review, ""
	case stay == storage.Review:
		return storage.Review, ""
	case h.status == providers.Pending:
		return storage.Pending, ""
	}
	return stay, ""
}

func tableRules() rules {
	return rules{
		sendLimit: tableSend, enquireAfter: []time.Duration{10 * time.Second, time.Hour}, reviewAfter: tableReview, remindEvery: 3 * time.Hour,
		spread:     func(d time.Duration) time.Duration { return d },
		opsNotices: func(storage.Job, bool) []storage.Notice { return []storage.Notice{{Chat: -5}} },
		opsTrouble: func(string, providers.Reason) []storage.Notice { return nil },
		reading:    func(string) *storage.Reading { return nil },
	}
}

// job is one in that situation.
func (s situation) job(now time.Time) storage.Job {
	opened := now.Add(-s.age)
	j := storage.Job{
		ID: 7, State: s.from, Version: 3, Reason: s.earlier,
		Attempts: []storage.Attempt{{Provider: "p", Reference: "R", Opened: opened, NotFound: s.polls, Enquiries: s.polls}},
		History:  []storage.Line{{To: storage.Queued}, {From: storage.Queued, To: storage.Sending}},
	}
	at := storage.Sending
	for _, to := range map[bool][]storage.State{true: {storage.Pending, storage.Unknown}, false: {storage.Unknown}}[s.once] {
		if s.from != storage.Sending && at != s.from {
			j.History = append(j.History, storage.Line{From: at, To: to})
			at = to
		}
	}
	return j
}

func TestTheRulesAreTheTable(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	cases, reached := 0, map[string]int{}
	for s := range situations() {
		for h := range answers() {
			cases++
			j := s.job(now)
			caps := providers.Capabilities{Status: s.status, LateArrival: tableWindow, NotFoundPolls: tablePolls}
			result := providers.Result{Status: h.status, Reason: h.reason}
			next := func(storage.Job) bool { return s.another }
			var m storage.Move
			if s.send {
				m = tableRules().afterSend(j, caps, result, h.err, now, next)
			} else {
				m = tableRules().afterEnquiry(j, caps, result, true, now, next)
			}
			to, proof := s.says(h)
			if m.To != to || m.Close != proof {
				t.Fatalf("%+v, answered %+v: to %s by %q, the table says to %s by %q", s, h, m.To, m.Close, to, proof)
			}
			if !s.from.MayBecome(to) || m.Version != j.Version || m.Evidence == nil || m.Due.IsZero() != to.Terminal() {
				t.Fatalf("%+v, answered %+v: %+v", s, h, m)
			}
			if review := to == storage.Review; review != (len(m.Notices) > 0) {
				t.Fatalf("%+v, answered %+v: the group is told %d things", s, h, len(m.Notices))
			}
			reached[fmt.Sprint(s.from, " ", to, " ", proof)]++
		}
	}
	for _, row := range []string{
		"sending queued P1", "sending failed P1", "sending queued P2", "sending failed P2", "sending pending ", "sending delivered delivered", "sending unknown ",
		"pending pending ", "pending delivered delivered", "pending failed P3", "pending queued P3", "pending review ",
		"unknown unknown ", "unknown pending ", "unknown delivered delivered", "unknown failed P3", "unknown queued P3", "unknown review ",
	} {
		if reached[row] == 0 {
			t.Errorf("no case went along %q", row)
		}
		delete(reached, row)
	}
	if len(reached) > 0 {
		t.Errorf("moves that the table does not have: %v", reached)
	}
	t.Logf("%d cases", cases)
}

func situations() func(yield func(situation) bool) {
	return func(yield func(situation) bool) {
		for _, another := range []bool{true, false} {
			for _, class := range []providers.StatusClass{providers.StatusMeaningful, providers.StatusReadOnly, providers.StatusByTheirID} {
				if !yield(situation{send: true, from: storage.Sending, status: class, another: another}) {
					return
				}
				for _, from := range []storage.State{storage.Pending, storage.Unknown} {
					for _, once := range []bool{from == storage.Pending, true} {
						for _, polls := range []int{0, tablePolls - 2, tablePolls - 1, 40} {
							for _, age := range []time.Duration{0, tableSend + tableWindow - 1, tableSend + tableWindow, tableReview - 1, tableReview} {
								for _, earlier := range []providers.Reason{"", providers.ReasonUnreadable, providers.ReasonEcho} {
									if !yield(situation{false, from, class, once, polls, age, another, earlier}) {
										return
									}
								}
							}
						}
					}
				}
			}
		}
	}
}

func answers() func(yield func(heard) bool) {
	return func(yield func(heard) bool) {
		for _, status := range []providers.Status{providers.Unknown, providers.Pending, providers.Delivered, providers.Refused, providers.NotFound} {
			for _, reason := range []providers.Reason{
				"", providers.ReasonDuplicate, providers.ReasonEcho, providers.ReasonFloatShort, providers.ReasonRejected,
				providers.ReasonRefunded, providers.ReasonCredentials, providers.ReasonUnreadable,
			} {
				for _, err := range []error{nil, providers.ErrNotSent, errReset} {
					if !yield(heard{status, reason, err}) {
						return
					}
				}
			}
		}
	}
}
