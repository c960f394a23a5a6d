package flowtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// moveJob moves a job as dispatch would, with the attempts that the move needs.
func (w *world) moveJob(l line) error {
	if l.nth == 0 {
		l.nth = len(w.jobs)
	}
	if l.nth < 1 || l.nth > len(w.jobs) {
		return fmt.Errorf("there are %d jobs", len(w.jobs))
	}
	what, details := parseDetails(l.text)
	if what == "" {
		return fmt.Errorf("no state to move to")
	}
	job, err := w.store.Job(w.ctx, w.jobs[l.nth-1])
	if err != nil {
		return err
	}
	switch what {
	case "asked":
		return w.asked(job, details)
	case "reminded":
		_, err := w.store.Move(w.ctx, touch(job)) // raises the job's version and nothing else
		return err
	case "incident":
		return w.incident(job, details)
	}
	to := storage.State(what)
	sent := details["said"] != "" || details["err"] != "" || details["upstream"] != ""
	if job.State == storage.Queued && (sent || !job.State.MayBecome(to)) {
		if job, err = w.moveTo(job, storage.Sending, details); err != nil {
			return err
		}
	}
	if to == storage.Review && job.State == storage.Sending {
		if job, err = w.moveTo(job, storage.Unknown, details); err != nil {
			return err
		}
		details["said"], details["err"] = "", "nothing new"
	}
	_, err = w.moveTo(job, to, details)
	return err
}

// parseDetails reads a word and what follows it: name=value, name="some words", or a name alone.
func parseDetails(line string) (what string, details map[string]string) {
	what, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	details = map[string]string{"provider": "ecare-main"}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		end := strings.IndexAny(rest, " =")
		if end < 0 {
			end = len(rest)
		}
		name := rest[:end]
		if rest = rest[end:]; !strings.HasPrefix(rest, "=") {
			details[name] = "yes"
			continue
		}
		stop := " "
		if rest = rest[1:]; strings.HasPrefix(rest, `"`) {
			stop, rest = `"`, rest[1:]
		}
		details[name], rest, _ = strings.Cut(rest, stop)
	}
	return what, details
}

func (w *world) moveTo(job storage.Job, to storage.State, details map[string]string) (storage.Job, error) {
	now := time.Now()
	m := storage.Move{
		Now: now, Job: job.ID, Version: job.Version, To: to, By: "dispatch", Note: details["note"],
		Reason: providers.Reason(details["reason"]), UpstreamID: details["upstream"],
	}
	if !to.Terminal() || job.OpenIncident() != nil {
		m.Due = now.Add(time.Minute)
	}
	open := job.OpenAttempt() != nil
	switch to {
	case storage.Sending:
		reference := fmt.Sprintf("TEST%08d%02d", uint64(job.ID), len(job.Attempts)+1)
		m.Open = &storage.Attempt{
			Provider: details["provider"], Reference: providers.Reference(reference), Opened: now, Before: reading(job, details["before"]),
		}
		m.UpstreamID = ""
		return w.store.Move(w.ctx, m)
	case storage.Delivered:
		m.Close, m.Serial = storage.ProofDelivered, details["serial"]
	case storage.Failed, storage.Queued:
		if open {
			m.Close = storage.ProofRefused
		}
	case storage.Review:
		m.After = reading(job, details["after"])
		return w.store.Move(w.ctx, m)
	}
	if open || details["said"] != "" {
		m.Evidence = evidence("recharge", details)
	}
	return w.store.Move(w.ctx, m)
}

// evidence is an exchange: an answer as details["said"] has it, or none because of details["err"].
func evidence(call string, details map[string]string) *providers.Evidence {
	e := &providers.Evidence{Call: call, At: time.Now(), HTTP: 200, Body: details["said"]}
	if details["err"] != "" {
		e.HTTP, e.Err = 0, details["err"]
	}
	return e
}

