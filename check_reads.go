package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"rechargebot/providers"
)

// tryReads makes each pure read of a provider once and says in one line what works. Nothing that it asks
// can move money: the float, the state of a reference that was never sent, an operator's packs. calls says
// whether the provider may call us.
func tryReads(ctx context.Context, g *providers.Gateway, calls bool) (works string, err error) {
	var fine []string
	var wrong []error
	try := func(read func(context.Context, *providers.Gateway) (string, error)) {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		said, err := read(ctx, g)
		if err != nil {
			wrong = append(wrong, err)
		} else if said != "" {
			fine = append(fine, said)
		}
	}
	try(tryBalance)
	try(tryEnquiry)
	try(tryOffers)
	switch {
	case g.HasPostbacks() && calls:
		fine = append(fine, "may call /postback/"+g.Name()+"/…")
	case g.HasPostbacks():
		fine = append(fine, "may not call: no postback_secret")
	}
	works = strings.Join(fine, "; ")
	if len(wrong) > 0 && works != "" {
		wrong = append(wrong, errors.New("works: "+works))
	}
	return works, joined(wrong)
}

// joined is several errors on one line.
func joined(errs []error) error {
	var words []string
	for _, err := range errs {
		words = append(words, err.Error())
	}
	if len(words) == 0 {
		return nil
	}
	return errors.New(strings.Join(words, "; "))
}

func tryBalance(ctx context.Context, g *providers.Gateway) (string, error) {
	m, err := g.Balance(ctx)
	if errors.Is(err, providers.ErrUnsupported) {
		return "no call tells the float", nil
	}
	return "float " + m.String(), err
}

// tryEnquiry asks about a reference that was made a moment ago and is known to nobody.
func tryEnquiry(ctx context.Context, g *providers.Gateway) (string, error) {
	switch c := g.Registration().Capabilities; c.Status {
	case providers.StatusMeaningful, providers.StatusReadOnly:
	default:
		return "", nil
	}
	ref, err := g.NewReference()
	if err != nil {
		return "", err
	}
	s := g.Services()[0]
	order := providers.Order{Operator: s.Operator, Type: s.Type, Amount: g.AmountRule(s).Min}
	res := g.Enquire(ctx, providers.Sent{Request: providers.Request{Order: order, Reference: ref}, At: time.Now()})
	switch {
	case res.Reason == providers.ReasonCredentials:
		return "", errors.New("enquiry: credentials refused")
	case res.Status == providers.Delivered || res.Status == providers.Pending || res.Status == providers.Refused:
		return "", fmt.Errorf("enquiry: a reference that was never sent is said to be %s; do not use this account", res.Status)
	case res.Evidence.HTTP == 0:
		return "", fmt.Errorf("enquiry: no answer (%s)", res.Evidence.Err)
	case res.Status == providers.NotFound:
		return "enquiry works", nil
	case res.Code != "":
		return fmt.Sprintf("enquiry answers %q to a made-up reference", res.Code), nil
	}
	return fmt.Sprintf("enquiry answers a made-up reference (HTTP status %d)", res.Evidence.HTTP), nil
}

func tryOffers(ctx context.Context, g *providers.Gateway) (string, error) {
	if !g.HasOffers() {
		return "", nil
	}
	q := providers.OfferQuery{Operator: g.Services()[0].Operator}
	if circles := g.Circles(); len(circles) > 0 {
		q.Circle = circles[0]
	}
	list, err := g.Offers(ctx, q)
	operator, _ := providers.FindOperator(q.Operator)
	switch {
	case errors.Is(err, providers.ErrUnsupported):
		return "", nil
	case err != nil: // nobody needs packs to recharge
		return fmt.Sprintf("no packs of %s can be had (%v)", operator.Name, err), nil
	}
	return fmt.Sprintf("%d packs of %s", len(list), operator.Name), nil
}
