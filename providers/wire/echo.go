package wire

import "rechargebot/providers"

// What an answer repeats of an order must be the order's, however it is written (SAFETY.md, I11). What an
// upstream does not repeat, or we do not know any more, contradicts nothing: these three then say true.

// Same reports whether two texts are the same, as far as both are there.
func Same(theirs, ours string) bool { return theirs == "" || ours == "" || theirs == ours }

// SameNumber reports whether theirs, in any of the ways in which the country's numbers are written, is ours,
// which is national. A number that was written as a JSON number has lost its leading zero.
func SameNumber(theirs, ours string, c providers.Country) bool {
	number, err := providers.ParseMSISDN(theirs, c)
	return Same(theirs, ours) || "0"+theirs == ours || err == nil && number.National() == ours
}

// SameAmount reports whether theirs, "50", "50.00" or "1,050", is ours, which is in whole units.
func SameAmount(theirs, ours string, c providers.Currency) bool {
	amount, err := providers.ParseMoney(theirs, c)
	return Same(theirs, ours) || err == nil && amount.Decimal() == ours+".00"
}
