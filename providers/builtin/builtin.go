// Package builtin is the one list of the upstreams that the bot knows. There is no registration by
// import: what is not written here does not exist.
package builtin

import (
	"rechargebot/providers"
	"rechargebot/providers/bos"
	"rechargebot/providers/custom"
	"rechargebot/providers/deeperweb"
	"rechargebot/providers/ecare"
	"rechargebot/providers/rechargkit"
	"rechargebot/providers/sendapi"
)

// Registrations lists every kind, in the order in which people are shown them.
func Registrations() []providers.Registration {
	return []providers.Registration{
		ecare.Registration(),
		rechargkit.Registration(),
		sendapi.Registration(),
		deeperweb.Registration(),
		bos.Registration(),
		custom.Registration(),
	}
}
