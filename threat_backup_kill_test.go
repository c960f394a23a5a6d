//go:build linux && amd64

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// plannedAccount is the number of what orderIn orders.
const plannedAccount = "8801812345678"

// dies runs a command of the real program and kills it right before its nth effect on the desk's folder; false when
// it came to its end before.
func (d *desktop) dies(n int, args ...string) bool {
	d.t.Helper()
	log, err := os.Create(filepath.Join(d.t.TempDir(), "log"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer log.Close()
	cmd := command(context.WithoutCancel(d.t.Context()), d.t, append(args, "--config", d.config)...)
	child, err := startTraced(cmd.Args[1:], cmd.Env, log, filepath.Dir(d.config), n)
	if err != nil {
		d.t.Fatal(err)
	}
	killed, code, err := child.ended()
	if err != nil || !killed && code != exitFine {
		said, _ := os.ReadFile(log.Name())
		d.t.Fatalf("%s, effect %d: it ended with %d (%v) and said:\n%s", args, n, code, err, said)
	}
	return killed
}

// orderIn stores one more order, as the bot does.
func (d *desktop) orderIn() {
	d.t.Helper()
	d.betweenLives(func(store storage.Store) error {
		_, err := store.Commit(d.t.Context(), storage.Turn{Now: time.Now(), Actor: agent, Order: &storage.NewOrder{
			Order: providers.Order{
				Operator: providers.BDRobi, Type: providers.Prepaid, Account: plannedAccount, Amount: providers.Money{Minor: 50_00, Currency: providers.BDT},
			},
			Newest: ^storage.JobID(0), Chat: agent, Day: "2026-11-22",
			Limits: storage.Limits{PerOrder: providers.Money{Minor: 1000_00, Currency: providers.BDT}, PerDay: providers.Money{Minor: 9000_00, Currency: providers.BDT}},
		}})
		return err
	})
}

// holdsOrders reads how many orders there are in the store, and whether its quarantine is to come.
func (d *desktop) holdsOrders() (n int, restored bool) {
	d.t.Helper()
	d.betweenLives(func(store storage.Store) error {
		jobs, err := store.JobsOfAgent(d.t.Context(), agent, 0, 100)
		if err != nil {
			return err
		}
		r, err := store.Restored(d.t.Context())
		n, restored = len(jobs), !r.At.IsZero()
		if err != nil {
			return err
		}
		return store.Check(d.t.Context())
	})
	return n, restored
}

// The program is killed before each of its effects in turn while it makes a backup: under the backup's name there is
// never anything but a whole one, and nothing that anybody can read lies beside an encrypted one. Then the next
// attempt succeeds, and what the dead one has left is gone.
func TestThreatBackupCutShort(t *testing.T) {
	t.Parallel()
	mayTrace(t)
	recipient, own := identity(t)
	for name, flags := range map[string][]string{"plain": nil, "encrypted": {"--recipient", recipient}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesktopOf(t, deskPlan{supplies: []supply{fiveKinds()["ecare"].supply}})
			d.hires(agent)
			d.orderIn()
			points, step := 0, everyNth(t, 1)
			n := 1 + time.Now().YearDay()%step
			for ; ; n += step {
				file := filepath.Join(filepath.Dir(d.config), fmt.Sprint("copy", n, ".db"))
				if !d.dies(n, append([]string{"backup", file}, flags...)...) {
					break
				}
				points++
				d.wantNothingReadable(file, name == "plain")
				want := exitFine
				if _, err := os.Stat(file); err == nil {
					want = exitFailed // it is there, whole
				}
				if code, said := d.runs(append([]string{"backup", file}, flags...)...); code != want {
					t.Fatalf("after effect %d the next backup ends with %d and says:\n%s", n, code, said)
				}
				var with []string
				if name == "encrypted" {
					with = []string{"--identity", own}
				}
				if code, said := d.runs(append([]string{"restore", file}, with...)...); code != exitFine {
					t.Fatalf("effect %d left a backup that cannot be restored:\n%s", n, said)
				}
				if got, _ := d.holdsOrders(); got != 1 {
					t.Fatalf("effect %d: the backup holds %d orders", n, got)
				}
				d.leavesNoPart(file)
			}
			if n <= 10 {
				t.Errorf("there are fewer than %d effects", n)
			}
			t.Logf("%d points", points)
		})
	}
}

