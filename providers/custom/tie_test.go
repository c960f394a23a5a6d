package custom

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"rechargebot/providers"
)

// plain is a panel of which only the answers are of interest. Its own rules ask for something else than others at
// each of the usual places.
const plain = `
title = "Plain"
document = "a page"
country = "BD"
amount = { min = "10", max = "100" }
reference = { alphabet = "0123456789abcdef", length = 16 }
status = "S2"
duplicates = "D0"
operators = { bd-robi = "RB" }
[recharge]
method = "POST"
params = { to = "{number}", sum = "{amount}", id = "{reference}" }
rules = [ { when = { state = "TAKEN", status = "S", success = "S", code = "S" }, is = "pending" }, RECHARGE ]
RMORE
[enquire]
method = "POST"
params = { id = "{reference}" EPARAMS }
rules = [ { when = { state = "DONE", status = "S", success = "S", code = "S" }, is = "delivered" }, ENQUIRE ]
EMORE
`

// panel describes the plain panel with these rules, and more keys, in one of its two sections.
func panel(t *testing.T, section, rules, more, params string) (*description, *providers.DescriptionError) {
	t.Helper()
	fill := strings.NewReplacer("RECHARGE", rules, "RMORE", more, "EPARAMS", "", "ENQUIRE", "", "EMORE", "")
	if section == inEnquire {
		fill = strings.NewReplacer("RECHARGE", "", "RMORE", "", "EPARAMS", params, "ENQUIRE", rules, "EMORE", more)
	}
	var values map[string]any
	if _, err := toml.Decode(fill.Replace(plain), &values); err != nil {
		t.Fatalf("%q, %q: %v", rules, more, err)
	}
	table := &table{values: values, wrong: new(complaint)}
	return read(table), table.wrong.first
}

