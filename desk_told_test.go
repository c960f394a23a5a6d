package main

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"rechargebot/storage"
)

// What the oracle knows of what people were told: I3, and of I14 what can be seen.

// deskClaim is one message that says in which state a job is.
type deskClaim struct {
	at   time.Time
	chat int64
	word string
	push bool
	sent bool // accepted by Telegram, whether or not the program was told
	text string
}

var (
	cardClaim  = regexp.MustCompile(`^#([0-9A-Z]{6}) · (.+)`)
	pushClaim  = regexp.MustCompile(`^([A-Z][a-z ]+): #([0-9A-Z]{6}), `)
	otherClaim = regexp.MustCompile(`#([0-9A-Z]{6}), ([A-Z][a-z ]+)\.`)
	htmlTags   = regexp.MustCompile(`<[^>]+>`)
)

// claims are all messages about jobs, in the order in which the program sent them, by the job's code.
func (o *deskTrial) claims() map[storage.Code][]deskClaim {
	out := map[storage.Code][]deskClaim{}
	for _, c := range o.calls {
		text, _ := c.Params["text"].(string)
		if c.Method != "sendMessage" && c.Method != "editMessageText" || text == "" {
			continue
		}
		text = htmlTags.ReplaceAllString(text, "")
		if c.Chat < 0 {
			o.judgeGroup(text)
			continue
		}
		said := deskClaim{at: c.At, chat: c.Chat, sent: c.Effect, text: text}
		code := ""
		if m := cardClaim.FindStringSubmatch(text); m != nil {
			code, said.word = m[1], m[2]
		} else if m := pushClaim.FindStringSubmatch(text); m != nil {
			code, said.word, said.push = m[2], m[1], c.Method == "sendMessage"
		} else if m := otherClaim.FindStringSubmatch(text); m != nil {
			code, said.word = m[1], m[2]
		}
		if code != "" {
			out[storage.Code(code)] = append(out[storage.Code(code)], said)
		}
	}
	return out
}

// deskStates are the states that a word stands for (CONTRACT.md, "job card").
func deskStates(word string) []storage.State {
	switch word {
	case "In progress":
		return []storage.State{storage.Pending, storage.Unknown}
	case "Under review":
		return []storage.State{storage.Review}
	}
	s := storage.State(strings.ToLower(word))
	if !slices.Contains(storage.States(), s) {
		return nil
	}
	return []storage.State{s}
}

// judgeTold: what was said was true by then, and every end was said, to the right chat, with the right serial (I3).
func (o *deskTrial) judgeTold(j storage.Job, said []deskClaim) {
	for _, c := range said {
		held := slices.ContainsFunc(j.History, func(l storage.Line) bool {
			return slices.Contains(deskStates(c.word), l.To) && !l.At.After(c.at)
		})
		if !held {
			o.breaksJob(j, "I3: chat %d was told %q at %v, which the store did not hold then", c.chat, c.word, c.at.Format(time.StampMicro))
		}
		if c.chat != int64(j.Chat) && c.push {
			o.breaksJob(j, "I3: its end was told to chat %d", c.chat)
		}
		if c.push && c.word == "Delivered" && (j.Serial == "" || !strings.Contains(c.text, j.Serial)) {
			o.breaksJob(j, "I3: told without its serial: %q", c.text)
		}
	}
	for _, l := range j.History {
		told := slices.ContainsFunc(said, func(c deskClaim) bool {
			return c.push && c.sent && slices.Contains(deskStates(c.word), l.To) && strings.Contains(c.text, j.Account.National())
		})
		if l.To.Pushed() && !told {
			o.breaksJob(j, "I3: nobody was told in a message of its own that it was %s", l.To)
		}
		if l.To == storage.Review && !o.groupKnows(j) {
			o.breaksJob(j, "I2: it waits for a person, and the operations group does not know")
		}
	}
	o.judgeCard(j)
}

// judgeCard: the card shows how the job ended, unless that is still owed.
func (o *deskTrial) judgeCard(j storage.Job) {
	if slices.ContainsFunc(o.owed, func(n storage.Notice) bool { return n.Kind == storage.NoticeCard && n.Job == j.ID }) {
		return
	}
	for _, m := range o.telegram.Messages(int64(j.Chat)) {
		if m.ID != j.Card {
			continue
		}
		c := cardClaim.FindStringSubmatch(m.Text)
		if c == nil || c[1] != string(j.ID.Code()) || !slices.Contains(deskStates(c[2]), j.State) {
			o.breaksJob(j, "I3: nothing more is owed to its card, which says %q", m.Text)
		}
		return
	}
	o.breaksJob(j, "I3: its card %d is not in the chat", j.Card)
}

// longDigits are runs of digits that may hold a phone number.
var longDigits = regexp.MustCompile(`\d{10,}`)

// judgeLog: no number in full, no token and no secret (I14).
func (o *deskTrial) judgeLog() {
	o.mu.Lock()
	log := o.log.String()
	o.mu.Unlock()
	for _, secret := range []string{"test-token-of-nobody", "canary"} {
		if i := strings.Index(log, secret); i >= 0 {
			o.broken("I14: the log holds a secret: …%s…", log[max(0, i-200):min(len(log), i+100)])
		}
	}
	o.judgeDigits("the log", log)
}

// judgeGroup: a group sees no full number (I14).
func (o *deskTrial) judgeGroup(text string) {
	o.group += text + "\n"
	o.judgeDigits("a group", text)
}

// groupKnows reports whether the operations group was told, or will be, that a job waits for a person.
func (o *deskTrial) groupKnows(j storage.Job) bool {
	words := "Needs review: #" + string(j.ID.Code())
	return strings.Contains(o.group, words) || slices.ContainsFunc(o.owed, func(n storage.Notice) bool {
		return n.Chat < 0 && strings.Contains(string(n.Body), string(j.ID.Code()))
	})
}

func (o *deskTrial) judgeDigits(where, text string) {
	runs := longDigits.FindAllString(text, -1)
	if len(runs) == 0 {
		return
	}
	numbers := map[string]bool{}
	for _, w := range o.ledger.wishes() {
		numbers[w.number[len(w.number)-10:]] = true
	}
	for _, r := range runs {
		for i := 0; i+10 <= len(r); i++ {
			if numbers[r[i:i+10]] {
				o.broken("I14: %s holds the number %s", where, r)
				return
			}
		}
	}
}
