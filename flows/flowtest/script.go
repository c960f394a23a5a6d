package flowtest

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"rechargebot/storage"
)

// script is a transcript as it stands in its file.
type script struct {
	archive *txtar.Archive
	cast    []member
}

// member is somebody who takes part, or a group.
type member struct {
	name   string
	id     int64
	role   string // one of roles
	called string
}

const castFile = "cast"

// parseScript reads a transcript's frame.
func parseScript(data []byte) (script, error) {
	s := script{archive: txtar.Parse(data)}
	for _, f := range s.archive.Files {
		if f.Name != castFile {
			continue
		}
		for line := range strings.Lines(string(f.Data)) {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			m, err := parseMember(line)
			if err != nil {
				return script{}, fmt.Errorf("cast: %q: %w", line, err)
			}
			s.cast = append(s.cast, m)
		}
	}
	if len(s.cast) == 0 {
		return script{}, fmt.Errorf("no section %q with anybody in it", castFile)
	}
	return s, nil
}

func parseMember(line string) (member, error) {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return member{}, fmt.Errorf("want NAME ID ROLE and how they are called")
	}
	id, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return member{}, err
	}
	m := member{name: fields[0], id: id, role: fields[2], called: strings.Join(fields[3:], " ")}
	switch m.role {
	case "none", "agent", "admin", "owner", "suspended", "group":
		return m, nil
	}
	return member{}, fmt.Errorf("unknown role %q", m.role)
}

// person is the member as the store keeps it; ok is false for strangers, owners and groups.
func (m member) person() (p storage.Person, ok bool) {
	p = storage.Person{
		ID: storage.PersonID(m.id), Chat: storage.ChatID(m.id), Name: m.called,
		Role: storage.RoleAgent, Request: storage.RequestApproved, Suspended: m.role == "suspended",
	}
	if m.role == "admin" {
		p.Role = storage.RoleAdmin
	}
	return p, m.role == "agent" || m.role == "admin" || m.role == "suspended"
}

// line is one line of a scene that does something.
type line struct {
	raw  string
	verb string // "say", "shares", "sends", "forges", "opens", "press", "job", "wait", "again", "suspend", "resume", "demote", "given"
	who  string // "" = whoever did something last
	of   string // press, opens: whose chat the button or link is in
	in   string // say: the group
	nth  int    // press, opens: the bot's message, job: the job; 0 = the newest
	text string
}

// parseLine reads one line of a scene; ok is false for remarks, blank lines and what is compared.
func (s script) parseLine(raw string) (l line, ok bool, err error) {
	if strings.TrimSpace(raw) == "" || strings.HasPrefix(raw, "#") || strings.HasPrefix(raw, " ") || strings.HasPrefix(raw, "\t") {
		return line{}, false, nil
	}
	head, text, colon := strings.Cut(raw, ":")
	words := strings.Fields(head)
	l = line{raw: raw, verb: words[0], text: strings.TrimSpace(text)}
	switch words[0] {
	case "bot", "edit", "to", "answer", "alert", "order", "decided", "!":
		return line{}, false, nil
	case "wait", "suspend", "resume", "demote":
		if colon || len(words) != 2 {
			return line{}, false, fmt.Errorf("%q: want %s and one word", raw, words[0])
		}
		l.text = words[1]
		return l, true, nil
	case "again":
		return l, true, nil
	case "given":
		if len(words) < 5 || words[2] != "ordered" {
			return line{}, false, fmt.Errorf("%q: want given WHO ordered NUMBER AMOUNT and details", raw)
		}
		l.who, l.text = words[1], strings.Join(words[3:], " ")
		return l, true, nil
	case "press", "job":
		return l, true, l.modify(words[1:])
	}
	if _, known := s.member(words[0]); !known || !colon {
		return line{}, false, fmt.Errorf("%q: neither a line that does something nor one that is compared", raw)
	}
	l.verb, l.who = "say", words[0]
	switch {
	case len(words) == 3 && words[1] == "in":
		l.in = words[2]
	case len(words) == 2 && (words[1] == "shares" || words[1] == "sends" || words[1] == "forges"):
		l.verb = words[1]
	case words[len(words)-1] == "opens" || len(words) == 3 && words[1] == "opens":
		l.verb, l.of = "opens", l.text
		return l, true, l.modify(words[2:])
	case len(words) != 1:
		return line{}, false, fmt.Errorf("%q: not understood after %q", raw, words[0])
	}
	return l, true, nil
}

// modify reads what follows "press" or "job": WHO, a number, "of" OTHER.
func (l *line) modify(words []string) error {
	for i := 0; i < len(words); i++ {
		n, err := strconv.Atoi(words[i])
		switch {
		case err == nil && n > 0:
			l.nth = n
		case words[i] == "of" && i+1 < len(words):
			i++
			l.of = words[i]
		case l.who == "" && l.verb == "press":
			l.who = words[i]
		default:
			return fmt.Errorf("%q: not understood: %q", l.raw, words[i])
		}
	}
	return nil
}

func (s script) member(name string) (member, bool) {
	for _, m := range s.cast {
		if m.name == name {
			return m, true
		}
	}
	return member{}, false
}

func (s script) memberOf(chat storage.ChatID) string {
	for _, m := range s.cast {
		if m.id == int64(chat) {
			return m.name
		}
	}
	return fmt.Sprint(int64(chat))
}
