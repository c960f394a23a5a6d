package providers_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"rechargebot/providers"
)

func TestReferencesFitTheirFormatAndDoNotRepeat(t *testing.T) {
	t.Parallel()
	f := providers.ReferenceFormat{Alphabet: "0123456789abcdefghijklmnopqrstuvwxyz", Length: 16}
	random := rand.NewChaCha8([32]byte{1})
	seen := map[providers.Reference]bool{}
	used := map[rune]int{}
	for range 10000 {
		r, err := f.New(random)
		if err != nil || !f.Fits(r) || seen[r] {
			t.Fatalf("%q: err %v, fits %v, seen %v", r, err, f.Fits(r), seen[r])
		}
		seen[r] = true
		for _, c := range string(r) {
			used[c]++
		}
	}
	// 160,000 characters over 36: about 4,444 of each; a modulo without rejection would favour four of them by an eighth.
	for c, n := range used {
		if n < 4100 || n > 4800 {
			t.Errorf("%q was drawn %d times", c, n)
		}
	}
	if len(used) != 36 {
		t.Errorf("%d different characters", len(used))
	}
}

func TestForeignReferencesDoNotFit(t *testing.T) {
	t.Parallel()
	f := providers.ReferenceFormat{Alphabet: "abc", Length: 4}
	for _, r := range []providers.Reference{"", "abc", "abcab", "abcA", "abc ", "abcé", "ab\x00c"} {
		if f.Fits(r) {
			t.Errorf("%q fits", r)
		}
	}
}

// The first character has an alphabet of its own, from which it is drawn as evenly as the others from theirs.
func TestTheFirstCharacterKeepsToItsOwnAlphabet(t *testing.T) {
	t.Parallel()
	f := providers.ReferenceFormat{Alphabet: "0123456789", First: "123456789", Length: 3}
	random := rand.NewChaCha8([32]byte{2})
	first, rest := map[byte]int{}, map[byte]int{}
	for range 9000 {
		r, err := f.New(random)
		if err != nil || !f.Fits(r) || len(r) != 3 {
			t.Fatalf("%q: err %v, fits %v", r, err, f.Fits(r))
		}
		first[r[0]]++
		rest[r[1]]++
		rest[r[2]]++
	}
	for c := byte('0'); c <= '9'; c++ { // about 1,000 of each first, and 1,800 of each other
		if n := first[c]; (c == '0') != (n == 0) || c != '0' && (n < 850 || n > 1150) {
			t.Errorf("%q came first %d times", c, n)
		}
		if n := rest[c]; n < 1600 || n > 2000 {
			t.Errorf("%q came later %d times", c, n)
		}
	}
	for r, want := range map[providers.Reference]bool{"100": true, "900": true, "012": false, "000": false, "a00": false, "1a0": false, "10": false} {
		if f.Fits(r) != want {
			t.Errorf("%q fits: %v", r, !want)
		}
	}
}

func TestReferencesAreNotMadeWithoutRandomness(t *testing.T) {
	t.Parallel()
	f := providers.ReferenceFormat{Alphabet: "abc", Length: 4}
	if r, err := f.New(strings.NewReader("short")); err == nil {
		t.Errorf("made %q from five bytes", r)
	}
	for _, bad := range []providers.ReferenceFormat{{}, {Alphabet: "a", Length: 4}, {Alphabet: "ab"}, {Alphabet: strings.Repeat("ab", 200), Length: 4}} {
		if r, err := bad.New(rand.NewChaCha8([32]byte{})); err == nil {
			t.Errorf("%+v made %q", bad, r)
		}
	}
}

func TestSecretsArePrintedAsStars(t *testing.T) {
	t.Parallel()
	const word = "hunter2-hunter2"
	c := providers.Config{Settings: map[string]providers.Secret{"key": word}}
	asJSON, err := json.Marshal(c.Settings)
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "secret", c.Settings["key"], "settings", c.Settings)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "secret", c.Settings["key"], "settings", c.Settings)
	text := fmt.Sprintf("%v %+v %#v %s %q %x", c, c, c, c.Settings["key"], c.Settings["key"], c.Settings["key"]) + string(asJSON) + logged.String()
	text += fmt.Errorf("with %w and %v", errors.New("x"), c.Settings["key"]).Error()
	if err != nil || strings.Contains(text, "hunter") || !strings.Contains(text, "***") {
		t.Errorf("err %v; printed: %s", err, text)
	}
	if c.Get("key") != word || c.Get("nothing") != "" {
		t.Errorf("Get reveals %q and %q", c.Get("key"), c.Get("nothing"))
	}
}

func TestRegistrationKnowsItsSecretsAndNeeds(t *testing.T) {
	t.Parallel()
	r := providers.Registration{Country: providers.India, Settings: []providers.Setting{{Key: "url", Required: true}, {Key: "pass", Secret: true, Required: true}, {Key: "pin", Secret: true}}}
	c := providers.Config{Settings: map[string]providers.Secret{"url": "u"}}
	if err := r.Require(c); err == nil || !strings.Contains(err.Error(), "pass") {
		t.Errorf("Require without pass: %v; want it named", err)
	}
	c.Settings["pass"] = "p"
	if err := r.Require(c); err != nil {
		t.Errorf("Require with everything: %v", err)
	}
	if got := r.Secrets(c); len(got) != 1 || got[0].Reveal() != "p" {
		t.Errorf("%d secrets, want pass alone", len(got))
	}
	if r.Currency() != providers.INR || (providers.Registration{}).Currency().Known() {
		t.Error("currency does not follow the country")
	}
}
