package custom_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"rechargebot/providers"
	"rechargebot/providers/custom"
)

// edited is the first sample of panel.toml after the text old became new, as the configuration reads it.
func edited(t *testing.T, old, new string) map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/panel.toml")
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "# ECARE's document")
	if !strings.Contains(first, old) {
		t.Fatalf("panel.toml has no %q to change", old)
	}
	var file struct{ Providers []map[string]any }
	if _, err := toml.Decode(strings.Replace(first, old, new, 1), &file); err != nil {
		t.Fatalf("%q: %v", new, err)
	}
	api, _ := file.Providers[0]["api"].(map[string]any)
	return api
}

// What is missing, contradicts itself or could be read in two ways is refused, and the key is named.
func TestAmbiguousDescriptionsAreRefused(t *testing.T) {
	t.Parallel()
	const pending = `  { when = { success = true, "order.state" = ["TAKEN", "QUEUED"] }, is = "pending" },`
	rule := func(text string) string { return text + "\n" + pending }
	for name, c := range map[string]struct{ old, new, key, says string }{
		// Words that mean nothing.
		"an unknown key":                    {`title = `, `tilte = `, "tilte", `did you mean "title"`},
		"an unknown key of a section":       {`upstream_id = `, `upstream = `, "recharge.upstream", "upstream_id"},
		"an unknown key of a rule":          {`, reason = "float-short"`, `, because = "float-short"`, "recharge.rules", "because"},
		"an unknown key of amount":          {`step = "1"`, `steps = "1"`, "amount.steps", `"step"`},
		"an unknown echo":                   {`operator = "order.operator" }`, `circle = "order.circle" }`, "recharge.echo.circle", "number"},
		"an unknown placeholder":            {`"{operator}"`, `"{opperator}"`, "recharge.params.operator", `did you mean "operator"`},
		"an unknown placeholder in headers": {`"Bearer {token}"`, `"Bearer {tokn}"`, "headers.Authorization", `"token"`},
		"an order in a header":              {`headers = { Auth`, `headers = { X-Ref = "{reference}", Auth`, "headers.X-Ref", "{reference}"},
		"an open brace":                     {`"Bearer {token}"`, `"Bearer {token"`, "headers.Authorization", "{"},
		"no title":                          {`title = "Flexi Uncle, Bangladesh"`, `title = " "`, "title", "is missing"},
		"a number for a text":               {`service = "64"`, `service = 64`, "texts.service", "in quotes"},
		"no such country":                   {`country = "BD"`, `country = "BT"`, "country", "BD, IN"},
		"no such method":                    {`method = "POST"`, `method = "post"`, "recharge.method", "POST"},
		"no such encoding":                  {`encoding = "json"`, `encoding = "xml"`, "recharge.encoding", "json"},
		"no such verdict":                   {`is = "duplicate"`, `is = "dupe"`, "recharge.rules", "(number 6)"},
		"no such reason":                    {`reason = "float-short"`, `reason = "poor"`, "recharge.rules", "float-short"},
		// Codes.
		"no such operator":                  {`bd-robi = `, `bd-roby = `, "operators", `"bd-robi"`},
		"an operator of another country":    {`bd-robi = `, `in-jio = `, "operators", "another country"},
		"an empty code":                     {`bd-robi = "RB"`, `bd-robi = " "`, "operators", "bd-robi"},
		"one code for two operators":        {`bd-robi = "RB"`, `bd-robi = "GP"`, "operators", "same words"},
		"one code for two types":            {`postpaid = "2"`, `postpaid = "1"`, "operators", "same words"},
		"a type of no operator":             {`postpaid = "2"`, `landline = "2"`, "types", "landline"},
		"a code for a type without one":     {`bd-robi = "RB"`, `"bd-robi/special" = "RB"`, "operators", "special"},
		"codes for types that are not sent": {`type = "{type}", `, ``, "recharge.numbers", "type"},
		"operators that are not sent":       {`operator = "{operator}", `, ``, "recharge.params", "{operator}"},
		"circles of Bangladesh":             {`"{service}" }`, `"{service}", circle = "{circle}" }`, "recharge.params", "circle"},
		// Money.
		"fractions without decimals":   {`step = "1"`, `step = "0.50"`, "amount.step", "decimals"},
		"an amount that is none":       {`min = "10"`, `min = "0"`, "amount.min", "above zero"},
		"an amount without quotes":     {`min = "10"`, `min = 10`, "amount.min", "in quotes"},
		"min above max":                {`max = "5000"`, `max = "9"`, "amount.max", "below min"},
		"min between two steps":        {`step = "1"`, `step = "4"`, "amount.min", "multiple"},
		"the amount is not sent":       {`amount = "{amount}", `, ``, "recharge.numbers", "amount"},
		"the number is not sent":       {`msisdn = "{number}", `, ``, "recharge.params", "{number}"},
		"the number is sent twice":     {`msisdn = "{number}", `, `msisdn = "{number}", to = "{msisdn}", `, "recharge.params", "once"},
		"a number with more round it":  {`"{number}"`, `"88{number}"`, "recharge.params.msisdn", "nothing else"},
		"the number as a JSON number":  {`numbers = ["amount", "type"]`, `numbers = ["msisdn"]`, "recharge.numbers", "leading zeros"},
		"codes that are no numbers":    {`numbers = ["amount", "type"]`, `numbers = ["operator"]`, "recharge", "parameter operator"},
		"an unsent number":             {`numbers = ["amount", "type"]`, `numbers = ["amuont"]`, "recharge.numbers", `"amount"`},
		"the reference is not sent":    {`ref = "{reference}", `, ``, "recharge.params", "{reference}"},
		"an enquiry about nothing":     {`orders/{reference}`, `orders/last`, "enquire.params", "{reference}"},
		"a short reference":            {`length = 16`, `length = 11`, "reference.length", "2^48"},
		"a character twice":            {`"0123456789abcdef"`, `"0123456789abcdeff"`, "reference.alphabet", "once"},
		"a character that breaks URLs": {`"0123456789abcdef"`, `"0123456789abcde/"`, "reference.alphabet", "letters"},
		// Requests.
		"a GET with a body":             {`method = "POST"`, `method = "GET"`, "recharge.encoding", "query"},
		"a secret in the path":          {`path = "recharge"`, `path = "recharge/{token}"`, "recharge.path", "secret"},
		"an operator in the path":       {`path = "recharge"`, `path = "recharge/{operator}"`, "recharge.path", "{type}"},
		"a path that climbs":            {`path = "recharge"`, `path = "../recharge"`, "recharge.path", "slashes"},
		"a path with a query":           {`path = "recharge"`, `path = "recharge?x=1"`, "recharge.path", "letters"},
		"a parameter in two spellings":  {`ref = "{reference}", `, `ref = "{reference}", Ref = "x", `, "recharge.params.ref", "twice"},
		"a parameter here and for all":  {`headers = { Auth`, `params = { ref = "x" }` + "\n" + `headers = { Auth`, "recharge.params.ref", "keep one"},
		"an idempotency key":            {`headers = { Auth`, `headers = { X-Idempotency-Key = "x", Auth`, "headers.X-Idempotency-Key", "twice"},
		"a header of the transport":     {`headers = { Auth`, `headers = { Content-Type = "x", Auth`, "headers.Content-Type", "transport"},
		"a header of two lines":         {`"Bearer {token}"`, `"Bearer {token}\r\nX: y"`, "balance", "header Authorization"},
		"a success with HTTP 500":       {`http = [200, 401, 422]`, `http = [200, 500]`, "recharge.http", "408"},
		"a redirect as an answer":       {`http = [200, 401, 422]`, `http = [302]`, "recharge.http", "200"},
		"a secret that no call sends":   {`secrets = ["token"]`, `secrets = ["token", "pin"]`, "secrets", `"pin"`},
		"a text that no call sends":     {`, service = "{service}" }`, ` }`, "texts", `"service"`},
		"a setting that is there":       {`secrets = ["token"]`, `secrets = ["token", "priority"]`, "secrets", `"priority"`},
		"a setting that looks like one": {`secrets = ["token"]`, `secrets = ["token", "pin_file"]`, "secrets", `"pin_file"`},
		// What they promise.
		"status by their id":           {`status = "S1"`, `status = "S3"`, "status", "S0"},
		"status that sends again":      {`status = "S1"`, `status = "S4"`, "status", "S0"},
		"no status":                    {`status = "S1"`, ``, "status", "must be"},
		"an enquiry with S0":           {"status = \"S1\"", "status = \"S0\"", "late_arrival", "S0"},
		"duplicates that replay":       {`duplicates = "D1"`, `duplicates = "D2"`, "duplicates", "never sends a reference twice"},
		"duplicates nobody declared":   {`duplicates = "D1"`, `duplicates = "D0"`, "duplicates", "must be D1"},
		"duplicates nobody recognises": {`  { when = { success = false, error = "SEEN" }, is = "duplicate" },`, ``, "duplicates", "must be D0"},
		"S1 without not-found":         {`  { when = { success = false, error = "NO_REF" }, is = "not-found" },`, ``, "status", "must be S2"},
		"polls with S2":                {`status = "S1"`, `status = "S2"`, "not_found_polls", "S2"},
		"too little patience":          {`late_arrival = "10m"`, `late_arrival = "5s"`, "late_arrival", "1m"},
		"too young to be asked about":  {`late_arrival = "10m"`, "late_arrival = \"10m\"\nstatus_max_age = \"5m\"", "status_max_age", "1h"},
		"one poll":                     {`not_found_polls = 5`, `not_found_polls = 1`, "not_found_polls", "2 to 100"},
		// Rules.
		"a rule without conditions":        {pending, rule(`  { is = "pending" },`), "recharge.rules", "no conditions"},
		"a word that means two things":     {pending, rule(`  { when = { success = true, "order.state" = "TAKEN" }, is = "refused" },`), "recharge.rules", "(numbers 1 and 2)"},
		"delivered whatever the state":     {pending, rule(`  { when = { success = true }, is = "delivered" },`), "recharge.rules", "could match both"},
		"refused by another field":         {pending, rule(`  { when = { "order.color" = "red" }, is = "refused" },`), "recharge.rules", "could match both"},
		"two reasons for one answer":       {pending, rule(`  { when = { error = "NO_FUNDS", success = false }, is = "refused" },`), "recharge.rules", "could match both"},
		"two spellings of one place":       {pending, rule(`  { when = { success = true, "order.state" = "X", "Order. State" = "Y" }, is = "pending" },`), "recharge.rules", "once"},
		"delivered by an id alone":         {pending, rule(`  { id = ["order.serial"], is = "delivered" },`), "recharge.rules", "ask for a word"},
		"delivered by absence":             {pending, rule(`  { when = { error = "" }, is = "delivered" },`), "recharge.rules", "absence"},
		"refused by absence":               {pending, rule(`  { when = { success = true, "order.state" = "" }, is = "refused" },`), "recharge.rules", "absent"},
		"decided by free text":             {pending, rule(`  { when = { success = true, message = "Recharge Successful" }, is = "delivered" },`), "recharge.rules", "free text"},
		"not-found of a recharge":          {`is = "duplicate"`, `is = "not-found"`, "recharge.rules", "is must be"},
		"a reason for a success":           {`is = "delivered" },`, `is = "delivered", reason = "rejected" },`, "recharge.rules", "reason goes with"},
		"an enquiry refused for our login": {`is = "unknown", reason = "credentials"`, `is = "refused", reason = "credentials"`, "enquire.rules", "says nothing of the order"},
		"no answer takes an order":         {"  { when = { success = true, \"order.state\" = [\"TAKEN\", \"QUEUED\"] }, is = \"pending\" },\n  { when = { success = true, \"order.state\" = \"DONE\" }, is = \"delivered\" },\n", "", "recharge.rules", "takes an order"},
		"no answer ends an enquiry":        {"  { when = { success = true, \"order.state\" = \"DONE\" }, id = [\"order.serial\"], is = \"delivered\" },\n", "", "enquire.rules", "delivered"},
		"a list without words":             {`["TAKEN", "QUEUED"]`, `[]`, "recharge.rules", "no word"},
		"a fraction for a word":            {`success = true, "order.state" = ["TAKEN", "QUEUED"]`, `success = 1.0`, "recharge.rules", "whole number"},
		"a gjson query":                    {`"order.state" = ["TAKEN", "QUEUED"]`, `"orders.#(id==1).state" = "TAKEN"`, "recharge.rules", "one place"},
		"a gjson wildcard":                 {`"order.id"`, `"order.*"`, "recharge.upstream_id", "one place"},
		"a gjson modifier":                 {`"order.serial"`, `"order|@this"`, "recharge.serial", "one place"},
		"a place without a name":           {`message = "message"`, `message = "a..b"`, "recharge.message", "one place"},
		// Sections.
		"no recharge":              {"[providers.api.recharge]", "[providers.recharge]", "recharge", "is missing"},
		"no enquiry":               {"[providers.api.enquire]", "[providers.enquire]", "enquire", "S1"},
		"types that have no codes": {`[providers.api.types]`, "[providers.types]", "recharge.params", "{type}"},
		"a float that is nowhere":  {`value = "wallet.main"`, ``, "balance.value", "is missing"},
		"a float and no float":     {`credentials = { success = false, error`, `credentials = { error`, "balance.credentials", "both"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := custom.Describe(edited(t, c.old, c.new))
			var wrong *providers.DescriptionError
			if !errors.As(err, &wrong) || r.New != nil {
				t.Fatalf("err = %v; want a DescriptionError and no registration", err)
			}
			if wrong.Key != c.key || !strings.Contains(wrong.Why, c.says) {
				t.Errorf("%q %q; want the key %q and a sentence with %q", wrong.Key, wrong.Why, c.key, c.says)
			}
		})
	}
}
