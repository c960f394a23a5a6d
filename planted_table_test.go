package main

// plant is one deliberate money bug: what the code says, and what it says with the bug. The old text occurs
// exactly once in its file; mutant.On(name) and mutant.Pick(name, with the bug, without it) switch the bug on.
type plant struct {
	name  string
	edits []plantEdit
}

type plantEdit struct{ file, old, new string }

func one(name, file, old, with string) plant { return plant{name, []plantEdit{{file, old, with}}} }

// plants are the bugs, by what goes wrong.
func plants() []plant {
	var all []plant
	for _, some := range [][]plant{plantedSends(), plantedAnswers(), plantedEnquiries(), plantedCommits(), plantedPeople(), plantedWords()} {
		all = append(all, some...)
	}
	return all
}

// plantedSends send too often, too early, to the wrong place, or something else.
func plantedSends() []plant {
	const handle, wire, ecare = "flows/dispatch/handle.go", "providers/wire/client.go", "providers/ecare/ecare.go"
	return []plant{
		{"send-before-intent", []plantEdit{
			{handle, "	sending, err := l.d.c.Store.Move(l.work, intent)\n", `	var early providers.Result
	var earlyErr error
	if mutant.On("send-before-intent") {
		early, earlyErr = l.recharge(l.work, up, providers.Request{Order: job.Order, Reference: ref})
	}
	sending, err := l.d.c.Store.Move(l.work, intent)
`},
			{handle, "	result, err := l.recharge(ctx, up, providers.Request{Order: job.Order, Reference: ref})\n", `	result, err := early, earlyErr
	if !mutant.On("send-before-intent") {
		result, err = l.recharge(ctx, up, providers.Request{Order: job.Order, Reference: ref})
	}
	if mutant.On("resend-on-timeout") && err == nil && result.Status == providers.Unknown && result.Evidence.HTTP == 0 {
		result, err = l.recharge(l.work, up, providers.Request{Order: job.Order, Reference: ref})
	}
	if mutant.On("new-reference-on-timeout") && err == nil && result.Status == providers.Unknown && result.Evidence.HTTP == 0 {
		fresh, _ := up.NewReference()
		result, err = l.recharge(l.work, up, providers.Request{Order: job.Order, Reference: fresh})
	}
`},
		}},
		{name: "resend-on-timeout"},        // its edit is above
		{name: "new-reference-on-timeout"}, // so is its
		one("resend-on-boot", "storage/bolt/jobs.go",
			"Now: now, Job: id, Version: j.Version, To: storage.Unknown, Due: now,\n",
			`Now: now, Job: id, Version: j.Version, Due: now,
				To:    mutant.Pick("resend-on-boot", storage.Queued, storage.Unknown),
				Close: mutant.Pick("resend-on-boot", storage.ProofNotSent, storage.ProofNone),
`),
		one("keep-alives-for-sends", wire, "	w.send.DisableKeepAlives = true\n", "	w.send.DisableKeepAlives = !mutant.On(\"keep-alives-for-sends\")\n"),
		one("redirects-followed", wire, "	resp, err := t.RoundTrip(req)\n", `	trip := t.RoundTrip
	if mutant.On("redirects-followed") {
		trip = (&http.Client{Transport: t}).Do
	}
	resp, err := trip(req)
`),
		one("not-sent-after-bytes-left", wire, "w.failure(op, err, !connected.Load())", "w.failure(op, err, !connected.Load() || mutant.On(\"not-sent-after-bytes-left\"))"),
		one("reference-used-again", "providers/gateway.go", "return g.kind.Reference.New(g.rand) }", `
	ref, err := g.kind.Reference.New(g.rand)
	return mutant.Last("reference-used-again", ref), err
}`),
		one("reference-index-ignored", "storage/bolt/move.go", "		if used {\n", "		if used && !mutant.On(\"reference-used-again\") {\n"),
		one("wrong-amount-on-the-wire", ecare, "o.amount = fmt.Sprint(whole)", "o.amount = fmt.Sprint(mutant.Pick(\"wrong-amount-on-the-wire\", whole*10, whole))"),
		one("stale-order-sent", "flows/dispatch/clock.go", "return age > d.c.QueueMaxAge || age < -clockSlack", "return (age > d.c.QueueMaxAge || age < -clockSlack) && !mutant.On(\"stale-order-sent\")"),
		one("same-provider-again", "flows/dispatch/route.go", "if chosen && !tried && n.up", "if chosen && (!tried || mutant.On(\"same-provider-again\")) && n.up"),
	}
}

