package bos_test

import (
	"bytes"
	"context"
	"testing"

	"rechargebot/providers"
	"rechargebot/providers/bos"
	"rechargebot/providers/providertest"
)

func harness() providertest.Harness {
	return providertest.Harness{
		Registration:  bos.Registration(),
		Settings:      map[string]string{"base_url": "http://bos.test/api/BOS"},
		OperatorCodes: codes(),
		Fields:        providertest.Fields{Reference: "referenceid", Account: "canumber", Amount: "amount"},
		Vetoed:        func(answer []byte) bool { return bytes.Contains(answer, []byte(`"refunded":"partly"`)) },
		Lacks: map[string]string{
			"recharge-float-short": "no document gives its code; what is not listed is Unknown",
			"recharge-rejected":    "no document gives a code of a refused order; what is not listed is Unknown",
		},
	}
}

// codes gives each operator a code, and its postpaid numbers another.
func codes() map[providers.Service]string {
	out := map[providers.Service]string{}
	for i, o := range []providers.OperatorID{providers.INAirtel, providers.INJio, providers.INVi, providers.INBSNL, providers.INMTNL} {
		out[providers.Service{Operator: o}] = "1" + string(rune('1'+i))
		out[providers.Service{Operator: o, Type: providers.Postpaid}] = "11" + string(rune('1'+i))
	}
	return out
}

func TestLaws(t *testing.T) {
	t.Parallel()
	providertest.Run(t, harness())
}

// The same stories and laws hold of an account whose token a program prints.
func TestLawsWithATokenCommand(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("as long as TestLaws")
	}
	h := harness()
	h.Lists = map[string][]string{"token_command": {"sign", "--key", "a.pem"}}
	h.Registration.New = func(c providers.Config) (providers.Provider, error) {
		printed := c.Get("token")
		delete(c.Settings, "token")
		c.Command = func(context.Context, []string) ([]byte, error) { return []byte(printed + "\r\n"), nil }
		return bos.New(c)
	}
	providertest.Run(t, h)
}
