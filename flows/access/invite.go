package access

import (
	"errors"
	"fmt"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

const (
	// InviteTerm is how long an invitation can be opened.
	InviteTerm = 72 * time.Hour
	// MaxInvites is how many invitations are open at a time, all admins' together; when admins ask at the same
	// instant it may be one more for each of them.
	MaxInvites = 50
)

// invite makes a link for one stranger. The message reads well when it is passed on.
func (t turn) invite() (flows.Step, error) {
	bot := t.Username()
	if bot == "" {
		return t.tell(text.AccessInviteEarly, nil), nil
	}
	open, err := t.Store.Invites(t.ctx, t.Now())
	if err != nil {
		return flows.Step{}, fmt.Errorf("list invitations: %w", err)
	}
	switch {
	case len(open) >= MaxInvites:
		return t.tell(text.AccessInviteMany, text.Values{"Count": len(open)}), nil
	case t.Refused != nil:
		return t.tell(text.AccessRefused, nil), nil
	}
	return flows.Step{
		Expires: InviteTerm,
		Audit:   []string{fmt.Sprintf("person %d made an invitation", t.Person.ID)},
		Invite: func(token string) flows.Message {
			link := "https://t.me/" + bot + "?start=" + token
			until := t.Say.Time(t.Now().Add(InviteTerm), t.Zone)
			return flows.Message{
				Text: t.Say.Say(text.AccessInvite, text.Values{"Bot": bot, "Link": link, "Time": until}),
				Rows: [][]flows.Button{
					{{Label: t.Say.Text(text.AccessInviteButtonCopy, nil), Tone: flows.Main, Copy: link}},
					{{Label: t.Say.Text(text.AccessInviteButtonRevoke, nil), Tone: flows.Danger, Action: actRevoke + token}},
				},
			}
		},
	}, nil
}

// revoke takes an invitation back. When there is nothing left to take back, the message says so.
func (t turn) revoke(token string) flows.Step {
	switch {
	case errors.Is(t.Refused, storage.ErrPressed):
		step := t.redraw(flows.Message{Text: t.Say.Say(text.AccessInviteGone, nil)})
		step.Answer = flows.Answer{Text: t.Say.Text(text.AccessInviteGone, nil), Alert: true}
		return step
	case t.Refused != nil:
		return t.tell(text.AccessRefused, nil)
	}
	step := t.redraw(flows.Message{Text: t.Say.Say(text.AccessInviteRevoked, nil)})
	step.Revoke = token
	step.Audit = []string{fmt.Sprintf("person %d took an invitation back", t.Person.ID)}
	return step
}
