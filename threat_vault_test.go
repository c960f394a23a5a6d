package main

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// vault is everything that the store holds, by bucket and key, but for what counts starts, updates and readings of
// the float, which are nobody's.
type vault map[string]string

// betweenLives ends the bot's life and does something with its store.
func (d *desktop) betweenLives(do func(storage.Store) error) {
	d.t.Helper()
	if d.child != nil {
		d.stopsReady()
	}
	store, err := bolt.Open(filepath.Join(d.data, storeFile), bolt.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := errors.Join(do(store), store.Close()); err != nil {
		d.t.Fatal(err)
	}
}

// vault ends the bot's life, has the store check itself, and reads all of it.
func (d *desktop) vault() vault {
	d.t.Helper()
	d.betweenLives(func(store storage.Store) error { return store.Check(d.t.Context()) })
	file, err := bbolt.Open(filepath.Join(d.data, storeFile), 0o600, &bbolt.Options{ReadOnly: true})
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

// wantSame fails for every record that was added, changed or removed; those of the named buckets may be, and what was
// owed may have been sent meanwhile.
func (v vault) wantSame(t *testing.T, before vault, but ...string) {
	t.Helper()
	keys := maps.Clone(v)
	maps.Copy(keys, before)
	for key := range keys {
		bucket, _, _ := strings.Cut(key, " ")
		sent := v[key] == "" && slices.Contains([]string{"notices", "screens", "cards"}, bucket)
		if v[key] != before[key] && !sent && !slices.Contains(but, bucket) {
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
	got, calls := map[string]sandbox.Press{}, map[string]int{}
	d.eventually("every press is answered", func() bool {
		for _, a := range d.telegram.Answers() {
			if wanted[a.Query] {
				got[a.Query] = a
			}
		}
		clear(calls)
		for _, c := range d.telegram.Calls() {
			if id, _ := c.Params["callback_query_id"].(string); c.Method == "answerCallbackQuery" && wanted[id] {
				calls[id]++
			}
		}
		return len(got) == len(wanted) && len(calls) == len(wanted)
	})
	for _, p := range presses {
		if n := calls[p.Query]; n != 1 {
			d.t.Errorf("a press was answered %d times", n)
		}
	}
	return got
}
