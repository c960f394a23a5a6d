package flowtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/tools/txtar"

	"rechargebot/flows"
	"rechargebot/storage"
)

// world is one transcript being played.
type world struct {
	*testing.T
	ctx      context.Context
	script   script
	store    storage.Store
	engine   *flows.Engine
	composer *flows.Composer

	chats  map[storage.ChatID]*chat
	jobs   []storage.JobID
	actor  string // who did something last
	last   storage.Update
	input  flows.Input
	update int64
	said   []string // what is compared, since the last line that did something
}

// scene plays one scene and returns it as it was.
func (w *world) scene(f txtar.File) []byte {
	var out strings.Builder
	for _, raw := range strings.Split(strings.TrimRight(string(f.Data), "\n"), "\n") {
		l, does, err := w.script.parseLine(raw)
		if err != nil {
			w.Fatalf("%s: %v", f.Name, err)
		}
		switch {
		case does:
			out.WriteString(raw + "\n")
			w.said = nil
			w.act(f.Name, l, out.String())
			synctest.Wait()
			w.deliver()
			switch {
			case l.verb == "given":
				w.said = nil
			case len(w.said) == 0 && l.verb != "wait" && l.verb != "suspend" && l.verb != "resume" && l.verb != "demote":
				w.said = []string{"!"}
			}
			for _, s := range w.said {
				out.WriteString(s + "\n")
			}
		case strings.HasPrefix(raw, "#"), strings.TrimSpace(raw) == "":
			out.WriteString(raw + "\n")
		}
	}
	return []byte(out.String())
}

// act does what the line says.
func (w *world) act(scene string, l line, soFar string) {
	if l.who != "" && l.verb != "given" {
		w.actor = l.who
	}
	var err error
	switch l.verb {
	case "wait":
		var d time.Duration
		if d, err = time.ParseDuration(l.text); err == nil {
			time.Sleep(d)
		}
	case "job":
		err = w.moveJob(l)
	case "given":
		err = w.given(l)
	case "suspend", "resume", "demote":
		err = w.change(l.text, l.verb)
	case "again":
		err = w.handle()
	default:
		if err = w.makeInput(l); err == nil {
			err = w.handle()
		}
	}
	if err != nil {
		w.Fatalf("scene %q: %q: %v\nThe chat until then:\n\n%s", scene, l.raw, err, soFar)
	}
}

// makeInput is what the platform would tell of the line, arrived in the inbox.
func (w *world) makeInput(l line) error {
	who, ok := w.script.member(w.actor)
	if !ok {
		return fmt.Errorf("nobody is called %q", w.actor)
	}
	w.update++
	in := flows.Input{
		Update: w.update, Chat: storage.ChatID(who.id), ChatKind: flows.PrivateChat,
		From: flows.Sender{ID: storage.PersonID(who.id), Name: who.called, Language: "en"},
	}
	switch l.verb {
	case "say":
		if err := w.place(l, &in); err != nil {
			return err
		}
	case "shares":
		in.Contact = l.text
	case "forges":
		in.Press, in.Message = l.text, 1
	case "opens":
		token, err := w.findLink(l)
		if err != nil {
			return err
		}
		in.Command, in.Args = "start", token
	case "press":
		if err := w.findButton(l, &in); err != nil {
			return err
		}
	}
	accepted, err := w.store.Accept(w.ctx, storage.Update{UpdateID: in.Update, Raw: []byte(l.raw), Arrived: time.Now()})
	if err != nil {
		return err
	}
	w.last, w.input = accepted[0], in
	return nil
}

// place says where and as what a text arrives.
func (w *world) place(l line, in *flows.Input) error {
	if l.in != "" {
		group, ok := w.script.member(l.in)
		if !ok || group.role != "group" {
			return fmt.Errorf("no group is called %q", l.in)
		}
		in.Chat, in.ChatKind = storage.ChatID(group.id), flows.GroupChat
	}
	if command, ok := strings.CutPrefix(l.text, "/"); ok {
		name, args, _ := strings.Cut(command, " ")
		in.Command, in.Args = strings.ToLower(name), strings.TrimSpace(args)
		return nil
	}
	in.Text = strings.ReplaceAll(l.text, " ⏎ ", "\n")
	return nil
}

func (w *world) handle() error {
	w.input.At = time.Now()
	answer, err := w.engine.Handle(w.ctx, w.last.ID, w.input)
	if err != nil {
		return err
	}
	waiting, err := w.store.Waiting(w.ctx)
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		return fmt.Errorf("the input is still in the inbox")
	}
	if answer.Text != "" {
		kind := "answer"
		if answer.Alert {
			kind = "alert"
		}
		w.say(kind, answer.Text)
	}
	return nil
}

// change does to a person what an admin would do elsewhere.
func (w *world) change(name, verb string) error {
	m, ok := w.script.member(name)
	if !ok {
		return fmt.Errorf("nobody is called %q", name)
	}
	p, err := w.store.Person(w.ctx, storage.PersonID(m.id))
	if err != nil {
		return err
	}
	after := p
	switch verb {
	case "demote":
		after.Role = storage.RoleAgent
	default:
		after.Suspended = verb == "suspend"
	}
	return w.commitPerson(&p, after)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// say notes something that is compared. Lines after the first are indented, blank ones are marked.
func (w *world) say(head, body string) {
	const indent = "        "
	head += ":"
	if len(head) < len(indent) {
		head += indent[len(head):]
	} else {
		head += " "
	}
	for i, line := range strings.Split(strings.TrimRight(body, "\n"), "\n") {
		switch {
		case i == 0:
			w.said = append(w.said, strings.TrimRight(head+line, " "))
		case line == "":
			w.said = append(w.said, indent+"·")
		default:
			w.said = append(w.said, indent+line)
		}
	}
}
