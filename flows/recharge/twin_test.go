package recharge_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// wants checks what the card's second question says, and what its first button is called.
func (c *counter) wants(id storage.PersonID, label string, words ...string) {
	c.Helper()
	m := c.card(id)
	for _, w := range words {
		if !strings.Contains(m.Text.String(), w) {
			c.Errorf("%q is missing in:\n%s", w, m.Text)
		}
	}
	if label != m.Rows[0][0].Label || strings.Contains(m.Text.String(), "did not send") {
		c.Errorf("[%s] under:\n%s", m.Rows[0][0].Label, m.Text)
	}
}

// A failure turns out to be none: whoever was told to order again is warned for a day.
func TestAFailureThatArrivedAfterAllIsNoInvitation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := openCounter(t)
		c.must(c.store.EnsureOwners(c.Context(), time.Now(), 1001))
		c.types(2001, "01712345678 50")
		c.presses(2001)
		j, err := c.store.Move(c.Context(), intent(c.newest(), "R1"))
		c.must(err)
		j, err = c.store.Move(c.Context(), storage.Move{
			Now: time.Now(), Job: j.ID, Version: j.Version, To: storage.Failed, By: "dispatch", Close: storage.ProofRefused, Reason: providers.ReasonRejected,
		})
		c.must(err)
		time.Sleep(48 * time.Hour)
		c.types(2001, "01712345678 50")
		c.wants(2001, "Confirm")
		for _, said := range []string{"pending", "delivered"} {
			j, err = c.store.Move(c.Context(), storage.Move{
				Now: time.Now(), Job: j.ID, Version: j.Version, To: storage.Failed, By: "dispatch", Due: time.Now().Add(time.Hour),
				Incident: &storage.Incident{At: time.Now(), Reference: "R1", Said: said},
			})
			c.must(err)
		}
		c.presses(2001) // what the card did not say holds the order up
		const checked, arrived = "It is being checked whether that order arrived after all; do not send it again.", "That order did arrive after all."
		c.wants(2001, "Send again", checked)
		for n, want := range []string{checked, arrived} {
			done, err := c.store.Commit(c.Context(), storage.Turn{Now: time.Now(), Actor: 1001, Job: &storage.Move{
				Now: time.Now(), Job: j.ID, Version: j.Version, To: storage.Failed,
				Settle: &storage.Settle{By: 1001, Why: "in their panel", Upheld: n == 1},
			}})
			c.must(err)
			j = *done.Job
			c.types(2001, "01712345678 50")
			c.wants(2001, "Send again", want)
		}
		time.Sleep(24 * time.Hour)
		c.types(2001, "01712345678 50")
		c.wants(2001, "Confirm")
		if c.jobs() != 1 {
			t.Errorf("there are %d orders", c.jobs())
		}
	})
}

// The card warned of an old order that is not finished. One that somebody made since is a second reason to ask, even
// when it has ended already.
func TestAnOrderMadeBehindAWarningIsAskedAbout(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.types(2001, "01712345678 50")
	c.presses(2001)
	c.types(2001, "01712345678 50")
	c.wants(2001, "Send again", "That order is not finished yet.")
	c.types(2002, "01712345678 50")
	c.presses(2002)
	j, err := c.store.Move(c.Context(), intent(c.newest(), "R2"))
	c.must(err)
	_, err = c.store.Move(c.Context(), storage.Move{Now: time.Now(), Job: j.ID, Version: j.Version, To: storage.Delivered, By: "dispatch", Close: storage.ProofDelivered})
	c.must(err)
	if c.presses(2001); c.jobs() != 2 {
		t.Fatalf("there are %d orders", c.jobs())
	}
	if c.presses(2001); c.jobs() != 3 {
		t.Errorf("there are %d orders", c.jobs())
	}
}
