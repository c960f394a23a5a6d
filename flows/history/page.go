package history

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

const (
	pageSize = 10
	maxPages = 200  // deep enough for anybody's thumb; the way back is kept in the buttons
	maxScan  = 2000 // jobs of other agents that are looked through for a page of one's own
)

// list is a list of jobs being paged through: of the agent, or of an account. Starts holds the page's
// start (the jobs below it, 0 = the newest) and, before it, those of the newer pages.
type list struct {
	account providers.MSISDN
	starts  []storage.JobID
}

// The action of a button is "page:ACCOUNT:START,START,…".
const pageAction = "page:"

func (l list) action(starts []storage.JobID) string {
	words := make([]string, len(starts))
	for i, id := range starts {
		words[i] = strconv.FormatUint(uint64(id), 10)
	}
	return pageAction + string(l.account) + ":" + strings.Join(words, ",")
}

func parseList(action string) (list, bool) {
	rest, ok := strings.CutPrefix(action, pageAction)
	account, starts, both := strings.Cut(rest, ":")
	if !ok || !both {
		return list{}, false
	}
	l := list{account: providers.MSISDN(account)}
	for word := range strings.SplitSeq(starts, ",") {
		n, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return list{}, false
		}
		l.starts = append(l.starts, storage.JobID(n))
	}
	return l, true
}

// find begins the list of a number.
func (v view) find(in flows.Input) (flows.Step, error) {
	example := text.Values{"Example": v.example}
	if in.Args == "" && !in.Asked {
		return v.ask(text.HistoryAskNumber, example, v.example), nil
	}
	account, err := providers.ParseMSISDN(in.Args)
	if err != nil {
		return v.ask(text.HistoryBadNumber, example, v.example), nil
	}
	return v.first(list{account: account})
}

// first shows the newest page in a message of its own.
func (v view) first(l list) (flows.Step, error) {
	l.starts = []storage.JobID{0}
	m, found, err := v.page(l)
	switch {
	case err != nil:
		return flows.Step{}, err
	case found:
		return reply(m), nil
	case l.account != "":
		return v.tell(text.HistoryNoneNumber, text.Values{"Number": l.account.National()}), nil
	}
	return v.tell(text.HistoryNone, nil), nil
}

// turnPage shows another page in the place of the pressed one.
func (v view) turnPage(in flows.Input) (flows.Step, error) {
	l, ok := parseList(v.Action)
	if !ok || in.Message == 0 {
		return flows.Step{}, nil
	}
	m, found, err := v.page(l)
	if err != nil {
		return flows.Step{}, err
	}
	if !found {
		return flows.Step{Answer: flows.Answer{Text: v.Say.Text(text.HistoryEnd, nil)}}, nil
	}
	return flows.Step{Edits: []flows.Edit{{Chat: in.Chat, Message: in.Message, With: m}}, Keep: true}, nil
}

// page renders the list's page; found is false when nothing is on it.
func (v view) page(l list) (m flows.Message, found bool, err error) {
	jobs, err := v.jobs(l)
	if err != nil || len(jobs) == 0 {
		return m, false, err
	}
	shown := jobs[:min(len(jobs), pageSize)]
	var lines []text.Rich
	for _, j := range shown {
		line, err := v.line(l, j)
		if err != nil {
			return m, false, err
		}
		lines = append(lines, line)
	}
	m.Text = text.Join("\n\n", v.title(l), text.Join("\n", lines...))
	var row []flows.Button
	if n := len(l.starts); n > 1 {
		row = append(row, flows.Button{Label: v.Say.Text(text.HistoryNewer, nil), Action: l.action(l.starts[:n-1])})
	}
	if len(jobs) > pageSize && len(l.starts) < maxPages {
		next := append(l.starts[:len(l.starts):len(l.starts)], shown[len(shown)-1].ID)
		row = append(row, flows.Button{Label: v.Say.Text(text.HistoryOlder, nil), Action: l.action(next)})
	}
	if row != nil {
		m.Rows = [][]flows.Button{row}
	}
	return m, true, nil
}

func (v view) title(l list) text.Rich {
	if l.account != "" {
		return v.Say.Say(text.HistoryFound, text.Values{"Number": l.account.National()})
	}
	return v.Say.Say(text.HistoryTitle, nil)
}

func (v view) line(l list, j storage.Job) (text.Rich, error) {
	values := text.Values{
		"Code": j.ID.Code(), "State": flows.StateWord(v.Say, j.State), "Amount": j.Amount,
		"Number": j.Account.National(), "Time": v.Say.Time(j.Created, v.zone),
	}
	switch {
	case j.Corrected():
		values["State"] = v.Say.Text(text.HistoryCorrected, values)
	case flows.MayHaveArrived(j):
		values["State"] = v.Say.Text(text.HistoryDoubted, values)
	}
	if l.account == "" || !v.Person.MayAdmin() {
		return v.Say.Say(text.HistoryLine, values), nil
	}
	agent, err := v.called(j.Agent)
	values["Agent"] = agent
	return v.Say.Say(text.HistoryLineAgent, values), err
}

// jobs reads the page's jobs, and one more when there is any.
func (v view) jobs(l list) ([]storage.Job, error) {
	before := l.starts[len(l.starts)-1]
	if l.account == "" {
		jobs, err := v.store.JobsOfAgent(v.ctx, v.Person.ID, before, pageSize+1)
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		return jobs, nil
	}
	var out []storage.Job
	for scanned := 0; scanned < maxScan && len(out) <= pageSize; {
		some, err := v.store.JobsOfAccount(v.ctx, l.account, before, pageSize+1)
		if err != nil {
			return nil, fmt.Errorf("read orders of a number: %w", err)
		}
		for _, j := range some {
			if v.maySee(j) && len(out) <= pageSize {
				out = append(out, j)
			}
			before = j.ID
		}
		if scanned += len(some); len(some) <= pageSize {
			break
		}
	}
	return out, nil
}

// maySee reports whether the job is the person's business.
func (v view) maySee(j storage.Job) bool { return j.Agent == v.Person.ID || v.Person.MayAdmin() }

func notFound(err error) bool { return errors.Is(err, storage.ErrNotFound) }
