package access

import (
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

const (
	// ClaimTerm is how long a claim code is good.
	ClaimTerm = 15 * time.Minute
	// ClaimTries is how many wrong codes one person may send: whoever guesses shall not lock the owner out.
	ClaimTries = 10
	// claimFaces bounds the people whose wrong codes are counted. The gate before the store, and what the engine
	// answers a stranger in an hour, bound the guesses of everybody; against 128 bits they come to nothing.
	claimFaces = 4096

	claimBytes = 16 // 128 bits (SAFETY.md, section 5, "first admin")
)

// Claim is the one-time code by which the first owner is made, for a bot that has none. It lives in
// memory only, so it ends with the process. It is safe for concurrent use.
type Claim struct {
	code  *providers.Secret // a pointer, so that printing a Claim cannot show it
	until time.Time

	mu    sync.Mutex
	wrong map[storage.PersonID]int
}

// NewClaim draws a code from rand, good for ClaimTerm from now.
func NewClaim(rand io.Reader, now time.Time) (*Claim, error) {
	var b [claimBytes]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return nil, fmt.Errorf("make claim code: %w", err)
	}
	code := providers.Secret(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
	return &Claim{code: &code, until: now.Add(ClaimTerm), wrong: map[storage.PersonID]int{}}, nil
}

// Code is the code in groups of letters and digits, as a plain text that prints itself: show it to
// whoever started the bot, and log it nowhere.
func (c *Claim) Code() string {
	var groups []string
	for group := range slices.Chunk([]byte(c.code.Reveal()), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}

// opens reports whether typed is the code, and counts it against who sent it when it is not.
func (c *Claim) opens(who storage.PersonID, typed string, now time.Time) bool {
	typed = strings.ToUpper(strings.Join(strings.FieldsFunc(typed, func(r rune) bool { return r == '-' || r == ' ' }), ""))
	if c == nil || typed == "" {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !now.Before(c.until) || c.wrong[who] >= ClaimTries {
		return false
	}
	if subtle.ConstantTimeCompare([]byte(typed), []byte(c.code.Reveal())) == 1 {
		return true
	}
	if _, counted := c.wrong[who]; counted || len(c.wrong) < claimFaces {
		c.wrong[who]++
	}
	return false
}

// claim makes whoever knows the code the first owner. That there is none yet is checked in the commit,
// so the code serves once.
func (t turn) claim() (flows.Step, error) {
	if !t.Claim.opens(t.in.From.ID, t.in.Args, t.Now()) {
		return t.tell(text.AccessClaimWrong, nil), nil
	}
	owners, err := t.Store.PeopleWhere(t.ctx, func(p storage.Person) bool { return p.Role == storage.RoleOwner })
	if err != nil {
		return flows.Step{}, fmt.Errorf("list owners: %w", err)
	}
	if len(owners) > 0 || t.Refused != nil {
		return t.tell(text.AccessClaimTaken, nil), nil
	}
	before, err := t.stored(t.in.From.ID)
	if err != nil {
		return flows.Step{}, err
	}
	p := storage.Person{ID: t.in.From.ID}
	if before != nil {
		p = *before
	}
	p = t.renamed(p)
	p.Role, p.Suspended, p.Request = storage.RoleOwner, false, storage.RequestApproved
	p.Decided, p.DecidedBy = t.Now(), p.ID
	step := t.tell(text.AccessClaimed, nil)
	step.Replies[0].Rows = [][]flows.Button{{t.Start(t.Say)}}
	step.Keep = true
	step.People = []storage.PersonChange{{Before: before, After: p, FirstOwner: true}}
	step.Audit = []string{fmt.Sprintf("person %d claimed the bot", p.ID)}
	return step, nil
}
