package sendapi_test

import (
	"regexp"
	"testing"

	"rechargebot/providers/providertest"
	"rechargebot/providers/sendapi"
)

func TestLaws(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Harness{
		Registration: sendapi.Registration(),
		Settings:     map[string]string{"base_url": "http://panel.test/sendapi"},
		Fields:       providertest.Fields{Reference: "id", Account: "number", Amount: "amount"},
		Vetoed:       regexp.MustCompile(`"success":true,"status":2|"message":"(Duplicate|.* exists|Please try after)`).Match,
		Lacks: map[string]string{
			"recharge-delivered":   "1 is \"Request Submit Successfully\"; delivery is told by /status",
			"recharge-other-order": "no answer repeats anything of the order",
		},
	})
}
