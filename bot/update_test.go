package bot

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
)

func TestUpdatesBecomeInputs(t *testing.T) {
	t.Parallel()
	const (
		from    = `"from":{"id":1001,"first_name":"Ann","last_name":"Lee","username":"ann","language_code":"bn"}`
		private = `"message_id":7,"date":1,"chat":{"id":1001,"type":"private"},` + from
		group   = `"message_id":7,"date":1,"chat":{"id":-100,"type":"supergroup"}`
	)
	ann := flows.Sender{ID: 1001, Name: "Ann Lee", Username: "ann", Language: "bn"}
	in := func(change func(*flows.Input)) flows.Input {
		i := flows.Input{Update: 9, Chat: 1001, ChatKind: flows.PrivateChat, Message: 7, From: ann, At: time.Unix(50, 0)}
		change(&i)
		return i
	}
	for name, c := range map[string]struct {
		raw     string
		want    flows.Input
		query   string
		nobody  bool
		illegal bool
	}{
		"a text":                {raw: `"message":{` + private + `,"text":"01712345678 50"}`, want: in(func(i *flows.Input) { i.Text = "01712345678 50" })},
		"Bangla digits":         {raw: `"message":{` + private + `,"text":"০১৭ ৫০"}`, want: in(func(i *flows.Input) { i.Text = "০১৭ ৫০" })},
		"a command":             {raw: `"message":{` + private + `,"text":"/start"}`, want: in(func(i *flows.Input) { i.Command = "start" })},
		"its arguments":         {raw: `"message":{` + private + `,"text":"/Find\n ০১৭১ "}`, want: in(func(i *flows.Input) { i.Command, i.Args = "find", "০১৭১" })},
		"our name":              {raw: `"message":{` + private + `,"text":"/start@RECHARGEbot pay load"}`, want: in(func(i *flows.Input) { i.Command, i.Args = "start", "pay load" })},
		"another bot's name":    {raw: `"message":{` + private + `,"text":"/start@OtherBot"}`, want: in(func(i *flows.Input) { i.Text = "/start@OtherBot" })},
		"only a slash":          {raw: `"message":{` + private + `,"text":"/"}`, want: in(func(i *flows.Input) { i.Text = "/" })},
		"a command in Bangla":   {raw: `"message":{` + private + `,"text":"/শুরু"}`, want: in(func(i *flows.Input) { i.Text = "/শুরু" })},
		"a path":                {raw: `"message":{` + private + `,"text":"/etc/passwd"}`, want: in(func(i *flows.Input) { i.Text = "/etc/passwd" })},
		"a forwarded command":   {raw: `"message":{` + private + `,"forward_origin":{"type":"hidden_user"},"text":"/cancel"}`, want: in(func(i *flows.Input) { i.Text, i.Forwarded = "/cancel", true })},
		"a forwarded text":      {raw: `"message":{` + private + `,"forward_origin":{"type":"user"},"text":"it failed"}`, want: in(func(i *flows.Input) { i.Text, i.Forwarded = "it failed", true })},
		"a contact":             {raw: `"message":{` + private + `,"contact":{"phone_number":"+8801712345678","first_name":"B","user_id":5}}`, want: in(func(i *flows.Input) { i.Contact = "+8801712345678" })},
		"one's own contact":     {raw: `"message":{` + private + `,"contact":{"phone_number":" +880 1712-345678 ","first_name":"Ann","user_id":1001}}`, want: in(func(i *flows.Input) { i.Contact = "+880 1712-345678" })},
		"a contact's card":      {raw: `"message":{` + private + `,"contact":{"phone_number":"","first_name":"B","vcard":"BEGIN:VCARD\r\nN:Tel;B\r\nitem1.TEL;TYPE=cell:tel:01712345678\r\nTEL:1\r\nEND:VCARD"}}`, want: in(func(i *flows.Input) { i.Contact = "01712345678" })},
		"a card without number": {raw: `"message":{` + private + `,"contact":{"first_name":"B","vcard":"BEGIN:VCARD\nTEL:\nEND:VCARD"}}`, want: in(func(i *flows.Input) { i.Contact = unreadable })},
		"a caption":             {raw: `"message":{` + private + `,"photo":[{}],"caption":"017 50"}`, want: in(func(i *flows.Input) { i.Text = "017 50" })},
		"a sticker":             {raw: `"message":{` + private + `,"sticker":{"emoji":"x"}}`, want: in(func(i *flows.Input) { i.Text = unreadable })},
		"a checklist":           {raw: `"message":{` + private + `,"checklist":{"title":"x"}}`, want: in(func(i *flows.Input) { i.Text = unreadable })},
		"what an app sends":     {raw: `"message":{` + private + `,"web_app_data":{"data":"x","button_text":"y"}}`, want: in(func(i *flows.Input) { i.Text = unreadable })},
		"a game":                {raw: `"message":{` + private + `,"via_bot":{"id":5},"game":{"title":"x"}}`, want: in(func(i *flows.Input) { i.Text = unreadable })},
		"a pinned message":      {raw: `"message":{` + private + `,"pinned_message":{}}`, nobody: true},
		"a message of nobody":   {raw: `"message":{"message_id":7,"chat":{"id":5,"type":"private"},"text":"x"}`, nobody: true},
		"a channel's post":      {raw: `"channel_post":{` + private + `,"text":"/start"}`, nobody: true},
		"a message in channels": {raw: `"message":{"message_id":7,"chat":{"id":-7,"type":"channel"},"text":"/start"}`, nobody: true},
		"an edit":               {raw: `"edited_message":{` + private + `,"text":"/start"}`, nobody: true},
		"a block":               {raw: `"my_chat_member":{}`, nobody: true},
		"nothing":               {raw: `"x":1`, nobody: true},
		"another shape":         {raw: `"message":{"chat":5}`, illegal: true},
		"a topic": {raw: `"message":{` + group + `,` + from + `,"message_thread_id":4,"is_topic_message":true,"text":"/id"}`,
			want: in(func(i *flows.Input) { i.Chat, i.ChatKind, i.Topic, i.Command = -100, flows.GroupChat, 4, "id" })},
		"a thread of replies": {raw: `"message":{` + group + `,` + from + `,"message_thread_id":4,"text":"/id"}`,
			want: in(func(i *flows.Input) { i.Chat, i.ChatKind, i.Command = -100, flows.GroupChat, "id" })},
		"another bot's command in a group": {raw: `"message":{` + group + `,` + from + `,"text":"/id@OtherBot"}`, nobody: true},
		"an anonymous admin": {raw: `"message":{` + group + `,"from":{"id":1087968824,"is_bot":true,"username":"GroupAnonymousBot"},"sender_chat":{"id":-100,"type":"supergroup"},"text":"/id"}`,
			want: in(func(i *flows.Input) {
				i.Chat, i.ChatKind, i.Command, i.From = -100, flows.GroupChat, "id", flows.Sender{}
			})},
		"somebody writing as a channel": {raw: `"message":{` + group + `,` + from + `,"sender_chat":{"id":-9,"type":"channel"},"text":"/id"}`,
			want: in(func(i *flows.Input) {
				i.Chat, i.ChatKind, i.Command, i.From = -100, flows.GroupChat, "id", flows.Sender{}
			})},
		"a press": {raw: `"callback_query":{"id":"q1",` + from + `,"data":"tok","message":{` + private + `}}`, query: "q1",
			want: in(func(i *flows.Input) { i.Press = "tok" })},
		"a press in a group": {raw: `"callback_query":{"id":"q1",` + from + `,"data":"tok","message":{` + group + `}}`, query: "q1",
			want: in(func(i *flows.Input) { i.Press, i.Chat, i.ChatKind = "tok", -100, flows.GroupChat })},
		"a press out of reach": {raw: `"callback_query":{"id":"q1",` + from + `,"data":"tok","message":{"message_id":7,"date":0,"chat":{"id":1001,"type":"private"}}}`, query: "q1",
			want: in(func(i *flows.Input) { i.Press, i.Message = noPress, 0 })},
		"an inline press": {raw: `"callback_query":{"id":"q1",` + from + `,"data":"tok","inline_message_id":"x"}`, query: "q1",
			want: in(func(i *flows.Input) { i.Press, i.Message, i.ChatKind = noPress, 0, flows.OtherChat })},
		"a press on a forward": {raw: `"callback_query":{"id":"q1",` + from + `,"data":"tok","message":{` + private + `,"forward_origin":{"type":"user"}}}`, query: "q1",
			want: in(func(i *flows.Input) { i.Press, i.Message = noPress, 0 })},
		"a game's press": {raw: `"callback_query":{"id":"q1",` + from + `,"game_short_name":"g","message":{` + private + `}}`, query: "q1",
			want: in(func(i *flows.Input) { i.Press, i.Message = noPress, 0 })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := decode([]byte(`{"update_id":9,`+c.raw+`}`), "RechargeBot", time.Unix(50, 0))
			if errors.Is(err, errNobody) != c.nobody || (err != nil) != (c.nobody || c.illegal) {
				t.Fatalf("error %v", err)
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(c.want, u.input); diff != "" || u.query != c.query || u.id != 9 {
				t.Errorf("input (-want +got):\n%squery %q", diff, u.query)
			}
		})
	}
}

