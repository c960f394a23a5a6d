package simulated

import (
	"net/http"
	"slices"
	"time"

	"rechargebot/providers"
)

// dialect is one vendor's way of speaking, as its document has it.
type dialect interface {
	kind() string
	routes() []string // patterns of http.ServeMux
	manners() manners
	// ids makes the upstream's and the network's id of the nth order ever.
	ids(n int, now time.Time) (id, serial string)
	read(r *http.Request, login func(login, secret string) string) request
	// write words what has come of a request.
	write(q request, o outcome) answer
}

// manners are how an upstream of a dialect behaves, whatever it says.
type manners struct {
	nameless bool // the secret alone says who speaks; an account has no login
	repeats  bool // a reference that comes again makes another order
}

// garbler is a dialect whose document itself shows how its answers come out broken.
type garbler interface {
	garble(body string) string
}

func dialects() []dialect { return []dialect{ecare{}, sendapi{}, rechargkit{}, deeperweb{}, bos{}} }

func findDialect(known []dialect, kind string) dialect {
	i := slices.IndexFunc(known, func(d dialect) bool { return d.kind() == kind })
	if i < 0 {
		return nil
	}
	return known[i]
}

// request is what a dialect has read out of one HTTP request.
type request struct {
	call      Call
	account   string // "" = nobody's login
	reference string
	id        string // the upstream's own, of the order complained about
	operator  string // in the dialect's code
	kind      string // of the number, in the dialect's code
	number    string
	amount    int64             // in whole units of the account's currency, below 10^9; 0 = none that can be read
	problem   string            // why the dialect would refuse it, for the record; "" = none
	extra     map[string]string // what only the dialect itself wants to see again when it words the answer
}

// outcome is what the core has to say to a request; the dialect finds the words.
type outcome struct {
	verdict verdict
	order   Order           // accepted and found: as it stands
	float   providers.Money // accepted, found and balance: what is left
}

// verdict is the closed set of what the core can say.
type verdict string

const (
	saidStranger    verdict = "login refused"
	saidClosed      verdict = "maintenance"
	saidNoSuchCall  verdict = "unknown call"
	saidAccepted    verdict = "accepted"
	saidDuplicate   verdict = "duplicate"
	saidShort       verdict = "float too short"
	saidRefused     verdict = "refused"
	saidOrder       verdict = "order found"
	saidNoSuchOrder verdict = "order not found"
	saidBalance     verdict = "balance"
	saidOffers      verdict = "offers"
	saidCodes       verdict = "codes"
	saidComplaint   verdict = "complaint taken"
)
