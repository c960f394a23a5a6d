package rechargkit

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"rechargebot/providers"
)

// What damage could make of a story's answer stands here: answers that contradict themselves.
func TestContradictionsAreUnknown(t *testing.T) {
	t.Parallel()
	type read = func(int, []byte, order) providers.Result
	for _, c := range []struct {
		what   string
		read   read
		body   string
		reason providers.Reason
	}{
		{"an error with a success", readRecharge, `{"error":1,"msg":"success","status":1}`, providers.ReasonUnreadable},
		{"an error with an order under way", readRecharge, `{"error":1,"msg":"Invalid number","status":2}`, providers.ReasonUnreadable},
		{"a failure of an order that they have", readRecharge, `{"error":0,"msg":"Duplicate order","status":3}`, providers.ReasonDuplicate},
		{"a duplicate in the words of a check", readRecharge, `{"error":1,"msg":"Invalid request: Order ID must be unique"}`, providers.ReasonDuplicate},
		{"a check in the words of trouble", readRecharge, `{"error":1,"msg":"Invalid response from operator"}`, providers.ReasonUnreadable},
		{"no such order, asked", readStatus, `{"error":1,"msg":"Order not found","status":3}`, providers.ReasonUnreadable},
		{"an error with a success, asked", readStatus, `{"error":1,"msg":"success","status":1}`, providers.ReasonUnreadable},
		{"an error with an order id", readRecharge, `{"error":1,"msg":"Invalid mobile number","orderid":"da9842e1-f561-4728-827b-ac4dd2934d68"}`, providers.ReasonUnreadable},
		{"an error with the operator's id", readRecharge, `{"error":1,"msg":"access denied.","optransid":"MP1"}`, providers.ReasonUnreadable},
		{"nothing found, in other words", readStatus, `{"error":0,"msg":"No record found","status":3,"orderid":"N.A.","optransid":null}`, providers.ReasonUnreadable},
		{"an order without a name", readStatus, `{"error":0,"msg":"success","status":1,"orderid":"0000","partnerreqid":""}`, providers.ReasonUnreadable},
		{"an order under way without a name", readStatus, `{"error":0,"msg":"order in queue","status":2,"orderid":"null"}`, providers.ReasonUnreadable},
		{"no number for an error", readStatus, `{"error":false,"status":1,"orderid":"da9842e1-f561-4728-827b-ac4dd2934d68"}`, providers.ReasonUnreadable},
		{"a number with a sign", readStatus, `{"error":-0,"status":1}`, providers.ReasonUnreadable},
		{"a number with zeros", readStatus, `{"error":"00","status":"01"}`, providers.ReasonUnreadable},
	} {
		got := c.read(http.StatusOK, []byte(c.body), sent)
		if got.Status != providers.Unknown || got.Reason != c.reason {
			t.Errorf("%s: %v (%s), want unknown (%s)", c.what, got.Status, got.Reason, c.reason)
		}
	}
}

// One code for everything: a message has to be that of a check, and of nothing else.
func TestAnErrorIsARefusalWhenItSpeaksOfACheckAlone(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]providers.Reason{
		"Invalid mobile number": providers.ReasonRejected, "Operator code is invalid": providers.ReasonRejected, "Amount is required": providers.ReasonRejected,
		"mobile_no is not valid": providers.ReasonRejected, "Incorrect circle": providers.ReasonRejected, "Required parameter is missing": providers.ReasonRejected,
		"API request not process to server": providers.ReasonRejected, "Order not processed": providers.ReasonRejected, "Your order could not be processed.": providers.ReasonRejected,
		"Insufficient balance in wallet": providers.ReasonFloatShort, "access denied.": providers.ReasonCredentials, "Token has expired": providers.ReasonCredentials,

		"Unable to process at this moment, kindly check order status later": "", "Recharge not allowed, same recharge in progress": "",
		"Order accepted but operator reply was not valid": "", "Connection to operator lost, transaction on hold, status not found": "",
		"Order ID not valid, it has been used": "", "Dublicate order, Order ID not allowed": "", "Internal error: callback url not found": "",
		"Repeat request not allowed": "", "Order ID not valid": "", "Order number is not valid": "", "Not found": "", "Service not allowed": "",
		"Order not processed yet": "", "Order processed, cannot be processed again": "", "Order not processed at operator, wait": "", "Order is processing": "",
		"Invalid mobile number, order is pending": "", "Access denied, order received": "", "Insufficient balance, order on hold": "",
		"Network error: operator required": "", "Connector exception, invalid amount": "", "In queue: amount missing": "", "Amount received, not valid": "", "Order token created": "",
		"Invalid. Operator works on it": "",
	} {
		body, err := json.Marshal(map[string]any{"error": 1, "msg": message})
		if err != nil {
			t.Fatal(err)
		}
		got := readRecharge(http.StatusOK, body, sent)
		if refused := got.Status == providers.Refused; refused != (want != "") || refused && got.Reason != want || !refused && got.Status != providers.Unknown {
			t.Errorf("%q: %v (%s), want refused (%s) or, for none, unknown", message, got.Status, got.Reason, want)
		}
	}
}

// Taking a code out of the configuration does not take the order out of the comparison.
func TestAnEnquiryComparesAlsoWithoutCodes(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]providers.Status{
		`{"error":0,"msg":"success","status":1,"orderid":"8a31","mobile_no":9679833706,"amount":10}`: providers.Delivered,
		`{"error":0,"msg":"success","status":1,"orderid":"8a31","mobile_no":9679833707,"amount":10}`: providers.Unknown,
		`{"error":0,"msg":"success","status":1,"orderid":"8a31","amount":100}`:                       providers.Unknown,
		`{"error":0,"msg":"success","status":1,"orderid":"8a32"}`:                                    providers.Unknown,
	} {
		c := config()
		c.Settings["base_url"], c.AllowInsecureHTTP = "http://rechargkit.test", true
		c.Dial = func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				if r, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
					_, _ = io.Copy(io.Discard, r.Body)
					fmt.Fprintf(server, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
				}
			}()
			return client, nil
		}
		p, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Enquire(t.Context(), providers.Sent{UpstreamID: "8a31", Request: providers.Request{Reference: "r", Order: providers.Order{
			Operator: providers.INVi, Type: providers.Prepaid, Account: "919679833706", Amount: rupees(10), Circle: "in-wb",
		}}})
		if err != nil || got.Status != want {
			t.Errorf("%s: %v (%s), %v; want %v", body, got.Status, got.Reason, err, want)
		}
	}
}
