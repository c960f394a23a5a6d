package bot

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/go-telegram/bot/models"

	"rechargebot/flows"
	"rechargebot/flows/text"
)

// Limits of a message (Bot API, sendMessage and InlineKeyboardButton).
const (
	maxText = 4096 // UTF-16 units, after the markup was read
	maxData = 64   // bytes
	maxCopy = 256  // characters
	maxHint = 64   // characters
)

// message is a flows.Message in Telegram's terms.
type message struct {
	text string
	mode models.ParseMode
	rows [][]button
	hint string // in the typing box; only of a new message without buttons
}

// button is one inline button. The library's own type writes an empty copy_text into each of them.
type button struct {
	Text  string    `json:"text"`
	Style string    `json:"style,omitempty"`
	Data  string    `json:"callback_data,omitempty"`
	Copy  *copyText `json:"copy_text,omitempty"`
}

type copyText struct {
	Text string `json:"text"`
}

type keyboard struct {
	Rows [][]button `json:"inline_keyboard"`
}

// forceReply opens the typing box with a hint in it. A message with it can be edited no more.
type forceReply struct {
	Force bool   `json:"force_reply"`
	Hint  string `json:"input_field_placeholder"`
}

// inline is nil without buttons: an empty keyboard would go out as null and be refused.
func (m message) inline() models.ReplyMarkup {
	if len(m.rows) == 0 {
		return nil
	}
	return keyboard{m.rows}
}

// markup is what goes with a new message.
func (m message) markup() models.ReplyMarkup {
	if m.hint != "" && len(m.rows) == 0 {
		return forceReply{true, m.hint}
	}
	return m.inline()
}

// renderPlain is the message without markup: what is sent when Telegram refuses ours.
func renderPlain(m flows.Message) message {
	var b strings.Builder
	for _, s := range fit(m.Text) {
		b.WriteString(s.Text)
	}
	return message{text: b.String(), rows: renderRows(m.Rows), hint: renderHint(m)}
}

// render is the message in HTML. Everything that people or providers wrote passes through escape here
// and nowhere else.
func render(m flows.Message) message {
	var b strings.Builder
	for _, s := range fit(m.Text) {
		open, shut := tags(s.Style)
		b.WriteString(open)
		b.WriteString(escape(s.Text))
		b.WriteString(shut)
	}
	return message{text: b.String(), mode: models.ParseModeHTML, rows: renderRows(m.Rows), hint: renderHint(m)}
}

// renderHint is one line, as the typing box is.
func renderHint(m flows.Message) string {
	return cut(strings.Join(strings.Fields(strip(m.Ask)), " "), maxHint)
}

func tags(s text.Style) (open, shut string) {
	switch s {
	case text.Bold:
		return "<b>", "</b>"
	case text.Code:
		return "<code>", "</code>"
	case text.Quote:
		return "<blockquote expandable>", "</blockquote>"
	}
	return "", ""
}

// escape covers all that Telegram's HTML mode reads.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// more shows that a text was cut.
const more = "…"

// fit is the text without what could disguise it, cut to what a message holds. Telegram counts UTF-16
// units of the text without its markup.
func fit(r text.Rich) text.Rich {
	var out text.Rich
	total := 0
	for _, s := range r {
		if s.Text = strip(s.Text); s.Text != "" {
			out = append(out, s)
			total += units(s.Text)
		}
	}
	if total <= maxText {
		return out
	}
	left := maxText - units(more)
	for i, s := range out {
		size := units(s.Text)
		if size > left {
			out[i].Text = prefix(s.Text, left) + more
			return out[:i+1]
		}
		left -= size
	}
	return out
}

// strip drops control characters but line breaks and tabs, and the marks that turn the writing direction
// of what follows, with which a name could make a card read differently.
func strip(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return c
		case unicode.IsControl(c), c >= '\u202a' && c <= '\u202e', c >= '\u2066' && c <= '\u2069', c == unicode.ReplacementChar:
			return -1
		}
		return c
	}, s)
}

func units(s string) int {
	n := 0
	for _, c := range s {
		n += utf16.RuneLen(c)
	}
	return n
}

// cut shortens a text to at most limit UTF-16 units, and shows that it did.
func cut(s string, limit int) string {
	if units(s) <= limit {
		return s
	}
	return prefix(s, limit-units(more)) + more
}

// prefix is as much of s as fits into limit UTF-16 units, never half a character.
func prefix(s string, limit int) string {
	n := 0
	for i, c := range s {
		if n += utf16.RuneLen(c); n > limit {
			return s[:i]
		}
	}
	return s
}

// renderRows leaves out what Telegram would refuse the whole message for: buttons without a label or an
// action, and rows without buttons.
func renderRows(rows [][]flows.Button) [][]button {
	var out [][]button
	for _, row := range rows {
		var line []button
		for _, b := range row {
			k := button{Text: strip(b.Label), Style: style(b.Tone)}
			switch {
			case strings.TrimSpace(k.Text) == "":
				continue
			case b.Copy != "":
				k.Copy = &copyText{cut(b.Copy, maxCopy)}
			case b.Token != "" && len(b.Token) <= maxData:
				k.Data = b.Token
			default:
				continue
			}
			line = append(line, k)
		}
		if len(line) > 0 {
			out = append(out, line)
		}
	}
	return out
}

// style is the colour of a button (Bot API 9.4); older clients show none.
func style(t flows.Tone) string {
	switch t {
	case flows.Good:
		return "success"
	case flows.Danger:
		return "danger"
	case flows.Main:
		return "primary"
	}
	return ""
}
