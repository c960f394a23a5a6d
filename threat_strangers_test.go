package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
)

const (
	faces      = 2500
	firstFace  = 100_000
	mostGrowth = 64 << 20 // of the resident memory, from a program that has only just begun, under the race detector too
)

// Two and a half thousand strangers say five thousand things while an agent orders. The agent is served, and what
// is left of the strangers is a few buttons that end within the hour.
func TestThreatStrangersFlooding(t *testing.T) {
	t.Parallel()
	d, _ := ordering(t, deskPlan{})
	for i := range int64(faces) {
		if err := d.telegram.Meet(sandbox.Person{ID: firstFace + i, FirstName: "Face", Language: "en"}); err != nil {
			t.Fatal(err)
		}
	}
	d.pressesNewest(agent, "01712345678", "Delivered")
	before := d.vault()
	d.start()
	d.says(agent, "/help")
	d.sees(agent, "What you can do here")
	size, resident := d.size(), d.resident()
	words := []string{"/start", "hello", "01712345678 50", "/recharge", "/users", "/claim AAAA", "/start AAAAAAAAAAAAAAAAAAAAAAAA", "/help"}
	for i := range int64(2 * faces) {
		d.says(firstFace+i%faces, words[i%int64(len(words))])
		if i%2500 == 1200 {
			number := fmt.Sprintf("0181234%04d", i)
			d.says(agent, number+" 20")
			d.pressesNewest(agent, number, "Delivered")
		}
	}
	d.eventually("all of it is fetched", d.telegram.Confirmed)
	if grown := d.resident() - resident; grown > mostGrowth {
		t.Errorf("the flood took %d KiB of memory", grown>>10)
	}
	if grown := d.size() - size; grown > 1<<20 {
		t.Errorf("the flood took %d KiB of the disk", grown>>10)
	}
	heard := 0
	for i := range int64(faces) {
		n := d.count(firstFace + i)
		if n > 2 {
			t.Errorf("a stranger was answered %d times", n)
		}
		heard += min(n, 1)
	}
	if heard == 0 {
		t.Error("no stranger was heard at all")
	}
	after := d.vault()
	if after.count("people") != before.count("people") || after.count("sessions") != before.count("sessions") {
		t.Errorf("%d people and %d dialogues are stored, there were %d and %d", after.count("people"), after.count("sessions"), before.count("people"), before.count("sessions"))
	}
	t.Logf("%d of %d strangers were heard; %d keyboards are left of %d", heard, faces, after.count("keyboards"), before.count("keyboards"))
	d.betweenLives(func(store storage.Store) error {
		_, err := store.Sweep(t.Context(), time.Now().Add(2*time.Hour), 10_000)
		return err
	})
	d.start()
	if n := d.vault().count("keyboards"); n > before.count("keyboards")+20 { // the agent's own
		t.Errorf("%d keyboards are left after two hours, there were %d", n, before.count("keyboards"))
	}
}

// resident is the memory that the child has in use, in bytes; 0 where the system does not tell.
func (d *desktop) resident() int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.child.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	kib := 0
	_, _ = fmt.Sscan(rest, &kib)
	return kib << 10
}

// size is how much of the disk the store takes, in bytes.
func (d *desktop) size() int {
	d.t.Helper()
	info, err := os.Stat(filepath.Join(d.data, storeFile))
	if err != nil {
		d.t.Fatal(err)
	}
	return int(info.Size())
}
