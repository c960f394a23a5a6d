package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// Agents is where it is kept who cannot be reached, and what they were not told.
type Agents interface {
	PeopleWhere(ctx context.Context, match func(storage.Person) bool) ([]storage.Person, error)
	Job(ctx context.Context, id storage.JobID) (storage.Job, error)
	Commit(ctx context.Context, t storage.Turn) (storage.TurnResult, error)
}

// How the results that nobody could be told are told to those who can pass them on: gathered, so that an agent
// with a hundred orders, or a hundred agents who all left, do not flood the group.
const (
	untoldGather = time.Second      // from the first one to the telling
	untoldPause  = time.Minute      // between two messages
	untoldLook   = 10 * time.Minute // unasked, for what an earlier life of the process left
	untoldPeople = 100              // a message, the rest is in the next one
	untoldLines  = 15               // a message, the rest is counted
)

// Instead is what is owed in the place of a notice that is given up (bot.Config.Untold). An alert that the group
// refuses goes to the admins. A result that its agent cannot be told, because the platform refuses messages to
// that chat, is in Person.Untold then, from which Run tells of it; one whose message alone was refused, and a
// correction, are told at once (SAFETY.md, I3).
func (w *Watch) Instead(n storage.Notice, shut, first bool) []storage.Notice {
	switch {
	case shut && n.Person == 0 && n.Chat == w.c.OpsChat:
		return w.toAdmins(n, first)
	case shut && n.Kind == storage.NoticePush:
		select {
		case w.untold <- struct{}{}:
		default:
		}
		return nil
	}
	return w.Untold(n)
}

// toAdmins gives an alert of the group to each admin, with a word about the group before the first one.
func (w *Watch) toAdmins(n storage.Notice, first bool) (out []storage.Notice) {
	var m flows.Message
	if n.Kind != storage.NoticeMessage || w.c.Admins == nil || json.Unmarshal(n.Body, &m) != nil {
		return nil
	}
	if first {
		m.Text = text.Join("\n\n", w.c.Catalogue.In(w.c.Language).Say(text.AlertsGroupClosed, nil), m.Text)
	}
	for _, chat := range w.c.Admins() {
		alert := w.notice(n.Alert, m)
		alert.Chat, alert.Topic, alert.Person, alert.Created = chat, 0, storage.PersonID(chat), n.Created
		out = append(out, alert)
	}
	return out
}

// tellUntold tells of results that their agents cannot be told until ctx is over.
func (w *Watch) tellUntold(ctx context.Context) error {
	asked := false
	for wait := untoldGather; pause(ctx, wait); {
		told, err := w.untoldPass(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, storage.ErrConflict): // somebody was heard of meanwhile, or changed
			wait = untoldGather
			continue
		case err != nil:
			return fmt.Errorf("tell of results that nobody could be told: %w", err)
		}
		if wait = untoldGather; told {
			wait = untoldPause
			continue
		}
		next := untoldLook
		if asked { // what was given up may still be on its way to the disk
			next = untoldPause
		}
		look := time.NewTimer(next)
		select {
		case <-w.untold:
			asked = true
		case <-look.C:
			asked = false
		case <-ctx.Done():
		}
		look.Stop()
	}
	return nil
}

// untoldPass owes one message about what was not told of yet, and marks it as told, in one commit.
func (w *Watch) untoldPass(ctx context.Context) (told bool, err error) {
	people, err := w.c.Agents.PeopleWhere(ctx, func(p storage.Person) bool {
		return slices.ContainsFunc(p.Untold, func(u storage.Untold) bool { return !u.Alerted })
	})
	if err != nil || len(people) == 0 {
		return false, err
	}
	say := w.c.Catalogue.In(w.c.Language)
	lines := []text.Rich{say.Say(text.AlertsUntoldHead, nil)}
	turn, more := storage.Turn{Now: time.Now()}, 0
	for _, p := range people[:min(len(people), untoldPeople)] {
		after := p
		after.Untold = slices.Clone(p.Untold)
		if !slices.ContainsFunc(p.Untold, func(u storage.Untold) bool { return u.Alerted }) { // those that came first were not kept
			more += p.UntoldMore
		}
		for i, u := range p.Untold {
			after.Untold[i].Alerted = true
			if u.Alerted {
				continue
			}
			if len(lines) > untoldLines {
				more++
				continue
			}
			job, err := w.c.Agents.Job(ctx, u.Job)
			if err != nil {
				return false, err
			}
			lines = append(lines, say.Say(text.AlertsUntoldLine, text.Values{
				"Code": "#" + string(job.ID.Code()), "Number": job.Account.Masked(), "Amount": job.Amount,
				"State": ended(say, job), "ID": int64(p.ID),
			}))
		}
		turn.People = append(turn.People, storage.PersonChange{Before: &p, After: after})
	}
	if more > 0 {
		lines = append(lines, say.Say(text.AlertsUntoldMore, text.Values{"Count": more}))
	}
	turn.Notices = w.toAll("untold "+turn.Now.UTC().Format(time.RFC3339), flows.Message{Text: text.Join("\n", lines...)})
	if len(turn.Notices) == 0 { // nobody is there to hear of it
		return false, nil
	}
	_, err = w.c.Agents.Commit(context.WithoutCancel(ctx), turn)
	return err == nil, err
}

// ended is how an order ended, with what nobody may keep from its agent: that a failure was none, or may be none.
func ended(say text.Printer, job storage.Job) string {
	values := text.Values{"State": flows.StateWord(say, job.State)}
	switch {
	case job.Corrected():
		return say.Text(text.AlertsUntoldArrived, values)
	case flows.MayHaveArrived(job):
		return say.Text(text.AlertsUntoldDoubted, values)
	}
	return flows.StateWord(say, job.State)
}

// pause waits for d, and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	return ctx.Err() == nil
}
