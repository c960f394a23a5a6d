package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// runs the real program once and says how it ended and what it said.
func (d *desktop) runs(args ...string) (code int, said string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), longest)
	defer cancel()
	cmd := command(ctx, d.t, append(args, "--config", d.config)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	if strings.Contains(out.String(), "canary") {
		d.t.Errorf("%s shows a secret:\n%s", args, out.String())
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// The owner has no code yet, so the bot does not start; the vendor's own table tells them.
func TestCodesAreToldBeforeAnyIsConfigured(t *testing.T) {
	t.Parallel()
	c := fiveKinds()["rechargkit"]
	c.settings = "token = \"canary-token\"\n"
	d := newDesktopWith(t, c.supply)
	if code, said := d.runs("check"); code != exitUsage || !strings.Contains(said, "operator_codes is missing") {
		t.Errorf("check without a code: %d, %s", code, said)
	}
	if code, said := d.runs("codes", "rechargkit-x", "1"); code != exitFine || !strings.Contains(said, "Airtel") {
		t.Errorf("codes: %d, %s", code, said)
	}
	if code, said := d.runs("codes", "rechargkit"); code != exitUsage || !strings.Contains(said, "rechargkit-x") {
		t.Errorf("codes of a name that is not there: %d, %s", code, said)
	}
}

// A customer says that nothing came: the owner disputes the order with the provider. No job and no money moves.
func TestAComplaintReachesTheProvider(t *testing.T) {
	t.Parallel()
	c := fiveKinds()["deeperweb"]
	d := newDesktopWith(t, c.supply)
	d.joined()
	d.orders50(c, "Confirm")
	d.wantRecharges(c, 1)
	o := d.upstream.ByNumber(c.number, c.amount)
	if code, said := d.runs("complain", "deeperweb-x", o[0].ID, "not", "received"); code != exitFine || !strings.Contains(said, "taken the complaint") {
		t.Errorf("complain: %d, %s", code, said)
	}
	if code, said := d.runs("complain", "deeperweb-x", "999999999", "not received"); code != exitFailed || said == "" {
		t.Errorf("about an order that they do not have: %d, %s", code, said)
	}
	if code, said := d.runs("codes", "deeperweb-x"); code != exitFailed || !strings.Contains(said, "not supported") {
		t.Errorf("codes of a vendor without a call for them: %d, %s", code, said)
	}
	d.wantRecharges(c, 1)
}
