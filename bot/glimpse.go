package bot

import (
	"bytes"
	"encoding/json"
	"slices"
)

// glimpse is what can be told of an update without decoding it: that a person says something to us in his private
// chat, or presses something, and who he is. The zero glimpse tells nothing; such an update has to be decoded.
type glimpse struct {
	update int64 // update_id
	person int64
	asks   bool // by /start or /id; it is never /claim
	id     bool // by /id
}

// glance looks at an update. What it tells is what decode would tell, or decode would refuse the update. It tells
// nothing of what is not the plain case, above all of what the platform says of a chat (service). A panic in looking
// is as good as nothing: what comes from outside must not end the process, which would be sent it again.
func glance(raw []byte) (g glimpse) {
	defer func() {
		if recover() != nil {
			g = glimpse{}
		}
	}()
	s := scan{text: raw}
	numbered, told := false, false
	ok := s.object(func(key []byte) (ok bool) {
		switch {
		case string(key) == "update_id" && !numbered:
			numbered = true
			g.update, ok = s.integer()
		case string(key) == "message" && !told:
			told, ok = true, g.message(&s)
		case string(key) == "callback_query" && !told:
			told, ok = true, g.press(&s)
		}
		return ok
	})
	if !ok || !s.end() || g.update <= 0 || g.person <= 0 {
		return glimpse{}
	}
	return g
}

// message looks at a message to us alone.
func (g *glimpse) message(s *scan) bool {
	from, chat, text := false, false, false
	ok := s.object(func(key []byte) bool {
		switch string(key) {
		case "from":
			return once(&from) && g.sender(s)
		case "chat":
			return once(&chat) && private(s)
		case "text":
			words, ok := s.words()
			return once(&text) && ok && g.says(words)
		case "sender_chat", "forward_origin", "contact", "migrate_to_chat_id", "migrate_from_chat_id":
			return false
		}
		return s.skip(scanDepth)
	})
	return ok && from && chat
}

// once reports whether a key is seen for the first time: what stands twice may be read in two ways.
func once(seen *bool) bool {
	first := !*seen
	*seen = true
	return first
}

// press looks at a press; what was pressed does not matter here.
func (g *glimpse) press(s *scan) bool {
	from, id := false, false
	ok := s.object(func(key []byte) bool {
		switch string(key) {
		case "from":
			return once(&from) && g.sender(s)
		case "id":
			words, ok := s.words()
			return once(&id) && ok && len(words) > 0
		}
		return s.skip(scanDepth)
	})
	return ok && from && id
}

// sender looks at a person who writes as himself.
func (g *glimpse) sender(s *scan) bool {
	ok := s.object(func(key []byte) (ok bool) {
		switch string(key) {
		case "id":
			first := g.person == 0
			g.person, ok = s.integer()
			return first && ok && !faceless(g.person)
		case "is_bot":
			return s.literal("false")
		}
		return s.skip(scanDepth)
	})
	return ok && g.person > 0
}

// private looks at a chat, and gives up unless it is a private one.
func private(s *scan) bool {
	found := false
	ok := s.object(func(key []byte) bool {
		if string(key) != "type" {
			return s.skip(scanDepth)
		}
		words, ok := s.words()
		return once(&found) && ok && string(words) == "private"
	})
	return ok && found
}

// says looks at the beginning of a text. Anything that may be a command but is not spelt plainly has to be decoded.
func (g *glimpse) says(text []byte) bool {
	if len(text) == 0 || text[0] == '\\' {
		return false
	}
	if text[0] != '/' {
		return true
	}
	name := text[1:]
	if i := bytes.IndexByte(name, ' '); i >= 0 {
		name = name[:i]
	}
	g.id = string(name) == "id"
	g.asks = g.id || string(name) == "start"
	return plainKey(name) && string(name) != "claim"
}

// split cuts a successful answer of getUpdates into its updates, which share its memory; false when it is none, or
// not as plain as Telegram's are, or made this reader panic.
func split(answer []byte) (raws []json.RawMessage, ok bool) {
	defer func() {
		if recover() != nil {
			raws, ok = nil, false
		}
	}()
	s := scan{text: answer}
	success, result := false, false
	ok = s.object(func(key []byte) bool {
		switch {
		case string(key) == "ok" && !success:
			success = s.literal("true")
			return success
		case string(key) == "result" && !result:
			result = true
			return s.array(func() bool {
				s.next()
				from := s.at
				if !s.skip(scanDepth) {
					return false
				}
				raws = append(raws, slices.Clip(s.text[from:s.at]))
				return true
			})
		}
		return false
	})
	return raws, ok && s.end() && success && result
}
