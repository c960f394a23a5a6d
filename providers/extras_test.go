package providers_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

// generous is an upstream that offers everything that one may, in words that no terminal should see.
type generous struct {
	*upstream
	ref providers.Reference
}

const nasty = "a\x1b[2Jb\r\nc\u202ed correct horse battery"

func (generous) Offers(context.Context, providers.OfferQuery) ([]providers.Offer, error) {
	return []providers.Offer{{Validity: nasty, Details: nasty}}, nil
}

func (g generous) Postback(call providers.PostbackCall) (providers.Postback, error) {
	if call.Query == "panic" {
		panic("an adapter's mistake")
	}
	return providers.Postback{Reference: g.ref, Code: nasty}, nil
}

func (generous) Complain(_ context.Context, id, words string) (string, error) {
	return id + words + nasty, nil
}

func (generous) CodeList(context.Context, string) ([]providers.VendorCode, error) {
	return []providers.VendorCode{{Code: nasty, Name: nasty, Details: nasty}}, nil
}

// What a vendor says beside the verdicts leaves the gateway as one line without secrets.
func TestGatewaySaysWhatElseAVendorSaysInOneLine(t *testing.T) {
	t.Parallel()
	u := saying(providers.Result{})
	g := providers.NewGateway(providers.GatewayConfig{Name: "k", Secrets: []providers.Secret{"correct horse battery"}}, kind(), generous{u, order().Reference})
	const plain = "a [2Jb  c d ***"
	offers, err := g.Offers(t.Context(), providers.OfferQuery{})
	if diff := cmp.Diff([]providers.Offer{{Validity: plain, Details: plain}}, offers); diff != "" || err != nil || !g.HasOffers() {
		t.Errorf("%v %s", err, diff)
	}
	ticket, err := g.Complain(t.Context(), "U1", " not received ")
	if ticket != "U1 not received "+plain || err != nil {
		t.Errorf("%q, %v", ticket, err)
	}
	codes, err := g.CodeList(t.Context(), "")
	if diff := cmp.Diff([]providers.VendorCode{{Code: plain, Name: plain, Details: plain}}, codes); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	about, err := g.Postback(providers.PostbackCall{})
	if about != (providers.Postback{Reference: order().Reference, Code: plain}) || err != nil || !g.HasPostbacks() {
		t.Errorf("%+v, %v", about, err)
	}
}

func TestGatewayTakesNoPostbackThatIsNotOurs(t *testing.T) {
	t.Parallel()
	for name, ref := range map[string]providers.Reference{"none": "", "another form": "ABC", "too long": order().Reference + "x"} {
		g := providers.NewGateway(providers.GatewayConfig{Name: "k"}, kind(), generous{saying(providers.Result{}), ref})
		if about, err := g.Postback(providers.PostbackCall{}); err == nil || about != (providers.Postback{}) {
			t.Errorf("%s: %+v, %v", name, about, err)
		}
	}
	g := providers.NewGateway(providers.GatewayConfig{Name: "k"}, kind(), generous{saying(providers.Result{}), order().Reference})
	if _, err := g.Postback(providers.PostbackCall{Query: "panic"}); err == nil || strings.Contains(err.Error(), "order") {
		t.Errorf("a panic: %v", err)
	}
}

func TestGatewaySaysWhatAKindCannot(t *testing.T) {
	t.Parallel()
	g := gateway(saying(providers.Result{}))
	_, offers := g.Offers(t.Context(), providers.OfferQuery{})
	_, complain := g.Complain(t.Context(), "U1", "x")
	_, codes := g.CodeList(t.Context(), "")
	_, postback := g.Postback(providers.PostbackCall{})
	for what, err := range map[string]error{"offers": offers, "complain": complain, "codes": codes, "postback": postback} {
		if !errors.Is(err, providers.ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if g.HasOffers() || g.HasPostbacks() {
		t.Error("a kind without extras says that it has some")
	}
}
