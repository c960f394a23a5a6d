package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// botAPI is the Bot API's machine-readable description, kept beside the checkout: methods and types with
// their fields. Lengths and choices stand only in its sentences.
type botAPI struct {
	Version string
	Methods map[string]struct {
		Fields  []apiField
		Returns []string
	}
	Types map[string]apiType
}

type apiType struct {
	Name     string
	Fields   []apiField
	Subtypes []string
}

type apiField struct {
	Name        string
	Types       []string
	Required    bool
	Description string
}

// readBotAPI reads the description, or skips the test when the checkout has none beside it.
func readBotAPI(t *testing.T) botAPI {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "telegram", "api.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the Bot API's description, shared/telegram/api.json, is not beside the checkout: nothing to compare with")
	}
	var api botAPI
	if err == nil {
		err = json.Unmarshal(raw, &api)
	}
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// deliberate are the places where the sandbox differs from the description, and why. All but one refuse more.
func deliberate() map[string]string {
	language := "two letters or none: the sentence has no number"
	empty := "an empty one means nothing"
	inline := "the sandbox plays no inline messages, so the chat and the message must be named"
	return map[string]string{
		"editMessageText.chat_id required":           inline,
		"editMessageText.message_id required":        inline,
		"editMessageText.text required":              "the sandbox plays no rich messages",
		"editMessageReplyMarkup.chat_id required":    inline,
		"editMessageReplyMarkup.message_id required": inline,

		"setMyCommands.language_code length":           language,
		"getMyCommands.language_code length":           language,
		"deleteMyCommands.language_code length":        language,
		"MessageEntity.offset length":                  "behind the longest text there is nothing",
		"MessageEntity.length length":                  "an entity of nothing, or of more than the longest text, is a mistake",
		"MessageEntity.url length":                     empty,
		"MessageEntity.custom_emoji_id length":         empty,
		"KeyboardButton.text length":                   empty,
		"answerCallbackQuery.callback_query_id length": empty,
		"ReplyKeyboardMarkup.keyboard length":          "Telegram refuses a keyboard without rows",
		"InlineKeyboardButton.url length":              "Telegram's own limit of a URL",
		"setWebhook.secret_token length":               "the method looks at it: an empty one means none, as at Telegram's server",
	}
}

// comparison walks our rules and the description side by side.
type comparison struct {
	api     botAPI
	differs map[string]string
	walked  map[string]bool
	fields  int
}

func (c *comparison) differ(where, format string, args ...any) {
	c.differs[where] = fmt.Sprintf(format, args...)
}

func (c *comparison) compareFields(owner string, ours map[string]field, theirs []apiField) {
	known := map[string]bool{}
	for _, f := range theirs {
		known[f.Name] = true
		own, ok := ours[f.Name]
		where := owner + "." + f.Name
		if !ok {
			c.differ(where+" missing", "the Bot API has it")
			continue
		}
		c.fields++
		if own.required != f.Required {
			c.differ(where+" required", "required here: %v, at Telegram: %v", own.required, f.Required)
		}
		if own.unplayed {
			c.compareUnplayed(where, own.shape, f)
			continue
		}
		c.compareShape(where, own.shape, f.Types)
		c.compareWords(where, own.shape, f)
	}
	for name := range ours {
		if !known[name] {
			c.differ(owner+"."+name+" invented", "the Bot API has it not")
		}
	}
}

// compareUnplayed looks at the sort of value only: the sandbox never reads it.
func (c *comparison) compareUnplayed(where string, s shape, f apiField) {
	sort := map[string]kind{"String": text, "Integer": integer, "Boolean": boolean}
	want, plain := sort[f.Types[0]]
	switch {
	case len(f.Types) == 2 && f.Types[0] == "Integer":
		want = chatRef
	case f.Types[0] == "InputFile":
		want = inputFile
	case strings.HasPrefix(f.Types[0], "Array of "):
		want = list
	case !plain:
		want = object
	}
	if s.kind != want {
		c.differ(where+" sort", "an unplayed field of kind %d, at Telegram %v", s.kind, f.Types)
	}
}

func (c *comparison) compareShape(where string, s shape, types []string) {
	if inner, ok := strings.CutPrefix(types[0], "Array of "); ok {
		if s.kind != list || len(types) > 1 {
			c.differ(where+" type", "kind %d, at Telegram %v", s.kind, types)
			return
		}
		c.compareShape(where+"[]", *s.elem, []string{inner})
		return
	}
	want := map[string]kind{"String": text, "Integer": integer, "Boolean": boolean, "Integer,String": chatRef, "InputFile,String": inputFile}
	if k, ok := want[strings.Join(types, ",")]; ok {
		if s.kind != k {
			c.differ(where+" type", "kind %d, at Telegram %v", s.kind, types)
		}
		return
	}
	if s.kind != object {
		c.differ(where+" type", "kind %d, at Telegram %v", s.kind, types)
		return
	}
	if one := c.api.Types[types[0]]; len(types) == 1 && len(one.Subtypes) > 0 {
		types = one.Subtypes
	}
	if s.choices == nil {
		if len(types) != 1 || types[0] != s.name {
			c.differ(where+" type", "%s, at Telegram %v", s.name, types)
			return
		}
		c.compareType(s)
		return
	}
	var names []string
	for _, one := range s.choices {
		names = append(names, one.name)
		c.compareType(one)
	}
	slices.Sort(names)
	if sorted := slices.Sorted(slices.Values(types)); !slices.Equal(names, sorted) {
		c.differ(where+" union", "%v, at Telegram %v", names, sorted)
	}
}

