package sandbox

import (
	"maps"
	"slices"
)

// kind is the sort of a value in the Bot API.
type kind int

const (
	text kind = iota
	integer
	boolean
	chatRef // Integer or String
	object
	list
	inputFile // InputFile or String
)

// shape is what a value has to look like.
type shape struct {
	kind     kind
	name     string           // the type's name in the Bot API, for objects
	fields   map[string]field // of an object
	choices  map[string]shape // of an object of several kinds, by a field that only one of them has
	tag      string           // or by the value of this field
	elem     *shape           // of a list
	min, max int              // length of a text in UTF-16 units, size of a number, length of a list; max 0 = any
	bytes    bool             // min and max count bytes
	parsed   bool             // min and max count what is left of the text when it is formatted, which the method looks at
	oneOf    []string
	refusal  string // what Telegram says of a wrong value, when it is not the field's name
}

// field is a shape in its place. One that is unplayed exists at Telegram, and the sandbox refuses it
// in other words than an invented one.
type field struct {
	shape
	required bool
	unplayed bool
}

func optional(s shape) field  { return field{shape: s} }
func required(s shape) field  { return field{shape: s, required: true} }
func unplayed(k kind) field   { return field{shape: shape{kind: k}, unplayed: true} }
func words(lo, hi int) shape  { return shape{kind: text, min: lo, max: hi} }
func number(lo, hi int) shape { return shape{kind: integer, min: lo, max: hi} }
func formatted(lo, hi int) shape {
	return shape{kind: text, min: lo, max: hi, parsed: true}
}
func yesNo() shape { return shape{kind: boolean} }
func choice(of ...string) shape {
	return shape{kind: text, oneOf: of}
}

func listOf(elem shape, lo, hi int) shape {
	return shape{kind: list, elem: &elem, min: lo, max: hi}
}

func objectOf(name string, fields map[string]field) shape {
	return shape{kind: object, name: name, fields: fields}
}

// method is one call: its fields, whether it counts in flood control, and what it does under the lock.
type method struct {
	name   string
	fields map[string]field
	run    func(*Server, params) (any, *apiError)
}

// methods are those that the sandbox plays, with their parameters of Bot API 10.1; getUpdates waits
// and is run apart.
func methods() []method {
	return []method{
		{name: "getMe", run: (*Server).getMe},
		{name: "getUpdates", fields: map[string]field{
			"offset": optional(shape{kind: integer}), "limit": optional(number(1, 100)), "timeout": optional(shape{kind: integer}),
			"allowed_updates": optional(listOf(choice(updateKinds()...), 0, 0)),
		}},
		{name: "sendMessage", fields: textFields(), run: (*Server).sendMessage},
		{name: "sendPhoto", fields: photoFields(), run: (*Server).sendPhoto},
		{name: "sendDocument", fields: documentFields(), run: (*Server).sendDocument},
		{name: "getFile", fields: map[string]field{"file_id": required(shape{kind: text})}, run: (*Server).getFile},
		{name: "editMessageText", fields: editFields(), run: (*Server).editMessageText},
		{name: "editMessageReplyMarkup", fields: map[string]field{
			"business_connection_id": unplayed(text), "inline_message_id": unplayed(text),
			"chat_id": required(shape{kind: chatRef}), "message_id": required(shape{kind: integer}), "reply_markup": optional(inlineKeyboard()),
		}, run: (*Server).editMessageReplyMarkup},
		{name: "deleteMessage", fields: map[string]field{
			"chat_id": required(shape{kind: chatRef}), "message_id": required(shape{kind: integer}),
		}, run: (*Server).deleteMessage},
		{name: "answerCallbackQuery", fields: map[string]field{
			"callback_query_id": required(words(1, 0)), "text": optional(shape{kind: text, max: 200, refusal: "MESSAGE_TOO_LONG"}),
			"show_alert": optional(yesNo()), "url": unplayed(text), "cache_time": optional(shape{kind: integer}),
		}, run: (*Server).answerCallbackQuery},
		{name: "setMyCommands", fields: withScope(map[string]field{"commands": required(commandList())}), run: (*Server).setMyCommands},
		{name: "getMyCommands", fields: withScope(map[string]field{}), run: (*Server).getMyCommands},
		{name: "deleteMyCommands", fields: withScope(map[string]field{}), run: (*Server).deleteMyCommands},
		{name: "sendChatAction", fields: map[string]field{
			"business_connection_id": unplayed(text), "chat_id": required(shape{kind: chatRef}),
			"message_thread_id": optional(shape{kind: integer}), "action": required(choice(chatActions()...)),
		}, run: (*Server).sendChatAction},
		{name: "getChat", fields: map[string]field{"chat_id": required(shape{kind: chatRef})}, run: (*Server).getChat},
		{name: "setWebhook", fields: map[string]field{
			"url": required(words(0, 0)), "certificate": unplayed(inputFile), "ip_address": unplayed(text), "max_connections": optional(number(1, 100)),
			"allowed_updates": optional(listOf(choice(updateKinds()...), 0, 0)), "drop_pending_updates": optional(yesNo()), "secret_token": optional(words(0, 0)),
		}, run: (*Server).setWebhook},
		{name: "deleteWebhook", fields: map[string]field{"drop_pending_updates": optional(yesNo())}, run: (*Server).deleteWebhook},
		{name: "getWebhookInfo", run: (*Server).getWebhookInfo},
	}
}

