package deeperweb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// maxReason bounds the text of a complaint, which travels in the address.
const maxReason = 200

// Complain files a dispute (providers/deeperweb.md, "Dispute", family). It goes out like a recharge, at
// most once: a GET that the transport repeats would open a second dispute.
func (p *Provider) Complain(ctx context.Context, upstreamID, words string) (string, error) {
	reason := []rune(strings.Join(strings.Fields(words), " "))
	if upstreamID == "" || len(reason) == 0 {
		return "", fmt.Errorf("deeperweb: complain: want their id of the order and a reason: %w", providers.ErrNotSent)
	}
	query := url.Values{"txn_id": {upstreamID}, "reason": {string(reason[:min(len(reason), maxReason)])}}
	a, err := p.client.Send(ctx, p.call("complain", query))
	if err != nil {
		return "", fmt.Errorf("deeperweb: complain: %w", err)
	}
	ticket, err := readTicket(a.HTTP, a.Body)
	if err != nil {
		return "", fmt.Errorf("deeperweb: complain: %w", err)
	}
	return ticket, nil
}

// readTicket reads the answer to complain: status "Accepted" and a complain_id.
func readTicket(status int, body []byte) (string, error) {
	var verdict, ticket string
	o, err := wire.ParseObject(body)
	if err == nil {
		err = o.Texts(map[string]*string{"status": &verdict, "complain_id": &ticket})
	}
	switch {
	case status != http.StatusOK:
		return "", fmt.Errorf("HTTP status %d", status)
	case err != nil:
		return "", err
	case !strings.EqualFold(verdict, "accepted"):
		return "", fmt.Errorf("answer %q", verdict)
	case ticket == "":
		return "", errors.New("no complain_id in the answer")
	}
	return ticket, nil
}

// Postback reads refId and status of a call to us (providers/deeperweb.md, "Callback", family): camel
// case, unlike the API, by query or body, without any signature.
func (p *Provider) Postback(call providers.PostbackCall) (providers.Postback, error) {
	o, err := wire.Fields(call)
	if err != nil {
		return providers.Postback{}, fmt.Errorf("deeperweb: postback: %w", err)
	}
	var reference, status string
	if err := o.Texts(map[string]*string{"refid": &reference, "status": &status}); err != nil {
		return providers.Postback{}, fmt.Errorf("deeperweb: postback: %w", err)
	}
	if reference == "" {
		return providers.Postback{}, errors.New("deeperweb: postback: no refId")
	}
	return providers.Postback{Reference: providers.Reference(reference), Code: status}, nil
}
