package wire

import "testing"

func TestSpeaksOfRepeat(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"Duplicate Request": true, "DUPLICATE ref_id": true, "Duplikate order": true, "Dublicate request": true, "Duplicated": true, "Duplication found": true, "isDuplicate": true,
		"Transaction already exists": true, "Ref id exists": true, "Order ID must be unique": true, "Number is already recharged": true,
		"Repeated request": true, "Repeat recharge not allowed": true, "You can not repeat it": true,
		"Same number not allowed": true, "Recharge to the SAME  NUMBER": true, "same-number": true, "Same mobile number": true, "same request found": true, "Same recharge": true,
		"Same amount just now": true, "same order": true, "Same transaction": true, "Same ref_id": true,
		"Your previous request": true, "Previous order is not finished": true,
		"Request in process": true, "IN_PROCESS": true, "Transaction is in progress": true, "Under process": true, "Processing...": true, "Still pending": true, "In queue": true,
		"Please try after 5 minutes for same number": true, "Please try after 5 minutes": true, "Try again after 10 min.": true, "try after 5min": true,
		"Please try after some time": true, "try after sometime": true, "Wait for 2 minutes": true, "Not within 15 minutes": true, "after 1 hour": true,

		"": false, "Not User": false, "Insufficient balance": false, "Insufficient Wallet Balance": false, "Low Balance": false, "User does not exist": false,
		"Invalid number": false, "Invalid Amount": false, "Operator down": false, "Operator is down, try later": false, "Request Failed": false,
		"Invalid operator code": false, "Recharge rejected by operator.": false, "Recharge failed at this time": false, "No process for this operator": false,
		"Your account is inactive": false, "Amount must be multiple of 10": false, "Server Under Maintenance": false, "500 minutes pack is not available": false,
		"Some mandatory field is missing": false, "Request timed out": false, "Minimum 20": false, "Number and operator are not the same": false,
	} {
		if SpeaksOfRepeat(message) != want {
			t.Errorf("%q: %v", message, !want)
		}
	}
}
