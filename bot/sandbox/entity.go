//lint:file-ignore ST1005 these sentences are Telegram's own

package sandbox

import (
	"cmp"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// htmlTags are the tags of "HTML style" in the Bot API's formatting options.
var htmlTags = []string{"a", "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "tg-emoji", "tg-time", "code", "pre", "blockquote"}

var htmlTypes = map[string]string{
	"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
	"tg-spoiler": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote",
}

// close turns a finished tag into its entity.
func (p *htmlParser) close(tag htmlTag) error {
	e := Entity{Type: htmlTypes[tag.name], Offset: tag.start, Length: p.units - tag.start}
	switch tag.name {
	case "a":
		target := tag.attrs["href"]
		if target == "" {
			target = p.out.String()[tag.bytes:]
		}
		if digits, ok := strings.CutPrefix(target, "tg://user?id="); ok {
			if id, err := strconv.ParseInt(digits, 10, 64); err == nil && id > 0 {
				e.Type, e.User = "text_mention", &User{ID: id}
				break
			}
		}
		if e.URL = cleanURL(target); e.URL == "" {
			return nil // Telegram keeps the words and drops the link
		}
		e.Type = "text_link"
	case "tg-emoji":
		if _, err := strconv.ParseUint(tag.attrs["emoji-id"], 10, 64); err != nil {
			return errors.New("Invalid custom emoji identifier specified")
		}
		e.Type, e.Emoji = "custom_emoji", tag.attrs["emoji-id"]
	case "tg-time":
		at, err := strconv.ParseInt(tag.attrs["unix"], 10, 64)
		if err != nil || at <= 0 {
			return errors.New("Invalid date specified")
		}
		e.Type, e.UnixTime, e.Format = "date_time", at, tag.attrs["format"]
	case "blockquote":
		if _, ok := tag.attrs["expandable"]; ok {
			e.Type = "expandable_blockquote"
		}
	case "code", "pre":
		if language, ok := strings.CutPrefix(tag.attrs["class"], "language-"); ok && tag.name == "code" {
			e.Language = language
		}
		if p.mergePre(&e) {
			return nil
		}
	}
	p.found = append(p.found, e)
	return nil
}

// mergePre makes one pre with a language of <pre><code class="language-…">, either way round.
func (p *htmlParser) mergePre(e *Entity) bool {
	if n := len(p.found); n > 0 {
		last := &p.found[n-1]
		pair := last.Type == "code" && e.Type == "pre" && last.Language != "" || last.Type == "pre" && last.Language == "" && e.Language != ""
		if last.Offset == e.Offset && last.Length == e.Length && pair {
			last.Type, last.Language = "pre", last.Language+e.Language
			return true
		}
	}
	return false
}

// mentions says who is mentioned; whom the bot does not know goes without a mention, as at Telegram. The lock is held.
func (s *Server) mentions(es []Entity) []Entity {
	return slices.DeleteFunc(es, func(e Entity) bool {
		if e.User == nil {
			return false
		}
		p, known := s.person(e.User.ID)
		*e.User = p.user()
		return !known
	})
}

func sortEntities(es []Entity) {
	slices.SortStableFunc(es, func(a, b Entity) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length))
	})
}

var commandWord = regexp.MustCompile(`(?:^|\s)(/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?)(?:$|[^A-Za-z0-9_@/])`)

// commandsIn finds the bot_command entities that Telegram finds by itself in every text.
func commandsIn(text string) []Entity {
	var found []Entity
	for at := 0; at < len(text) && strings.Contains(text[at:], "/"); {
		m := commandWord.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		found = append(found, Entity{Type: "bot_command", Offset: utf16Len(text[:at+m[2]]), Length: m[3] - m[2]})
		at += m[3]
	}
	return found
}

// cleanURL is the link as Telegram keeps it, "" when it is none.
func cleanURL(target string) string {
	target = strings.TrimSpace(target)
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if !strings.Contains(u.Hostname(), ".") && u.Hostname() != "localhost" {
			return ""
		}
	case "tg", "ton":
	default:
		return ""
	}
	if u.Path == "" && u.Scheme != "tg" {
		u.Path = "/"
	}
	return u.String()
}

// decodeReference reads one of the four named references or a numeric one; n is 0 when it is neither.
func decodeReference(s string) (r rune, n int) {
	if len(s) < 2 || s[0] != '&' {
		return 0, 0
	}
	end := 1
	if s[1] == '#' {
		end++
	}
	for end < len(s) && (isNameToken(s[end]) && s[end] != '.' && s[end] != '-') {
		end++
	}
	word := s[1:end]
	n = end
	if end < len(s) && s[end] == ';' {
		n++
	}
	if digits, ok := strings.CutPrefix(word, "#"); ok {
		base := 10
		if strings.HasPrefix(digits, "x") {
			digits, base = digits[1:], 16
		}
		code, err := strconv.ParseUint(digits, base, 32)
		if err != nil || code == 0 || code >= 0x10ffff {
			return 0, 0
		}
		return rune(code), n
	}
	named := map[string]rune{"lt": '<', "gt": '>', "amp": '&', "quot": '"'}
	if r, ok := named[word]; ok {
		return r, n
	}
	return 0, 0
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == 0
}

func isNameToken(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-'
}
