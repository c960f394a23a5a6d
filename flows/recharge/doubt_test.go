package recharge

import (
	"context"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/providers"
	"rechargebot/storage"
)

func TestOneSlipIsOneDigitOrTwoNeighboursSwapped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b providers.MSISDN
		want bool
		show string
	}{
		{"8801712345678", "8801712345678", false, "01712345678"},
		{"8801712345678", "8801712345679", true, "0171234567[8]"},
		{"8801712345678", "8801812345678", true, "01[7]12345678"},
		{"8801712345678", "8801712354678", true, "017123[45]678"},
		{"8801712345678", "8801712345769", false, ""},
		{"8801712345678", "8801712365478", false, ""},
		{"8801712345678", "8801712345687", true, "017123456[78]"},
		{"919812345670", "919812345671", true, "981234567[0]"},
		{"919812345670", "8801712345678", false, "9812345670"},
		{"", "8801712345678", false, ""},
	} {
		if got := oneSlip(c.a, c.b); got != c.want || got != oneSlip(c.b, c.a) {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
		if shown := marked(c.a, c.b).String(); c.show != "" && shown != c.show {
			t.Errorf("%s beside %s is shown as %s, want %s", c.a, c.b, shown, c.show)
		}
	}
}

// delivered are so many delivered orders of the agent, the newest first, below the id.
func delivered(below storage.JobID, n int, account providers.MSISDN, minor int64) (out []storage.Job) {
	for i := range n {
		j := storage.Job{ID: below - storage.JobID(i) - 1, Agent: agent.ID, Order: ordered.order(), State: storage.Delivered, Created: noon.Add(-time.Hour)}
		j.Account, j.Amount.Minor = account, minor
		out = append(out, j)
	}
	return out
}

func TestWhatIsAskedASecondTime(t *testing.T) {
	t.Parallel()
	const usual, far = "8801712345679", "8801999999999"
	inState := func(s storage.State, jobs []storage.Job) []storage.Job {
		for i := range jobs {
			jobs[i].State = s
		}
		return jobs
	}
	join := func(all ...[]storage.Job) (out []storage.Job) {
		for _, jobs := range all {
			out = append(out, jobs...)
		}
		return out
	}
	rupees := delivered(500, 9, far, 1000)
	for i := range rupees {
		rupees[i].Amount.Currency = providers.INR
	}
	for _, c := range []struct {
		name string
		jobs []storage.Job
		near providers.MSISDN
		much int64
	}{
		{"nothing was ordered yet", nil, "", 0},
		{"three of a number like it", delivered(9, 3, usual, 5000), usual, 0},
		{"two of a number like it", delivered(9, 2, usual, 5000), "", 0},
		{"three that came to nothing", inState(storage.Failed, delivered(9, 3, usual, 5000)), "", 0},
		{"three of a number unlike it", delivered(9, 3, far, 5000), "", 0},
		{"the number itself is known, long ago", join(delivered(99, 3, usual, 5000), delivered(9, 1, ordered.Account, 5000)), "", 0},
		{"the number itself only failed", join(inState(storage.Failed, delivered(9, 1, ordered.Account, 6000)), delivered(8, 3, usual, 5000)), usual, 0},
		{"the usual one is beyond the hundredth", join(delivered(900, 100, far, 5000), delivered(9, 3, usual, 5000)), "", 0},
		{"the number ordered most of two", join(delivered(99, 3, "8801712345670", 5000), delivered(9, 4, usual, 5000)), usual, 0},
		{"a block of numbers", join(delivered(99, 3, "8801712345670", 5000), delivered(50, 1, "8801712345671", 5000), delivered(9, 4, usual, 5000)), "", 0},
		{"ten small ones", delivered(99, 10, far, 1666), "", 1666},
		{"a third exactly", delivered(99, 10, far, 1667), "", 0},
		{"nine small ones are no habit", delivered(99, 9, far, 1000), "", 0},
		{"a large one long ago, among fifty", join(delivered(900, 49, far, 1000), delivered(9, 1, far, 5000)), "", 0},
		{"a large one long ago, beyond fifty", join(delivered(900, 50, far, 1000), delivered(9, 1, far, 5000)), "", 1000},
		{"another currency", join(rupees, delivered(99, 9, far, 1000)), "", 0},
		{"both", join(delivered(99, 10, far, 1000), delivered(9, 3, usual, 1000)), usual, 1000},
	} {
		step := press(t, &ledger{jobs: c.jobs}, ordered, flows.ActionRedraw, nil)
		o, _ := readDraft(step.State)
		if o.Doubt.Near != c.near || o.Doubt.Largest.Minor != c.much {
			t.Errorf("%s: %+v", c.name, o.Doubt)
		}
		label, asks := step.Screen.Rows[0][0].Label, c.near != "" || c.much != 0
		if (label == "Send anyway") != asks || (label == "Confirm") == asks {
			t.Errorf("%s: asked with %q", c.name, label)
		}
		if s := press(t, &ledger{jobs: c.jobs}, o, actConfirm, nil); s.Order == nil || s.Order.Account != ordered.Account {
			t.Errorf("%s: the second question's answer orders nothing: %+v", c.name, s)
		}
	}
}

// counted counts the agent's jobs that were read.
type counted struct {
	*ledger
	reads, jobs int
}

func (c *counted) JobsOfAgent(ctx context.Context, agent storage.PersonID, before storage.JobID, limit int) ([]storage.Job, error) {
	out, err := c.ledger.JobsOfAgent(ctx, agent, before, limit)
	c.reads, c.jobs = c.reads+1, c.jobs+len(out)
	return out, err
}

func TestTheHabitCostsABoundedRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		jobs        []storage.Job
		reads, read int
	}{
		{nil, 1, 0},
		{delivered(9_000, 5_000, "8801999999999", 100), 4, 100}, // a number that is new
		{delivered(9_000, 5_000, ordered.Account, 5000), 1, 25}, // an ordinary order is known after a page
	} {
		l := &counted{ledger: &ledger{jobs: c.jobs}}
		f := newFlow(l.ledger)
		f.Jobs = l
		_, err := f.Step(t.Context(), flows.Dialogue{Person: agent, Say: english(t)}, flows.Input{Chat: 2001, ChatKind: flows.PrivateChat, Text: "01712345678 50"})
		if err != nil || l.reads != c.reads || l.jobs != c.read {
			t.Errorf("%d reads of %d jobs (%v), want %d of %d", l.reads, l.jobs, err, c.reads, c.read)
		}
	}
}

// Whatever becomes of the providers between the card and the press: nothing is ordered that the card did not
// speak of.
func TestConfirmAsksHowTheProvidersDoOnceMore(t *testing.T) {
	t.Parallel()
	for shown, now := range map[Standing][]Standing{Fine: {Fine, Troubled, Paused}, Troubled: {Fine, Troubled, Paused}} {
		for _, n := range now {
			o := ordered
			o.Slow = shown == Troubled
			f := newFlow(&ledger{})
			f.Standing = func(context.Context, string, providers.OperatorID) Standing { return n }
			s := pressOn(t, f, o, actConfirm, nil)
			if want := n != Paused && (n != Troubled || shown == Troubled); (s.Order != nil) != want {
				t.Errorf("shown as %d, now %d: ordered %v", shown, n, s.Order != nil)
			}
			if s.Order == nil && n == Paused && (strings.Contains(s.Screen.Text.String(), "Confirm") || s.Screen.Rows[0][0].Label != "Try again") {
				t.Errorf("paused: %+v", s.Screen)
			}
		}
	}
}
