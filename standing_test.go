package main

import (
	"fmt"
	"testing"

	"rechargebot/providers/simulated"
)

// An admin pauses the only provider. The pause outlives a crash, the agent is told before he confirms, the
// group hears of it all, and after the resume the same card goes on.
func TestAPausedProviderTakesNoOrdersUntilItIsResumed(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.says(agent, "01712345678 50")
	d.sees(agent, "[Confirm", "01712345678")
	d.says(admin, "/providers")
	d.presses(admin, "Pause "+account, account, "Gets new orders", "Float")
	d.sees(admin, account, "Paused by Salma", "[Resume "+account)
	d.sees(ops, "Provider paused", account, "Salma")
	d.presses(agent, "Confirm", "01712345678") // on the card from before
	d.sees(agent, "No provider takes this order now", "01712345678")
	d.kill()
	d.start()
	d.says(agent, "01812345678 20")
	d.sees(agent, "No provider takes this order now", "01812345678")
	if n := d.upstream.Totals(account).Accepted; n != 0 {
		t.Errorf("%d orders reached the paused provider", n)
	}
	d.says(admin, "/providers")
	d.presses(admin, "Resume "+account)
	d.sees(ops, "Provider resumed", account, "Salma")
	d.says(agent, "01912345678 20")
	d.presses(agent, "Confirm", "01912345678")
	d.sees(agent, "Delivered", "01912345678")
	d.stop()
}

// Two answers that speak of another order pause the provider by themselves; nothing is sent twice.
func TestAProviderWhoseAnswersAreAnothersIsPaused(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	if err := d.upstream.SetMood(account, simulated.WrongEcho, simulated.When{Next: 2, Calls: []simulated.Call{simulated.CallRecharge}}); err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"01712345678", "01812345678"} {
		d.says(agent, number+" 50")
		d.presses(agent, "Confirm", number)
		d.sees(agent, "Under review", number)
		if o := d.orders(number, 50); len(o) != 1 || d.upstream.Sends(o[0].Reference) != 1 {
			t.Errorf("orders of %s: %+v", number, o)
		}
	}
	d.sees(ops, "Provider paused", account, "by the bot itself")
	d.says(agent, "01912345678 20")
	d.sees(agent, "No provider takes this order now")
	d.says(admin, "/providers")
	d.presses(admin, "Resume "+account, "Paused by the bot itself")
	d.sees(admin, account, "Gets new orders")
	d.stop()
}

// A provider whose answers cannot be understood is told as down, admins and agents see it, and its first success is told as well.
func TestABrokenProviderIsToldAndItsRecoveryToo(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	if err := d.upstream.SetMood(account, simulated.Error500, simulated.When{Next: 5, Calls: []simulated.Call{simulated.CallRecharge}}); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		number := fmt.Sprintf("0171234567%d", i)
		d.says(agent, number+" 50")
		d.presses(agent, "Confirm", number)
		d.sees(agent, "Delivered", number) // the enquiry says so
	}
	d.sees(ops, "Provider down", account, "Grameenphone")
	d.says(admin, "/providers")
	d.sees(admin, account, "Grameenphone broken")
	d.says(agent, "01712345679 20")
	d.presses(agent, "Confirm", "01712345679", "There is trouble with the provider now")
	d.sees(agent, "Delivered", "01712345679")
	d.sees(ops, "Provider recovered", account, "Grameenphone")
	d.stop()
}