// A rule that could take an answer about the question, or about another order, for one about ours is refused.
func TestARuleThatEndsAnOrderSpeaksOfIt(t *testing.T) {
	t.Parallel()
	const (
		number, reference = `echo = { number = "to" }`, `echo = { reference = "ref" }`
		bare, list        = "could as well be about the question", "it looks into a list"
	)
	for name, c := range map[string]struct{ section, rule, more, params, says string }{
		// Enquiries: bare words are about the question.
		"delivered by true":                   {inEnquire, `when = { success = true }, is = "delivered"`, "", "", bare},
		"delivered by 1":                      {inEnquire, `when = { status = "1" }, is = "delivered"`, "", "", bare},
		"delivered by 1, an id beside":        {inEnquire, `when = { status = "1" }, id = ["trxid"], is = "delivered"`, "", "", ""},
		"delivered by SUCCESS":                {inEnquire, `when = { status = "SUCCESS" }, is = "delivered"`, "", "", bare},
		"delivered by SUCCESS and 200":        {inEnquire, `when = { status = "SUCCESS", code = 200 }, is = "delivered"`, "", "", bare},
		"delivered by OK or a word":           {inEnquire, `when = { status = ["OK", "SENT"] }, is = "delivered"`, "", "", bare},
		"delivered by a word":                 {inEnquire, `when = { status = "SENT" }, is = "delivered"`, "", "", ""},
		"delivered by a long code":            {inEnquire, `when = { code = 7001 }, is = "delivered"`, "", "", ""},
		"delivered by SUCCESS of the order":   {inEnquire, `when = { success = true, "order.status" = "SUCCESS" }, is = "delivered"`, "", "", ""},
		"delivered as ECARE says it":          {inEnquire, `when = { STATUS = "OK", RECHARGE_STATUS = "SUCCESS" }, is = "delivered"`, "", "", ""},
		"refused by false":                    {inEnquire, `when = { success = false }, is = "refused"`, "", "", bare},
		"refused by false and FAILED":         {inEnquire, `when = { success = false, status = "FAILED" }, is = "refused"`, "", "", bare},
		"refused by 2":                        {inEnquire, `when = { status = "2" }, is = "refused"`, "", "", bare},
		"refused by 2, the question answered": {inEnquire, `when = { posotion = 1, status = "2" }, is = "refused"`, "", "", ""},
		"refused by 2, an id beside":          {inEnquire, `when = { status = "2" }, id = ["trxid"], is = "refused"`, "", "", ""},
		"refused by FAILED of the order":      {inEnquire, `when = { success = true, state = ["FAILED", "REVERSED"] }, is = "refused"`, "", "", ""},
		"refused by 2, the number said back":  {inEnquire, `when = { status = "2" }, is = "refused"`, number, "", ""},
		"refused by 2, the amount said back":  {inEnquire, `when = { status = "2" }, is = "refused"`, `echo = { amount = "sum" }`, "", ""},
		"refused by 2, what we asked said":    {inEnquire, `when = { status = "2" }, is = "refused"`, reference, "", bare},
		"refused by 2, our number said":       {inEnquire, `when = { status = "2" }, is = "refused"`, number, `, to = "{number}"`, bare},
		"not-found by false":                  {inEnquire, `when = { success = false }, is = "not-found"`, "", "", "not-found needs a word"},
		"not-found by 404":                    {inEnquire, `when = { success = false, code = 404 }, is = "not-found"`, number, "", "not-found needs a word"},
		"not-found by an id":                  {inEnquire, `when = { code = 404 }, id = ["trxid"], is = "not-found"`, "", "", "not-found needs a word"},
		"not-found by a word":                 {inEnquire, `when = { success = false, error = "NO_REF" }, is = "not-found"`, "", "", ""},
		"pending by 0":                        {inEnquire, `when = { status = "0" }, is = "pending"`, "", "", ""},
		"unknown by false":                    {inEnquire, `when = { success = false }, is = "unknown"`, "", "", ""},
		// Lists: the member must name the order.
		"a member of a list":                     {inEnquire, `when = { "data.0.state" = "SENT" }, is = "delivered"`, "", "", list},
		"pending in a list":                      {inEnquire, `when = { "data.0.state" = "WAITS" }, is = "pending"`, "", "", list},
		"an id in a list":                        {inEnquire, `when = { status = "SENT" }, id = ["data.0.id"], is = "delivered"`, "", "", list},
		"a member, the reference in it":          {inEnquire, `when = { "data.0.state" = "SENT" }, is = "delivered"`, `echo = { reference = "data.0.ref" }`, "", ""},
		"a member, the number in it":             {inEnquire, `when = { "data.0.state" = "SENT" }, is = "delivered"`, `echo = { number = "data.0.to" }`, "", ""},
		"a member, the reference elsewhere":      {inEnquire, `when = { "data.0.state" = "SENT" }, is = "delivered"`, reference, "", list},
		"a member, another one's reference":      {inEnquire, `when = { "data.0.state" = "SENT" }, is = "delivered"`, `echo = { reference = "data.1.ref" }`, "", list},
		"a member, only the amount in it":        {inEnquire, `when = { "data.0.state" = "SENT" }, is = "delivered"`, `echo = { amount = "data.0.sum" }`, "", list},
		"unknown in a list":                      {inEnquire, `when = { success = true, "data.0.state" = "LOST" }, is = "unknown"`, "", "", ""},
		"a recharge in a list":                   {inRecharge, `when = { "data.0.state" = "WAITS" }, is = "pending"`, "", "", list},
		"a recharge in a list, the number in it": {inRecharge, `when = { "data.0.state" = "WAITS" }, is = "pending"`, `echo = { number = "data.0.to" }`, "", ""},
		// Recharges: a repetition must be heard.
		"a recharge refused by false":             {inRecharge, `when = { success = false }, is = "refused"`, "", "", "a repetition too"},
		"a recharge refused by false and 2":       {inRecharge, `when = { success = false, status = 2 }, is = "refused"`, "", "", "a repetition too"},
		"a recharge refused by false, with prose": {inRecharge, `when = { success = false }, is = "refused"`, `message = "message"`, "", ""},
		"a recharge refused by a word":            {inRecharge, `when = { success = false, error = "NO_FUNDS" }, is = "refused"`, "", "", ""},
		"a repetition called a refusal":           {inRecharge, `when = { success = false, error = ["BAD", "DUPLICATE_REF"] }, is = "refused"`, "", "", "is must be duplicate, or unknown"},
	} {
		_, wrong := panel(t, c.section, "{ "+c.rule+" }", c.more, c.params)
		switch {
		case c.says == "" && wrong != nil:
			t.Errorf("%s: refused: %v", name, wrong)
		case c.says != "" && (wrong == nil || wrong.Key != c.section+".rules" || !strings.Contains(wrong.Why, "(number 2)") || !strings.Contains(wrong.Why, c.says)):
			t.Errorf("%s: %v; want number 2 of %s.rules refused with %q", name, wrong, c.section, c.says)
		}
	}
}

