package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
)

// Archives in archives, files that are not what they are called, photos, voices and places are sent to the bot by
// everybody. None is ever fetched, each gets one sentence from whoever may be talked to, an open order is kept, and
// nothing of them stays.
func TestThreatHostileUpload(t *testing.T) {
	t.Parallel()
	files := uploads(t)
	parts := []string{"video", "video_note", "animation", "audio", "document"}
	var ids []int64
	for i := range int64(len(files) + len(parts)) {
		ids = append(ids, firstAgent+i)
	}
	d, card := ordering(t, deskPlan{}, ids...)
	for _, id := range append(ids, stranger) {
		d.says(id, "/start")
		d.sees(id, "Hello!")
	}
	before := d.vault()
	d.start()
	for i, p := range files {
		for _, id := range []int64{ids[i], stranger} {
			if _, err := d.telegram.Post(id, id, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, part := range parts {
		id := ids[len(files)+i]
		d.telegram.Inject("message", map[string]any{
			"message_id": 900, "date": 1, "chat": map[string]any{"id": id, "type": "private"}, "from": map[string]any{"id": id, "first_name": "Agent"},
			part: map[string]any{"file_id": "../../etc/passwd", "file_unique_id": "x", "file_name": "orders.csv", "mime_type": "text/csv", "file_size": int64(1) << 62},
		})
	}
	const sentence = "I can read only text, shared contacts and buttons. Please type it."
	for _, id := range ids {
		d.sees(id, sentence)
		if n := d.count(id); n != 2 {
			t.Errorf("about one file %d was told:\n%s", id, d.transcript(id))
		}
	}
	d.sees(stranger, "I work only for people who have access.")
	if n := d.count(stranger); n != 2 {
		t.Errorf("a stranger was told %d times about files:\n%s", n, d.transcript(stranger))
	}
	d.vault().wantSame(t, before)

	d.start()
	if _, err := d.telegram.Post(agent, agent, uploads(t)[0]); err != nil {
		t.Fatal(err)
	}
	d.sees(agent, sentence)
	d.forges(agent, agent, card.ID, tokens(card)[0]) // the card stands as it was
	d.sees(agent, "Delivered: #", "01712345678")
	d.wantOneOrder("01712345678", 50)
	for _, c := range d.telegram.Calls() {
		if strings.Contains(strings.ToLower(c.Method), "file") || c.Status == 404 {
			t.Errorf("the bot called %s", c.Method)
		}
	}
}

// uploads are files that would hurt whoever opens them.
func uploads(t *testing.T) (out []sandbox.Posting) {
	t.Helper()
	bomb := bytes.Repeat([]byte("01712345678,50\n"), 1<<14)
	for range 4 { // an archive in an archive in an archive
		var packed bytes.Buffer
		z := zip.NewWriter(&packed)
		for i := range 4 {
			w, err := z.Create(fmt.Sprintf("../../orders%d.csv", i))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(bomb); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		bomb = packed.Bytes()
	}
	for _, name := range []string{"orders.zip", "orders.xlsx", "orders.csv", "..\\..\\orders.csv", strings.Repeat("a", 4000), "=cmd|' /C calc'!A0.csv", "\u202efsc.redro"} {
		out = append(out, sandbox.Posting{Document: &sandbox.File{Name: name, Data: slices.Clone(bomb)}})
	}
	return append(out, sandbox.Posting{Sticker: "x"}, sandbox.Posting{Voice: 1 << 20})
}
