package flowtest

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

var update = flag.Bool("update", false, "write what happened into the transcripts")

// Stage is what transcripts run on.
type Stage struct {
	// Open opens an empty store and closes it in the test's cleanup. It is called inside the bubble.
	Open func(t testing.TB) storage.Store
	// Flows makes the flows that take part, over that store.
	Flows func(t testing.TB, store storage.Store) []flows.Flow
	// Begin is when each transcript begins; zero means 21 November 2026, 10:00 in Dhaka.
	Begin time.Time
}

// Run runs each transcript that matches the pattern as a test of its own.
func (s Stage) Run(t *testing.T, pattern string) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no transcripts match %s (%v)", pattern, err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".chat.txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.runFile(t, path)
		})
	}
}

func (s Stage) runFile(t *testing.T, path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	script, err := parseScript(data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var got []byte
	synctest.Test(t, func(t *testing.T) { got = s.play(t, script) })
	if t.Failed() {
		return
	}
	want := txtar.Format(script.archive)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s went otherwise (- as written, + as it was):\n%s\nThe chat as it was:\n\n%s", path, diff, got)
	}
}

// play runs the script's scenes and returns the archive as it was.
func (s Stage) play(t *testing.T, script script) []byte {
	w := s.open(t, script)
	out := &txtar.Archive{Comment: script.archive.Comment}
	for _, f := range script.archive.Files {
		if f.Name != castFile {
			f.Data = w.scene(f)
		}
		out.Files = append(out.Files, f)
	}
	if err := w.store.Check(w.ctx); err != nil {
		t.Errorf("the store contradicts itself at the end: %v", err)
	}
	return txtar.Format(out)
}

// open sets the stage: the store with the cast in it, and the engine.
func (s Stage) open(t *testing.T, script script) *world {
	begin := s.Begin
	if begin.IsZero() {
		begin = time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)
	}
	time.Sleep(time.Until(begin))
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, ctx: context.Background(), script: script, store: s.Open(t), chats: map[storage.ChatID]*chat{}}
	playing := s.Flows(t, w.store)
	w.engine, err = flows.NewEngine(flows.Config{
		Store: w.store, Catalogue: catalogue, Rand: rand.NewChaCha8([32]byte{}), OnOrder: w.ordered,
	}, playing...)
	if err != nil {
		t.Fatal(err)
	}
	w.composer = flows.NewComposer(w.store, catalogue, "en", playing...)
	for _, m := range script.cast {
		w.enter(m)
	}
	w.deliver() // what entering owes is not part of the chat
	w.said = nil
	return w
}

// enter gives a member of the cast the role it has.
func (w *world) enter(m member) {
	if p, ok := m.person(); ok {
		p.Asked, p.Decided = time.Now(), time.Now()
		w.must(w.commitPerson(nil, p))
		return
	}
	if m.role != "owner" {
		return
	}
	w.must(w.store.EnsureOwners(w.ctx, time.Now(), storage.PersonID(m.id)))
	p, err := w.store.Person(w.ctx, storage.PersonID(m.id))
	w.must(err)
	named := p
	named.Name = m.called
	w.must(w.commitPerson(&p, named))
}

func (w *world) commitPerson(before *storage.Person, after storage.Person) error {
	_, err := w.store.Commit(w.ctx, storage.Turn{
		Now: time.Now(), Actor: after.ID, People: []storage.PersonChange{{Before: before, After: after}},
	})
	return err
}
