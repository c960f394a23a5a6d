package wire

import (
	"testing"

	"rechargebot/providers"
)

func TestReasonIn(t *testing.T) {
	t.Parallel()
	for reason, messages := range map[providers.Reason][]string{
		providers.ReasonFloatShort: {
			"Insufficient balance", "INSUFFICIENT WALLET BALANCE", "Low Balance", "Your balance is low", "Not enough funds", "Insufficient fund.", "Wallet: not enough",
			"You don't have sufficient... insufficient-balance!",
		},
		providers.ReasonCredentials: {
			"Not User", "not user.", "Invalid user", "Invalid username or api_token", "Invalid API token", "Invalid or expired key", "INVALID_API_KEY", "Invalid credentials",
			"Invalid Credential", "Invalid user id or password", "Invalid login", "Unauthorized", "Unauthorised access", "Login Failed", "access denied.", "Your IP not allowed", "ip not whitelisted",
		},
		providers.ReasonMaintenance: {"Server Under Maintenance", "System maintenance in progress", "Site under maintainance"},
		providers.ReasonRejected: {
			"", "Request Failed", "Invalid number", "Invalid Amount", "Operator down", "Recharge rejected by operator.", "Please maintain a minimum of 50", "Amount is below the minimum",
			"Not allowed for this balance", "Follow the balance rules", "Recipient zip not known", "Low signal", "User number is not of this operator", "Number is not usercoded",
			"Invalid number. Ask support for help with the key", "Key missing", "Insufficient digits",
		},
	} {
		for _, message := range messages {
			if got := ReasonIn(message); got != reason {
				t.Errorf("%q: %q, want %q", message, got, reason)
			}
		}
	}
}
