package rechargkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// maxList is how much of a list is read: a circle has hundreds of plans.
const maxList = 2 << 20

// Offers asks prepaidPlanFetch for the plans of an operator in a circle.
func (p *Provider) Offers(ctx context.Context, q providers.OfferQuery) ([]providers.Offer, error) {
	service := providers.Service{Operator: q.Operator, Type: providers.Prepaid}
	operator, _ := p.config.OperatorCode(service)
	circle, known := p.config.CircleCode(q.Circle)
	if !known || !slices.Contains(p.services, service) {
		return nil, fmt.Errorf("rechargkit: offers: %s in circle %q: %w", q.Operator, q.Circle, providers.ErrUnsupported)
	}
	call := p.post("recharge/prepaidPlanFetch", wire.JSON(map[string]any{
		"operator_code": json.Number(operator), "circle": json.Number(circle),
	}))
	call.MaxBody = maxList
	a, err := p.client.Read(ctx, call)
	if err != nil {
		return nil, fmt.Errorf("rechargkit: offers: %w", err)
	}
	list, err := readPlans(a.HTTP, a.Body, q.Operator)
	if err != nil {
		return nil, fmt.Errorf("rechargkit: offers: %w", err)
	}
	return list, nil
}

// CodeList asks servicewiseOperatorFetch. Category is a number of theirs; that of prepaid numbers is in no
// document (11 is credit cards: providers/rechargkit.md, "Balance, plans, lists"), so "" asks without one.
func (p *Provider) CodeList(ctx context.Context, category string) ([]providers.VendorCode, error) {
	var query url.Values
	if category != "" {
		if !wire.IsNumber(category) {
			return nil, errors.New("rechargkit: codes: category: want the vendor's number of it")
		}
		query = url.Values{"operator_category": {category}}
	}
	call := p.get("recharge/servicewiseOperatorFetch", query)
	call.MaxBody = maxList
	a, err := p.client.Read(ctx, call)
	if err != nil {
		return nil, fmt.Errorf("rechargkit: codes: %w", err)
	}
	list, err := readCodes(a.HTTP, a.Body)
	if err != nil && category == "" {
		err = fmt.Errorf("%w (no document gives the number of the prepaid category; ask the vendor and name it)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("rechargkit: codes: %w", err)
	}
	return list, nil
}

// readPlans reads planData.plan, a list of objects that each hold a tab's name and its plans
// (providers/rechargkit.md, "Balance, plans, lists"). A plan without a price that we understand is left out.
func readPlans(status int, body []byte, operator providers.OperatorID) ([]providers.Offer, error) {
	o, err := parse(status, body)
	if err != nil {
		return nil, err
	}
	data, ok := o["plandata"].(wire.Object)
	if !ok {
		return nil, errors.New("no planData in the answer")
	}
	groups, err := data.Objects("plan")
	if err != nil {
		return nil, err
	}
	out := []providers.Offer{}
	for _, group := range groups {
		for _, tab := range slices.Sorted(maps.Keys(group)) {
			plans, err := group.Objects(tab)
			if err != nil {
				return nil, err
			}
			for _, plan := range plans {
				if offer, ok := readPlan(plan, tab, operator); ok {
					out = append(out, offer)
				}
			}
		}
	}
	return out, nil
}

func readPlan(plan wire.Object, tab string, operator providers.OperatorID) (providers.Offer, bool) {
	var amount, validity, description, valid string
	err := plan.Texts(map[string]*string{
		"amount": &amount, "validity": &validity, "description": &description, "is_valid": &valid,
	})
	price, bad := providers.ParseAmount(amount, providers.INR)
	withdrawn := slices.Contains([]string{"0", "false", "n", "no"}, strings.ToLower(valid))
	return providers.Offer{
		Operator: operator, Type: providers.Prepaid, Kind: planKind(tab), Price: price,
		Validity: oneLine(validity), Details: oneLine(description),
	}, err == nil && bad == nil && !withdrawn
}

// planKind sorts a tab by the words in its name; no document lists the names.
func planKind(tab string) providers.OfferKind {
	for _, row := range []struct {
		kind  providers.OfferKind
		words []string
	}{
		{providers.OfferData, []string{"data", "internet", "3g", "4g", "5g"}},
		{providers.OfferVoice, []string{"talktime", "talk time", "topup", "top up", "top-up", "voice"}},
		{providers.OfferBundle, []string{"combo", "unlimited", "full"}},
	} {
		if slices.ContainsFunc(row.words, func(w string) bool { return strings.Contains(tab, w) }) {
			return row.kind
		}
	}
	return providers.OfferOther
}

// readCodes reads operatorList (providers/rechargkit.md, "Balance, plans, lists"). A line without a code or
// a name is left out.
func readCodes(status int, body []byte) ([]providers.VendorCode, error) {
	o, err := parse(status, body)
	if err != nil {
		return nil, err
	}
	lines, err := o.Objects("operatorlist")
	if err != nil {
		return nil, err
	}
	out := []providers.VendorCode{}
	for _, l := range lines {
		var id, name, service, number, category, state string
		err := l.Texts(map[string]*string{
			"operator_id": &id, "operator_name": &name, "service_name": &service,
			"operator_category": &number, "operator_category_name": &category, "state_name": &state,
		})
		if err == nil && id != "" && name != "" {
			out = append(out, providers.VendorCode{Code: id, Name: oneLine(name), Details: oneLine(strings.Join([]string{service, number, category, state}, " "))})
		}
	}
	return out, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
