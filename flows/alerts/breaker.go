package alerts

import (
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// Breaker is what the group is told when a provider does not carry out an operator's orders any more
// (broken), and when it does so again. It is told at most once every RemindEvery for each provider, and not
// while the group was told that the provider is down, since then its balance says how it goes on; its end is
// told where its beginning was. A restart forgets that. It is dispatch's OpsBreaker; none without a group.
func (w *Watch) Breaker(provider string, op providers.OperatorID, broken bool) []storage.Notice {
	if w.c.OpsChat == 0 || !w.news(provider, op, broken) {
		return nil
	}
	name := string(op)
	if o, ok := providers.FindOperator(op); ok {
		name = o.Name
	}
	key := text.AlertsMended
	if broken {
		key = text.AlertsBroken
	}
	say := w.c.Catalogue.In(w.c.Language)
	return []storage.Notice{w.notice("breaker "+provider+" "+string(op), flows.Message{Text: say.Say(key, text.Values{"Provider": provider, "Operator": name})})}
}

// news reports whether the group shall be told of a breaker, and that it is told now.
func (w *Watch) news(provider string, op providers.OperatorID, broken bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.broken[provider]
	if !broken {
		if told.op != op || !told.open {
			return false
		}
		told.open = false
		w.broken[provider] = told
		return true
	}
	for _, r := range w.readings {
		if r.Name == provider && r.Down {
			return false
		}
	}
	now := time.Now()
	if told.op != "" && now.Sub(told.at) < w.c.RemindEvery {
		return false
	}
	w.broken[provider] = toldBroken{op: op, at: now, open: true}
	return true
}

// toldBroken is what the group was told last of a provider's breakers.
type toldBroken struct {
	op   providers.OperatorID
	at   time.Time
	open bool // its end was not told yet
}

// Distrusted is what the group, or else each admin, is told when the bot itself pauses a provider whose
// answers spoke of other orders, to be owed in that commit.
func (w *Watch) Distrusted(provider string) []storage.Notice {
	say := w.c.Catalogue.In(w.c.Language)
	return w.toAll("paused "+provider, flows.Message{Text: say.Say(text.AlertsPaused, text.Values{"Provider": provider})})
}
