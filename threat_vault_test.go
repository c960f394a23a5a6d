package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"rechargebot/bot/sandbox"
	"rechargebot/storage/bolt"
)

// vault is everything that the store holds, by bucket and key, but for what counts starts, updates and readings of
// the float, which are nobody's.
type vault map[string]string

// vault ends the bot's life, has the store check itself, and reads all of it.
func (d *desktop) vault() vault {
	d.t.Helper()
	d.stopsReady()
	path := filepath.Join(d.data, storeFile)
	store, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := store.Check(d.t.Context()); err != nil {
		d.t.Error(err)
	}
	if err := store.Close(); err != nil {
		d.t.Fatal(err)
	}
	file, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		d.t.Fatal(err)
	}
	defer file.Close()
	v := vault{}
	err = file.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if slices.Contains([]string{"meta", "seen", "ring"}, string(name)) {
				return nil
			}
			return b.ForEach(func(k, value []byte) error {
				if string(name) != "memos" || strings.HasPrefix(string(k), "desk/") {
					v[string(name)+" "+string(k)] = string(value)
				}
				return nil
			})
		})
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// count is how many records of a bucket there are.
func (v vault) count(bucket string) (n int) {
	for key := range v {
		if strings.HasPrefix(key, bucket+" ") {
			n++
		}
	}
	return n
}

// wantSame fails for every record that was added, changed or removed; those of the named buckets may be.
func (v vault) wantSame(t *testing.T, before vault, but ...string) {
	t.Helper()
	keys := maps.Clone(v)
	maps.Copy(keys, before)
	for key := range keys {
		bucket, _, _ := strings.Cut(key, " ")
		if v[key] != before[key] && !slices.Contains(but, bucket) {
			t.Errorf("the store has changed: %q was %q and is %q", key, before[key], v[key])
		}
	}
}

// tokens are what the buttons of a message carry.
func tokens(m sandbox.Message) (out []string) {
	if m.Keyboard == nil {
		return nil
	}
	for _, row := range m.Keyboard.Rows {
		for _, b := range row {
			if b.Data != "" {
				out = append(out, b.Data)
			}
		}
	}
	return out
}

// answersTo waits until each of these presses is answered, and says with what. Each must be answered once.
func (d *desktop) answersTo(presses []sandbox.Press) map[string]sandbox.Press {
	d.t.Helper()
	wanted := map[string]bool{}
	for _, p := range presses {
		wanted[p.Query] = true
	}
	got := map[string]sandbox.Press{}
	d.eventually("every press is answered", func() bool {
		for _, a := range d.telegram.Answers() {
			if wanted[a.Query] {
				got[a.Query] = a
			}
		}
		return len(got) == len(wanted)
	})
	calls := map[any]int{}
	for _, c := range d.telegram.Calls() {
		if c.Method == "answerCallbackQuery" {
			calls[c.Params["callback_query_id"]]++
		}
	}
	for _, p := range presses {
		if n := calls[p.Query]; n != 1 {
			d.t.Errorf("a press was answered %d times", n)
		}
	}
	return got
}
