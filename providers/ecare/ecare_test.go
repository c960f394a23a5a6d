package ecare_test

import (
	"testing"

	"rechargebot/providers/ecare"
	"rechargebot/providers/providertest"
)

func TestLaws(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Harness{
		Registration: ecare.Registration(),
		Settings:     map[string]string{"base_url": "http://ecare.test/myportal/api/rechargeapi/recharge_api_thirdparty.php"},
		Fields:       providertest.Fields{Reference: "refid", Account: "number", Amount: "amount"},
		Lacks: map[string]string{
			"recharge-delivered": "MRC answers at most RECEIVED; delivery is told by MRCSTATUS",
		},
	})
}
