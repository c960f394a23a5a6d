package ecare

import (
	"fmt"
	"net/http"
	"strings"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// offerGroups names the lists of OFFERPACK (providers/ecare.md, "OFFERPACK"; the vendor's document does
// not show the answer). Skitto's packs stand among Grameenphone's, with its number type.
func offerGroups() map[providers.OperatorID]string {
	return map[providers.OperatorID]string{
		providers.BDGrameenphone: "gp",
		providers.BDSkitto:       "gp",
		providers.BDBanglalink:   "bl",
		providers.BDRobi:         "rb",
		providers.BDAirtel:       "ar",
		providers.BDTeletalk:     "tl",
	}
}

// readOffers reads the answer to OFFERPACK. What we do not understand is left out: a pack bought under the
// wrong operator or number type is money on the wrong account.
func readOffers(status int, body []byte, operator providers.OperatorID) ([]providers.Offer, error) {
	group, ok := offerGroups()[operator]
	if !ok {
		return nil, fmt.Errorf("%s: %w", operator, providers.ErrUnsupported)
	}
	o, err := wire.ParseObject(body)
	if status != http.StatusOK {
		return nil, fmt.Errorf("HTTP status %d", status)
	}
	if err != nil {
		return nil, err
	}
	var verdict string
	if err := o.Texts(map[string]*string{"status": &verdict}); err != nil || verdict != "OK" {
		return nil, fmt.Errorf("answer %q", verdict)
	}
	packs, err := o.Objects(group)
	if err != nil {
		return nil, err
	}
	out := []providers.Offer{}
	for _, pack := range packs {
		if offer, ok := readOffer(pack, operator); ok {
			out = append(out, offer)
		}
	}
	return out, nil
}

// readOffer reads a pack. It is none of operator's when it has no price or number type that we understand, or
// says of itself that it belongs to another list.
func readOffer(pack wire.Object, operator providers.OperatorID) (providers.Offer, bool) {
	var theirs, active, numberType, kind, amount, validity, details string
	err := pack.Texts(map[string]*string{
		"_operator": &theirs, "_status": &active, "_number_type": &numberType, "_offer_type": &kind,
		"_amount": &amount, "_validity": &validity, "_offer_details": &details,
	})
	price, bad := providers.ParseAmount(amount, providers.BDT)
	offer := providers.Offer{Operator: operator, Kind: offerKind(kind), Price: price, Validity: oneLine(validity), Details: oneLine(details)}
	for t, code := range numberTypes() {
		if code == numberType {
			offer.Type = t
		}
	}
	groups := offerGroups()
	for _, group := range groups {
		if strings.EqualFold(theirs, group) && group != groups[operator] {
			return providers.Offer{}, false
		}
	}
	wanted := operator != providers.BDSkitto || offer.Type == providers.Skitto
	return offer, err == nil && bad == nil && offer.Type != "" && active == "A" && wanted
}

func offerKind(code string) providers.OfferKind {
	switch code {
	case "IN":
		return providers.OfferData
	case "BD":
		return providers.OfferBundle
	case "MN":
		return providers.OfferVoice
	}
	return providers.OfferOther
}

// oneLine drops line breaks, and "-", their word for "none".
func oneLine(s string) string {
	if s == "-" {
		return ""
	}
	return strings.Join(strings.Fields(s), " ")
}
