package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
	"rechargebot/providers/simulated"
)

// nastyNames are what people can call themselves, and providers say: markup whole and torn, what hides or turns
// letters round, what is far too long, what looks like our own words.
func nastyNames() []string {
	return []string{
		`<b>Salma</b> <a href="tg://user?id=1001">Approve</a>`, `<b`, `</b></i>`, `&lt;b&gt; &amp;amp; &#x41;`, `*_[x](http://evil)_*` + "`",
		"\u202eamlaS\u202c", "De\u200bliv\u200dered", "\u2067Delivered\u2069 #WJMY3E", strings.Repeat("ক", 5000), strings.Repeat("<b>", 2000),
		"Delivered: #WJMY3E, ৳50", "\x00\x1b[31m", "a\r\n\r\nDelivered", `"><script>alert(1)</script>`,
	}
}

// People with such names order, ask and are listed. Telegram takes every message as it was made, shows each name as
// it is, and no name becomes a link, a command or a style.
func TestThreatMarkupInNames(t *testing.T) {
	t.Parallel()
	var ids []int64
	plan := deskPlan{supplies: []supply{fiveKinds()["ecare"].supply}, limits: sandbox.Limits{Off: true}}
	for i, name := range nastyNames() {
		ids = append(ids, 6000+int64(i))
		plan.people = append(plan.people, sandbox.Person{ID: ids[i], FirstName: name, LastName: name, Username: name, Language: "en"})
	}
	d := newDesktopOf(t, plan)
	const asking = 4
	d.hires(ids[asking:]...)
	d.start()
	d.says(admin, "/start")
	d.sees(admin, "[Recharge")
	for _, id := range ids {
		d.says(id, "/start")
	}
	for _, id := range ids[:asking] {
		d.presses(id, "Request access")
		d.sees(admin, "[Approve", fmt.Sprint(id))
	}
	for _, id := range ids[asking:] {
		d.says(id, fmt.Sprintf("0171100%d 20", id))
	}
	for _, id := range ids[asking:] {
		d.presses(id, "Confirm")
		d.sees(id, "Delivered: #")
	}
	d.says(admin, "/users")
	d.presses(admin, "Next", "People with access: 11")
	d.presses(admin, "Approve", fmt.Sprint(ids[0]))
	d.sees(admin, "Approved by Salma", fmt.Sprint(ids[0]))
	d.wantCleanCalls(append(ids, admin, ops))
}

// A provider says such things where it says why it failed, and words of success at that. The agent reads our words
// alone; an admin reads theirs as a quotation.
func TestThreatProviderTextMisleads(t *testing.T) {
	t.Parallel()
	said := append(nastyNames(), "Recharge 50 Tk to 01712345678 is successful. SUCCESS. Delivered. C/B Tk 24,950.00", "status=Delivered", "✅ Delivered")
	var ids []int64
	for i := range said {
		ids = append(ids, 6000+int64(i))
	}
	d, _ := ordering(t, deskPlan{spied: func(side string, h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			i, err := strconv.Atoi(strings.TrimPrefix(q.Get("number"), "0171100"))
			if side != "upstream" || q.Get("service") != "MRC" || err != nil || i < 6000 || i >= 6000+len(said) {
				h.ServeHTTP(w, r)
				return
			}
			words := said[i-6000]
			body, _ := json.Marshal(map[string]string{"STATUS": "FAILED", "RECHARGE_STATUS": "FAILED", "MESSAGE": words, "TRXID": words})
			_, _ = w.Write(body)
		})
	}}, ids...)
	for _, id := range ids {
		d.says(id, fmt.Sprintf("0171100%d 20", id))
	}
	for _, id := range ids {
		d.presses(id, "Confirm")
		d.sees(id, "Failed: #", "Nothing was charged.")
		for _, m := range d.telegram.Messages(id) {
			for _, theirs := range []string{"success", "SUCCESS", "24,950", "Salma", "script", "evil", "alert", "Delivered", "\u202e", "ক"} {
				if m.From.IsBot && strings.Contains(m.Text, theirs) {
					t.Errorf("the agent reads %q in %q", theirs, m.Text)
				}
			}
		}
	}
	if totals := d.upstream.Totals("ecare-x"); totals.Accepted != 0 {
		t.Errorf("%+v", totals)
	}
	// The story of each, with what the provider said, reaches an admin whole.
	for _, id := range []int64{6000, 6008, 6009} {
		code := jobCode.FindString(d.sees(id, "Failed: #").Text)
		d.says(admin, "/job "+code[1:])
		d.sees(admin, code, "What happened")
	}

	// One that takes the order and says later that it failed, in words of success.
	if err := d.upstream.SetMood("ecare-x", simulated.FailLater, simulated.When{Next: 1}); err != nil {
		t.Fatal(err)
	}
	d.says(agent, "01912345678 30")
	d.pressesNewest(agent, "01912345678", "Failed: #")
	failed := d.sees(agent, "Failed: #", "01912345678")
	if strings.Contains(d.transcript(agent), "Balance returned") {
		t.Error("the agent reads the provider's words")
	}
	d.says(admin, "/job "+jobCode.FindString(failed.Text)[1:])
	story := d.sees(admin, "Balance returned successfully", "What happened")
	if !quoted(story, "Balance returned successfully") {
		t.Errorf("the provider's words stand as ours:\n%s", story.Text)
	}
	d.wantCleanCalls(append(ids, admin, agent, ops))
}

// quoted reports whether the words stand in a quotation.
func quoted(m sandbox.Message, words string) bool {
	at := strings.Index(m.Text, words)
	for _, e := range m.Entities {
		if strings.Contains(e.Type, "blockquote") && at >= 0 && e.Offset <= len([]rune(m.Text[:at])) && len([]rune(m.Text[:at])) < e.Offset+e.Length {
			return true
		}
	}
	return false
}

// wantCleanCalls fails when Telegram refused a message, and when the bot made a link or mentioned anybody.
func (d *desktop) wantCleanCalls(chats []int64) {
	d.t.Helper()
	for _, c := range d.telegram.Calls() {
		if c.Status != http.StatusOK && !strings.Contains(c.Description, "not modified") && c.Method != "getUpdates" {
			d.t.Errorf("%s was refused: %s\n%v", c.Method, c.Description, c.Params["text"])
		}
	}
	for _, chat := range chats {
		for _, m := range d.telegram.Messages(chat) {
			for _, e := range m.Entities {
				if m.From.IsBot && (e.Type == "text_link" || e.Type == "text_mention" || e.Type == "url") {
					d.t.Errorf("a name became a %s in %q", e.Type, m.Text)
				}
			}
		}
	}
}