// An update without a number that a poll can confirm is none: the one after the last number would be negative, which
// asks Telegram to forget what waits.
func TestWhatHasNoNumberCannotBeConfirmed(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int64{
		`{"update_id":9}`: 9, `{"update_id":9223372036854775806}`: 9223372036854775806,
		`{"update_id":9223372036854775807}`: 0, `{"update_id":92233720368547758070}`: 0, `{"update_id":0}`: 0, `{"update_id":-4}`: 0,
		`{"update_id":"9"}`: 0, `{"update_id":9.5}`: 0, `{"update_id":null}`: 0, `{}`: 0, `[]`: 0, `9`: 0, ``: 0,
	} {
		if id, err := updateID([]byte(raw)); id != want || (err == nil) != (want != 0) {
			t.Errorf("%s has number %d (%v), want %d", raw, id, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"update_id":1,"message":{"message_id":7,"chat":{"id":1,"type":"private"},"from":{"id":1},"text":"/a@b c"}}`))
	f.Add([]byte(`{"update_id":1,"callback_query":{"id":"q","from":{"id":1},"data":"x","message":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"}}}}`))
	f.Add([]byte(`{"update_id":1,"message":{"message_id":7,"chat":{"id":-1,"type":"group"},"sticker":{},"sender_chat":null}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		u, err := decode(raw, "RechargeBot", time.Unix(50, 0))
		if err != nil {
			return
		}
		kinds := 0
		for _, s := range []string{u.input.Command, u.input.Text, u.input.Press, u.input.Contact} {
			if s != "" {
				kinds++
			}
		}
		if kinds != 1 || (u.query != "") != (u.input.Press != "") || u.input.Chat == 0 {
			shown, _ := json.Marshal(u.input)
			t.Errorf("%q became %s", raw, shown)
		}
		if u.input.ChatKind == flows.PrivateChat && u.input.From.ID == 0 && u.input.Press == "" {
			t.Errorf("a private message of nobody: %q", raw)
		}
	})
}
