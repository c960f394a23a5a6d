package providers

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// SuggestOperator is the operator to which m's prefix was first allotted: by our own table where there is
// one (it knows that 016 is Airtel), else by the carriers of the phonenumbers library. It is only a
// suggestion: numbers are ported in both countries (numbers.md, "MNP"), so a person always has the last word.
func SuggestOperator(m MSISDN) (OperatorID, bool) {
	if m.Country() == India {
		return suggestCarrier(m)
	}
	for _, o := range Operators() {
		if o.Country != m.Country() {
			continue
		}
		for _, p := range o.Prefixes {
			if strings.HasPrefix(m.National(), p) {
				return o.ID, true
			}
		}
	}
	return "", false
}

// suggestCarrier asks the library. Carriers that are closed or merged away (Aircel, Tata Docomo,
// Telewings) suggest nobody.
func suggestCarrier(m MSISDN) (OperatorID, bool) {
	number, err := phonenumbers.Parse("+"+string(m), string(m.Country()))
	if err != nil {
		return "", false
	}
	name, err := phonenumbers.GetCarrierForNumber(number, "en")
	if err != nil {
		return "", false
	}
	id, ok := map[string]OperatorID{
		"Airtel": INAirtel, "Reliance Jio": INJio, "Vodafone": INVi, "Idea": INVi, "BSNL MOBILE": INBSNL, "MTNL": INMTNL,
	}[name]
	return id, ok
}
