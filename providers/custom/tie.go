package custom

import (
	"slices"
	"strings"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// What ends an order must speak of that order. Panels wrap every answer in the same few words: "true", "OK",
// "404" say how the question went ("SUCCESS" when a failed order was looked up well, "FAILED" when our login
// is wrong), and the first member of a list may be anybody's order. tie refuses rules that could take the one
// for the other, or makes them wait for an echo that settles it.

// tie binds a rule of a call to the order; why says what is wrong when nothing can. Unknown decides nothing.
func (r *rule) tie(q question) (why string) {
	status := r.verdict.status
	if status == providers.Unknown {
		return ""
	}
	for _, p := range r.paths() {
		if why := r.tiePosition(p, q.echo); why != "" {
			return why
		}
	}
	bare := !r.specific()
	repeats := slices.ContainsFunc(r.texts(), wire.SpeaksOfRepeat)
	switch {
	case q.section == inRecharge && status == providers.Refused && repeats:
		return "its words speak of an order that they have already: is must be duplicate, or unknown"
	case q.section == inRecharge && status == providers.Refused && bare && len(r.ids) == 0 && q.message == "":
		return "it would refuse for any reason, a repetition too: ask for a word that says why, or say where their free text stands (message), so that a repetition is heard"
	case q.section == inRecharge, status == providers.Pending, !bare:
		return ""
	case status == providers.NotFound:
		return "its words could as well be about the login or the address: not-found needs a word that says just that"
	case len(r.ids) > 0, r.answersTwice(status):
		return ""
	}
	return r.tieEcho(q)
}

// tiePosition wants an echo beside a place in a list: the same member must name the order.
func (r *rule) tiePosition(p path, echo map[string]path) (why string) {
	parts := strings.Split(string(p), ".")
	last := -1
	for i, part := range parts {
		if strings.Trim(part, "0123456789") == "" {
			last = i
		}
	}
	if last < 0 {
		return ""
	}
	member := strings.Join(parts[:last+1], ".") + "."
	var beside []path
	for _, what := range []string{"reference", "number"} {
		if strings.HasPrefix(string(echo[what]), member) {
			beside = append(beside, echo[what])
		}
	}
	if len(beside) == 0 {
		return "it looks into a list (" + string(p) + "), where another order may stand: echo must say where the same member names the reference or the number, such as " + member + "ref"
	}
	r.anchors = append(r.anchors, beside)
	return ""
}

// tieEcho wants an echo of what the question did not tell the panel: only one that has looked the order up
// can say it.
func (r *rule) tieEcho(q question) (why string) {
	told := q.placeholders()
	var echoes []path
	if p := q.echo["number"]; p != "" && count(told, "number", "msisdn") == 0 {
		echoes = append(echoes, p)
	}
	if p := q.echo["amount"]; p != "" && count(told, "amount") == 0 {
		echoes = append(echoes, p)
	}
	if len(echoes) == 0 {
		return "its words (such as true, 1, success, failed, 404) could as well be about the question: ask for a word that only an order has, for an id, or list echo.number or echo.amount, which then must be there"
	}
	r.anchors = append(r.anchors, echoes)
	return ""
}

// anchored reports whether the answer names what the rule waits for: one place of each group.
func (r rule) anchored(said map[path]string) bool {
	return !slices.ContainsFunc(r.anchors, func(group []path) bool {
		return !slices.ContainsFunc(group, func(p path) bool { return said[p] != "" })
	})
}

// texts are the words that c asks for.
func (c condition) texts() []string {
	var out []string
	for _, texts := range c.when {
		out = append(out, texts...)
	}
	return out
}

// specific reports whether c asks somewhere for a word that is not one of the bare ones.
func (c condition) specific() bool {
	for _, texts := range c.when {
		if !slices.ContainsFunc(texts, isBare) {
			return true
		}
	}
	return false
}

// answersTwice reports whether bare words at two places part the question from the order: for a refusal one
// place says yes to the question and another does not say yes; for a delivery both say yes, one of them at a
// place of the order, which stands elsewhere or is called so.
func (c condition) answersTwice(status providers.Status) bool {
	var yes, other []path
	for p, texts := range c.when {
		switch {
		case !slices.ContainsFunc(texts, func(t string) bool { return !isYes(t) }):
			yes = append(yes, p)
		case !slices.ContainsFunc(texts, isYes):
			other = append(other, p)
		}
	}
	if status == providers.Refused {
		return len(yes) > 0 && len(other) > 0
	}
	for i, p := range yes {
		for _, q := range yes[:i] {
			if parent(p) != parent(q) || namesOrder(p) || namesOrder(q) {
				return true
			}
		}
	}
	return false
}

func parent(p path) string { return string(p[:strings.LastIndex(string(p), ".")+1]) }

// namesOrder reports whether a key is called after an order, as ECARE's RECHARGE_STATUS is.
func namesOrder(p path) bool {
	key := strings.TrimPrefix(string(p), parent(p))
	return slices.ContainsFunc([]string{"recharge", "topup", "top_up", "order", "transaction", "trx", "txn", "tx_"}, func(name string) bool {
		return strings.Contains(key, name)
	})
}

// isYes reports whether a word is a bare yes.
func isYes(text string) bool {
	return slices.Contains([]string{"true", "1", "yes", "y", "ok", "okay", "success", "successful", "successfully", "succeeded", "200", "201", "202"}, strings.ToLower(text))
}

// isBare reports whether a word says no more than yes or no: such words, and numbers of up to three digits.
func isBare(text string) bool {
	no := []string{"", "false", "no", "n", "none", "null", "error", "err", "fail", "failed", "failure", "unsuccessful", "invalid"}
	number := strings.Trim(text, "-+.0123456789") == ""
	return isYes(text) || slices.Contains(no, strings.ToLower(text)) || number && len(text) <= 3
}
