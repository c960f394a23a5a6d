package simulated

import (
	"net/http"
	"time"
)

// moodSpec is a mood with what it does.
type moodSpec struct {
	id          Mood
	label, help string
	calls       []Call        // where it acts when nothing else is asked for
	others      []Call        // where it can be made to act as well
	delay       time.Duration // when nothing else is asked for; 0 = no use for one
	does        effects
}

// effects are the points of an exchange where a mood can step in.
type effects struct {
	instead http.HandlerFunc            // answers before anything is decided
	late    bool                        // decides when the client has gone
	closed  bool                        // says "maintenance" to everything
	broke   bool                        // behaves as if the float were nothing
	refusal verdict                     // said instead of taking a good order on
	plan    func(*Order, time.Duration) // what shall become of an order that is taken on
	twist   func(*outcome)              // falsifies what is said about an accepted order
	deliver delivery                    // puts the answer on the wire
}

// moods is the closed list.
func moods() []moodSpec {
	recharge, reads := []Call{CallRecharge}, []Call{CallStatus, CallBalance, CallOffers, CallCodes, CallComplain}
	all := []Call{CallRecharge, CallStatus, CallBalance, CallOffers, CallCodes, CallComplain, CallOther}
	return append(append([]moodSpec{
		{Normal, "Normal", "Answers at once and truthfully.", all, nil, 0, effects{}},
	}, spoiled(recharge, reads)...), []moodSpec{
		{Late, "Late", "Holds the request, and takes the order some time after the client has given up.",
			recharge, nil, 2 * time.Second, effects{late: true}},
		{Duplicate, "Duplicate", "Takes the order, and says that it is a duplicate.",
			recharge, nil, 0, effects{twist: func(o *outcome) { o.verdict = saidDuplicate }}},
		{WrongEcho, "Wrong echo", "Takes the order, and confirms another amount, or another reference where the dialect confirms only that.", recharge, nil, 0, effects{twist: echoOther}},
		{Forget, "Forgetful", "Takes the order, and denies on enquiry for a while that it knows it.",
			recharge, nil, time.Minute, effects{plan: func(o *Order, d time.Duration) { o.HiddenUntil = o.Accepted.Add(d) }}},
		{Refuse, "Refuses", "Takes no order: each one fails at once.", recharge, nil, 0, effects{refusal: saidRefused}},
		{Repeat, "Calls it a repeat", "Takes no order: each one is said to repeat an earlier one.", recharge, nil, 0, effects{refusal: saidDuplicate}},
		{Low, "Out of float", "Takes no order for lack of float, and shows a balance of nothing; the float itself is kept.",
			[]Call{CallRecharge, CallBalance}, nil, 0, effects{broke: true}},
		{Maintenance, "Maintenance", "Takes nothing: every call is answered with the maintenance message.", all, nil, 0, effects{closed: true}},
		{Redirect, "Redirects", "Takes no order: points to another address, and notes who goes there.", recharge, reads, 0, effects{instead: redirect}},
		{Down, "Down", "Is not there: connections are refused, or answered with 503 where the address is shared.",
			all, nil, 0, effects{instead: unavailable}},
		{FailLater, "Fails later", "Takes the order, and it fails in the end; the float is given back.",
			recharge, nil, 0, effects{plan: func(o *Order, _ time.Duration) { o.Fails = true }}},
		{Reverse, "Reverses", "Delivers the order, and takes it back some time later; the float is given back.",
			recharge, nil, 30 * time.Second, effects{plan: func(o *Order, d time.Duration) { o.ReversedAfter = d }}},
	}...)
}

// spoiled are the moods that decide truthfully and spoil how the answer goes out.
func spoiled(recharge, reads []Call) []moodSpec {
	return []moodSpec{
		{Slow, "Slow", "Does its work, and answers late.", recharge, reads, 10 * time.Second, effects{deliver: slowly}},
		{Drip, "Drips", "Does its work, and answers a byte at a time.", recharge, reads, time.Second, effects{deliver: drip}},
		{Silent, "Silent", "Does its work, and never answers.", recharge, reads, 0, effects{deliver: silently}},
		{Garbled, "Garbled", "Does its work, and answers with broken JSON.", recharge, reads, 0, effects{deliver: garbled}},
		{Cut, "Cut off", "Does its work, and the connection breaks in the middle of the answer.", recharge, reads, 0, effects{deliver: cut}},
		{HTML, "HTML", "Does its work, and answers 200 with a web page.", recharge, reads, 0, effects{deliver: webPage(http.StatusOK)}},
		{Error500, "Error 500", "Does its work, and answers 500 with a web page.",
			recharge, reads, 0, effects{deliver: webPage(http.StatusInternalServerError)}},
		{Endless, "Endless", "Does its work, and the answer never ends.", recharge, reads, 0, effects{deliver: endless}},
		{Bomb, "Gzip bomb", "Does its work, and the answer unpacks to 64 MiB.", recharge, reads, 0, effects{deliver: bomb}},
	}
}

// echoOther confirms 10, as the sample in seeds/ecare.txt does for an order of 20; an order of 10 becomes 20.
// The reference is that of the sample in seeds/rechargkit.txt. Which of them a client is shown, the dialect knows.
func echoOther(o *outcome) {
	o.order.Reference = "5165483"
	if o.order.Amount.Minor == 10_00 {
		o.order.Amount.Minor = 20_00
	} else {
		o.order.Amount.Minor = 10_00
	}
}
