package wire

import "testing"

func TestSpeaksOfRepeat(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"Duplicate Request": true, "DUPLICATE ref_id": true, "Transaction already exists": true, "Ref id exists": true, "Order ID must be unique": true,
		"": false, "Not User": false, "Insufficient balance": false, "User does not exist": false, "Invalid number": false,
	} {
		if SpeaksOfRepeat(message) != want {
			t.Errorf("%q: %v", message, !want)
		}
	}
}
