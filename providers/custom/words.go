package custom

import (
	"fmt"
	"maps"
	"strings"

	"rechargebot/providers"
)

// codeOf is the code of a service's operator: the account's operator_codes replace a code of the
// description under the same name, so that no code of an operator takes the place of one of its type.
func (d *description) codeOf(c providers.Config, s providers.Service) (string, bool) {
	for _, key := range []providers.Service{s, {Operator: s.Operator}} {
		if code, ok := c.OperatorCodes[key]; ok {
			return strings.TrimSpace(code), true
		}
		if code, ok := d.codes[key]; ok {
			return code, true
		}
	}
	return "", false
}

// words are the settings and what an order puts in the place of the placeholders, as far as it can be
// said. The error is about the first thing that cannot.
func (d *description) words(c providers.Config, settings map[string]string, o providers.Request) (map[string]string, error) {
	words, first := settings, error(nil)
	complain := func(err error) {
		if first == nil {
			first = err
		}
	}
	service := providers.Service{Operator: o.Operator, Type: o.Type}
	if code, ok := d.codeOf(c, service); ok && d.registration.Serves(service) {
		words["operator"] = code
		if code, ok := d.types[o.Type]; ok {
			words["type"] = code
		}
	} else {
		complain(fmt.Errorf("%s: %w", service, providers.ErrUnsupported))
	}
	if o.Account.Country() == d.registration.Country {
		words["number"], words["msisdn"] = o.Account.National(), string(o.Account)
	} else {
		complain(fmt.Errorf("number of another country: %w", providers.ErrUnsupported))
	}
	switch whole, ok := o.Amount.Whole(); {
	case o.Amount.Currency != d.registration.Currency() || o.Amount.Minor <= 0 || !ok && !d.decimals:
		complain(fmt.Errorf("amount %s cannot be said", o.Amount))
	case d.decimals:
		words["amount"] = o.Amount.Decimal()
	default:
		words["amount"] = fmt.Sprint(whole)
	}
	if o.Reference != "" {
		words["reference"] = string(o.Reference)
	} else {
		complain(fmt.Errorf("no reference"))
	}
	if d.registration.NeedsCircle {
		if code, ok := c.CircleCode(o.Circle); ok {
			words["circle"] = code
		} else {
			complain(fmt.Errorf("circle %q: %w", o.Circle, providers.ErrUnsupported))
		}
	}
	return words, first
}

// rehearse builds every call for every service, so that what cannot be sent is known at start. It returns
// the section that cannot.
func (d *description) rehearse(c providers.Config, settings map[string]string) (section string, err error) {
	r := d.registration
	account := providers.MSISDN("8801712345678")
	if r.Country == providers.India {
		account = "919812345670"
	}
	if d.balance != nil {
		if _, err := d.balance.call(settings); err != nil {
			return inBalance, err
		}
	}
	for _, s := range r.Services {
		words, _ := d.words(c, maps.Clone(settings), providers.Request{
			Order:     providers.Order{Operator: s.Operator, Type: s.Type, Account: account, Amount: r.Amount.Min},
			Reference: providers.Reference(strings.Repeat(r.Reference.Alphabet[:1], r.Reference.Length)),
		})
		words["circle"], words["date"] = "1", "2026-01-01"
		if _, err := d.recharge.call(words); err != nil {
			return inRecharge, fmt.Errorf("%s: %w", s, err)
		}
		if d.enquire == nil {
			continue
		}
		if _, err := d.enquire.call(words); err != nil {
			return inEnquire, fmt.Errorf("%s: %w", s, err)
		}
	}
	return "", nil
}
