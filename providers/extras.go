package providers

import (
	"context"
	"errors"
	"fmt"
)

// Offers lists the packs of an operator. The error wraps ErrUnsupported when the kind has no such call.
func (g *Gateway) Offers(ctx context.Context, q OfferQuery) ([]Offer, error) {
	p, ok := g.provider.(Offers)
	list, err := read(ctx, g, CallOffers, func(ctx context.Context) ([]Offer, error) {
		if !ok {
			return nil, fmt.Errorf("offers: %w: %w", ErrUnsupported, ErrNotSent)
		}
		return p.Offers(ctx, q)
	})
	for i := range list {
		list[i].Validity = g.line(list[i].Validity, maxMessage)
		list[i].Details = g.line(list[i].Details, maxMessage)
	}
	return list, err
}

// HasOffers reports whether the kind has a call for packs.
func (g *Gateway) HasOffers() bool {
	_, ok := g.provider.(Offers)
	return ok
}

// Postback reads a call of the upstream to us. The error wraps ErrUnsupported when the kind has none. A
// reference that we could not have made is an error too.
func (g *Gateway) Postback(call PostbackCall) (Postback, error) {
	p, ok := g.provider.(Postbacks)
	if !ok {
		return Postback{}, g.safe("postback", ErrUnsupported)
	}
	about, err := guarded(func() (Postback, error) { return p.Postback(call) })
	if err == nil && !g.kind.Reference.Fits(about.Reference) {
		err = errors.New("no reference of ours in it")
	}
	if err != nil {
		return Postback{}, g.safe("postback", err)
	}
	about.Code = g.line(about.Code, maxIdentifier)
	return about, nil
}

// HasPostbacks reports whether the kind's upstream calls us.
func (g *Gateway) HasPostbacks() bool {
	_, ok := g.provider.(Postbacks)
	return ok
}

// Complain files a dispute about an order. The error wraps ErrUnsupported when the kind has no such call.
func (g *Gateway) Complain(ctx context.Context, upstreamID, words string) (ticket string, err error) {
	p, ok := g.provider.(Complaints)
	ticket, err = read(ctx, g, CallComplain, func(ctx context.Context) (string, error) {
		if !ok {
			return "", fmt.Errorf("complain: %w: %w", ErrUnsupported, ErrNotSent)
		}
		return p.Complain(ctx, upstreamID, words)
	})
	return g.line(ticket, maxIdentifier), err
}

// CodeList reads the vendor's table of operator codes. The error wraps ErrUnsupported when the kind has no such call.
func (g *Gateway) CodeList(ctx context.Context, category string) ([]VendorCode, error) {
	p, ok := g.provider.(CodeLists)
	list, err := read(ctx, g, CallCodes, func(ctx context.Context) ([]VendorCode, error) {
		if !ok {
			return nil, fmt.Errorf("codes: %w: %w", ErrUnsupported, ErrNotSent)
		}
		return p.CodeList(ctx, category)
	})
	for i, c := range list {
		list[i] = VendorCode{g.line(c.Code, maxIdentifier), g.line(c.Name, maxMessage), g.line(c.Details, maxMessage)}
	}
	return list, err
}
