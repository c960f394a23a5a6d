// Package custom recharges through a panel that the configuration describes, so that an owner can add one
// more panel without a programmer. Many differ only in paths, names and code tables.
//
// What follows is for owners. Two whole descriptions to copy from are in testdata/panel.toml: a panel with
// JSON and a token, and ECARE's document with everything in the query. Both pass the same laws as the
// adapters in code (providertest), the second with the very stories of providers/ecare.
//
// # What you need
//
// The panel's document, an account with a small float, and an hour. Write down only what their document
// says or what you saw them answer. What you do not describe is safe: an answer that no rule lists means
// "nobody knows", is asked about again and ends with a person. What you describe wrongly is not: a rule
// that calls acceptance "delivered" loses money, and one that calls "we have it already" a refusal pays
// twice. The bot refuses at start what contradicts itself, is missing or could be read in two ways, and
// names the key. It cannot know what their words mean.
//
// # Step 1: the account
//
//	[[providers]]
//	name = "flexi-uncle"
//	kind = "custom"
//	base_url = "https://panel.example/api/v2"  # what all their addresses begin with, without the part after "?"
//	token_file = "secrets/flexi-uncle"         # your secrets, under the names that you choose in step 2
//
//	[providers.api]                            # the description begins here
//	title = "Flexi Uncle, Bangladesh"
//	document = "their PDF of 2026-03"          # so that the next person knows what this follows
//	country = "BD"                             # or "IN"
//
// # Step 2: your settings
//
//	secrets = ["token"]                        # required, never shown; in the account as token or token_file
//	texts = { service = "64" }                 # constants that the account may change; "" makes it give one
//
// Never write a secret into the description itself: only what is listed in secrets is kept out of logs,
// errors and stored answers.
//
// # Step 3: their codes
//
//	[providers.api.operators]
//	bd-grameenphone = "GP"                     # every type of number in types
//	"bd-robi/postpaid" = "RBP"                 # or one type, where the code of the operator tells it
//
//	[providers.api.types]                      # leave it out where they have no codes for types: then a plain
//	prepaid = "1"                              # operator means prepaid, and others need OPERATOR/TYPE
//	postpaid = "2"
//
// Two services that would go out in the same words are refused. Circles of India are asked for where a
// recharge sends {circle}; their codes stand in the account's circle_codes.
//
// # Step 4: amounts, our reference, what they promise
//
//	amount = { min = "10", max = "5000", step = "1" }    # with decimals = 2 amounts are sent as "50.00"
//	reference = { alphabet = "0123456789abcdef", length = 16 }
//	status = "S1"
//	late_arrival = "10m"
//	not_found_polls = 5
//	duplicates = "D1"
//
// The reference is our number of an order, new and random for every attempt; take the characters and the
// length that their document or their samples show. It needs at least 2^48 values: 15 digits, or 12
// characters of 0-9 and a-f. status says what asking by our reference is worth: S0, there is no such call;
// S1, there is, and their "not found" means something once late_arrival has passed and it was said
// not_found_polls times (then a person is asked); S2, there is, and "not found" says nothing. When their
// document is silent it is S2. S3 (only by their own id) and S4 (asking sends again) are not used: say S0.
// duplicates is D1 when they answer a repeated reference as such, else D0. D2 (they repeat the first
// answer) is not used, because no reference is ever sent twice. late_arrival is how long an order may still
// arrive after a time-out; ten minutes is a careful guess. Where their document says that old orders cannot be
// asked about any more, status_max_age = "2160h" (90 days) keeps us from asking, and a person is asked instead.
//
// # Step 5: the calls
//
// Each of [providers.api.recharge], [providers.api.enquire] (not with S0) and [providers.api.balance] (leave
// it out when there is none) says what is sent:
//
//	method = "POST"                            # or "GET"
//	path = "recharge"                          # below base_url; may hold {type}, and {reference} in enquire
//	encoding = "json"                          # or "form", "multipart", "query"; a GET is always "query"
//	headers = { X-User = "{user}" }            # settings only
//	params = { ref = "{reference}", msisdn = "{number}", amount = "{amount}", operator = "{operator}" }
//	numbers = ["amount"]                       # in JSON without quotes
//	http = [200]                               # status codes with which an answer counts; 4xx is never a success
//
// Headers and parameters that every call needs may stand in [providers.api] itself, as headers and params.
// Placeholders are your settings and, of an order: {number} as people write it (01712345678), {msisdn} with
// the country's code (8801712345678), {amount}, {operator}, {type}, {circle}, {reference}; in enquire also
// {date}, the day of the order in its country (2026-03-22). A recharge must send number, amount and
// reference, each once and with nothing round it, and operator and type where there is a choice.
//
// # Step 6: what they answer
//
//	rules = [
//	  { when = { success = true, "order.state" = ["TAKEN", "QUEUED"] }, is = "pending" },
//	  { when = { success = false, error = "NO_FUNDS" }, is = "refused", reason = "float-short" },
//	]
//	upstream_id = "order.id"                   # their number of the order
//	serial = "order.serial"                    # the network's, which a customer's complaint needs
//	message = "message"                        # their free text, shown to admins and never decided by
//	echo = { number = "order.msisdn", amount = "order.amount", reference = "order.ref" }
//
// An answer must be one JSON object. A place in it is the keys on the way, with dots, and positions in lists
// from 0: "data.0.status". Blanks round keys and their upper or lower case do not matter; words are compared
// exactly, and it is all the same whether they stand there as text, number, true or false. A list of words
// means any of them, "" means that nothing stands there. id = ["order.serial"] beside when wants an id there:
// four characters or more without blanks, a digit above 0 among them, and not our reference said back. What
// the rules say:
//
//	pending      they have the order and have not finished: "received", "accepted", "in process"
//	delivered    the customer has the money. Many panels answer "success" when they only mean pending: if in
//	             doubt it is pending, and the enquiry tells
//	refused      no money moves for this reference, finally; the order goes to another provider or fails.
//	             reason: rejected, float-short, credentials, maintenance; without one, a recharge has the
//	             one that message gives ("Low balance", "Invalid key"), else rejected.
//	             In recharge a refusal that speaks of a repetition, anywhere in the answer ("duplicate",
//	             "already", "processing", "after 5 minutes", ...), counts as duplicate
//	duplicate    recharge only: they have this reference already. Never a failure
//	not-found    enquire only: they do not know the reference
//	unknown      nothing is known; with a reason for the people who look at it
//
// In enquire, refused is about the order; an enquiry that is itself refused (wrong password, maintenance) is
// unknown. Every two rules with different meanings must differ at some place, so that no answer matches
// both; their order does not matter. What echo lists is compared with the order, where it stands in the
// answer; an answer about another order decides nothing.
//
// A rule must speak of the order. Bare words are those that a panel says of any question: true, false, yes,
// no, ok, success, failed, error and their like, and numbers of up to three digits. "success" when a failed
// order was found, or "failed" when our password is wrong, is how money is lost. Therefore in enquire
//
//	delivered    needs a word that is not bare ("DONE"), or an id; or bare words of which one answers the
//	             question and one stands at a place of the order, on another level ({ success = true,
//	             "order.state" = "SUCCESS" }) or called after it (RECHARGE_STATUS, txn_state)
//	refused      needs a word that is not bare ("RETURNED"), or an id; or a yes at one place and something
//	             else at another: the question was answered, the order failed ({ success = true, state = "FAILED" })
//	not-found    needs a word that is not bare ("NO_REF"). 404 is what a wrong address says, too
//
// Where delivered or refused has nothing of this, echo.number or echo.amount helps when the enquiry does not
// send the same itself: the rule then counts only in answers that say it, since only who has looked the order
// up can. A panel that says 1 and 2 is described so: { when = { status = "1" }, id = ["trxid"], is =
// "delivered" }, and { when = { posotion = "1", status = "2" }, is = "refused" }, where posotion is what only
// its answers about orders have. If there is no such place, leave refused out: a person is asked.
//
// In recharge, a refusal by bare words alone needs message, so that a repetition can be heard, and one whose
// own words speak of a repetition is to be called duplicate. A rule that looks into a list ("data.0.status")
// needs echo.reference or echo.number in the same member ("data.0.ref"), and counts only in answers that say
// it: the first of a list may be anybody's order.
//
//	[providers.api.balance]
//	value = "wallet.main"                      # "3,500.50" and 3500.5 are both read
//	ok = { success = true }                    # what must stand beside it
//	credentials = { success = false, error = "BAD_TOKEN" }
//
// # Step 7: try it
//
// Run "rechargebot check": it reads the configuration and the balance, asks for an order that there never
// was, and moves no money. Then order the smallest amount for a number of your own, once for each thing
// that you can provoke: one that succeeds, one to a wrong number, one while the float is too short. Look at
// each job (/job, as an admin): its evidence is what they really answered, word for word. Correct the rules
// by it, and only then let agents order.
//
// # How it is done
//
// Describe reads the table into a description (describe.go, section.go, rule.go, tie.go) and refuses what check.go
// knows to be dangerous. An order fills the templates of request.go; the answer is parsed by
// wire.ParseObject, written again under trimmed keys in lower case, and only then looked into by gjson,
// with plain paths only (answer.go). Offers, postbacks, complaints and signed requests cannot be described.
package custom
