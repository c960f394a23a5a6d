package bot

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"

	"rechargebot/flows"
	"rechargebot/storage"
)

// allowedUpdates is what we ask for. Telegram remembers the setting, so it is said in each poll.
// my_chat_member tells who has blocked the bot, and who lets it write again.
func allowedUpdates() []string { return []string{"message", "callback_query", "my_chat_member"} }

// Ids under which Telegram shows those who hide: an anonymous admin, a channel's post in its group, and
// whoever writes as a channel.
const (
	anonymousAdmin = 1087968824
	channelPost    = 777000
	writesAsChan   = 136817688
)

const unreadable = flows.Unreadable

// update is one update in our terms.
type update struct {
	id    int64 // update_id
	input flows.Input
	query string // the press to be answered; "" when nothing was pressed

	service *service // what the platform says of the chat; nil = somebody says something in it

	stranger bool // the sender had no role when it came; false also after a restart
}

// errNobody marks an update that concerns nobody: an edit, a channel's post, a service message,
// another bot's command.
var errNobody = errors.New("concerns nobody")

// The parts of an update that matter here. Own types rather than the library's: these never fail on
// a field that they do not know.
type (
	wireUpdate struct {
		ID       int64         `json:"update_id"`
		Message  *wireMessage  `json:"message"`
		Callback *wireCallback `json:"callback_query"`
		Member   *wireMember   `json:"my_chat_member"`
	}
	wireMessage struct {
		ID            int64           `json:"message_id"`
		Thread        int64           `json:"message_thread_id"`
		InTopic       bool            `json:"is_topic_message"`
		Date          int64           `json:"date"` // 0 in a message that is out of our reach
		Chat          wireChat        `json:"chat"`
		From          *wireUser       `json:"from"`
		SenderChat    *wireChat       `json:"sender_chat"`
		ForwardOrigin json.RawMessage `json:"forward_origin"`
		Text          string          `json:"text"`
		Caption       string          `json:"caption"`
		Contact       *wireContact    `json:"contact"`
		MovedTo       int64           `json:"migrate_to_chat_id"`
		MovedFrom     int64           `json:"migrate_from_chat_id"`
		wireMedia
	}
	wireMedia struct {
		Animation json.RawMessage `json:"animation"`
		Audio     json.RawMessage `json:"audio"`
		Document  json.RawMessage `json:"document"`
		Photo     json.RawMessage `json:"photo"`
		Sticker   json.RawMessage `json:"sticker"`
		Story     json.RawMessage `json:"story"`
		Video     json.RawMessage `json:"video"`
		VideoNote json.RawMessage `json:"video_note"`
		Voice     json.RawMessage `json:"voice"`
		Location  json.RawMessage `json:"location"`
		Poll      json.RawMessage `json:"poll"`
		Dice      json.RawMessage `json:"dice"`
		Checklist json.RawMessage `json:"checklist"`
		Game      json.RawMessage `json:"game"`
		Invoice   json.RawMessage `json:"invoice"`
		LivePhoto json.RawMessage `json:"live_photo"`
		PaidMedia json.RawMessage `json:"paid_media"`
		Rich      json.RawMessage `json:"rich_message"`
		Venue     json.RawMessage `json:"venue"`
		AppData   json.RawMessage `json:"web_app_data"`
		Giveaway  json.RawMessage `json:"giveaway"`
	}
	wireCallback struct {
		ID      string       `json:"id"`
		From    wireUser     `json:"from"`
		Message *wireMessage `json:"message"`
		Data    string       `json:"data"`
	}
	wireChat struct {
		ID   int64  `json:"id"`
		Type string `json:"type"`
	}
	wireUser struct {
		ID        int64  `json:"id"`
		FirstName string `json:"first_name"`
		LastName  string `json:"last_name"`
		Username  string `json:"username"`
		Language  string `json:"language_code"`
		Bot       bool   `json:"is_bot"`
	}
)

// updateID is all that is needed to confirm an update.
func updateID(raw []byte) (int64, error) {
	var u struct {
		ID *int64 `json:"update_id"`
	}
	if err := json.Unmarshal(raw, &u); err != nil {
		return 0, fmt.Errorf("read update id: %w", err)
	}
	if u.ID == nil || *u.ID <= 0 || *u.ID == math.MaxInt64 { // "start from a certain positive number" (Bot API, Update), and there is a next one
		return 0, errors.New("read update id: there is none")
	}
	return *u.ID, nil
}

// decode reads a raw update. me is our username; at is when it arrived. The error is errNobody, or says
// why it is no update.
func decode(raw []byte, me string, at time.Time) (update, error) {
	var w wireUpdate
	if err := json.Unmarshal(raw, &w); err != nil {
		return update{}, fmt.Errorf("decode update: %w", err)
	}
	u := update{id: w.ID}
	var err error
	switch {
	case w.Callback != nil:
		u.query = w.Callback.ID
		u.input, err = decodePress(w.Callback)
	case w.Member != nil:
		u.input, u.service, err = decodeMember(w.Member)
	case w.Message != nil && (w.Message.MovedTo != 0 || w.Message.MovedFrom != 0):
		u.input, u.service, err = decodeMigration(w.Message)
	case w.Message != nil:
		u.input, err = decodeMessage(w.Message, me)
	default:
		err = errNobody
	}
	u.input.Update, u.input.At = w.ID, at
	return u, err
}

