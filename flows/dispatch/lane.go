package dispatch

import (
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// lanes share the workers out, so that an upstream that is slow, silent or far behind its rate delays
// nobody else: each upstream has a lane in which its jobs wait for a worker and for a turn at its rate,
// and a job that waits costs 8 bytes, one that waits for its send 16. They are guarded by the Dispatcher's lock.
type lanes struct {
	parallel int
	house    *lane   // what needs no upstream
	of       []*lane // one an upstream, in order of priority, the retired ones last
	resumed  bool    // a provider is paused no more, and nobody has looked yet at what waits
}

// lane is the jobs of one upstream that are due.
type lane struct {
	up              Upstream // nil = the house's
	lines           map[providers.OperatorID]*line
	parked          dueIndex // orders that wait for the provider to be resumed, as in a line
	asks            queue
	sending, asking int  // workers
	inRow           int  // sends begun since the last enquiry
	turn            bool // one was taken and not used
	rest            time.Time

	paused     bool      // as it was when it was asked last
	tally      tally     // of its sends since the start
	echo       time.Time // of the last answer that spoke of another order
	distrusted bool      // there was a second one, and nobody was told yet
	rechecked  time.Time // when a recheck took a turn last
}

// line is the orders of one operator that wait for their send at one upstream, the oldest first; each is
// due when it is too old. One whose breaker is broken moves on one order at a time.
type line struct {
	waiting dueIndex
	sending int // of them
	breaker breaker
}

func (n *lane) line(op providers.OperatorID) *line {
	if n.lines[op] == nil {
		n.lines[op] = &line{}
	}
	return n.lines[op]
}

// free reports whether nothing is under way and nothing waits.
func (l *line) free() bool { return l.sending == 0 && len(l.waiting) == 0 }

// held reports whether the line waits for the outcome of a trial.
func (l *line) held() bool { return l.breaker.broken() && l.sending > 0 }

func newLanes(c Config) lanes {
	l := lanes{parallel: c.Parallel, house: newLane(nil)}
	for _, ups := range [][]Upstream{c.Upstreams, c.Retired} {
		for _, up := range ups {
			l.of = append(l.of, newLane(up))
		}
	}
	return l
}

func newLane(up Upstream) *lane {
	return &lane{up: up, lines: map[providers.OperatorID]*line{}}
}

// find is the lane of an upstream, nil when none of that name is configured.
func (l *lanes) find(name string) *lane {
	for _, one := range l.of {
		if one.up.Name() == name {
			return one
		}
	}
	return nil
}

// add lets a job wait; expires is when its order is too old.
func (n *lane) add(job storage.Job, w way, expires time.Time) {
	e := entry{due: expires.UnixNano(), id: job.ID}
	switch w {
	case toAsk:
		n.asks.add(job.ID)
	case toSend:
		n.line(job.Operator).waiting.add(e)
	case toWait:
		n.parked.add(e)
	}
}

// oldest is the line whose turn it is to send: of those that may, the one with the oldest order, but before it
// one whose trial waits, since that order could go elsewhere; nil when none may.
func (n *lane) oldest() *line {
	var first *line
	for _, l := range n.lines {
		switch {
		case len(l.waiting) == 0 || l.held():
		case first == nil, l.trying() && !first.trying(), l.trying() == first.trying() && l.waiting[0].before(first.waiting[0]):
			first = l
		}
	}
	return first
}

// trying reports whether the order that is next in the line is its breaker's trial.
func (l *line) trying() bool { return l.breaker.broken() && l.waiting[0].id == l.breaker.trial }

func (n *lane) workers() int { return n.sending + n.asking }

// idle reports whether nothing waits that may begin.
func (n *lane) idle() bool {
	return n.oldest() == nil && n.asks.empty()
}

// most is how many workers an upstream may hold: half of them, all when it is the only one.
func (l *lanes) most() int {
	if len(l.of) == 1 {
		return l.parallel
	}
	return max(1, l.parallel/2)
}

// mostAsking is how many of them may enquire.
func (l *lanes) mostAsking() int { return max(1, l.most()/2) }

// kept is how many workers are left to each upstream, whatever the others do; 0 where there are fewer
// workers than upstreams.
func (l *lanes) kept() int { return max(l.parallel/(2*len(l.of)), min(1, l.parallel/len(l.of))) }

// room reports whether the lane may have one more worker.
func (l *lanes) room(n *lane) bool {
	free := l.parallel - l.house.workers()
	for _, one := range l.of {
		free -= one.workers()
		if n.up != nil && one != n {
			free -= max(0, l.kept()-one.workers())
		}
	}
	return free > 0 && (n.up == nil || n.workers() < l.most())
}

// errand is one job for one worker.
type errand struct {
	id     storage.JobID
	lane   *lane
	line   *line // of a send; nil = none
	turned bool  // the turn was used
}

func (e *errand) way() way {
	if e.line != nil {
		return toSend
	}
	return toAsk
}

// sendsInRow is how many sends go before an enquiry that waits as well.
const sendsInRow = 3

// begin takes the lane's next job and holds a worker for it; false when nothing waits that may begin now.
// Sends go first, but of the workers and turns for which both wait, enquiries get a part.
func (l *lanes) begin(n *lane, now time.Time) (errand, bool) {
	mayAsk := !n.asks.empty() && n.asking < l.mostAsking()
	first := n.oldest()
	if first == nil && !mayAsk || !l.room(n) || !n.takeTurn(now) {
		return errand{}, false
	}
	if first != nil && (n.inRow < sendsInRow || !mayAsk) {
		n.inRow++
		n.sending++
		first.sending++
		return errand{id: first.waiting.take().id, lane: n, line: first}, true
	}
	n.inRow = 0
	n.asking++
	return errand{id: n.asks.take(), lane: n}, true
}

// takeTurn takes a turn at the upstream's rate, or notes when to ask for one again.
func (n *lane) takeTurn(now time.Time) bool {
	if n.up == nil {
		return true
	}
	if n.turn {
		n.turn = false
		return true
	}
	if now.Before(n.rest) {
		return false
	}
	if wait := n.up.Turn(); wait > 0 {
		n.rest = now.Add(wait)
		return false
	}
	return true
}

// end gives back what the errand held.
func (e errand) end() {
	if e.line != nil {
		e.lane.sending--
		e.line.sending--
	} else {
		e.lane.asking--
	}
	e.lane.turn = e.lane.turn || !e.turned
}

// next is when a lane that waits only for a turn has it; false when none does.
func (l *lanes) next(now time.Time) (time.Time, bool) {
	var first time.Time
	for _, n := range l.of {
		if n.rest.After(now) && !n.idle() && (first.IsZero() || n.rest.Before(first)) {
			first = n.rest
		}
	}
	return first, !first.IsZero()
}

// queue is what waits in a lane, first in first out.
type queue struct {
	ids  []storage.JobID
	gone int // of them
}

func (q *queue) empty() bool { return q.gone == len(q.ids) }

func (q *queue) add(id storage.JobID) { q.ids = append(q.ids, id) }

// take removes the first one; the queue must not be empty.
func (q *queue) take() storage.JobID {
	id := q.ids[q.gone]
	q.gone++
	switch {
	case q.empty():
		*q = queue{}
	case q.gone > len(q.ids)/2:
		q.ids, q.gone = append(make([]storage.JobID, 0, len(q.ids)-q.gone), q.ids[q.gone:]...), 0
	}
	return id
}