// reading is our float at this moment; nil when none is told.
func reading(job storage.Job, amount string) *storage.Reading {
	balance, err := providers.ParseMoney(amount, job.Amount.Currency)
	if err != nil {
		return nil
	}
	return &storage.Reading{Balance: balance, At: time.Now()}
}

// touch is a move that leaves the state.
func touch(job storage.Job) storage.Move {
	now := time.Now()
	return storage.Move{Now: now, Job: job.ID, Version: job.Version, To: job.State, By: "dispatch", Due: now.Add(time.Minute)}
}

// asked is enquiries that change nothing.
func (w *world) asked(job storage.Job, details map[string]string) error {
	times, err := strconv.Atoi(details["times"])
	if err != nil {
		times = 1
	}
	for range times {
		m := touch(job)
		m.Enquiry, m.NotFound, m.Evidence = true, details["notfound"] != "", evidence("enquire", details)
		if job, err = w.store.Move(w.ctx, m); err != nil {
			return err
		}
		time.Sleep(time.Second)
	}
	return nil
}

// incident is evidence about an attempt (attempt=1: the first one) that speaks against what is settled.
func (w *world) incident(job storage.Job, details map[string]string) error {
	n, err := strconv.Atoi(details["attempt"])
	if err != nil {
		n = len(job.Attempts)
	}
	if n < 1 || n > len(job.Attempts) {
		return fmt.Errorf("there are %d attempts", len(job.Attempts))
	}
	m := touch(job)
	m.Incident = &storage.Incident{
		At: m.Now, Reference: job.Attempts[n-1].Reference, Said: details["says"], Evidence: *evidence("enquire", details),
	}
	_, err = w.store.Move(w.ctx, m)
	return err
}

// past is an order that nobody typed.
type past struct {
	order providers.Order
	times int
	state storage.State // "" = as it was made
}

// parsePast reads NUMBER AMOUNT and what may follow them, in any order.
func parsePast(words []string) (p past, err error) {
	p = past{times: 1, order: providers.Order{Operator: providers.BDGrameenphone, Type: providers.Prepaid}}
	if p.order.Account, err = providers.ParseMSISDN(words[0]); err != nil {
		return past{}, err
	}
	if p.order.Account.Country() == providers.India {
		p.order.Operator = providers.INJio
	}
	for _, word := range words[2:] {
		service, named := providers.ParseService(word)
		_, circle := providers.FindCircle(providers.CircleID(word))
		times, notTimes := strconv.Atoi(word)
		switch {
		case named && service.Type == "":
			p.order.Operator = service.Operator
		case named:
			p.order.Operator, p.order.Type = service.Operator, service.Type
		case circle:
			p.order.Circle = providers.CircleID(word)
		case notTimes == nil:
			p.times = times
		case slices.Contains(storage.States(), storage.State(word)):
			p.state = storage.State(word)
		default:
			return past{}, fmt.Errorf("%q is neither a service, a circle, a number of times nor a state", word)
		}
	}
	operator, _ := providers.FindOperator(p.order.Operator)
	p.order.Amount, err = providers.ParseAmount(words[1], operator.Currency)
	return p, err
}

// given makes orders that nobody typed.
func (w *world) given(l line) error {
	p, err := parsePast(strings.Fields(l.text))
	if err != nil {
		return err
	}
	who, _ := w.script.member(l.who)
	plenty := providers.Money{Minor: 1 << 40, Currency: p.order.Amount.Currency}
	for range p.times {
		result, err := w.store.Commit(w.ctx, storage.Turn{
			Now: time.Now(), Actor: storage.PersonID(who.id),
			Order: &storage.NewOrder{
				Order:  p.order,
				Newest: ^storage.JobID(0), Chat: storage.ChatID(who.id), Day: time.Now().Format(time.DateOnly),
				Limits: storage.Limits{PerOrder: plenty, PerDay: plenty},
			},
		})
		if err != nil {
			return err
		}
		w.jobs = append(w.jobs, result.Job.ID)
		if p.state == "" {
			continue
		}
		if err := w.moveJob(line{text: string(p.state)}); err != nil {
			return err
		}
	}
	return nil
}
