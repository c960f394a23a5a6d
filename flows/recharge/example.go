package recharge

import (
	"rechargebot/flows/text"
	"rechargebot/providers"
)

// Sentences that ask for a number, or for a whole order, show one as people of the market's country write it.
// Where the market has both countries and nothing is chosen yet, they show one of each.

// numberExample is a number as people of the country write it.
func numberExample(c providers.Country) string {
	if c == providers.India {
		return "9812345670"
	}
	return "01712345678"
}

// lineExample is an order of the country in one line.
func lineExample(c providers.Country) string {
	if c == providers.India {
		return numberExample(c) + " 199"
	}
	return numberExample(c) + " 50"
}

// Example is a number, and an order in one line, as a house with these upstreams would type them: what
// other flows show in their sentences.
func Example(upstreams []Upstream) (number, line string) {
	c := market(upstreams).home()
	return numberExample(c), lineExample(c)
}

// home is the country that is shown where one example must do.
func (m market) home() providers.Country {
	if all := m.countries(); len(all) > 0 {
		return all[0]
	}
	return providers.Bangladesh
}

// both reports whether the market has both countries and the draft has not chosen one.
func (t turn) both(o draft) bool { return len(t.countries(o)) > 1 }

// home is the draft's country, or the one that is shown where one example must do.
func (t turn) home(o draft) providers.Country {
	if all := t.countries(o); len(all) > 0 {
		return all[0]
	}
	return providers.Bangladesh
}

func (t turn) askNumber(o draft) text.Rich {
	if t.both(o) {
		return t.Say.Say(text.RechargeAskAnyNumber, bothNumbers())
	}
	return t.Say.Say(text.RechargeAskNumber, text.Values{"Example": numberExample(t.home(o))})
}

func (t turn) noNumber(o draft) text.Rich {
	if t.both(o) {
		return t.Say.Say(text.RechargeBadAnyNumber, bothNumbers())
	}
	return t.Say.Say(text.RechargeBadNumber, text.Values{"Example": numberExample(t.home(o))})
}

func (t turn) hello() text.Rich {
	if t.both(draft{}) {
		return t.Say.Say(text.RechargeHelloAny, bothLines())
	}
	return t.Say.Say(text.RechargeHello, text.Values{"Example": lineExample(t.market.home())})
}

func (t turn) notUnderstood() text.Rich {
	if t.both(draft{}) {
		return t.Say.Say(text.RechargeHintAny, bothLines())
	}
	return t.Say.Say(text.RechargeHint, text.Values{"Example": lineExample(t.market.home())})
}

func bothNumbers() text.Values {
	return text.Values{"Example": numberExample(providers.Bangladesh), "Other": numberExample(providers.India)}
}

func bothLines() text.Values {
	return text.Values{"Example": lineExample(providers.Bangladesh), "Other": lineExample(providers.India)}
}

// typedExample is an order in one line of the country that the typed number is of, or was meant to be of.
func (t turn) typedExample(number string) string {
	return lineExample(countryOf(number, t.market.countries()))
}
