package history

import (
	"slices"
	"strings"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// maxMessages is how many messages one job's story may be.
const maxMessages = 4

// cut is how much of others' words is quoted, in UTF-16 units.
type cut struct{ said, note int }

// cuts are tried one after the other until the story fits: the more there is, the less of each answer is quoted.
func cuts() []cut { return []cut{{2000, 600}, {600, 300}, {240, 160}, {100, 80}} }

// quote is the beginning of somebody else's words, with "…" where something was cut.
func quote(s string, limit int) text.Rich {
	if most := 8 * limit; len(s) > most { // most of it would be cleaned only to be cut
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return text.Quoted(s).Clip(limit)
}

// pages are the card and the job's story, in as few messages as hold them and at most maxMessages. Quotations are
// shortened before a line is left out; lines are left out in the middle, where it is told.
func (v view) pages(j storage.Job, card text.Rich) ([]text.Rich, error) {
	head := v.Say.Say(text.HistoryContinued, text.Values{"Code": j.ID.Code()})
	var lines []text.Rich
	for _, c := range cuts() {
		story, err := v.story(j, c)
		if err != nil {
			return nil, err
		}
		lines = append([]text.Rich{card}, story...)
		if out := fill(lines, head); len(out) <= maxMessages {
			return out, nil
		}
	}
	for left := 1; ; left++ {
		from := max(1, (len(lines)-left)/2)
		missing := v.Say.Say(text.HistoryMissing, text.Values{"Count": left})
		rest := slices.Concat(lines[:from], []text.Rich{missing}, lines[min(len(lines), from+left):])
		if out := fill(rest, head); len(out) <= maxMessages || left >= len(lines) {
			return out[:min(len(out), maxMessages)], nil
		}
	}
}

// fill puts the lines into messages, one below the other. Every message but the first begins with head.
func fill(lines []text.Rich, head text.Rich) (out []text.Rich) {
	var page []text.Rich
	room := flows.MaxText
	for _, line := range lines {
		need := line.Length() + 1
		if need > room && len(page) > 0 {
			out = append(out, text.Join("\n", page...))
			page, room = []text.Rich{head}, flows.MaxText-head.Length()-1
		}
		page, room = append(page, line), room-need
	}
	return append(out, text.Join("\n", page...))
}
