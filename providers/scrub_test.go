package providers_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"rechargebot/providers"
)

func TestScrubberFindsASecretHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	const secret = `p&ss/w+rd "7" ü`
	s := providers.NewScrubber(secret)
	asJSON, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, written := range map[string]string{
		"plain": secret, "query": url.QueryEscape(secret), "lower query": strings.ToLower(url.QueryEscape(secret)), "large letters": strings.ToUpper(`p&ss/w+rd "7" `) + "ü", "path": url.PathEscape(secret),
		"JSON": strings.Trim(string(asJSON), `"`), "PHP": strings.ReplaceAll(strings.Trim(string(asJSON), `"`), "/", `\/`), "HTML": html.EscapeString(secret),
		"hex": hex.EncodeToString([]byte(secret)), "base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64 for URLs": base64.RawURLEncoding.EncodeToString([]byte(secret)),
	} {
		got := s.Scrub("before=" + written + "&after")
		if strings.Contains(got, written) || !strings.HasPrefix(got, "before=***") || !strings.HasSuffix(got, "&after") {
			t.Errorf("%s: %q", name, got)
		}
	}
	// Inside a longer encoded text, as in an Authorization header, at each alignment.
	for _, before := range []string{"", "a", "ab", "user:"} {
		written := base64.StdEncoding.EncodeToString([]byte(before + secret + ":tail"))
		if got := s.Scrub(written); !strings.Contains(got, "***") || len(got) > len(written)/2+4 {
			t.Errorf("base64 after %q: %q of %q", before, got, written)
		}
	}
}

func TestScrubberFindsTheBeginningOfASecretWhereTextWasCut(t *testing.T) {
	t.Parallel()
	s := providers.NewScrubber("correct horse battery")
	for text, want := range map[string]string{
		"pass: correct hor": "pass: ***",
		"pass: corr":        "pass: ***",
		"pass: cor":         "pass: cor",
		"a correct answer":  "a correct answer",
	} {
		if got := s.Scrub(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A short secret ("123", as in the vendor's sample) must not tear phone numbers to pieces.
func TestScrubberLeavesNumbersWholeForShortSecrets(t *testing.T) {
	t.Parallel()
	s := providers.NewScrubber("123", "")
	got := s.Scrub(`access_pass=123&number=01712345678 {"TRXID":"E123A","PIN":"123"}`)
	if want := `access_pass=***&number=01712345678 {"TRXID":"E123A","PIN":"***"}`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestScrubberOfNothingChangesNothing(t *testing.T) {
	t.Parallel()
	for _, s := range []*providers.Scrubber{nil, providers.NewScrubber(), providers.NewScrubber("")} {
		if got := s.Scrub("as it was"); got != "as it was" {
			t.Errorf("%q", got)
		}
	}
}

func TestScrubberIsPrintedWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	s := providers.NewScrubber("correct horse battery")
	holder := struct{ s *providers.Scrubber }{s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if text := fmt.Sprintf(verb, s) + fmt.Sprintf(verb, holder); strings.Contains(text, "horse") {
			t.Errorf("%s: %s", verb, text)
		}
	}
}
