package custom

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"rechargebot/providers"
)

// condition is what an answer must say. An empty condition holds for every answer.
type condition struct {
	when map[path][]string // at each path one of these texts; "" is absent, null or empty
	ids  []path            // where an id must stand
}

// holds reports whether the texts of an answer meet c. ours is our reference, which is no id of theirs wherever
// they repeat it.
func (c condition) holds(said map[path]string, ours string) bool {
	for p, texts := range c.when {
		if !slices.Contains(texts, said[p]) {
			return false
		}
	}
	return !slices.ContainsFunc(c.ids, func(p path) bool { return !isID(said[p]) || strings.EqualFold(said[p], ours) })
}

// excludes reports whether no answer can meet both c and o: somewhere they want different things.
func (c condition) excludes(o condition) bool {
	for p, texts := range c.when {
		theirs, both := o.when[p]
		shared := slices.ContainsFunc(texts, func(t string) bool { return slices.Contains(theirs, t) })
		if both && !shared || slices.Contains(o.ids, p) && !slices.ContainsFunc(texts, isID) {
			return true
		}
	}
	for _, p := range c.ids {
		if theirs, both := o.when[p]; both && !slices.ContainsFunc(theirs, isID) {
			return true
		}
	}
	return false
}

// words counts the places where c asks for a word, and those where it also takes the absence of one.
func (c condition) words() (asked, absent int) {
	for _, texts := range c.when {
		if slices.Contains(texts, "") {
			absent++
		} else {
			asked++
		}
	}
	return asked, absent
}

func (c condition) paths() []path { return append(slices.Collect(maps.Keys(c.when)), c.ids...) }

// isID reports whether text can be the id of an order: "true", "0", "0000", "-" and "error 404" cannot.
func isID(text string) bool {
	return len(text) >= 4 && strings.ContainsAny(text, "123456789") && !strings.ContainsFunc(text, unicode.IsSpace)
}

// rule is a documented answer: what it says, and what that means.
type rule struct {
	condition
	verdict verdict
	anchors [][]path // of each group an echo must be in the answer, or the rule does not count
}

// holds reports whether an answer is the documented one.
func (r rule) holds(said map[path]string, ours string) bool {
	return r.condition.holds(said, ours) && r.anchored(said)
}

// verdict is what an answer means. A recharge that is refused without a reason has the one that the free text
// gives.
type verdict struct {
	status providers.Status
	reason providers.Reason
}

// verdictOf reads the words "is" and "reason"; why is empty when they fit together.
func verdictOf(section, is, reason string) (v verdict, why string) {
	v.reason = providers.Reason(reason)
	switch {
	case is == "pending":
		v.status = providers.Pending
	case is == "delivered":
		v.status = providers.Delivered
	case is == "not-found" && section == inEnquire:
		v.status = providers.NotFound
	case is == "duplicate" && section == inRecharge:
		v = verdict{providers.Unknown, providers.ReasonDuplicate}
	case is == "refused":
		v.status = providers.Refused
		if v.reason == providers.ReasonNone && section == inEnquire {
			v.reason = providers.ReasonRejected
		}
	case is == "unknown":
	case section == inEnquire:
		return v, "is must be pending, delivered, refused, not-found or unknown"
	default:
		return v, "is must be pending, delivered, refused, duplicate or unknown"
	}
	refusals := []providers.Reason{providers.ReasonRejected, providers.ReasonFloatShort, providers.ReasonCredentials, providers.ReasonMaintenance}
	switch {
	case reason == "":
	case is != "refused" && is != "unknown":
		return v, "reason goes with refused and unknown only"
	case !slices.Contains(refusals, v.reason):
		return v, "reason must be rejected, float-short, credentials or maintenance"
	case section == inEnquire && is == "refused" && v.reason != providers.ReasonRejected:
		return v, "an enquiry that is refused for this reason says nothing of the order: is must be unknown"
	}
	return v, ""
}

// readRules reads the rules of a call and refuses those that could contradict each other or speak of
// something else than the order.
func readRules(t *table, q question) []rule {
	var rules []rule
	for i, item := range t.items("rules") {
		values, ok := item.(map[string]any)
		if !ok {
			t.complain("rules", "must be a list of tables such as { when = { status = \"OK\" }, is = \"pending\" }")
			return nil
		}
		r, why := readRule(&table{key: t.key, values: values, wrong: new(complaint)}, q.section, q.message)
		if why == "" {
			why = r.tie(q)
		}
		if why != "" {
			t.complainf("rules", "(number %d): %s", i+1, why)
		}
		rules = append(rules, r)
	}
	for i, r := range rules {
		for j, other := range rules[:i] {
			if r.verdict != other.verdict && !r.excludes(other.condition) {
				t.complainf("rules", "(numbers %d and %d): one answer could match both, and they say different things; give them different words at one path", j+1, i+1)
			}
		}
	}
	return rules
}

// readRule reads one rule; why says what is wrong with it. What ends an order cannot hang on something that
// the answer does not say: an answer that lost a field would end it too.
func readRule(t *table, section string, message path) (r rule, why string) {
	t.only("when", "id", "is", "reason")
	r.condition = readCondition(t)
	r.verdict, why = verdictOf(section, t.text("is", ""), t.text("reason", ""))
	asked, absent := r.words()
	ends := r.verdict.status != providers.Pending && r.verdict.status != providers.Unknown
	switch {
	case t.wrong.first != nil:
		return r, strings.TrimPrefix(t.wrong.first.Error(), t.key+".")
	case why != "":
		return r, why
	case len(r.when)+len(r.ids) == 0:
		return r, "it has no conditions, so it would match every answer"
	case asked == 0:
		return r, "when must ask for a word, such as { status = \"OK\" }: absence alone decides nothing"
	case ends && absent > 0:
		return r, "delivered, refused and not-found cannot hang on a word that is absent"
	case message != "" && slices.Contains(r.paths(), message):
		return r, "when must not look at their free text (message): its wording changes"
	}
	return r, ""
}

// readCondition reads the keys "when" and "id".
func readCondition(t *table) condition {
	c := condition{when: readWords(t, "when")}
	for _, text := range t.list("id") {
		if p, ok := parsePath(text); ok {
			c.ids = append(c.ids, p)
		} else {
			t.complain("id", wantPath(text))
		}
	}
	return c
}

// readWords reads a table of texts, or lists of texts, by path.
func readWords(t *table, key string) map[path][]string {
	out := map[path][]string{}
	var walk func(prefix string, values map[string]any)
	walk = func(prefix string, values map[string]any) {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			v := values[name]
			if below, ok := v.(map[string]any); ok {
				walk(prefix+name+".", below)
				continue
			}
			p, ok := parsePath(prefix + name)
			if _, twice := out[p]; twice || !ok {
				t.complain(key, wantPath(prefix+name))
			}
			list, isList := v.([]any)
			if !isList {
				list = []any{v}
			}
			out[p] = []string{}
			for _, item := range list {
				text, ok := word(item)
				if !ok {
					t.complainf(key, "wants %q to be a text, a whole number, true, false, or a list of these", prefix+name)
				}
				out[p] = append(out[p], text)
			}
			if len(list) == 0 {
				t.complainf(key, "has no word for %q", prefix+name)
			}
		}
	}
	walk("", as(t, key, map[string]any{}, "a table of words by path"))
	return out
}
