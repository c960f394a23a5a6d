package wire

import "strings"

// SpeaksOfRepeat reports whether a free text seems to say that the upstream has this order already. Texts
// decide nothing, and this is no exception: it is for the upstreams that have one code for every refusal,
// to keep the refusal of a repeated order from being taken for the refusal of the order.
func SpeaksOfRepeat(message string) bool {
	message = strings.ToLower(message)
	for _, word := range []string{"duplicate", "already", "exists", "unique", "repeated"} {
		if strings.Contains(message, word) {
			return true
		}
	}
	return false
}
