package providertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// mustNotImprove: a damaged answer may keep its verdict (the damage may be in a free text) or lose it, but not gain another.
func (b *bench) mustNotImprove(p play, what string, r reply, got providers.Status) {
	b.Helper()
	if got != p.status && (got == providers.Delivered || got == providers.Refused || got == providers.NotFound) {
		b.Errorf("%v, %s: %v, and undamaged it was %v; body: %q", p, what, got, p.status, r.body)
	}
}

// judged lists the answers that damage can only make worse: not those where an echo is wrong, a key
// stands twice or a field contradicts the others, because damage may take just that away.
func (s *suite) judged() []play {
	return slices.DeleteFunc(s.answered(), func(p play) bool {
		vetoed := p.status == providers.Unknown && s.Vetoed != nil && s.Vetoed(p.answer.body)
		return p.reason == providers.ReasonEcho || repeats(p.answer.body) || vetoed
	})
}

// repeats reports whether a key stands twice in an answer.
func repeats(body []byte) bool {
	_, err := wire.ParseObject(body)
	return errors.Is(err, wire.ErrRepeated)
}

// mutations: a fixed number of random damages to each answer, the same in every run.
func (s *suite) mutations(t *testing.T) {
	for i, p := range s.judged() {
		bubble(t, func(t *testing.T) {
			b := s.bench(t)
			rnd := rand.New(chance(uint64(100 + i)))
			words := s.words(t)
			for range 150 {
				r := ok(string(mutate(rnd, p.answer.body, words)))
				if got := b.replay(p, r); !s.another(p.answer.body, r.body, got) {
					b.mustNotImprove(p, "mutated", r, got)
				}
			}
		})
	}
}

// another reports whether damage has by chance put a whole word of a story in the place of another whole
// word, as one bit makes 3 of 2: that is another answer, not a damaged one, if the verdict is that story's.
func (s *suite) another(was, is []byte, got providers.Status) bool {
	before, after := leaves(was), leaves(is)
	for _, p := range s.answered() {
		if p.status != got {
			continue
		}
		for where, word := range leaves(p.answer.body) {
			if v, there := before[where]; there && v != word && after[where] == word {
				return true
			}
		}
	}
	return false
}

// leaves lists the scalars of an answer by the keys that lead to them.
func leaves(body []byte) map[string]string {
	out := map[string]string{}
	var walk func(where string, v any)
	walk = func(where string, v any) {
		if o, ok := v.(map[string]any); ok {
			for key, member := range o {
				walk(where+"/"+strings.ToLower(strings.TrimSpace(key)), member)
			}
			return
		}
		out[where] = fmt.Sprint(v)
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&v) == nil {
		walk("", v)
	}
	return out
}

// mutate damages body in one to three places. It never puts a whole word in the place of another whole
// one: that would be another answer, not a damaged one.
func mutate(rnd *rand.Rand, body []byte, words []string) []byte {
	b := slices.Clone(body)
	for range 1 + rnd.IntN(3) {
		if len(b) == 0 {
			return b
		}
		i := rnd.IntN(len(b))
		switch rnd.IntN(6) {
		case 0:
			b[i] ^= 1 << rnd.IntN(8)
		case 1:
			b = slices.Delete(b, i, i+1)
		case 2:
			b = slices.Insert(b, i, byte(rnd.IntN(256)))
		case 3:
			j := min(len(b), i+1+rnd.IntN(20))
			b = slices.Delete(b, i, j)
		case 4:
			j := min(len(b), i+1+rnd.IntN(20))
			b = slices.Insert(b, i, slices.Clone(b[i:j])...)
		case 5:
			b = slices.Insert(b, i, []byte(words[rnd.IntN(len(words))])...)
		}
	}
	return b
}

func replace(b []byte, old, new string) []byte {
	if old == "" {
		return b
	}
	return bytes.ReplaceAll(b, []byte(old), []byte(new))
}
