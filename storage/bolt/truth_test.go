package bolt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// manyJobs makes a store with a few hundred jobs in all states and something of everything else, and a copy of
// it as it was some changes before.
func manyJobs(t *testing.T) (whole, older string) {
	t.Helper()
	dir := t.TempDir()
	whole, older = filepath.Join(dir, "whole.db"), filepath.Join(dir, "older.db")
	d := desk{workloadOrders: workloadOrders{Store: whole, Notes: filepath.Join(dir, "notes"), Seed: 7, NoSync: true}, owed: make(chan struct{}, 1), calm: true}
	var err error
	if d.out, err = os.Create(d.Notes); err != nil {
		t.Fatal(err)
	}
	for run := range 2 {
		if d.Store, err = bolt.Open(whole, bolt.Options{NoSync: true, Rand: strings.NewReader(strings.Repeat("drawn by nobody ", 4))}); err != nil {
			t.Fatal(err)
		}
		d.Orders = 70 - 66*run
		errs := []error{d.begin(t.Context())}
		for a := range 4 {
			errs = append(errs, d.agent(t.Context(), run, a))
		}
		notices, err := d.Pending(t.Context())
		errs = append(errs, err)
		for _, n := range notices[:len(notices)/2] {
			errs = append(errs, d.Sent(t.Context(), n, int64(n.ID)))
		}
		about := storage.Notice{Chat: 1, Kind: storage.NoticeMessage, About: 5, Created: d.now()}
		errs = append(errs, d.Sent(t.Context(), about, 9), d.SetMemo(t.Context(), "float/ecare", []byte{byte(run)}), d.Close())
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if run == 0 {
			content, err := os.ReadFile(whole)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(older, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return whole, older
}

// question is one thing that a bot asks its store.
type question struct {
	name string
	ask  func(*bolt.Store) (any, error)
}

// truth is every question with its right answer, as JSON.
type truth struct {
	questions []question
	answers   []string
}

// readTruth asks a whole store everything that can be asked of it.
func readTruth(path string) (*truth, error) {
	s, err := bolt.Open(path, quick())
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	v := &truth{}
	v.lists()
	if err := v.records(s); err != nil {
		return nil, err
	}
	for _, q := range v.questions {
		a, err := q.ask(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.name, err)
		}
		text, err := json.Marshal(a)
		if err != nil {
			return nil, err
		}
		v.answers = append(v.answers, string(text))
	}
	return v, s.Check(context.Background())
}

func (v *truth) add(name string, ask func(*bolt.Store) (any, error)) {
	v.questions = append(v.questions, question{name, ask})
}

// lists are the questions that have many answers.
func (v *truth) lists() {
	ctx := context.Background()
	for a := range 4 {
		agent, account := storage.PersonID(2001+a), providers.MSISDN(fmt.Sprintf("880181234567%d", a))
		v.add("jobs of an agent", func(s *bolt.Store) (any, error) { return s.JobsOfAgent(ctx, agent, 0, 1000) })
		v.add("jobs of a number", func(s *bolt.Store) (any, error) { return s.JobsOfAccount(ctx, account, 0, 1000) })
		v.add("unfinished jobs of a number", func(s *bolt.Store) (any, error) { return s.UnfinishedOfAccount(ctx, account) })
		v.add("the day's sum", func(s *bolt.Store) (any, error) { return s.SpentOn(ctx, agent, "2026-11-21", providers.BDT) })
		v.add("session", func(s *bolt.Store) (any, error) { return s.Session(ctx, storage.ChatID(agent)) })
		v.add("person", func(s *bolt.Store) (any, error) { return s.Person(ctx, agent) })
	}
	v.add("everybody's jobs", func(s *bolt.Store) (any, error) { return s.JobsOfAll(ctx, 0, 1000) })
	v.add("unfinished jobs", func(s *bolt.Store) (any, error) {
		var all []string
		err := s.Unfinished(ctx, func(id storage.JobID, due time.Time) bool { all = append(all, fmt.Sprint(id, due)); return true })
		return all, err
	})
	v.add("people", func(s *bolt.Store) (any, error) {
		return s.PeopleWhere(ctx, func(storage.Person) bool { return true })
	})
	v.add("notices", func(s *bolt.Store) (any, error) { return s.Pending(ctx) })
	v.add("waiting updates", func(s *bolt.Store) (any, error) { return s.Waiting(ctx) })
	v.add("cards about a person", func(s *bolt.Store) (any, error) { return s.CardsAbout(ctx, 5) })
	v.add("memo", func(s *bolt.Store) (any, error) { return s.Memo(ctx, "float/ecare") })
}

// records are the questions with one answer.
func (v *truth) records(s *bolt.Store) error {
	ctx := context.Background()
	var known []storage.Update
	for id := storage.JobID(1); ; id++ {
		j, err := s.Job(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		v.add("job", func(s *bolt.Store) (any, error) { return s.Job(ctx, id) })
		for _, a := range j.Attempts {
			v.add("reference", func(s *bolt.Store) (any, error) { return s.ByReference(ctx, a.Reference) })
		}
	}
	notices, err := s.Pending(ctx)
	if err != nil {
		return err
	}
	for _, n := range notices {
		v.add("notice", func(s *bolt.Store) (any, error) { return s.Owed(ctx, n.ID) })
	}
	for a := range 4 {
		for i := range 70 {
			known = append(known, storage.Update{UpdateID: int64(a*1000 + i + 1), Raw: []byte("{}"), Arrived: time.Unix(0, 0)})
		}
	}
	v.add("numbers of updates", func(s *bolt.Store) (any, error) { return s.Accept(ctx, known...) })
	return nil
}

// refusedIt reports whether the store has refused with a sentence, and not merely found nothing.
func refusedIt(err error) bool { return errors.Is(err, storage.ErrBroken) }

// compare asks the damaged file everything, in any order, and goes on after a restart where the store has
// broken. What is wrong is an error, unless it is stale and Check finds it; else the verdict says how the damage showed.
func (v *truth) compare(path string, rng *rand.Rand, stale bool) (verdict string, err error) {
	s, err := bolt.Open(path, quick())
	if err != nil {
		return "refused at the start", plainSentence(err)
	}
	order := rng.Perm(len(v.questions))
	if rng.IntN(3) == 0 { // what is written must not go where something is
		order = append(order, rng.Perm(len(v.questions))...)
	}
	verdict = "all is right"
	wrong := map[string]int{}
	for at, i := range order {
		if at >= len(v.questions) && at%20 == 0 {
			if err := s.SetMemo(context.Background(), fmt.Sprint("later ", at), make([]byte, 3000)); err != nil {
				verdict = "refused when written"
			}
		}
		q := v.questions[i]
		a, err := q.ask(s)
		if refusedIt(err) {
			verdict = "refused when read"
			_ = s.Close()
			if s, err = bolt.Open(path, quick()); err != nil {
				return "refused at a later start", plainSentence(err)
			}
			continue
		}
		text, _ := json.Marshal(a)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			wrong["missing "+q.name]++
		case err != nil:
			wrong[fmt.Sprintf("%s (%v)", q.name, err)]++
		case stale && cardless(text) == cardless([]byte(v.answers[i])):
		case string(text) != v.answers[i]:
			wrong["wrong "+q.name]++
		}
	}
	found := s.Check(context.Background())
	_ = s.Close()
	if len(wrong) > 0 && stale && found != nil {
		return "out of date, and found by a check", nil
	}
	if len(wrong) > 0 {
		names := []string{}
		for name, n := range wrong {
			names = append(names, fmt.Sprintf("%d %s", n, name))
		}
		slices.Sort(names)
		return "", fmt.Errorf("silently wrong (check: %v): %s", found != nil, strings.Join(names, ", "))
	}
	if found != nil && verdict == "all is right" {
		verdict = "found by a check"
	}
	return verdict, nil
}

// cardless is an answer without the cards of jobs.
func cardless(text []byte) string {
	return regexp.MustCompile(`"card":\d+`).ReplaceAllString(string(text), "")
}

// plainSentence refuses a refusal that people cannot read.
func plainSentence(err error) error {
	if text := err.Error(); strings.Contains(text, "goroutine ") || !strings.Contains(text, "store.db") {
		return fmt.Errorf("the refusal is no sentence: %w", err)
	}
	return nil
}
