package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rechargebot/flows"
	"rechargebot/storage"
)

// service is an update that says something about a chat, and nothing that somebody says in it: a person has
// blocked the bot or lets it write again, or a group has become a supergroup.
type service struct {
	shut     bool // the private chat is closed to us
	from, to storage.ChatID
}

// wireMember is a my_chat_member update: what the bot is in a chat now.
type wireMember struct {
	Chat wireChat `json:"chat"`
	From wireUser `json:"from"`
	New  struct {
		Status string `json:"status"`
	} `json:"new_chat_member"`
}

// decodeMember reads what somebody made of the bot in a private chat. What becomes of it in a group is seen
// when something is to be sent there.
func decodeMember(m *wireMember) (flows.Input, *service, error) {
	in := flows.Input{Chat: storage.ChatID(m.Chat.ID), ChatKind: chatKind(m.Chat.Type), From: sender(&m.From)}
	if in.ChatKind != flows.PrivateChat || in.From.ID == 0 || in.Chat != storage.ChatID(in.From.ID) {
		return in, nil, errNobody
	}
	switch m.New.Status {
	case "kicked", "left":
		return in, &service{shut: true}, nil
	case "member":
		return in, &service{}, nil
	}
	return in, nil, errNobody
}

// decodeMigration reads the service message that both the old and the new group get.
func decodeMigration(m *wireMessage) (flows.Input, *service, error) {
	here := storage.ChatID(m.Chat.ID)
	in, s := flows.Input{Chat: here, ChatKind: chatKind(m.Chat.Type)}, &service{from: here, to: storage.ChatID(m.MovedTo)}
	if m.MovedTo == 0 {
		s.from, s.to = storage.ChatID(m.MovedFrom), here
	}
	if in.ChatKind != flows.GroupChat || s.from >= 0 || s.to >= 0 {
		return in, nil, errNobody
	}
	return in, s, nil
}

// admits reports whether an update may be stored. Groups that are not ours may move as they like.
func (b *Bot) admits(ctx context.Context, u update, now time.Time) (bool, error) {
	if u.service != nil && u.service.to != 0 {
		return b.outbox.moves.ours(u.service.from), nil
	}
	return b.gate.admits(ctx, u.input, now)
}

// note keeps what a service update says.
func (b *Bot) note(a arrival) error {
	s, person := a.service, a.input.From.ID
	turn := storage.Turn{Now: time.Now(), Actor: person, Inbox: a.inbox}
	switch {
	case s.to != 0:
		if err := b.outbox.move(b.work, s.from, s.to); err != nil {
			return err
		}
	case s.shut:
		n := storage.Notice{Chat: a.input.Chat, Person: person}
		if err := b.config.Store.Undeliverable(b.work, n, a.input.At); err != nil {
			return fmt.Errorf("note who has blocked the bot: %w", err)
		}
	default:
		turn.Heard = a.input.At
		b.menus.changed(person)
	}
	if _, err := b.config.Store.Commit(b.work, turn); err != nil && !errors.Is(err, storage.ErrHandled) {
		return fmt.Errorf("note what a service message says: %w", err)
	}
	return nil
}
