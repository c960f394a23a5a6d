package recharge

import (
	"cmp"
	"slices"
	"strconv"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
)

// What a card with packs holds. The words are a provider's and may be of any length: a page of the
// longest ones stays below flows.MaxText.
const (
	packsPage    = 6
	packWords    = 240 // of a pack's details and validity, in UTF-16 units
	packValidity = 14  // of the validity on a button
	packTwins    = 3   // packs of one price that the confirm card names
)

// packs is the question about the draft's packs.
func (o draft) packs() providers.OfferQuery {
	return providers.OfferQuery{Operator: o.Operator, Circle: o.Circle}
}

// known lists the packs of the draft's operator and number type, cheapest first, each once; false when the
// list is not here.
func (t turn) known(o draft) ([]providers.Offer, bool) {
	if t.Offers == nil || o.Operator == "" {
		return nil, false
	}
	list, ok := t.Offers.Known(o.packs())
	if !ok {
		return nil, false
	}
	list = slices.DeleteFunc(slices.Clone(list), func(p providers.Offer) bool {
		return p.Operator != o.Operator || p.Type != o.Type || p.Price.Minor <= 0 || p.Price.Currency != t.currency(o)
	})
	slices.SortStableFunc(list, func(a, b providers.Offer) int {
		return cmp.Or(cmp.Compare(a.Price.Minor, b.Price.Minor), cmp.Compare(a.Details, b.Details), cmp.Compare(a.Validity, b.Validity))
	})
	return slices.Compact(list), true
}

// openPacks answers the button Offers.
func (t turn) openPacks(o draft) (flows.Step, error) {
	if o.At != atAmount {
		return t.show(o, nil, false)
	}
	o.goTo(atAmount)
	o.Packs = true
	return t.show(o, nil, false)
}

// showPacks shows a page of the packs in the place of the amount's question, or says that the list is not here.
func (t turn) showPacks(o draft) (flows.Step, error) {
	all, ok := t.known(o)
	if !ok {
		return t.noPacks(o, text.RechargePacksMissing)
	}
	rules := t.market.rules(o)
	low, _ := bounds(rules)
	ceiling, err := t.ceiling(low.Currency)
	if err != nil {
		return flows.Step{}, err
	}
	fit := slices.DeleteFunc(all, func(p providers.Offer) bool { return !allowed(rules, p.Price) || ceiling.Less(p.Price) })
	if len(fit) == 0 {
		return t.noPacks(o, text.RechargePacksNone)
	}
	kinds := t.kindRow(&o, fit)
	if o.Kind != "" {
		fit = slices.DeleteFunc(fit, func(p providers.Offer) bool { return kindOf(p) != o.Kind })
	}
	return t.packsCard(o, fit, kinds)
}

// noPacks says why no packs are shown, also over the chat: the card may say it already. The amount's question stays.
func (t turn) noPacks(o draft, why text.Key) (flows.Step, error) {
	o.goTo(o.At)
	sentence := t.Say.Say(why, nil)
	step, err := t.show(o, sentence, false)
	step.Answer.Text = sentence.String()
	return step, err
}