// noPress is what a press carries that must not act: the engine knows no such button and says so.
const noPress = "-"

// decodePress never refuses a press that somebody waits for: what must not act is told so.
func decodePress(c *wireCallback) (flows.Input, error) {
	if c.ID == "" || c.From.ID == 0 {
		return flows.Input{}, errNobody
	}
	in := flows.Input{From: sender(&c.From), Press: c.Data, Chat: storage.ChatID(c.From.ID), ChatKind: flows.OtherChat}
	m := c.Message
	if m == nil || m.Chat.ID == 0 { // under an inline message, which is never ours
		in.Press = noPress
		return in, nil
	}
	in.Chat, in.ChatKind, in.Topic = storage.ChatID(m.Chat.ID), chatKind(m.Chat.Type), topic(m)
	if in.Press == "" || m.Date == 0 || forwarded(m) { // nobody can see what was pressed
		in.Press = noPress
		return in, nil
	}
	in.Message = m.ID
	return in, nil
}

func decodeMessage(m *wireMessage, me string) (flows.Input, error) {
	in := flows.Input{
		Chat: storage.ChatID(m.Chat.ID), ChatKind: chatKind(m.Chat.Type), Topic: topic(m), Message: m.ID,
		Forwarded: forwarded(m),
	}
	if in.Chat == 0 || in.ChatKind == flows.OtherChat {
		return in, errNobody
	}
	if m.From != nil && m.SenderChat == nil {
		in.From = sender(m.From)
	}
	if in.ChatKind == flows.PrivateChat && in.From.ID == 0 {
		return in, errNobody
	}
	switch {
	case m.Contact != nil:
		in.Contact = m.Contact.number()
	case m.Text != "":
		return decodeText(in, m, me)
	case m.Caption != "":
		in.Text = m.Caption
	case m.wireMedia.any():
		in.Text = unreadable
	default:
		return in, errNobody
	}
	return in, nil
}

// decodeText tells commands from texts. A forwarded command is only a text: whoever wrote it did not
// mean us.
func decodeText(in flows.Input, m *wireMessage, me string) (flows.Input, error) {
	name, at, args, ok := splitCommand(m.Text)
	switch {
	case !ok || forwarded(m):
		in.Text = m.Text
	case at == "" || strings.EqualFold(at, me):
		in.Command, in.Args = name, args
	case in.ChatKind == flows.GroupChat:
		return in, errNobody // another bot's
	default:
		in.Text = m.Text
	}
	return in, nil
}

// splitCommand reads "/name@bot args". Telegram's entities are not used: their offsets count UTF-16.
func splitCommand(s string) (name, at, args string, ok bool) {
	s, found := strings.CutPrefix(s, "/")
	if !found {
		return "", "", "", false
	}
	word := s
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		word, args = s[:i], strings.TrimSpace(s[i:])
	}
	name, at, _ = strings.Cut(word, "@")
	name = strings.ToLower(name)
	if len(name) > 32 || !only(name, "abcdefghijklmnopqrstuvwxyz0123456789_") {
		return "", "", "", false
	}
	return name, at, args, true
}

func sender(u *wireUser) flows.Sender {
	if u.Bot || faceless(u.ID) {
		return flows.Sender{}
	}
	return flows.Sender{
		ID:   storage.PersonID(u.ID),
		Name: strings.TrimSpace(u.FirstName + " " + u.LastName), Username: u.Username, Language: u.Language,
	}
}

func faceless(id int64) bool {
	return id == anonymousAdmin || id == channelPost || id == writesAsChan
}

func chatKind(s string) flows.ChatKind {
	switch s {
	case "private":
		return flows.PrivateChat
	case "group", "supergroup":
		return flows.GroupChat
	}
	return flows.OtherChat
}

// topic is the group's topic. A thread id alone may also be a thread of replies.
func topic(m *wireMessage) int64 {
	if m.InTopic {
		return m.Thread
	}
	return 0
}

func forwarded(m *wireMessage) bool {
	return len(m.ForwardOrigin) > 0 && string(m.ForwardOrigin) != "null"
}

func (m *wireMedia) any() bool {
	for _, part := range []json.RawMessage{m.Animation, m.Audio, m.Document, m.Photo, m.Sticker, m.Story,
		m.Video, m.VideoNote, m.Voice, m.Location, m.Poll, m.Dice, m.Checklist, m.Game, m.Invoice, m.LivePhoto, m.PaidMedia,
		m.Rich, m.Venue, m.AppData, m.Giveaway} {
		if len(part) > 0 && string(part) != "null" {
			return true
		}
	}
	return false
}
