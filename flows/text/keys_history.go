package text

// Looking back, in history.en.toml.
const (
	HistoryHelp     Key = "history_help"
	HistoryHelpFind Key = "history_help_find"
	HistoryHelpJob  Key = "history_help_job"

	HistoryTitle      Key = "history_title"
	HistoryFound      Key = "history_found"      // Number
	HistoryLine       Key = "history_line"       // Code, State, Amount, Number, Time
	HistoryCorrected  Key = "history_corrected"  // State
	HistoryLineAgent  Key = "history_line_agent" // Code, State, Amount, Number, Time, Agent
	HistoryNone       Key = "history_none"
	HistoryNoneNumber Key = "history_none_number" // Number
	HistoryEnd        Key = "history_end"
	HistoryOlder      Key = "history_older"
	HistoryNewer      Key = "history_newer"

	HistoryAskNumber  Key = "history_ask_number" // Example
	HistoryBadNumber  Key = "history_bad_number" // Example
	HistoryAskCode    Key = "history_ask_code"
	HistoryNoJob      Key = "history_no_job"       // Code
	HistoryNoJobAdmin Key = "history_no_job_admin" // Code
	HistoryBadCode    Key = "history_bad_code"

	HistoryTimes            Key = "history_times"             // Created, Changed
	HistoryAgent            Key = "history_agent"             // Agent, Person
	HistoryChosen           Key = "history_chosen"            // Provider
	HistoryAttempt          Key = "history_attempt"           // Number, Provider, Reference
	HistoryAttemptUpstream  Key = "history_attempt_upstream"  // ID
	HistoryAttemptOpen      Key = "history_attempt_open"      // Opened
	HistoryAttemptClosed    Key = "history_attempt_closed"    // Opened, Closed, Proof
	HistoryAttemptEnquiries Key = "history_attempt_enquiries" // Count, NotFound
	HistoryEvidence         Key = "history_evidence"          // Call, Time, HTTP
	HistoryNoAnswer         Key = "history_no_answer"         // Call, Time
	HistoryFloatBefore      Key = "history_float_before"      // Balance, Time
	HistoryFloatAfter       Key = "history_float_after"       // Balance, Time
	HistoryAgain            Key = "history_again"             // Times, Until
	HistoryEvidenceFull     Key = "history_evidence_full"     // Max
	HistoryVerdict          Key = "history_verdict"           // By, Person, State, Time
	HistoryIncident         Key = "history_incident"          // Time, Reference, Said
	HistoryIncidentOpen     Key = "history_incident_open"
	HistoryIncidentSettled  Key = "history_incident_settled" // Time, By, Person
	HistoryIncidentsFull    Key = "history_incidents_full"   // Max
	HistoryContinued        Key = "history_continued"        // Code
	HistoryMissing          Key = "history_missing"          // Count
	HistoryTimeline         Key = "history_timeline"
	HistoryMoment           Key = "history_moment"      // Time, State, By
	HistoryMomentNote       Key = "history_moment_note" // Time, State, By, Note
	HistoryReason           Key = "history_reason"      // Reason

	HistoryProofNotSent Key = "history_proof_not_sent"
	HistoryProofRefused Key = "history_proof_refused"
	HistoryProofFailed  Key = "history_proof_failed"
	HistoryProofPerson  Key = "history_proof_person"
	HistoryProofDone    Key = "history_proof_done"
)
