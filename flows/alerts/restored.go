package alerts

import (
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// Restored is what people are told when the bot begins to work on a copy of its store, in the commit of its quarantine:
// the group, or else each admin, how much waits and what is not known any more, in one message; everybody who may
// order, that what he ordered since is unknown here.
func (w *Watch) Restored(q storage.Quarantined, people []storage.Person, zone *time.Location) []storage.Notice {
	say := w.c.Catalogue.In(w.c.Language)
	parts := []text.Rich{
		say.Say(text.AlertsRestored, text.Values{"From": say.Time(q.Copied, zone), "To": say.Time(q.At, zone)}),
		say.Say(text.AlertsRestoredPeople, nil),
	}
	if q.Jobs > 0 {
		parts = append(parts, say.Say(text.AlertsRestoredJobs, text.Values{"Count": q.Jobs}))
	}
	out := w.toAll("restored", flows.Message{Text: text.Join("\n\n", parts...)})
	for _, p := range people {
		own := say
		if p.Language != "" {
			own = w.c.Catalogue.In(p.Language)
		}
		n := w.notice(storage.AlertOrders, flows.Message{Text: own.Say(text.AlertsRestoredAgents, text.Values{
			"From": own.Time(q.Copied, zone), "To": own.Time(q.At, zone),
		})})
		n.Chat, n.Topic, n.Person = storage.ChatID(p.ID), 0, p.ID
		out = append(out, n)
	}
	return out
}

// stillRestored reminds of orders out of a copy, of all of them at once: each of them is due at the same time.
func (w *Watch) stillRestored(copied time.Time) []storage.Notice {
	if !w.dueAfter("restored", w.c.RemindEvery/2) {
		return nil
	}
	say := w.c.Catalogue.In(w.c.Language)
	return w.toAll("restored", flows.Message{Text: say.Say(text.AlertsRestoredAgain, text.Values{
		"From": copied.UTC().Format("2006-01-02 15:04 MST"),
	})})
}
