package history

import (
	"strings"
	"time"

	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

const (
	dayLayout   = "2006-01-02"
	monthLayout = "2006-01"
)

// period is the days of which somebody wants the orders, both included, as clocks in the zone show them.
type period struct {
	First string `json:"first"` // 2026-11-01
	Last  string `json:"last"`
	// Before leaves out this order and all newer ones: the rest of what did not fit into one file. 0 = none.
	Before storage.JobID `json:"before,omitempty"`
}

// parsePeriod reads what people type after /export: today, yesterday, month, last month, a month, a day, or two
// days, and after it the code of an order before which to begin.
func parsePeriod(typed string, now time.Time) (p period, ok bool) {
	fields := strings.Fields(strings.ToLower(providers.FoldDigits(typed)))
	if n := len(fields); n > 1 && strings.HasPrefix(fields[n-1], "#") {
		if p.Before, ok = storage.ParseCode(fields[n-1]); !ok {
			return p, false
		}
		fields = fields[:n-1]
	}
	first, last := now, now
	switch said := strings.TrimPrefix(strings.Join(fields, " "), "this "); {
	case said == "today":
	case said == "yesterday":
		first = now.AddDate(0, 0, -1)
		last = first
	case said == "month":
		first = monthOf(now)
		last = first.AddDate(0, 1, -1)
	case said == "last month":
		first = monthOf(now).AddDate(0, -1, 0)
		last = first.AddDate(0, 1, -1)
	case len(fields) == 1 && isDate(monthLayout, said):
		first = dateOf(monthLayout, said)
		last = first.AddDate(0, 1, -1)
	case len(fields) == 1 && isDate(dayLayout, said):
		first = dateOf(dayLayout, said)
		last = first
	case len(fields) == 2 && isDate(dayLayout, fields[0]) && isDate(dayLayout, fields[1]):
		first, last = dateOf(dayLayout, fields[0]), dateOf(dayLayout, fields[1])
	default:
		return period{}, false
	}
	if last.Before(first) {
		first, last = last, first
	}
	p.First, p.Last = first.Format(dayLayout), last.Format(dayLayout)
	return p, true
}

func monthOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
}

func isDate(layout, s string) bool {
	_, err := time.Parse(layout, s)
	return err == nil
}

// dateOf is the beginning of a date that isDate.
func dateOf(layout, s string) time.Time {
	t, _ := time.Parse(layout, s)
	return t
}

// bounds are the moments at which the period begins and has ended; ok is false when it is none.
func (p period) bounds(zone *time.Location) (from, to time.Time, ok bool) {
	from, err := time.ParseInLocation(dayLayout, p.First, zone)
	last, err2 := time.ParseInLocation(dayLayout, p.Last, zone)
	return from, last.AddDate(0, 0, 1), err == nil && err2 == nil
}

// said is the period as people read it, and as they may type it again.
func (p period) said(say text.Printer) string {
	if p.First == p.Last {
		return p.First
	}
	return say.Text(text.HistoryExportDays, text.Values{"First": p.First, "Last": p.Last})
}

// typed is what would ask for it again.
func (p period) typed() string {
	if p.First == p.Last {
		return p.First
	}
	return p.First + " " + p.Last
}

// name is the file's.
func (p period) name() string {
	return "orders-" + strings.ReplaceAll(p.typed(), " ", "_") + ".csv"
}
