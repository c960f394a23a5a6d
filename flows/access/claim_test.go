package access

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"rechargebot/storage"
)

func newClaim(t *testing.T, now time.Time) (*Claim, string) {
	t.Helper()
	c, err := NewClaim(bytes.NewReader([]byte("0123456789abcdef")), now)
	if err != nil {
		t.Fatal(err)
	}
	return c, c.Code()
}

func TestClaimCodeIsForgivingAboutHowItIsTyped(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	c, code := newClaim(t, now)
	for _, typed := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), " " + strings.ReplaceAll(code, "-", " ") + " "} {
		if !c.opens(2001, typed, now) {
			t.Errorf("%q does not open", typed)
		}
	}
	if len(strings.ReplaceAll(code, "-", "")) != 26 { // 128 bits in base32
		t.Errorf("code %q has another length than 128 bits", code)
	}
}

func TestTenWrongCodesOfSomebodyAreEnough(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	c, code := newClaim(t, now)
	wrong := "B" + code[1:]
	if code[0] == 'B' {
		wrong = "C" + code[1:]
	}
	for range ClaimTries - 1 {
		if c.opens(2001, wrong, now) {
			t.Fatalf("the wrong code %q opens", wrong)
		}
	}
	if c.opens(2001, "", now); !c.opens(2001, code, now) {
		t.Fatal("the code is dead before the last wrong one, or nothing at all counted as a wrong one")
	}
	if c.opens(2001, wrong, now); c.opens(2001, code, now) {
		t.Fatal("the code opens after ten wrong ones")
	}
	for who := range storage.PersonID(2 * claimFaces) {
		c.opens(10_000+who, wrong, now)
	}
	if len(c.wrong) > claimFaces {
		t.Errorf("%d people are counted", len(c.wrong))
	}
	if !c.opens(1001, code, now) {
		t.Error("others' wrong codes lock the owner out")
	}
}

func TestClaimEndsWithItsTime(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	c, code := newClaim(t, now)
	if !c.opens(2001, code, now.Add(ClaimTerm-time.Second)) || c.opens(2001, code, now.Add(ClaimTerm)) {
		t.Error("the code is good for another time than ClaimTerm")
	}
	if (*Claim)(nil).opens(2001, code, now) {
		t.Error("no claim opens")
	}
}

func TestClaimIsNotShownByPrintingIt(t *testing.T) {
	t.Parallel()
	c, code := newClaim(t, time.Unix(1_800_000_000, 0))
	config := Config{Claim: c}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, value := range []any{c, config, New(config)} {
			printed := fmt.Sprintf(format, value)
			if strings.Contains(printed, code) || strings.Contains(printed, strings.ReplaceAll(code, "-", "")) {
				t.Errorf("%s of %T shows the code", format, value)
			}
		}
	}
}

func TestClaimNeedsRandomness(t *testing.T) {
	t.Parallel()
	if _, err := NewClaim(strings.NewReader("short"), time.Unix(0, 0)); err == nil {
		t.Error("a code was made of too little randomness")
	}
}