// plantedAnswers believe what an answer to a send does not say.
func plantedAnswers() []plant {
	const rules, wire = "flows/dispatch/rules.go", "providers/ecare/wire.go"
	return []plant{
		one("failover-after-unknown", rules, "	default:\n		m.To = storage.Unknown\n	}\n	m.Due = now\n", `	default:
		if mutant.On("failover-after-unknown") {
			return notCharged(job, m, storage.ProofRefused, result.Reason, next)
		}
		m.To = storage.Unknown
	}
	m.Due = now
`),
		one("duplicate-is-failure", wire, "{providers.Unknown, providers.ReasonDuplicate}", "mutant.Pick(\"duplicate-is-failure\", verdict{providers.Refused, providers.ReasonRejected}, verdict{providers.Unknown, providers.ReasonDuplicate})"),
		one("received-is-delivered", wire, `"OK/RECEIVED":       {providers.Pending, providers.ReasonNone},`, `"OK/RECEIVED":       {mutant.Pick("received-is-delivered", providers.Delivered, providers.Pending), providers.ReasonNone},`),
		one("echo-ignored", wire, "case !a.echoes(o):", "case !a.echoes(o) && !mutant.On(\"echo-ignored\"):"),
		one("garbled-success-believed", wire, "		unreadable.Message = err.Error()\n", `		if mutant.On("garbled-success-believed") && strings.Contains(string(body), "SUCCESS") {
			return providers.Result{Status: providers.Delivered}, answer{}
		}
		if mutant.On("server-error-is-refusal") && status >= 500 {
			return providers.Result{Status: providers.Refused, Reason: providers.ReasonRejected}, answer{}
		}
		unreadable.Message = err.Error()
`),
		{name: "server-error-is-refusal"}, // its edit is above
		one("strings-for-garbled", wire, "	\"net/url\"\n", "	\"net/url\"\n	\"strings\"\n"),
	}
}

// plantedEnquiries believe what an answer to an enquiry does not say.
func plantedEnquiries() []plant {
	const rules = "flows/dispatch/rules.go"
	return []plant{
		one("not-found-is-failed", rules, "	case providers.NotFound:\n", `	case providers.NotFound:
		if mutant.On("not-found-is-failed") {
			return notCharged(job, m, storage.ProofFailed, providers.ReasonFailed, next)
		}
`),
		one("refusal-believed-early", rules, "if accepted(job) || !now.Before(landed) {", "if accepted(job) || !now.Before(landed) || mutant.On(\"refusal-believed-early\") {"),
		one("invalid-reference-is-refusal", "providers/ecare/wire.go", "{providers.NotFound, providers.ReasonNone}", "{mutant.Pick(\"invalid-reference-is-refusal\", providers.Refused, providers.NotFound), providers.ReasonNone}"),
		one("serial-of-another-order", rules, "storage.ProofDelivered, result.Serial, providers.ReasonNone", "storage.ProofDelivered, mutant.Last(\"serial-of-another-order\", result.Serial), providers.ReasonNone"),
		one("evidence-lost", rules, "	m.Evidence = &e\n", "	m.Evidence = mutant.Pick(\"evidence-lost\", nil, &e)\n"),
	}
}