func (c *comparison) compareType(s shape) {
	if c.walked[s.name] {
		return
	}
	c.walked[s.name] = true
	theirs, ok := c.api.Types[s.name]
	if !ok {
		c.differ(s.name+" unknown", "the Bot API has no such type")
		return
	}
	c.compareFields(s.name, s.fields, theirs.Fields)
}

var (
	lengthWords = regexp.MustCompile(`(\d+)-(\d+) (characters|bytes)|(?:between|limit[^.]*?|server,?|delivery,?) ?(\d+)-(\d+)|[Aa]t most (\d+) commands`)
	quotedWord  = regexp.MustCompile(`"([a-z_]+)"`)
	chosenWord  = regexp.MustCompile(`([a-z_]+) (?:for|or) `)
	mustBeWord  = regexp.MustCompile(`must be ([a-z_]+)$`)
)

// lengthsOf reads a length out of a field's sentence.
func lengthsOf(words string) (lo, hi int, bytes, found bool) {
	m := lengthWords.FindStringSubmatch(words)
	if m == nil {
		return 0, 0, false, false
	}
	numbers := []int{}
	for _, s := range []string{m[1], m[2], m[4], m[5], m[6]} {
		if n, err := strconv.Atoi(s); err == nil {
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 1 {
		return 0, numbers[0], false, true
	}
	return numbers[0], numbers[1], m[3] == "bytes", true
}

// choicesOf reads a list of words out of a field's sentence.
func choicesOf(words string) []string {
	var all []string
	pattern := chosenWord
	switch {
	case strings.Contains(words, "ust be one of") || strings.Contains(words, "Currently, can be"):
		pattern = quotedWord
	case mustBeWord.MatchString(words):
		pattern = mustBeWord
	case !strings.Contains(words, "Choose one"):
		return nil
	}
	for _, m := range pattern.FindAllStringSubmatch(words, -1) {
		if !slices.Contains(all, m[1]) {
			all = append(all, m[1])
		}
	}
	slices.Sort(all)
	return all
}

func (c *comparison) compareWords(where string, s shape, f apiField) {
	lo, hi, bytes, found := lengthsOf(f.Description)
	if found && (s.min != lo || s.max != hi || s.bytes != bytes) || !found && (s.min != 0 || s.max != 0) {
		c.differ(where+" length", "%d-%d (bytes: %v), at Telegram %q", s.min, s.max, s.bytes, f.Description)
	}
	want, ours := choicesOf(f.Description), slices.Sorted(slices.Values(s.oneOf))
	if s.kind == list && s.elem.oneOf != nil {
		want, ours = nil, nil // allowed_updates, which has a test of its own
	}
	if !slices.Equal(want, ours) {
		c.differ(where+" choices", "%v, at Telegram %v", ours, want)
	}
}

func TestTheRulesAreThoseOfTheBotAPI(t *testing.T) {
	t.Parallel()
	c := &comparison{api: readBotAPI(t), differs: map[string]string{}, walked: map[string]bool{}}
	for _, m := range methods() {
		theirs, ok := c.api.Methods[m.name]
		if !ok {
			c.differ(m.name+" unknown", "the Bot API has no such method")
			continue
		}
		c.compareFields(m.name, m.fields, theirs.Fields)
	}
	meant := deliberate()
	for _, where := range slices.Sorted(maps.Keys(c.differs)) {
		if meant[where] == "" {
			t.Errorf("%s: %s", where, c.differs[where])
		}
	}
	for where := range meant {
		if _, ok := c.differs[where]; !ok {
			t.Errorf("%s is said to differ and does not", where)
		}
	}
	t.Logf("%s: %d methods, %d types, %d fields compared, %d deliberate differences", c.api.Version, len(methods()), len(c.walked), c.fields, len(meant))
}

func TestTheKindsOfUpdatesAreThoseOfTheBotAPI(t *testing.T) {
	t.Parallel()
	var theirs []string
	for _, f := range readBotAPI(t).Types["Update"].Fields {
		if f.Name != "update_id" {
			theirs = append(theirs, f.Name)
		}
	}
	if ours := slices.Sorted(slices.Values(updateKinds())); !slices.Equal(ours, slices.Sorted(slices.Values(theirs))) {
		t.Errorf("kinds of updates %v, at Telegram %v", ours, theirs)
	}
}
