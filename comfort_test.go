package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot/sandbox"
)

// menu is what somebody's client shows for "/" in a chat.
func (d *desktop) menu(person, chat int64) string {
	var names []string
	for _, c := range d.telegram.Menu(person, chat) {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

func (d *desktop) shows(person, chat int64, want string) {
	d.t.Helper()
	d.eventually("the menu is "+want, func() bool { return d.menu(person, chat) == want })
}

func (d *desktop) calls(methods ...string) (out []sandbox.Call) {
	for _, c := range d.telegram.Calls() {
		if slices.Contains(methods, c.Method) {
			out = append(out, c)
		}
	}
	return out
}

const (
	strangersMenu = "start help language id"
	agentsMenu    = "recharge start history find job export cancel help language id"
	adminsMenu    = "recharge start pending invite users user history find job export review providers cancel help language id"
)

// The menu is what a person may use: it follows approval, suspension and promotion, and a restart that finds
// it as it should be asks for nothing.
func TestTheMenuFollowsThePerson(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.shows(admin, admin, adminsMenu)
	d.shows(agent, agent, agentsMenu)
	d.says(stranger, "/start")
	d.shows(stranger, stranger, strangersMenu)
	d.shows(agent, ops, "id")
	for _, c := range d.telegram.Menu(agent, agent) {
		if c.Description == "" || strings.Contains(c.Description, "/") {
			t.Errorf("/%s is described as %q", c.Name, c.Description)
		}
	}
	d.says(admin, "/help")
	help := d.sees(admin, "What you can do here")
	var listed []string
	for line := range strings.Lines(help.Text) {
		if name, found := strings.CutPrefix(line, "/"); found {
			listed = append(listed, strings.Fields(name)[0])
		}
	}
	if got := strings.Join(listed, " "); got != adminsMenu {
		t.Errorf("/help lists %q, the menu %q", got, adminsMenu)
	}

	d.says(admin, "/user 2001")
	d.presses(admin, "Suspend", "2001")
	d.shows(agent, agent, "help id")
	d.presses(admin, "Resume", "2001")
	d.shows(agent, agent, agentsMenu)
	d.presses(admin, "Make admin", "2001", "[Suspend")
	d.shows(agent, agent, adminsMenu)

	set := d.calls("setMyCommands", "deleteMyCommands")
	d.kill()
	d.start()
	d.says(agent, "/id")
	d.sees(agent, "Your id")
	d.stop()
	anew := d.calls("setMyCommands", "deleteMyCommands")[len(set):]
	last := set[len(set)-1] // the only one that may not have been noted when the kill came
	if len(anew) > 1 || len(anew) == 1 && !cmp.Equal(anew[0].Params, last.Params) {
		t.Errorf("a restart asked for menus anew: %+v", anew)
	}
}

// An invitation brings one stranger to the admins, and lets nobody in.
func TestAnInvitationBringsOneStranger(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.start()
	d.says(admin, "/invite")
	link := regexp.MustCompile(`https://t\.me/recharge_test_bot\?start=([A-Za-z0-9_-]{24})`)
	token := link.FindStringSubmatch(d.sees(admin, "You are invited").Text)[1]
	d.kill()
	d.start()

	d.says(stranger, "/start pay_100_01712345678")
	d.sees(stranger, "[Request access")
	d.says(agent, "/start "+token)
	d.sees(agent, "Your request was sent")
	d.sees(admin, "2001", "Invited by Salma", "[Approve")
	d.says(stranger, "/start "+token)
	d.eventually("the second one is a stranger like any other", func() bool { return d.count(stranger, "[Request access") == 2 })
	d.says(agent, "01712345678 50")
	d.says(agent, "/recharge")
	d.sees(agent, "I work only for people who have access")
	d.presses(admin, "Approve", "2001")
	d.sees(agent, "approved")
	if n := d.count(agent, "Which operator"); n > 0 || len(d.orders("01712345678", 50)) > 0 {
		t.Errorf("an invitation let somebody order:\n%s", d.transcript(agent))
	}
	d.stop()
}

// What the platform is told of buttons, as it is told: colours, what is copied, hints, and no noise.
func TestButtonsOnTheWire(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.says(agent, "01712345678 50")
	d.presses(agent, "Confirm")
	d.sees(agent, "Delivered", "01712345678")
	d.says(agent, "/find")
	asked := d.sees(agent, "Which number?")
	if asked.Keyboard != nil {
		t.Errorf("a question with buttons: %+v", asked)
	}
	d.says(agent, "01712345678")
	d.sees(agent, "Orders of 01712345678")
	d.stop()

	found := map[string]string{}
	for _, c := range d.calls("sendMessage", "editMessageText") {
		raw, err := json.Marshal(c.Params["reply_markup"])
		if err != nil {
			t.Fatal(err)
		}
		markup := string(raw)
		if c.Params["reply_markup"] == nil {
			continue
		}
		if strings.Contains(markup, "null") || strings.Contains(markup, `"copy_text":{"text":""}`) || strings.Contains(markup, "disabled") {
			t.Errorf("%s goes out with %s", c.Method, markup)
		}
		var m struct {
			Rows  [][]map[string]any `json:"inline_keyboard"`
			Force bool               `json:"force_reply"`
			Hint  string             `json:"input_field_placeholder"`
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatalf("%s: %v", markup, err)
		}
		if m.Force {
			found["hint"] = c.Method + " " + m.Hint
		}
		for _, row := range m.Rows {
			for _, b := range row {
				label, style := b["text"].(string), ""
				if s, coloured := b["style"].(string); coloured {
					style = s
				}
				if copied, ok := b["copy_text"].(map[string]any); ok {
					found["copied"] = copied["text"].(string)
				}
				found[label] = style
			}
		}
	}
	order := d.orders("01712345678", 50)
	for label, want := range map[string]string{
		"Approve": "success", "Reject": "danger", "Confirm": "success", "Request access": "primary", "Recharge": "primary",
		"hint": "sendMessage 01712345678", "copied": order[0].Serial,
	} {
		if found[label] != want {
			t.Errorf("%s is %q on the wire, want %q; all: %q", label, found[label], want, found)
		}
	}
	for _, c := range d.telegram.Calls() {
		if c.Status == 400 && !strings.Contains(c.Description, "not modified") {
			t.Errorf("telegram refused %s: %s", c.Method, c.Description)
		}
	}
}