// plantedCommits misread what a commit did, or leave something out of it.
func plantedCommits() []plant {
	return []plant{
		one("commit-error-is-not-done", "storage/bolt/writer.go", "			err = s.fail(err)\n", `			if mutant.Says("commit-error-is-not-done", err, "input/output error") {
				err = fmt.Errorf("%w: %w", storage.ErrConflict, err)
			} else {
				err = s.fail(err)
			}
`),
		one("commit-error-ignored", "flows/dispatch/handle.go", "		return time.Time{}, fmt.Errorf(\"move %s to %s: %w\", job.ID, storage.Sending, err)\n", `		if !mutant.On("commit-error-ignored") {
			return time.Time{}, fmt.Errorf("move %s to %s: %w", job.ID, storage.Sending, err)
		}
`),
		one("sum-given-back-twice", "storage/bolt/move.go", "t.spend(after, -after.Amount.Minor)", "t.spend(after, -after.Amount.Minor*mutant.Pick(\"sum-given-back-twice\", int64(2), 1))"),
		one("sum-not-counted", "storage/bolt/order.go", "t.spend(j, j.Amount.Minor)", "t.spend(j, mutant.Pick(\"sum-not-counted\", 0, j.Amount.Minor))"),
		one("failed-is-not-told", "storage/bolt/notices.go", "err != nil || !j.State.Pushed() {\n", "err != nil || !j.State.Pushed() || j.State == storage.Failed && mutant.On(\"failed-is-not-told\") {\n"),
		one("confirmed-before-stored", "bot/poll.go", "		var next int64\n", `		var next int64
		if id, err := updateID(raws[len(raws)-1]); err == nil && mutant.On("confirmed-before-stored") {
			_, _ = b.api.updates(stop, pollRequest{Offset: id + 1, Limit: 1, Allowed: allowedUpdates()})
		}
`),
	}
}

// plantedPeople let people do what they may not, or twice.
func plantedPeople() []plant {
	const press = "flows/recharge/press.go"
	return []plant{
		{"button-works-twice", []plantEdit{
			{"storage/bolt/turn.go", "	if err != nil || !found || k.Keep {\n", "	if err != nil || !found || k.Keep || mutant.On(\"button-works-twice\") {\n"},
			{press, "		Close: true,\n		Order: &storage.NewOrder{\n", "		Close: !mutant.On(\"button-works-twice\"),\n		Order: &storage.NewOrder{\n"},
			{press, "	if earlier.twin.ID != 0 && (earlier", "	if earlier.twin.ID != 0 && !mutant.On(\"button-works-twice\") && (earlier"},
		}},
		{"suspended-may-order", []plantEdit{
			{"storage/person.go", "return p.Role != RoleNone && !p.Suspended }", "return p.Role != RoleNone && (!p.Suspended || mutant.On(\"suspended-may-order\")) }"},
			{"flows/route.go", "	case v.person.Suspended:\n", "	case v.person.Suspended && !mutant.On(\"suspended-may-order\"):\n"},
		}},
		{"limit-not-kept", []plantEdit{
			{"storage/bolt/order.go", "left.Less(o.Amount) {", "left.Less(o.Amount) && !mutant.On(\"limit-not-kept\") {"},
			{"flows/recharge/arrange.go", "	case left.Minor <= 0:\n", "	case mutant.On(\"limit-not-kept\"):\n	case left.Minor <= 0:\n"},
		}},
	}
}

// plantedWords tell people something else than the truth, or nothing.
func plantedWords() []plant {
	return []plant{
		one("told-delivered-too-early", "flows/jobcard.go", "	return text.StateInProgress\n", "	return mutant.Pick(\"told-delivered-too-early\", text.StateDelivered, text.StateInProgress)\n"),
		one("outbox-row-lost", "bot/unsent.go", "	it.tries++\n	if it.tries == 1 ||", "	if mutant.On(\"outbox-row-lost\") {\n		return o.finish(it, 0)\n	}\n	it.tries++\n	if it.tries == 1 ||"),
		one("review-is-not-told", "flows/alerts/words.go", "	return w.toAll(\"review \"+job.ID.String(), ReviewMessage(", "	if mutant.On(\"review-is-not-told\") {\n		return nil\n	}\n	return w.toAll(\"review \"+job.ID.String(), ReviewMessage("),
	}
}

// helpers are edits that others need; they are no bugs.
func plantHelpers() []string { return []string{"strings-for-garbled", "reference-index-ignored"} }
