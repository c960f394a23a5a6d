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
	words := strings.Fields(l.text)
	if len(words) == 0 {
		return fmt.Errorf("no state to move to")
	}
	details := map[string]string{"provider": "ecare-main"}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		details[name] = value
	}
	job, err := w.store.Job(w.ctx, w.jobs[l.nth-1])
	if err != nil {
		return err
	}
	to := storage.State(words[0])
	sent := details["said"] != "" || details["upstream"] != ""
	if job.State == storage.Queued && (sent || !job.State.MayBecome(to)) {
		if job, err = w.moveTo(job, storage.Sending, details); err != nil {
			return err
		}
	}
	_, err = w.moveTo(job, to, details)
	return err
}

func (w *world) moveTo(job storage.Job, to storage.State, details map[string]string) (storage.Job, error) {
	now := time.Now()
	m := storage.Move{
		Now: now, Job: job.ID, Version: job.Version, To: to, By: "dispatch", Note: details["note"],
		Reason: providers.Reason(details["reason"]), UpstreamID: details["upstream"],
	}
	if !to.Terminal() {
		m.Due = now.Add(time.Minute)
	}
	open := job.OpenAttempt() != nil
	switch to {
	case storage.Sending:
		reference := fmt.Sprintf("TEST%08d%02d", uint64(job.ID), len(job.Attempts)+1)
		m.Open = &storage.Attempt{Provider: details["provider"], Reference: providers.Reference(reference), Opened: now}
		m.UpstreamID = ""
		return w.store.Move(w.ctx, m)
	case storage.Delivered:
		m.Close, m.Serial = storage.ProofDelivered, details["serial"]
	case storage.Failed, storage.Queued:
		if open {
			m.Close = storage.ProofRefused
		}
	}
	if body := details["said"]; body != "" || open {
		m.Evidence = &providers.Evidence{Call: "recharge", At: now, HTTP: 200, Body: body}
	}
	return w.store.Move(w.ctx, m)
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
