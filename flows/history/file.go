package history

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// Bounds of one file, far below the 50 MB that Telegram takes from a bot: two of them are in memory at a time at most, and
// a telephone opens it.
const (
	maxRows  = 10_000
	maxBytes = 4 << 20
	filePage = 200 // jobs in memory at a time
)

// slack is by how much a clock may have been set back: orders are in the order of their making, not of their times.
const slack = 48 * time.Hour

var _ flows.Filer = (*Flow)(nil)

// File implements flows.Filer. Who may have the file is looked at before it is made and once more when it is.
func (f *Flow) File(ctx context.Context, d flows.Dialogue, raw json.RawMessage) (flows.Message, error) {
	defer f.asked.made(d.Person.ID)
	f.making.Lock()
	defer f.making.Unlock()
	v := view{Flow: f, Dialogue: d, ctx: ctx}
	var r recipe
	err := json.Unmarshal(raw, &r)
	from, to, ok := r.bounds(f.zone)
	if err != nil || !ok || !r.mayHave(d.Person) {
		return flows.Message{Text: d.Say.Say(text.HistoryExportNot, nil)}, nil
	}
	s := newSheet(v, r.Everybody)
	if err := v.fill(s, r, from, to); err != nil {
		return flows.Message{}, err
	}
	now, err := f.store.Person(ctx, d.Person.ID)
	switch {
	case err != nil:
		return flows.Message{}, fmt.Errorf("read whom a file is for: %w", err)
	case !r.mayHave(now):
		return flows.Message{Text: d.Say.Say(text.HistoryExportNot, nil)}, nil
	case len(s.rows) == 0:
		return flows.Message{Text: d.Say.Say(text.HistoryExportNone, text.Values{"Days": r.said(d.Say)})}, nil
	}
	content, err := s.bytes()
	if err != nil {
		return flows.Message{}, err
	}
	return flows.Message{Text: v.caption(s, r), File: &flows.File{
		Name: r.name(), Content: content,
		Otherwise: d.Say.Say(text.HistoryExportFailed, text.Values{"Days": r.said(d.Say), "Typed": r.typed()}),
	}}, nil
}

// fill puts the orders of the period into the sheet, newest first, until it is full.
func (v view) fill(s *sheet, r recipe, from, to time.Time) error {
	page := func(before storage.JobID, limit int) ([]storage.Job, error) {
		if r.Everybody {
			return v.store.JobsOfAll(v.ctx, before, limit)
		}
		return v.store.JobsOfAgent(v.ctx, v.Person.ID, before, limit)
	}
	before, err := startOf(page, r.Before, to.Add(slack))
	for err == nil {
		var jobs []storage.Job
		if jobs, err = page(before, filePage); err != nil {
			break
		}
		for _, j := range jobs {
			before = j.ID
			switch {
			case j.Created.Before(from.Add(-slack)):
				return nil
			case j.Created.Before(from) || !j.Created.Before(to):
				continue
			}
			if more, err := s.add(j); err != nil || !more {
				return err
			}
		}
		if len(jobs) < filePage || before <= 1 {
			return nil
		}
	}
	return fmt.Errorf("read orders for a file: %w", err)
}

// startOf is the job below which the pages need to be read: everything from it on was made after late. It is found
// by halves, so that an old month costs no more than the newest one. most is one that need not be read; 0 = none.
func startOf(page func(before storage.JobID, limit int) ([]storage.Job, error), most storage.JobID, late time.Time) (storage.JobID, error) {
	newest, err := page(most, 1)
	if err != nil || len(newest) == 0 || newest[0].Created.Before(late) {
		return most, err
	}
	low, high := storage.JobID(1), newest[0].ID // of what is below low, nothing is late; what is from high on is
	for low < high {
		middle := low + (high-low+1)/2
		jobs, err := page(middle, 1)
		switch {
		case err != nil:
			return 0, err
		case len(jobs) == 0 || jobs[0].Created.Before(late):
			low = middle
		default:
			high = min(jobs[0].ID, middle-1)
		}
	}
	return high, nil
}

// caption says what is in the file.
func (v view) caption(s *sheet, r recipe) text.Rich {
	title := text.HistoryExportOwn
	if r.Everybody {
		title = text.HistoryExportAll
	}
	parts := []text.Rich{
		v.Say.Say(title, text.Values{"Days": r.said(v.Say)}),
		v.Say.Say(text.HistoryExportCount, text.Values{"Count": len(s.rows)}),
	}
	for _, sum := range s.delivered {
		parts = append(parts, v.Say.Say(text.HistoryExportSum, text.Values{"Amount": sum}))
	}
	if s.full {
		parts = append(parts, v.Say.Say(text.HistoryExportCut, text.Values{"Count": len(s.rows), "Typed": r.typed() + " #" + string(s.oldest.Code())}))
	}
	return text.Join("\n", append(parts, v.Say.Say(text.HistoryExportMark, nil))...)
}
