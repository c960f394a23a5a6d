package providertest

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// story is one parsed transcript.
type story struct {
	name      string
	lines     []line
	exchanges []exchange
}

// line is a command or a wish, with its place for failure messages.
type line struct {
	number int
	words  []string
}

// exchange is a request as it is expected, in its written form, and the reply to it.
type exchange struct {
	want  string
	reply reply
}

func readStories(t *testing.T, dir string) []story {
	t.Helper()
	names, err := fs.Glob(os.DirFS(dir), "*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var out []story
	for _, name := range names {
		archive, err := txtar.ParseFile(path.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		st, err := parseStory(strings.TrimSuffix(name, ".txtar"), archive)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, st)
	}
	return out
}

func parseStory(name string, a *txtar.Archive) (story, error) {
	st := story{name: name}
	for i, text := range strings.Split(string(a.Comment), "\n") {
		text, _, _ = strings.Cut(text, "#")
		if words := strings.Fields(text); len(words) > 0 {
			st.lines = append(st.lines, line{i + 1, words})
		}
	}
	for i, f := range a.Files {
		number, kind := i/2+1, []string{"request", "response"}[i%2]
		if f.Name != fmt.Sprintf("%d %s", number, kind) {
			return st, fmt.Errorf("section %q: expected %q", f.Name, fmt.Sprintf("%d %s", number, kind))
		}
		if kind == "request" {
			st.exchanges = append(st.exchanges, exchange{want: string(f.Data)})
			continue
		}
		r, err := parseReply(string(f.Data))
		if err != nil {
			return st, fmt.Errorf("section %q: %w", f.Name, err)
		}
		st.exchanges[number-1].reply = r
	}
	if len(a.Files)%2 != 0 {
		return st, fmt.Errorf("the last request has no response")
	}
	return st, nil
}

// parseReply reads a response section.
func parseReply(text string) (reply, error) {
	first, rest, _ := strings.Cut(text, "\n")
	r := reply{}
	switch strings.TrimSpace(first) {
	case "!refuse":
		r.mode = refuse
	case "!reset after request":
		r.mode = reset
	case "!stall":
		r.mode = stall
	case "!cut":
		r.mode = cut
		first, rest, _ = strings.Cut(rest, "\n")
	}
	if r.mode != whole && r.mode != cut {
		return r, nil
	}
	code, _, _ := strings.Cut(strings.TrimSpace(first), " ")
	status, err := strconv.Atoi(code)
	if err != nil {
		return r, fmt.Errorf("want a status code or a directive, not %q", first)
	}
	r.status = status
	var body string
	r.header, body = splitHead(rest)
	r.body = []byte(strings.TrimSuffix(body, "\n"))
	return r, nil
}

// splitHead parts headers from the body at the first blank line.
func splitHead(text string) (http.Header, string) {
	h := http.Header{}
	for text != "" {
		var l string
		l, text, _ = strings.Cut(text, "\n")
		if strings.TrimSpace(l) == "" {
			break
		}
		key, value, _ := strings.Cut(l, ":")
		h.Add(strings.TrimSpace(key), strings.TrimSpace(value))
	}
	return h, text
}
