package bot

// scan reads JSON in place, so that what nobody wants costs no memory. It takes what RFC 8259 allows and less: it
// gives up where encoding/json would have to guess, and deeper than any update is. Its no is therefore no verdict
// on a text; whoever hears it asks encoding/json.
type scan struct {
	text []byte
	at   int
}

const scanDepth = 64

// next is the first byte after the blanks, which stays where it is; 0 at the end.
func (s *scan) next() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// take goes past the byte if it is the next one.
func (s *scan) take(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

// end reports whether nothing but blanks is left.
func (s *scan) end() bool {
	s.next()
	return s.at == len(s.text)
}

// literal goes past the word if it is the next thing.
func (s *scan) literal(word string) bool {
	s.next()
	if rest := s.text[s.at:]; len(rest) < len(word) || string(rest[:len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

// words goes past a string and returns what is between its quotes, with the escapes as they are written.
func (s *scan) words() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	for from := s.at; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[from : s.at-1], true
		case c < ' ':
			return nil, false
		case c == '\\':
			if !s.escape() {
				return nil, false
			}
		}
	}
	return nil, false
}

// escape goes to the last byte of an escape.
func (s *scan) escape() bool {
	s.at++
	if s.at == len(s.text) {
		return false
	}
	switch s.text[s.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			if s.at++; s.at == len(s.text) || !hexDigit(s.text[s.at]) {
				return false
			}
		}
		return true
	}
	return false
}

func hexDigit(c byte) bool { return digit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

func digit(c byte) bool { return '0' <= c && c <= '9' }

// integer goes past a whole number of at most 18 digits.
func (s *scan) integer() (n int64, ok bool) {
	s.next()
	from := s.at
	if !s.number() {
		return 0, false
	}
	text := s.text[from:s.at]
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) > 18 {
		return 0, false
	}
	for _, c := range text {
		if !digit(c) {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// number goes past any number.
func (s *scan) number() bool {
	s.take('-')
	leading := s.at < len(s.text) && s.text[s.at] == '0'
	if n := s.digits(); n == 0 || leading && n > 1 {
		return false
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		if s.digits() == 0 {
			return false
		}
	}
	if s.at < len(s.text) && s.text[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		return s.digits() > 0
	}
	return true
}

// digits goes past digits, and returns how many they are.
func (s *scan) digits() int {
	from := s.at
	for s.at < len(s.text) && digit(s.text[s.at]) {
		s.at++
	}
	return s.at - from
}

// object goes past an object. member goes past the value of each key, or reports false to give up; a key that
// encoding/json would have to match by guessing gives up before.
func (s *scan) object(member func(key []byte) bool) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		key, ok := s.words()
		if !ok || !plainKey(key) || !s.take(':') || !member(key) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// plainKey reports whether the key is spelt as Telegram spells all of its keys.
func plainKey(key []byte) bool {
	for _, c := range key {
		if (c < 'a' || c > 'z') && c != '_' && !digit(c) {
			return false
		}
	}
	return true
}

// array goes past an array. element goes past each of its values, or reports false to give up.
func (s *scan) array(element func() bool) bool {
	if !s.take('[') {
		return false
	}
	if s.take(']') {
		return true
	}
	for {
		if !element() {
			return false
		}
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// skip goes past any value that is no deeper than depth.
func (s *scan) skip(depth int) bool {
	if depth == 0 {
		return false
	}
	switch s.next() {
	case '{':
		return s.object(func([]byte) bool { return s.skip(depth - 1) })
	case '[':
		return s.array(func() bool { return s.skip(depth - 1) })
	case '"':
		_, ok := s.words()
		return ok
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.number()
}
