package deeperweb_test

import (
	"regexp"
	"testing"

	"rechargebot/providers"
	"rechargebot/providers/deeperweb"
	"rechargebot/providers/providertest"
)

// codes are an account's: some from the vendor's document and its family, the others made up, as the
// member area alone has them.
func codes() map[providers.Service]string {
	out := map[providers.Service]string{}
	for operator, pair := range map[providers.OperatorID][2]string{
		providers.INAirtel: {"AT", "PA"}, providers.INJio: {"JIO", "PJIO"}, providers.INVi: {"VF", "PV"}, providers.INBSNL: {"BT", "PB"}, providers.INMTNL: {"MT", "PM"},
	} {
		out[providers.Service{Operator: operator}] = pair[0]
		out[providers.Service{Operator: operator, Type: providers.Postpaid}] = pair[1]
	}
	return out
}

func TestLaws(t *testing.T) {
	t.Parallel()
	vetoes := regexp.MustCompile(`"(tx|txn|Order)_[sS]tatus"|"data"|"duplicate"|"message":"(Duplicate|.* already)|"txn_id":("",|0|"N|"--|"00)`)
	providertest.Run(t, providertest.Harness{
		Registration:  deeperweb.Registration(),
		Settings:      map[string]string{"base_url": "http://panel.test/webservices/api"},
		OperatorCodes: codes(),
		Fields:        providertest.Fields{Reference: "ref_id", Account: "number", Amount: "amount"},
		Vetoed:        vetoes.Match,
	})
}