// packsCard is the card of one page. There is at least one pack.
func (t turn) packsCard(o draft, fit []providers.Offer, kinds []flows.Button) (flows.Step, error) {
	pages := slices.Collect(slices.Chunk(fit, packsPage))
	o.Page = max(0, min(o.Page, len(pages)-1))
	page := pages[o.Page]
	operator, _ := providers.FindOperator(o.Operator)
	body := []text.Rich{t.Say.Say(text.RechargePacks, text.Values{"Operator": operator.Name, "Type": o.Type.Label()})}
	for _, p := range page {
		body = append(body, t.packLine(p))
	}
	if len(pages) > 1 {
		body = append(body, t.Say.Say(text.RechargePacksPage, text.Values{"Page": o.Page + 1, "Pages": len(pages)}))
	}
	rows := t.packRows(page)
	var turns []flows.Button
	if o.Page > 0 {
		turns = append(turns, t.button(text.RechargeButtonPrevious, actPage+strconv.Itoa(o.Page-1)))
	}
	if o.Page < len(pages)-1 {
		turns = append(turns, t.button(text.RechargeButtonNext, actPage+strconv.Itoa(o.Page+1)))
	}
	for _, row := range [][]flows.Button{turns, kinds} {
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	return t.step(o, flows.Message{
		Text: text.Join("\n\n", text.Join("\n", t.Say.Say(text.RechargeTitle, nil), t.summary(o)), text.Join("\n", body...)),
		Rows: append(rows, []flows.Button{t.button(text.RechargeButtonBack, actBack), t.button(text.RechargeButtonCancel, actCancel)}),
	}, false)
}

// packLine is a pack as the provider words it, behind its price.
func (t turn) packLine(p providers.Offer) text.Rich {
	return text.Join(" ", t.Say.Say(text.RechargePack, text.Values{"Price": p.Price}), packWording(p))
}

// packWording quotes the provider's words about a pack, cut to size.
func packWording(p providers.Offer) text.Rich {
	words := text.Join(" · ", text.Quoted(p.Details).Clip(packWords-40), text.Quoted(p.Validity).Clip(30)).String()
	return text.Quoted(words)
}

// packRows are a button for each price.
func (t turn) packRows(page []providers.Offer) [][]flows.Button {
	var out []flows.Button
	for i, p := range page {
		if i > 0 && page[i-1].Price == p.Price {
			continue
		}
		b := flows.Button{Label: t.Say.Money(p.Price), Action: actAmount + strconv.FormatInt(p.Price.Minor, 10)}
		one := i+1 == len(page) || page[i+1].Price != p.Price
		if validity := text.Quoted(p.Validity).Clip(packValidity); one && len(validity) > 0 {
			b.Label = t.Say.Text(text.RechargePackButton, text.Values{"Price": p.Price, "Validity": validity})
		}
		out = append(out, b)
	}
	return pairs(out)
}

// kindRow are the kinds that occur, when there is more than one; the chosen one is marked. A kind that does
// not occur (any more) is not chosen.
func (t turn) kindRow(o *draft, list []providers.Offer) []flows.Button {
	var out []flows.Button
	found := false
	for _, k := range []struct {
		kind providers.OfferKind
		key  text.Key
	}{
		{"", text.RechargeKindAll},
		{providers.OfferData, text.RechargeKindData},
		{providers.OfferVoice, text.RechargeKindVoice},
		{providers.OfferBundle, text.RechargeKindBundle},
		{providers.OfferOther, text.RechargeKindOther},
	} {
		if k.kind != "" && !slices.ContainsFunc(list, func(p providers.Offer) bool { return kindOf(p) == k.kind }) {
			continue
		}
		found = found || o.Kind == k.kind
		out = append(out, t.button(k.key, actKind+string(k.kind)))
	}
	if !found {
		o.Kind = ""
	}
	for i, b := range out {
		if b.Action == actKind+string(o.Kind) {
			out[i].Label = t.Say.Text(text.RechargeKindChosen, text.Values{"Kind": b.Label})
		}
	}
	if len(out) < 3 { // all and one kind
		return nil
	}
	return out
}

// kindOf is the pack's kind; one that we have no word for is another one.
func kindOf(p providers.Offer) providers.OfferKind {
	switch p.Kind {
	case providers.OfferData, providers.OfferVoice, providers.OfferBundle:
		return p.Kind
	}
	return providers.OfferOther
}

// packWarning says that the draft's amount is the price of packs that are known (providers/ecare.md,
// "OFFERPACK"; numbers.md, "Amounts": in India prepaid amounts are mostly prices of plans).
func (t turn) packWarning(o draft) text.Rich {
	list, _ := t.known(o)
	same := slices.DeleteFunc(list, func(p providers.Offer) bool { return p.Price != o.Amount })
	if len(same) == 0 {
		return nil
	}
	lines := []text.Rich{text.Join("", t.Say.Say(text.RechargeWarning, nil), t.Say.Say(text.RechargePackWarning, text.Values{"Amount": o.Amount}))}
	for _, p := range same[:min(len(same), packTwins)] {
		lines = append(lines, packWording(p))
	}
	return text.Join("\n", lines...)
}
