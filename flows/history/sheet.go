package history

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// bom tells Excel that the file is UTF-8: without it every name in Bangla is a row of question marks there.
const bom = "\ufeff"

// sheet is a file of orders in the making: RFC 4180 with CRLF, a first row of titles, then an order a row. Moments
// are as clocks in the zone show them, as a date and a time that sheets count with, with the zone beside them.
type sheet struct {
	view
	everybody bool
	rows      []string // newest first
	size      int
	oldest    storage.JobID
	full      bool              // there are more orders than fit
	delivered []providers.Money // the sums of what was delivered, one a currency
	names     map[storage.PersonID]string
	written   bytes.Buffer // of line
	writer    *csv.Writer
}

func newSheet(v view, everybody bool) *sheet {
	s := &sheet{view: v, everybody: everybody, names: map[storage.PersonID]string{}}
	s.writer = csv.NewWriter(&s.written)
	s.writer.UseCRLF = true
	return s
}

// titles are the columns. Those about who serves the desk are an admin's only.
func (s *sheet) titles() []string {
	keys := []text.Key{text.HistoryColumnOrder, text.HistoryColumnDate, text.HistoryColumnTime, text.HistoryColumnZone}
	if s.everybody {
		keys = append(keys, text.HistoryColumnAgent, text.HistoryColumnAgentID)
	}
	keys = append(keys, text.HistoryColumnOperator, text.HistoryColumnType, text.HistoryColumnNumber, text.HistoryColumnCircle,
		text.HistoryColumnAmount, text.HistoryColumnCurrency, text.HistoryColumnState, text.HistoryColumnRemark, text.HistoryColumnSerial,
		text.HistoryColumnFinalDate, text.HistoryColumnFinalTime)
	if s.everybody {
		keys = append(keys, text.HistoryColumnProvider, text.HistoryColumnUpstream, text.HistoryColumnReference)
	}
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = words(s.Say.Text(k, nil))
	}
	return out
}

// add puts one more order into the file; more is false when it is full, and the order is not in it.
func (s *sheet) add(j storage.Job) (more bool, err error) {
	cells, err := s.cells(j)
	if err != nil {
		return false, err
	}
	row, err := s.line(cells)
	if err != nil {
		return false, err
	}
	if len(s.rows) >= maxRows || s.size+len(row) > maxBytes {
		s.full = true
		return false, nil
	}
	s.rows, s.size, s.oldest = append(s.rows, row), s.size+len(row), j.ID
	if j.State == storage.Delivered {
		s.count(j.Amount)
	}
	return true, nil
}

func (s *sheet) count(m providers.Money) {
	i := slices.IndexFunc(s.delivered, func(sum providers.Money) bool { return sum.Currency == m.Currency })
	if i < 0 {
		s.delivered = append(s.delivered, m)
		return
	}
	s.delivered[i] = s.delivered[i].Add(m)
}

// cells are an order's, one a title.
func (s *sheet) cells(j storage.Job) ([]string, error) {
	made := j.Created.In(s.zone)
	out := []string{"#" + string(j.ID.Code()), made.Format(time.DateOnly), made.Format(time.TimeOnly), "UTC" + made.Format("-07:00")}
	if s.everybody {
		name, err := s.agent(j.Agent)
		if err != nil {
			return nil, fmt.Errorf("read an agent: %w", err)
		}
		out = append(out, words(name), digits(fmt.Sprint(j.Agent)))
	}
	operator := string(j.Operator)
	if op, ok := providers.FindOperator(j.Operator); ok {
		operator = op.Name
	}
	circle := string(j.Circle)
	if c, ok := providers.FindCircle(j.Circle); ok {
		circle = c.Name
	}
	out = append(out, words(operator), words(j.Type.Label()), digits(j.Account.National()), words(circle),
		j.Amount.Decimal(), words(string(j.Amount.Currency)), words(flows.StateWord(s.Say, j.State)), words(s.remark(j)))
	serial, date, clock := "", "", ""
	if j.State == storage.Delivered || j.State == storage.Reversed {
		serial = flows.ShownSerial(s.Say, j)
	}
	if j.State.Terminal() {
		date, clock = j.Changed.In(s.zone).Format(time.DateOnly), j.Changed.In(s.zone).Format(time.TimeOnly)
	}
	out = append(out, digits(serial), date, clock)
	if !s.everybody {
		return out, nil
	}
	var last storage.Attempt
	if n := len(j.Attempts); n > 0 {
		last = j.Attempts[n-1]
	}
	return append(out, words(last.Provider), digits(flows.ShownID(s.Say, last.UpstreamID)), digits(string(last.Reference))), nil
}

// remark is what speaks against the state word; "" mostly.
func (s *sheet) remark(j storage.Job) string {
	switch {
	case j.Corrected():
		return s.Say.Text(text.HistoryRemarkArrived, nil)
	case flows.MayHaveArrived(j):
		return s.Say.Text(text.HistoryRemarkDoubted, nil)
	}
	return ""
}

// agent is called by name; each is looked up once.
func (s *sheet) agent(id storage.PersonID) (string, error) {
	if name, known := s.names[id]; known {
		return name, nil
	}
	name, err := s.called(id)
	s.names[id] = name
	return name, err
}

// bytes is the whole file, oldest order first.
func (s *sheet) bytes() ([]byte, error) {
	head, err := s.line(s.titles())
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(bom)+len(head)+s.size)
	out = append(append(out, bom...), head...)
	for _, row := range slices.Backward(s.rows) {
		out = append(out, row...)
	}
	return out, nil
}

// line is one record with its line end.
func (s *sheet) line(cells []string) (string, error) {
	s.written.Reset()
	if err := s.writer.Write(cells); err != nil {
		return "", fmt.Errorf("write a row: %w", err)
	}
	s.writer.Flush()
	return s.written.String(), s.writer.Error()
}
