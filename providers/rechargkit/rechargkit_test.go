package rechargkit_test

import (
	"testing"

	"rechargebot/providers"
	"rechargebot/providers/providertest"
	"rechargebot/providers/rechargkit"
)

func TestLaws(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Harness{
		Registration:  rechargkit.Registration(),
		Settings:      map[string]string{"base_url": "http://rechargkit.test/v2"},
		OperatorCodes: codes(),
		CircleCodes:   map[providers.CircleID]string{"in-wb": "23", "in-dl": " 5 "},
		Fields:        providertest.Fields{Reference: "partner_request_id", Account: "mobile_no", Amount: "amount"},
	})
}

// codes gives each operator a code, and its postpaid numbers another.
func codes() map[providers.Service]string {
	out := map[providers.Service]string{}
	for i, o := range []providers.OperatorID{providers.INAirtel, providers.INJio, providers.INVi, providers.INBSNL, providers.INMTNL} {
		out[providers.Service{Operator: o}] = string(rune('1' + i))
		out[providers.Service{Operator: o, Type: providers.Postpaid}] = "1" + string(rune('1'+i))
	}
	return out
}