// sendFields are those of every method that sends a message, with its own.
func sendFields(own map[string]field) map[string]field {
	fields := map[string]field{
		"business_connection_id": unplayed(text), "direct_messages_topic_id": unplayed(integer),
		"allow_paid_broadcast": unplayed(boolean), "message_effect_id": unplayed(text), "suggested_post_parameters": unplayed(object),
		"chat_id": required(shape{kind: chatRef}), "message_thread_id": optional(shape{kind: integer}),
		"parse_mode": optional(shape{kind: text}), "disable_notification": optional(yesNo()), "protect_content": optional(yesNo()),
		"reply_parameters": optional(replyParameters()), "reply_markup": optional(anyMarkup()),
	}
	maps.Copy(fields, own)
	return fields
}

func textFields() map[string]field {
	return sendFields(map[string]field{
		"text": required(formatted(1, maxText)), "entities": optional(listOf(messageEntity(), 0, 0)), "link_preview_options": optional(linkPreview()),
	})
}

func photoFields() map[string]field {
	return sendFields(map[string]field{
		"photo": required(shape{kind: inputFile}), "caption": optional(formatted(0, maxCaption)), "caption_entities": optional(listOf(messageEntity(), 0, 0)),
		"show_caption_above_media": optional(yesNo()), "has_spoiler": optional(yesNo()),
	})
}

func documentFields() map[string]field {
	return sendFields(map[string]field{
		"document": required(shape{kind: inputFile}), "caption": optional(formatted(0, maxCaption)), "caption_entities": optional(listOf(messageEntity(), 0, 0)),
		"thumbnail": unplayed(inputFile), "disable_content_type_detection": optional(yesNo()),
	})
}

func editFields() map[string]field {
	return map[string]field{
		"business_connection_id": unplayed(text), "inline_message_id": unplayed(text), "rich_message": unplayed(object),
		"chat_id": required(shape{kind: chatRef}), "message_id": required(shape{kind: integer}),
		"text": required(formatted(1, maxText)), "parse_mode": optional(shape{kind: text}), "entities": optional(listOf(messageEntity(), 0, 0)),
		"link_preview_options": optional(linkPreview()), "reply_markup": optional(inlineKeyboard()),
	}
}

func messageEntity() shape {
	kinds := []string{"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline",
		"strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention", "custom_emoji", "date_time"}
	return objectOf("MessageEntity", map[string]field{
		"type": required(choice(kinds...)), "offset": required(number(0, maxText)), "length": required(number(1, maxText)),
		"url": optional(words(1, 0)), "user": unplayed(object), "language": optional(words(0, 0)), "custom_emoji_id": optional(words(1, 0)),
		"unix_time": optional(shape{kind: integer}), "date_time_format": optional(words(0, 0)),
	})
}

func linkPreview() shape {
	return objectOf("LinkPreviewOptions", map[string]field{
		"is_disabled": optional(yesNo()), "url": optional(words(0, 0)), "prefer_small_media": optional(yesNo()),
		"prefer_large_media": optional(yesNo()), "show_above_text": optional(yesNo()),
	})
}

func replyParameters() shape {
	return objectOf("ReplyParameters", map[string]field{
		"message_id": required(shape{kind: integer}), "allow_sending_without_reply": optional(yesNo()),
		"chat_id": unplayed(chatRef), "quote": unplayed(text), "quote_parse_mode": unplayed(text), "quote_entities": unplayed(list),
		"quote_position": unplayed(integer), "checklist_task_id": unplayed(integer), "poll_option_id": unplayed(text),
	})
}

func withScope(fields map[string]field) map[string]field {
	fields["scope"] = optional(commandScope())
	fields["language_code"] = optional(words(0, 2))
	return fields
}

func chatActions() []string {
	return []string{"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
		"choose_sticker", "find_location", "record_video_note", "upload_video_note"}
}

// updateKinds are the fields of Update; those that Telegram sends only when asked for are the last ones.
func updateKinds() []string {
	return append(slices.Clone(usualUpdates()), "chat_member", "message_reaction", "message_reaction_count")
}

func usualUpdates() []string {
	return []string{"message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
		"edited_business_message", "deleted_business_messages", "inline_query", "chosen_inline_result", "callback_query", "shipping_query",
		"pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_join_request", "chat_boost",
		"removed_chat_boost", "managed_bot", "guest_message"}
}
