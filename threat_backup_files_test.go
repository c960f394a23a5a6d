package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"rechargebot/storage"
)

// identity makes an age key pair, and a file with its secret half.
func identity(t *testing.T) (recipient, file string) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "identity.txt")
	if err := os.WriteFile(file, []byte("# a comment\n"+key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return key.Recipient().String(), file
}

// refusedTo runs a command, which must do nothing and say why.
func (d *desktop) refusedTo(want int, why string, args ...string) {
	d.t.Helper()
	if code, said := d.runs(args...); code != want || !strings.Contains(said, why) {
		d.t.Errorf("%s ends with %d and says:\n%s\nwant %d and %q", args, code, said, want, why)
	}
}

// A backup for a recipient is of no use to whoever else finds it, and comes back whole to whoever has the identity.
func TestThreatBackupEncrypted(t *testing.T) {
	t.Parallel()
	recipient, own := identity(t)
	second, _ := identity(t)
	_, foreign := identity(t)
	d, _ := ordering(t, deskPlan{})
	d.pressesNewest(agent, "01712345678", "Delivered")
	d.sees(agent, "Delivered: #", "01712345678")
	plain, _ := d.backsUp()
	copied, said := d.backsUp("--recipient", second, "--recipient", recipient)
	if !strings.Contains(said, "1 orders, of which 0 unfinished") || !strings.Contains(said, "encrypted to 2 recipient(s)") {
		t.Errorf("backup says:\n%s", said)
	}
	d.stopsReady()
	d.rewrite("[telegram]", "[backup]\nrecipients = [\""+recipient+"\"]\n[telegram]")
	configured, _ := d.backsUp()
	d.leavesNothingBeside(plain, copied, configured)
	for file, readable := range map[string]bool{plain: true, copied: false, configured: false} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("8801712345678")) != readable {
			t.Errorf("%s: the customer's number is there: %v", file, !readable)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v)", file, info.Mode(), err)
		}
	}
	before := d.vault()
	d.refusedTo(exitFailed, "is encrypted; name the file with the identity", "restore", copied)
	d.refusedTo(exitFailed, "does not open", "restore", copied, "--identity", foreign)
	d.refusedTo(exitFailed, "holds no age identity", "restore", copied, "--identity", d.config)
	d.refusedTo(exitFailed, "the identity cannot be read", "restore", copied, "--identity", own+".gone")
	d.refusedTo(exitFailed, "is not encrypted", "restore", plain, "--identity", own)
	cut := damaged(t, copied, func(b []byte) []byte { return b[:len(b)-100] })
	flipped := damaged(t, copied, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	for _, bad := range []string{cut, flipped} {
		d.refusedTo(exitFailed, "is cut off or damaged", "restore", bad, "--identity", own)
	}
	d.vault().wantSame(t, before)
	for _, good := range []string{copied, configured} {
		d.restores(good, "--identity", own)
		d.start()
		d.says(agent, "/history")
		d.sees(agent, "01712345678", "Delivered")
		d.stopsReady()
	}
}

// damaged is a changed copy of a file.
func damaged(t *testing.T, file string, change func([]byte) []byte) (bad string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bad = filepath.Join(t.TempDir(), "bad.db")
	if err := os.WriteFile(bad, change(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return bad
}

// What is no whole backup of this bot is refused with a sentence, and so is what a backup cannot be; the store stays
// as it is.
func TestThreatBackupDamaged(t *testing.T) {
	t.Parallel()
	d, _ := ordering(t, deskPlan{})
	d.pressesNewest(agent, "01712345678", "Delivered")
	d.sees(agent, "Delivered: #", "01712345678")
	copied, _ := d.backsUp()
	d.refusedTo(exitFailed, "is there already; a backup never takes another's place", "backup", copied)
	d.refusedTo(exitFailed, "there is no folder", "backup", filepath.Join(t.TempDir(), "gone", "copy.db"))
	d.refusedTo(exitFailed, "is there already", "backup", t.TempDir())
	d.refusedTo(exitUsage, "must be an age recipient", "backup", copied+"2", "--recipient", "age1canary") // and is not shown
	d.refusedTo(exitUsage, "expected \"<file>\"", "backup")
	d.refusedTo(exitUsage, "expected \"<file>\"", "restore")
	before := d.vault()
	for why, bad := range map[string]string{
		"the file is empty":                     damaged(t, copied, func([]byte) []byte { return nil }),
		"it is not a store":                     damaged(t, copied, func([]byte) []byte { return []byte(strings.Repeat("no store\n", 1000)) }),
		"the file is cut off":                   damaged(t, copied, func(b []byte) []byte { return b[:len(b)-1] }),
		"is damaged":                            damaged(t, copied, func(b []byte) []byte { return bytes.Replace(b, []byte("8801712345678"), []byte("8801712345679"), 1) }),
		"the copy cannot be read":               copied + ".gone",
		"is not a plain file":                   t.TempDir(),
		"cannot be read: " + copied + "/inside": copied + "/inside",
	} {
		d.refusedTo(exitFailed, why, "restore", bad)
	}
	d.rewrite(`token = "4242:`, `token = "4243:`)
	d.refusedTo(exitFailed, "is the store of the bot 4242, and the configuration's token is of the bot 4243", "restore", copied)
	d.rewrite(`token = "4243:`, `token = "4242:`)
	d.rewrite("[telegram]", "[backup]\nrecipients = [\"age1nonsense\"]\n[telegram]")
	d.refusedTo(exitUsage, "backup.recipients", "backup", copied+"3")
	d.rewrite("[backup]\nrecipients = [\"age1nonsense\"]\n", "")
	d.vault().wantSame(t, before)
	d.leavesNothingBeside(copied)

	if err := os.WriteFile(d.store(), []byte("a disk has died"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.restores(copied) // which is what it is for
	d.betweenLives(func(store storage.Store) error { return store.Check(t.Context()) })
}

// leavesNothingBeside fails for what commands have left beside these files, the store, and the door.
func (d *desktop) leavesNothingBeside(files ...string) {
	d.t.Helper()
	patterns := []string{d.store() + ".*", filepath.Join(d.data, doorFile+"*")}
	for _, file := range files {
		patterns = append(patterns, file+partialMark+"*")
	}
	for _, pattern := range patterns {
		if left, err := filepath.Glob(pattern); err != nil || len(left) > 0 {
			d.t.Errorf("left behind: %v (%v)", left, err)
		}
	}
}
