package wire

import (
	"encoding/json"
	"strings"
)

// JSON writes a flat request of texts and numbers as JSON. It panics for anything else: adapters see to it that a
// json.Number holds digits (IsNumber) before an order is made of it.
func JSON(fields map[string]any) []byte {
	b, err := json.Marshal(fields)
	if err != nil {
		panic("wire: " + err.Error())
	}
	return b
}

// IsNumber reports whether s is a whole number as JSON writes it, of at most nine digits: what a vendor takes for an
// operator, and gives for a status.
func IsNumber(s string) bool {
	return s != "" && len(s) <= 9 && strings.Trim(s, "0123456789") == "" && (s == "0" || s[0] != '0')
}
