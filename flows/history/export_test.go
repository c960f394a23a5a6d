package history_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"rechargebot/flows"
	"rechargebot/flows/history"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// books is a history of many orders, which counts how many are read and can fail.
type books struct {
	history.Store
	jobs   []storage.Job // by id, from 1
	person storage.Person
	read   int
	fail   error
	words  *text.Catalogue // nil = loaded for each file
}

func (b *books) Person(context.Context, storage.PersonID) (storage.Person, error) {
	return b.person, nil
}

func (b *books) JobsOfAll(_ context.Context, before storage.JobID, limit int) (out []storage.Job, err error) {
	return b.page(func(storage.Job) bool { return true }, before, limit)
}

func (b *books) JobsOfAgent(_ context.Context, agent storage.PersonID, before storage.JobID, limit int) ([]storage.Job, error) {
	return b.page(func(j storage.Job) bool { return j.Agent == agent }, before, limit)
}

func (b *books) page(is func(storage.Job) bool, before storage.JobID, limit int) (out []storage.Job, err error) {
	if before == 0 || int(before) > len(b.jobs) {
		before = storage.JobID(len(b.jobs)) + 1
	}
	for id := before - 1; id > 0 && len(out) < limit; id-- {
		if j := b.jobs[id-1]; is(j) {
			out = append(out, j)
		}
	}
	b.read += len(out)
	return out, b.fail
}

// fill adds so many orders of an agent, beginning at a time, one each minute.
func (b *books) fill(agent storage.PersonID, from time.Time, count int) {
	for i := range count {
		b.jobs = append(b.jobs, storage.Job{
			ID: storage.JobID(len(b.jobs) + 1), Agent: agent, State: storage.Delivered, Created: from.Add(time.Duration(i) * time.Minute),
			Changed: from.Add(time.Duration(i) * time.Minute), Serial: fmt.Sprint("BD", i),
			Order: providers.Order{
				Operator: providers.BDGrameenphone, Type: providers.Prepaid, Account: "8801712345678", Amount: providers.Money{Minor: 5050, Currency: providers.BDT},
			},
		})
	}
}