// wantNothingReadable fails for a customer's number outside of the data folder, unless the backup is plain.
func (d *desktop) wantNothingReadable(file string, plain bool) {
	d.t.Helper()
	left, _ := filepath.Glob(file + "*")
	for _, name := range left {
		content, err := os.ReadFile(name)
		if err != nil {
			d.t.Fatal(err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			d.t.Errorf("%s has mode %v (%v)", name, info.Mode(), err)
		}
		if !plain && bytes.Contains(content, []byte(plannedAccount)) {
			d.t.Errorf("%s can be read by anybody", name)
		}
	}
}

// leavesNoPart fails for parts of a backup or a store, once another one was made and opened.
func (d *desktop) leavesNoPart(file string) {
	d.t.Helper()
	for _, pattern := range []string{file + partialMark + "*", d.store() + ".new-*"} {
		if left, _ := filepath.Glob(pattern); len(left) > 0 {
			d.t.Errorf("left behind: %v", left)
		}
	}
}

// The program is killed before each of its effects in turn while it restores: the store is the old one or the
// restored one, whole, and when it is the restored one, the old one is beside it.
func TestThreatRestoreCutShort(t *testing.T) {
	t.Parallel()
	mayTrace(t)
	d := newDesktopOf(t, deskPlan{supplies: []supply{fiveKinds()["ecare"].supply}})
	d.hires(agent)
	d.orderIn()
	copied, _ := d.backsUp()
	d.orderIn()
	two, err := os.ReadFile(d.store())
	if err != nil {
		t.Fatal(err)
	}
	before, after := 0, 0
	for n, killed := 1, true; killed; n++ {
		if err := os.WriteFile(d.store(), two, 0o600); err != nil {
			t.Fatal(err)
		}
		killed = d.dies(n, "restore", copied)
		orders, restored := d.holdsOrders()
		kept, _ := filepath.Glob(d.store() + ".before-*")
		switch {
		case orders == 2 && !restored && killed:
			before++
		case orders == 1 && restored && len(kept) == 1:
			after++
			if content, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(content, two) {
				t.Errorf("effect %d: what was there is not what was kept (%v)", n, err)
			}
		default:
			t.Errorf("effect %d: there are %d orders, restored %v, kept %v", n, orders, restored, kept)
		}
		for _, k := range kept {
			if err := os.Remove(k); err != nil {
				t.Fatal(err)
			}
		}
		d.leavesNoPart(copied)
	}
	if before < 5 || after < 2 {
		t.Errorf("%d points before, %d after", before, after)
	}
	t.Logf("%d points before it is in place, %d after", before, after)
}

// A restored bot is killed before every other one of its first effects: whatever it has done until then, no order is sent,
// and in the end each unfinished one waits for a person, told once.
func TestThreatQuarantineCutShort(t *testing.T) {
	t.Parallel()
	mayTrace(t)
	d := newDesktopOf(t, deskPlan{supplies: []supply{fiveKinds()["ecare"].supply}})
	d.hires(agent)
	d.orderIn()
	copied, _ := d.backsUp()
	step := everyNth(t, 2)
	for n := 1 + time.Now().YearDay()%step; n <= 25; n += step {
		d.restores(copied)
		d.dies(n, "run")
		_, restored := d.holdsOrders()
		d.start()
		d.eventually("it is ready", func() bool { return d.get("/readyz") == 200 })
		d.stopsReady()
		d.betweenLives(func(s storage.Store) error {
			j, err := s.Job(t.Context(), 1)
			if err != nil || j.State != storage.Review || j.Restored.IsZero() || len(j.History) != 2 {
				t.Errorf("effect %d (quarantined before: %v): the order is %+v (%v)", n, !restored, j, err)
			}
			return err
		})
		if orders := d.upstream.Orders(); len(orders) > 0 {
			t.Fatalf("effect %d: sent: %+v", n, orders)
		}
	}
	if _, err := bolt.Open(copied, bolt.Options{}); err == nil || !strings.Contains(err.Error(), "it is a backup") {
		t.Errorf("the backup itself was changed: %v", err)
	}
}
