package bot

import "strings"

// wireContact is a shared contact. Whose it is does not matter: the number is a customer's, or the agent's own.
type wireContact struct {
	Phone string `json:"phone_number"`
	Card  string `json:"vcard"`
}

// number is the contact's, else the first on its card (RFC 6350, TEL); unreadable when there is none, so that the
// person is told.
func (c *wireContact) number() string {
	if phone := strings.TrimSpace(c.Phone); phone != "" {
		return phone
	}
	for line := range strings.Lines(c.Card) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		name, _, _ = strings.Cut(name, ";")
		if _, after, grouped := strings.Cut(name, "."); grouped { // "item1.TEL"
			name = after
		}
		value = strings.TrimSpace(strings.TrimPrefix(value, "tel:"))
		if strings.EqualFold(name, "TEL") && value != "" {
			return value
		}
	}
	return unreadable
}
