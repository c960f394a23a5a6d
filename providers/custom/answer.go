package custom

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// path names a place in an answer, in gjson's words but only the plain ones: keys and positions between
// dots, "data.0.status", trimmed and in lower case.
type path string

func parsePath(text string) (path, bool) {
	parts := strings.Split(strings.ToLower(text), ".")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
		if parts[i] == "" || strings.ContainsFunc(part, func(c rune) bool { return !isAlphanumeric(c) && !strings.ContainsRune("-_ ", c) }) {
			return "", false
		}
	}
	return path(strings.Join(parts, ".")), len(parts) <= 8
}

func wantPath(text string) string {
	return fmt.Sprintf("wants one place in the answer, such as status or data.status, and names each once; %q is none", text)
}

// readTexts reads an answer and what stands at these paths, "" where nothing does, and whatever else it says.
// The answer is parsed as
// strictly as everywhere in the house (wire.ParseObject) and written again under its trimmed keys in lower
// case before gjson, which is not strict at all, looks into it. A list or an object at one of the paths is
// an error: what was meant as a word is none.
func readTexts(body []byte, paths []path) (said map[path]string, all []string, err error) {
	o, err := wire.ParseObject(body)
	if err != nil {
		return nil, nil, err
	}
	clean, err := json.Marshal(o)
	if err != nil {
		return nil, nil, wire.ErrNotObject
	}
	said = map[path]string{}
	for _, p := range paths {
		found := gjson.GetBytes(clean, string(p))
		switch {
		case !found.Exists():
		case found.Type == gjson.String:
			said[p] = found.Str
		default:
			return nil, nil, fmt.Errorf("%s: %w", p, wire.ErrKind)
		}
	}
	return said, texts(o), nil
}

// texts are all texts of a value of an answer, at any depth, and the keys that it says are true.
func texts(v any) (out []string) {
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, below := range v {
			out = append(out, texts(below)...)
		}
	case wire.Object:
		for key, below := range v {
			if below == "true" {
				out = append(out, key)
			}
			out = append(out, texts(below)...)
		}
	}
	return out
}

// reading is how the answers of one call are understood.
type reading struct {
	section                     string
	http                        []int // status codes with which an answer counts
	rules                       []rule
	upstreamID, serial, message path
	echo                        map[string]path // "number", "amount", "reference", "operator"
}

func (r reading) paths() []path {
	out := append(slices.Collect(maps.Values(r.echo)), r.upstreamID, r.serial, r.message)
	for _, rule := range r.rules {
		out = append(out, rule.paths()...)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(p path) bool { return p == "" })
}

// judge says what an answer means. Whatever no rule lists is Unknown; so is an answer that two rules read
// differently, which readRules rules out.
func (r reading) judge(said map[path]string, ours string) (v verdict, listed bool) {
	for _, rule := range r.rules {
		if !rule.holds(said, ours) {
			continue
		}
		if listed && rule.verdict != v {
			return verdict{}, false
		}
		v, listed = rule.verdict, true
	}
	return v, listed
}

// code is the words that decide, for people.
func (r reading) code(said map[path]string) string {
	var paths []path
	for _, rule := range r.rules {
		paths = append(paths, slices.Collect(maps.Keys(rule.when))...)
	}
	slices.Sort(paths)
	var out []string
	for _, p := range slices.Compact(paths) {
		if said[p] != "" {
			out = append(out, string(p)+"="+said[p])
		}
	}
	return strings.Join(out, " ")
}

// read puts an answer about o into our words. words are those with which o was, or would be, sent. A
// refusal that speaks of a repetition, wherever in the answer, may be about our own earlier send, whatever
// the rules say: several panels have one code for both (providers/rechargkit.md, "Money safety").
func (r reading) read(status int, body []byte, o providers.Request, words map[string]string) providers.Result {
	res := providers.Result{Status: providers.Unknown, Reason: providers.ReasonUnreadable}
	said, all, err := readTexts(body, r.paths())
	if err != nil {
		res.Message = err.Error()
		return res
	}
	res.Code, res.Message = r.code(said), said[r.message]
	v, listed := r.judge(said, string(o.Reference))
	good := v.status == providers.Pending || v.status == providers.Delivered
	switch {
	case !listed || !slices.Contains(r.http, status) || good && status >= http.StatusBadRequest:
		return res
	case !r.echoes(said, o, words):
		res.Reason = providers.ReasonEcho
		return res
	case r.section == inRecharge && v.status == providers.Refused && slices.ContainsFunc(all, wire.SpeaksOfRepeat):
		v = verdict{providers.Unknown, providers.ReasonDuplicate}
	case v.status == providers.Refused && v.reason == providers.ReasonNone:
		v.reason = wire.ReasonIn(res.Message)
	}
	res.Status, res.Reason, res.UpstreamID = v.status, v.reason, said[r.upstreamID]
	if v.status == providers.Delivered {
		res.Serial = said[r.serial]
	}
	return res
}

// echoes reports whether the answer speaks of o as far as it says of what it speaks. A panel that writes
// the number as a JSON number drops its leading zero.
func (r reading) echoes(said map[path]string, o providers.Request, words map[string]string) bool {
	for what, p := range r.echo {
		theirs := said[p]
		if theirs == "" {
			continue
		}
		same := false
		switch what {
		case "number":
			number, err := providers.ParseMSISDN(theirs, o.Account.Country())
			same = err == nil && number == o.Account || strings.TrimLeft(theirs, "0") == strings.TrimLeft(o.Account.National(), "0")
		case "amount":
			amount, err := providers.ParseMoney(theirs, o.Amount.Currency)
			same = err == nil && amount == o.Amount
		case "reference":
			same = theirs == string(o.Reference)
		case "operator":
			ours, known := words["operator"]
			same = !known || theirs == ours
		}
		if !same {
			return false
		}
	}
	return true
}

// balance is the question for our float, and how its answer is understood.
type balance struct {
	request
	value           path
	ok, credentials condition
}

func (b balance) read(status int, body []byte, c providers.Currency) (providers.Money, error) {
	if status == http.StatusUnauthorized {
		return providers.Money{}, fmt.Errorf("HTTP status %d: %w", status, providers.ErrCredentials)
	}
	said, _, err := readTexts(body, append(append(b.ok.paths(), b.credentials.paths()...), b.value))
	switch {
	case err != nil && status == http.StatusOK:
		return providers.Money{}, err
	case err == nil && len(b.credentials.when) > 0 && b.credentials.holds(said, ""):
		return providers.Money{}, fmt.Errorf("HTTP status %d: %w", status, providers.ErrCredentials)
	case status != http.StatusOK:
		return providers.Money{}, fmt.Errorf("HTTP status %d", status)
	case !b.ok.holds(said, ""):
		return providers.Money{}, fmt.Errorf("the answer does not say what balance.ok wants")
	}
	return providers.ParseMoney(said[b.value], c)
}