// file is the file that the recipe makes for the person.
func (b *books) file(t *testing.T, recipe string) (m flows.Message, rows [][]string) {
	t.Helper()
	catalogue, err := b.words, error(nil)
	if catalogue == nil {
		catalogue, err = text.Load()
	}
	if err != nil {
		t.Fatal(err)
	}
	m, err = history.New(history.Config{Jobs: b, Zone: dhaka()}).File(t.Context(), flows.Dialogue{Person: b.person, Say: catalogue.In("en")}, []byte(recipe))
	if err != nil {
		t.Fatal(err)
	}
	if m.File == nil {
		return m, nil
	}
	if len(m.File.Content) > 4<<20+4096 || m.Text.Length() > flows.MaxCaption {
		t.Errorf("%d bytes with a caption of %d", len(m.File.Content), m.Text.Length())
	}
	rows, err = csv.NewReader(bytes.NewReader(bytes.TrimPrefix(m.File.Content, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return m, rows[1:]
}

func boss() storage.Person { return storage.Person{ID: 1, Name: "Asma", Role: storage.RoleAdmin} }

const aDay = `{"first":"2026-11-21","last":"2026-11-21","everybody":true}`

// The day of a desk with more orders than a file holds: the newest come, and the caption says how to have the others.
func TestADayThatDoesNotFitComesInParts(t *testing.T) {
	t.Parallel()
	b := &books{person: boss()}
	midnight := time.Date(2026, 11, 21, 0, 0, 0, 0, dhaka())
	b.fill(2001, midnight.Add(-time.Hour), 60)
	for i := range 12_345 {
		b.fill(2001, midnight.Add(time.Duration(i)*time.Second), 1)
	}
	b.fill(2001, midnight.AddDate(0, 0, 1), 30)
	seen, recipe := map[string]bool{}, aDay
	for part, want := range []int{10_000, 2_345} {
		m, rows := b.file(t, recipe)
		if len(rows) != want {
			t.Fatalf("part %d has %d rows", part, len(rows))
		}
		for i, row := range rows {
			if seen[row[0]] || row[1] != "2026-11-21" || i > 0 && row[2] < rows[i-1][2] {
				t.Fatalf("part %d has the row %q after %q", part, row, rows[max(0, i-1)])
			}
			seen[row[0]] = true
		}
		words := m.Text.String()
		_, typed, cut := strings.Cut(words, "send /export 2026-11-21 #")
		if cut != (part == 0) {
			t.Errorf("part %d is told as %q", part, words)
		}
		if id, ok := storage.ParseCode(strings.SplitN(typed, "\n", 2)[0]); cut && ok {
			recipe = fmt.Sprintf(`{"first":"2026-11-21","last":"2026-11-21","everybody":true,"before":%d}`, id)
		}
	}
	if len(seen) != 12_345 {
		t.Errorf("%d orders in both parts", len(seen))
	}
}

// An old day is found without reading what came after it, and an agent's without what others ordered.
func TestAnOldDayIsFoundQuickly(t *testing.T) {
	t.Parallel()
	b := &books{person: boss()}
	for day := range 400 {
		b.fill(2001+storage.PersonID(day%2), time.Date(2026, 1, 1+day, 9, 0, 0, 0, dhaka()), 100)
	}
	_, rows := b.file(t, `{"first":"2026-02-10","last":"2026-02-11","everybody":true}`)
	if len(rows) != 200 || b.read > 2000 {
		t.Errorf("%d rows, %d orders read of %d", len(rows), b.read, len(b.jobs))
	}
	b.read, b.person = 0, storage.Person{ID: 2002, Role: storage.RoleAgent}
	_, rows = b.file(t, `{"first":"2026-02-10","last":"2026-02-11"}`)
	if len(rows) != 100 || b.read > 2000 {
		t.Errorf("of an agent: %d rows, %d orders read", len(rows), b.read)
	}
}

// A clock that was set back a day leaves no order out.
func TestAClockThatWasSetBackLosesNoOrder(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, dhaka())
	b := &books{person: boss()}
	b.fill(2001, noon.AddDate(0, 0, -9), 500)
	b.fill(2001, noon, 50)
	b.fill(2001, noon.AddDate(0, 0, 1), 50)
	b.fill(2001, noon.Add(time.Hour), 50) // a day back
	b.fill(2001, noon.AddDate(0, 0, 5), 500)
	if _, rows := b.file(t, aDay); len(rows) != 100 {
		t.Errorf("%d rows", len(rows))
	}
}

// Far names and words that are far too long stay within a file.
func TestAFileHasABound(t *testing.T) {
	t.Parallel()
	b := &books{person: boss()}
	b.person.Name = strings.Repeat("ক", 4000)
	b.fill(2001, time.Date(2026, 11, 21, 1, 0, 0, 0, dhaka()), 1200)
	m, rows := b.file(t, aDay)
	if len(rows) == 0 || len(rows) >= 1200 || !strings.Contains(m.Text.String(), "These are only the newest") {
		t.Errorf("%d rows, told as %q", len(rows), m.Text)
	}
}

// Whoever may not have it gets a sentence: what was asked for by an admin is for admins alone, also when he was
// demoted while it was made.
func TestWhoMayNotHaveAFile(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]storage.Person{
		"an agent":                  {ID: 1, Role: storage.RoleAgent},
		"an admin who is suspended": {ID: 1, Role: storage.RoleAdmin, Suspended: true},
		"nobody any more":           {ID: 1},
	} {
		b := &books{person: p}
		b.fill(1, time.Date(2026, 11, 21, 9, 0, 0, 0, dhaka()), 5)
		if m, rows := b.file(t, aDay); rows != nil || m.Text.String() != "You may not have this file any more." {
			t.Errorf("%s: %d rows, %q", name, len(rows), m.Text)
		}
	}
	b := &books{person: storage.Person{ID: 1, Role: storage.RoleAgent}}
	b.fill(1, time.Date(2026, 11, 21, 9, 0, 0, 0, dhaka()), 5)
	catalogue, _ := text.Load()
	f := history.New(history.Config{Jobs: b, Zone: dhaka()})
	m, err := f.File(t.Context(), flows.Dialogue{Person: boss(), Say: catalogue.In("en")}, []byte(aDay))
	if err != nil || m.File != nil || m.Text.String() != "You may not have this file any more." {
		t.Errorf("demoted meanwhile: %+v (%v)", m, err)
	}
	b.fail = errors.New("read: damaged")
	if m, err := f.File(t.Context(), flows.Dialogue{Person: boss(), Say: catalogue.In("en")}, []byte(aDay)); err == nil {
		t.Errorf("of a store that fails there is a file: %+v", m)
	}
	for _, recipe := range []string{``, `[]`, `{}`, `{"first":"x","last":"2026-11-21"}`} {
		if m, _ := (&books{person: boss()}).file(t, recipe); m.Text.String() != "You may not have this file any more." {
			t.Errorf("recipe %q: %q", recipe, m.Text)
		}
	}
}

// However a name begins, its cell begins with a letter or with our mark, is one line of one cell, and is found in the file.
func FuzzNamesInAFile(f *testing.F) {
	for _, s := range []string{"=1", "\t=1", "＝1", "a;=1", "'", "\u200d@", "\xff=", "Rahim", "", "  ", "\r\n+1"} {
		f.Add(s)
	}
	catalogue, err := text.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		b := &books{person: boss(), words: catalogue}
		b.person.Name = name
		b.fill(2001, time.Date(2026, 11, 21, 1, 0, 0, 0, dhaka()), 1)
		_, rows := b.file(t, aDay)
		if len(rows) != 1 {
			t.Fatalf("%d rows", len(rows))
		}
		cell := rows[0][4]
		first, _ := utf8.DecodeRuneInString(cell)
		if cell != "" && first != '\'' && !unicode.IsLetter(first) || strings.ContainsAny(cell, ";\r\n\t\x00") || !utf8.ValidString(cell) {
			t.Errorf("%q became %q", name, cell)
		}
	})
}
