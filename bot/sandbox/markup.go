package sandbox

const (
	inlineButton = "InlineKeyboardButton"

	maxText       = 4096 // sendMessage: "1-4096 characters after entities parsing"
	maxButtons    = 100  // python-telegram-bot issue 5104: more are refused or lost
	maxButtonsRow = 8    // common report; the Bot API's text is silent
)

func inlineKeyboard() shape {
	actions := map[string]field{
		"text": required(words(0, 0)), "style": optional(shape{kind: text, oneOf: []string{"danger", "success", "primary"}, refusal: "can't parse inline keyboard button: invalid button style specified"}),
		"url": optional(words(0, 2048)), "callback_data": optional(shape{kind: text, min: 1, max: 64, bytes: true, refusal: "BUTTON_DATA_INVALID"}),
		"copy_text": optional(objectOf("CopyTextButton", map[string]field{
			"text": required(shape{kind: text, min: 1, max: 256, refusal: "BUTTON_COPY_TEXT_INVALID"}),
		})),
		"icon_custom_emoji_id": unplayed(text), "web_app": unplayed(object), "login_url": unplayed(object), "switch_inline_query": unplayed(text),
		"switch_inline_query_current_chat": unplayed(text), "switch_inline_query_chosen_chat": unplayed(object),
		"callback_game": unplayed(object), "pay": unplayed(boolean),
	}
	row := listOf(objectOf(inlineButton, actions), 0, maxButtonsRow)
	return objectOf("InlineKeyboardMarkup", map[string]field{"inline_keyboard": required(listOf(row, 0, 0))})
}

func replyKeyboard() shape {
	row := listOf(objectOf("KeyboardButton", map[string]field{
		"text": required(words(1, 0)), "style": optional(choice("danger", "success", "primary")), "request_contact": optional(yesNo()),
		"icon_custom_emoji_id": unplayed(text), "request_users": unplayed(object), "request_chat": unplayed(object),
		"request_managed_bot": unplayed(object), "request_location": unplayed(boolean), "request_poll": unplayed(object), "web_app": unplayed(object),
	}), 0, maxButtonsRow)
	return objectOf("ReplyKeyboardMarkup", map[string]field{
		"keyboard": required(listOf(row, 1, 0)), "is_persistent": optional(yesNo()), "resize_keyboard": optional(yesNo()),
		"one_time_keyboard": optional(yesNo()), "input_field_placeholder": optional(words(1, 64)), "selective": optional(yesNo()),
	})
}

// anyMarkup is one of the four kinds of markup, told apart by a field that each has.
func anyMarkup() shape {
	return shape{kind: object, name: "reply_markup", choices: map[string]shape{
		"inline_keyboard": inlineKeyboard(),
		"keyboard":        replyKeyboard(),
		"remove_keyboard": objectOf("ReplyKeyboardRemove", map[string]field{
			"remove_keyboard": required(yesNo()), "selective": optional(yesNo()),
		}),
		"force_reply": objectOf("ForceReply", map[string]field{
			"force_reply": required(yesNo()), "input_field_placeholder": optional(words(1, 64)), "selective": optional(yesNo()),
		}),
	}}
}

// choose finds the kind of an object that may be of several.
func (s shape) choose(o map[string]any) (shape, *apiError) {
	if s.tag != "" {
		word, _ := o[s.tag].(string)
		kind, ok := s.choices[word]
		if !ok {
			return shape{}, badRequest("field %q can't be %q in a %s", s.tag, word, s.name)
		}
		return kind, nil
	}
	for name, kind := range s.choices {
		if _, ok := o[name]; ok {
			return kind, nil
		}
	}
	return shape{}, badRequest("object expected as reply markup: none of inline_keyboard, keyboard, remove_keyboard and force_reply is there")
}

// checkInlineButton holds a button to exactly one action. Telegram itself takes the first of several
// and keeps silent, which hides a library's empty copy_text beside callback_data.
func checkInlineButton(o map[string]any) *apiError {
	if o["text"] == "" {
		return badRequest("can't parse inline keyboard button: button text must be non-empty")
	}
	n := 0
	for _, action := range []string{"url", "callback_data", "copy_text"} {
		if _, ok := o[action]; ok {
			n++
		}
	}
	if n == 0 {
		return badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	}
	if n > 1 {
		return badRequest("can't parse inline keyboard button: exactly one of url, callback_data and copy_text must be there")
	}
	if url, ok := o["url"].(string); ok && cleanURL(url) == "" {
		return badRequest("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", url)
	}
	return nil
}

// markup is any of the four kinds, as it is decoded.
type markup struct {
	Keyboard
	Reply       [][]ReplyButton `json:"keyboard"`
	Once        bool            `json:"one_time_keyboard"`
	Placeholder string          `json:"input_field_placeholder"`
	Remove      bool            `json:"remove_keyboard"`
	Force       bool            `json:"force_reply"`
}

// ReplyButton is a button beneath the typing box.
type ReplyButton struct {
	Text    string `json:"text"`
	Style   string `json:"style,omitempty"`
	Contact bool   `json:"request_contact,omitempty"`
}

// replyBox is what a bot has put in place of the letters: its own keys, or a hint in the typing box.
type replyBox struct {
	Rows        [][]ReplyButton `json:"rows,omitempty"`
	Once        bool            `json:"once,omitempty"`
	Placeholder string          `json:"placeholder,omitempty"`
	Force       bool            `json:"force,omitempty"`
}

// inline is the keyboard without its empty rows, nil when nothing is left.
func (m *markup) inline() (*Keyboard, *apiError) {
	if m == nil {
		return nil, nil
	}
	k, n := &Keyboard{}, 0
	for _, row := range m.Rows {
		if len(row) > 0 {
			k.Rows = append(k.Rows, row)
			n += len(row)
		}
	}
	if n > maxButtons {
		return nil, badRequest("reply markup is too long")
	}
	if n == 0 {
		return nil, nil
	}
	return k, nil
}

// box is the reply keyboard that the markup asks for; change is false when it leaves it alone.
func (m *markup) box() (b *replyBox, change bool) {
	switch {
	case m == nil:
		return nil, false
	case m.Reply != nil:
		return &replyBox{Rows: m.Reply, Once: m.Once, Placeholder: m.Placeholder}, true
	case m.Force:
		return &replyBox{Placeholder: m.Placeholder, Force: true}, true
	default:
		return nil, m.Remove
	}
}
