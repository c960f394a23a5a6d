package recharge

import (
	"fmt"

	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// What a habit is. The agent's newest habitDepth jobs are read, at most once for a card, habitPage at a time and no
// more than are needed to know.
const (
	habitDepth  = 100
	habitPage   = 25
	oftenOrders = 3  // so many delivered orders make a number a usual one
	muchOrders  = 10 // so many delivered orders in a currency tell what is much
	muchAmong   = 50 // the newest of them
	muchTimes   = 3
)

// doubt is what makes an order look like a slip of the thumb; the zero doubt is none. It asks a second time, and
// forbids nothing.
type doubt struct {
	Near    providers.MSISDN `json:"near,omitempty"`   // the agent's usual number that differs from the draft's by one slip
	Largest providers.Money  `json:"largest,omitzero"` // the most that he ordered lately, of which the amount is a multiple
}

// habits is what the agent's newest jobs say about a draft.
type habits struct {
	known     bool // the number was ordered before
	delivered map[providers.MSISDN]int
	count     int             // delivered orders in the draft's currency, at most muchAmong
	largest   providers.Money // of those
}

// doubt compares the draft with what the agent does usually. known says that he has ordered for the number before.
func (t turn) doubt(o draft, known bool) (doubt, error) {
	h := habits{known: known, delivered: map[providers.MSISDN]int{}}
	before := storage.JobID(0)
	for seen := 0; seen < habitDepth && !h.plain(o); seen += habitPage {
		page, err := t.Jobs.JobsOfAgent(t.ctx, t.Person.ID, before, habitPage)
		if err != nil {
			return doubt{}, fmt.Errorf("read the agent's jobs: %w", err)
		}
		for _, j := range page {
			h.learn(o, j)
		}
		if len(page) < habitPage {
			break
		}
		before = page[len(page)-1].ID
	}
	var d doubt
	if h.count >= muchOrders && h.much(o) {
		d.Largest = h.largest
	}
	d.Near = h.near(o.Account)
	return d, nil
}

func (h *habits) learn(o draft, j storage.Job) {
	h.known = h.known || j.Account == o.Account && settledFor(j)
	if j.State != storage.Delivered {
		return
	}
	h.delivered[j.Account]++
	if j.Amount.Currency == o.Amount.Currency && h.count < muchAmong {
		if h.count++; h.count == 1 || h.largest.Less(j.Amount) {
			h.largest = j.Amount
		}
	}
}

// settledFor reports whether the job shows that its agent means the number: an order that failed or was
// withdrawn does not, unless it arrived after all.
func settledFor(j storage.Job) bool {
	return j.State != storage.Failed && j.State != storage.Cancelled || j.Corrected()
}

// plain reports whether no further job can raise a doubt.
func (h *habits) plain(o draft) bool {
	return h.known && (h.count == muchAmong || h.count > 0 && !h.much(o))
}

func (h *habits) much(o draft) bool { return o.Amount.Minor > muchTimes*h.largest.Minor }

// near is the usual number that differs from the account by one slip, "" when there is none. Of several it is the one
// ordered most. Whoever recharges more of a usual number's neighbours orders whole blocks of numbers, and means them.
func (h *habits) near(account providers.MSISDN) (near providers.MSISDN) {
	if h.known {
		return ""
	}
	for usual, n := range h.delivered {
		if n < oftenOrders || !oneSlip(usual, account) || n < h.delivered[near] || n == h.delivered[near] && usual > near {
			continue
		}
		neighbours := 0
		for other := range h.delivered {
			if oneSlip(usual, other) {
				neighbours++
			}
		}
		if neighbours < 2 {
			near = usual
		}
	}
	return near
}

// oneSlip reports whether exactly one digit differs, or exactly two neighbouring ones are swapped.
func oneSlip(a, b providers.MSISDN) bool {
	first, last := slip(a, b)
	return first >= 0 && (first == last || first+1 == last && a[first] == b[last] && a[last] == b[first])
}

// slip is where the first and the last digit stand that differ; below 0 where none does or the lengths do.
func slip(a, b providers.MSISDN) (first, last int) {
	first, last = -1, -1
	if len(a) != len(b) {
		return first, last
	}
	for i := range len(a) {
		if a[i] != b[i] {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	return first, last
}

// marked writes the number with its digits that differ from the other one's in brackets.
func marked(n, other providers.MSISDN) text.Rich {
	first, last := slip(n, other)
	national := n.National()
	off := len(n) - len(national) // country code off, or a 0 put before
	first, last = first-off, last-off
	if first < 0 || last >= len(national) {
		return text.Rich{{Text: national, Style: text.Code}}
	}
	return text.Rich{{Text: national[:first]}, {Text: "[" + national[first:last+1] + "]", Style: text.Bold}, {Text: national[last+1:]}}
}

// doubtWords lists what looks like a slip; nil when nothing does.
func (t turn) doubtWords(o draft) (words []text.Rich) {
	d := o.Doubt
	if d.Near != "" {
		words = append(words, text.Join("\n",
			t.Say.Say(text.RechargeNear, nil),
			text.Join("", t.Say.Say(text.RechargeNearThis, nil), marked(o.Account, d.Near)),
			text.Join("", t.Say.Say(text.RechargeNearUsual, nil), marked(d.Near, o.Account)),
		))
	}
	if !d.Largest.IsZero() {
		words = append(words, t.Say.Say(text.RechargeMuch, text.Values{"Amount": o.Amount, "Times": muchTimes, "Largest": d.Largest}))
	}
	return words
}