// What a description means is what these answers become.
func TestAnswersThatCouldBeAboutSomethingElseDecideNothing(t *testing.T) {
	t.Parallel()
	const refused, delivered, pending = providers.Refused, providers.Delivered, providers.Pending
	order := providers.Request{
		Order:     providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678", Amount: providers.Money{Minor: 50_00, Currency: providers.BDT}},
		Reference: "0123456789abcdef",
	}
	for _, c := range []struct {
		section, rule, more string
		answers             map[string]providers.Result
	}{
		{inEnquire, `when = { status = "2" }, is = "refused"`, `echo = { number = "to", amount = "sum" }`, map[string]providers.Result{
			`{"status":2,"to":"01812345678"}`: {Status: refused, Reason: providers.ReasonRejected}, `{"status":2,"sum":50}`: {Status: refused, Reason: providers.ReasonRejected},
			`{"status":2}`: {Reason: providers.ReasonUnreadable}, `{"status":2,"to":"","sum":null}`: {Reason: providers.ReasonUnreadable},
			`{"status":2,"to":"01812345679"}`: {Reason: providers.ReasonEcho}, `{"status":2,"to":"01812345678","message":"Low balance"}`: {Status: refused, Reason: providers.ReasonRejected},
		}},
		{inEnquire, `when = { "data.0.state" = "SENT" }, id = ["data.0.id"], is = "delivered"`, `echo = { reference = "data.0.ref", number = "data.0.to" }`, map[string]providers.Result{
			`{"data":[{"state":"SENT","id":"K100","ref":"0123456789abcdef"}]}`: {Status: delivered}, `{"data":[{"state":"SENT","id":"K100","to":1812345678}]}`: {Status: delivered},
			`{"data":[{"state":"SENT","id":"K100"}]}`: {Reason: providers.ReasonUnreadable}, `{"data":[{"state":"SENT","id":"K100","ref":""},{"ref":"0123456789abcdef"}]}`: {Reason: providers.ReasonUnreadable},
			`{"data":[{"state":"SENT","id":"K100","ref":"fedcba9876543210"}]}`: {Reason: providers.ReasonEcho},
		}},
		{inEnquire, `when = { status = "1" }, id = ["trxid"], is = "delivered"`, "", map[string]providers.Result{
			`{"status":1,"trxid":"8C3F00Q2"}`: {Status: delivered}, `{"status":1,"trxid":"error 404"}`: {Reason: providers.ReasonUnreadable}, `{"status":1,"trxid":"In Queue 2"}`: {Reason: providers.ReasonUnreadable},
			`{"status":1,"trxid":"0123456789ABCDEF"}`: {Reason: providers.ReasonUnreadable},
		}},
		// A repetition is heard wherever it is said, with or without a declared message.
		{inRecharge, `when = { success = false, error = "FAILED_CHECK" }, is = "refused"`, "", map[string]providers.Result{
			`{"success":false,"error":"FAILED_CHECK"}`: {Status: refused, Reason: providers.ReasonRejected}, `{"success":false,"error":"FAILED_CHECK","note":"Invalid number"}`: {Status: refused, Reason: providers.ReasonRejected},
			`{"success":false,"error":"FAILED_CHECK","note":"Duplicate request"}`:                                   {Reason: providers.ReasonDuplicate},
			`{"success":false,"error":"FAILED_CHECK","errors":[{"id":["Id already used"]}]}`:                        {Reason: providers.ReasonDuplicate},
			`{"success":false,"error":"FAILED_CHECK","data":{"text":"Please try after 5 minutes for same number"}}`: {Reason: providers.ReasonDuplicate},
			`{"success":false,"error":"FAILED_CHECK","duplicate":true}`:                                             {Reason: providers.ReasonDuplicate},
			`{"success":false,"error":"FAILED_CHECK","duplicate":false}`:                                            {Status: refused, Reason: providers.ReasonRejected},
			`{"state":"TAKEN","status":"S","success":"S","code":"S","note":"Duplicate request"}`:                    {Status: pending},
		}},
		// A refusal without a reason has that of its free text; one with a reason keeps it.
		{inRecharge, `when = { success = false, code = 2 }, is = "refused" }, { when = { success = false, code = 3 }, is = "refused", reason = "rejected"`, `message = "message"`, map[string]providers.Result{
			`{"success":false,"code":2,"message":"Not User"}`: {Status: refused, Reason: providers.ReasonCredentials}, `{"success":false,"code":2,"message":"Low Balance"}`: {Status: refused, Reason: providers.ReasonFloatShort},
			`{"success":false,"code":2,"message":"Under maintenance"}`: {Status: refused, Reason: providers.ReasonMaintenance}, `{"success":false,"code":2}`: {Status: refused, Reason: providers.ReasonRejected},
			`{"success":false,"code":3,"message":"Low Balance"}`: {Status: refused, Reason: providers.ReasonRejected}, `{"success":false,"code":2,"message":"Id exists"}`: {Reason: providers.ReasonDuplicate},
		}},
	} {
		d, wrong := panel(t, c.section, "{ "+c.rule+" }", c.more, "")
		if wrong != nil {
			t.Fatalf("%s: %v", c.rule, wrong)
		}
		q := d.recharge
		if c.section == inEnquire {
			q = *d.enquire
		}
		for body, want := range c.answers {
			got := q.read(200, []byte(body), order, map[string]string{"operator": "RB"})
			if got.Status != want.Status || got.Reason != want.Reason {
				t.Errorf("%s, %s: %v %q, want %v %q", c.rule, body, got.Status, got.Reason, want.Status, want.Reason)
			}
		}
	}
}
