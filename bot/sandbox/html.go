//lint:file-ignore ST1005 these sentences are Telegram's own

package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// parseHTML reads parse_mode HTML as Telegram's own parser does: its tags, its tolerance (end tags
// without a name, unquoted attribute values, only the four named references) and its sentences, with
// byte offsets into the text as it was sent.
func parseHTML(text string) (string, []Entity, error) {
	p := &htmlParser{in: text}
	for p.at < len(p.in) {
		var err error
		switch c := p.in[p.at]; {
		case c == '&':
			p.reference()
		case c != '<':
			p.put(p.in[p.at : p.at+1])
			p.at++
		case p.peek(1) == '/':
			err = p.endTag()
		default:
			err = p.startTag()
		}
		if err != nil {
			return "", nil, err
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, fmt.Errorf("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	if p.surrogate {
		return "", nil, errors.New("Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units")
	}
	for i := range p.found {
		if p.found[i].Type == "code" {
			p.found[i].Language = "" // only pre keeps it
		}
	}
	sortEntities(p.found)
	return p.out.String(), p.found, nil
}

type htmlParser struct {
	in    string
	at    int
	out   strings.Builder
	units int // UTF-16 units written
	open  []htmlTag
	found []Entity

	surrogate bool // a reference to half a character
}

type htmlTag struct {
	name  string
	attrs map[string]string
	start int // in UTF-16 units
	bytes int // length of the output when it opened
}

// peek is the byte n places ahead, 0 behind the end.
func (p *htmlParser) peek(n int) byte {
	if p.at+n < len(p.in) {
		return p.in[p.at+n]
	}
	return 0
}

func (p *htmlParser) put(s string) {
	p.out.WriteString(s)
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0xF0:
			p.units += 2
		case c&0xC0 != 0x80:
			p.units++
		}
	}
}

// reference writes a character reference, or the bare ampersand.
func (p *htmlParser) reference() {
	if r, n := decodeReference(p.in[p.at:]); n > 0 {
		p.surrogate = p.surrogate || utf16.IsSurrogate(r)
		p.put(string(r))
		p.at += n
		return
	}
	p.put("&")
	p.at++
}

func (p *htmlParser) startTag() error {
	begin := p.at
	p.at++
	name, ok := p.name(begin + 1)
	if !ok {
		return fmt.Errorf("Unclosed start tag at byte offset %d", begin)
	}
	if !slices.Contains(htmlTags, name) {
		return fmt.Errorf("Unsupported start tag %q at byte offset %d", name, begin)
	}
	tag := htmlTag{name: name, attrs: map[string]string{}, start: p.units, bytes: p.out.Len()}
	for p.peek(0) != '>' {
		p.space()
		if p.peek(0) == '>' {
			break
		}
		if err := p.attribute(tag, begin); err != nil {
			return err
		}
	}
	p.at++
	if name == "span" && tag.attrs["class"] != "tg-spoiler" {
		return fmt.Errorf("Tag \"span\" must have class \"tg-spoiler\" at byte offset %d", begin)
	}
	if name == "blockquote" && slices.ContainsFunc(p.open, func(t htmlTag) bool { return t.name == name }) {
		return fmt.Errorf("blockquote entities can't be nested at byte offset %d", begin)
	}
	p.open = append(p.open, tag)
	return nil
}

// name reads a tag's name up to a space or the bracket; false when the text ends first.
func (p *htmlParser) name(from int) (string, bool) {
	p.at = from
	for p.at < len(p.in) && !isSpace(p.in[p.at]) && p.in[p.at] != '>' {
		p.at++
	}
	return strings.ToLower(p.in[from:p.at]), p.at < len(p.in)
}

func (p *htmlParser) space() {
	for p.at < len(p.in) && isSpace(p.in[p.at]) {
		p.at++
	}
}

func (p *htmlParser) attribute(tag htmlTag, begin int) error {
	from := p.at
	for p.at < len(p.in) && !isSpace(p.in[p.at]) && p.in[p.at] != '=' && p.in[p.at] != '>' {
		p.at++
	}
	attr := strings.ToLower(p.in[from:p.at])
	unclosed := fmt.Errorf("Unclosed start tag %q at byte offset %d", tag.name, begin)
	if attr == "" && p.at == len(p.in) {
		return unclosed
	}
	if attr == "" {
		return fmt.Errorf("Empty attribute name in the tag %q at byte offset %d", tag.name, begin)
	}
	p.space()
	if p.at == len(p.in) {
		return unclosed
	}
	if p.in[p.at] != '=' {
		tag.attrs[attr] = "" // <blockquote expandable>
		return nil
	}
	p.at++
	p.space()
	if p.at == len(p.in) {
		return unclosed
	}
	value, err := p.value()
	if err != nil {
		return err
	}
	if p.at == len(p.in) {
		return fmt.Errorf("Unclosed start tag at byte offset %d", begin)
	}
	tag.attrs[attr] = value
	return nil
}

func (p *htmlParser) value() (string, error) {
	quote, from := p.in[p.at], p.at
	if quote != '"' && quote != '\'' {
		for p.at < len(p.in) && isNameToken(p.in[p.at]) {
			p.at++
		}
		if p.at == len(p.in) || !isSpace(p.in[p.at]) && p.in[p.at] != '>' {
			return "", fmt.Errorf("Unexpected end of name token at byte offset %d", from)
		}
		return strings.ToLower(p.in[from:p.at]), nil
	}
	var value strings.Builder
	for p.at++; p.at < len(p.in) && p.in[p.at] != quote; {
		if r, n := decodeReference(p.in[p.at:]); n > 0 {
			value.WriteRune(r)
			p.at += n
			continue
		}
		value.WriteByte(p.in[p.at])
		p.at++
	}
	if p.at < len(p.in) {
		p.at++
	}
	return value.String(), nil
}

func (p *htmlParser) endTag() error {
	begin := p.at
	if len(p.open) == 0 {
		return fmt.Errorf("Unexpected end tag at byte offset %d", begin)
	}
	name, _ := p.name(begin + 2)
	p.space()
	if p.peek(0) != '>' {
		return fmt.Errorf("Unclosed end tag at byte offset %d", begin)
	}
	p.at++
	tag := p.open[len(p.open)-1]
	if name != "" && name != tag.name {
		return fmt.Errorf("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", begin, tag.name, name)
	}
	p.open = p.open[:len(p.open)-1]
	if p.units == tag.start {
		return nil // Telegram drops empty entities
	}
	return p.close(tag)
}
