package text

// Looking back, in history.en.toml.
const (
	HistoryHelp     Key = "history_help"
	HistoryHelpFind Key = "history_help_find"
	HistoryHelpJob  Key = "history_help_job"

	HistoryHelpExport Key = "history_help_export"

	HistoryTitle      Key = "history_title"
	HistoryFound      Key = "history_found"      // Number
	HistoryLine       Key = "history_line"       // Code, State, Amount, Number, Time
	HistoryCorrected  Key = "history_corrected"  // State
	HistoryDoubted    Key = "history_doubted"    // State
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

	HistoryExportWhich     Key = "history_export_which" // Day, Month
	HistoryExportToday     Key = "history_export_today"
	HistoryExportYesterday Key = "history_export_yesterday"
	HistoryExportMonth     Key = "history_export_month"
	HistoryExportLastMonth Key = "history_export_last_month"
	HistoryExportBad       Key = "history_export_bad"   // Day, Month
	HistoryExportComes     Key = "history_export_comes" // Days
	HistoryExportDays      Key = "history_export_days"  // First, Last
	HistoryExportWaits     Key = "history_export_waits"
	HistoryExportOften     Key = "history_export_often" // Count, Time
	HistoryExportNone      Key = "history_export_none"  // Days
	HistoryExportNot       Key = "history_export_not"
	HistoryExportFailed    Key = "history_export_failed" // Days, Typed
	HistoryExportOwn       Key = "history_export_own"    // Days
	HistoryExportAll       Key = "history_export_all"    // Days
	HistoryExportCount     Key = "history_export_count"  // Count
	HistoryExportSum       Key = "history_export_sum"    // Amount
	HistoryExportCut       Key = "history_export_cut"    // Count, Typed
	HistoryExportMark      Key = "history_export_mark"

	HistoryColumnOrder     Key = "history_column_order"
	HistoryColumnDate      Key = "history_column_date"
	HistoryColumnTime      Key = "history_column_time"
	HistoryColumnZone      Key = "history_column_zone"
	HistoryColumnAgent     Key = "history_column_agent"
	HistoryColumnAgentID   Key = "history_column_agent_id"
	HistoryColumnOperator  Key = "history_column_operator"
	HistoryColumnType      Key = "history_column_type"
	HistoryColumnNumber    Key = "history_column_number"
	HistoryColumnCircle    Key = "history_column_circle"
	HistoryColumnAmount    Key = "history_column_amount"
	HistoryColumnCurrency  Key = "history_column_currency"
	HistoryColumnState     Key = "history_column_state"
	HistoryColumnRemark    Key = "history_column_remark"
	HistoryColumnSerial    Key = "history_column_serial"
	HistoryColumnFinalDate Key = "history_column_final_date"
	HistoryColumnFinalTime Key = "history_column_final_time"
	HistoryColumnProvider  Key = "history_column_provider"
	HistoryColumnUpstream  Key = "history_column_upstream"
	HistoryColumnReference Key = "history_column_reference"

	HistoryRemarkArrived Key = "history_remark_arrived"
	HistoryRemarkDoubted Key = "history_remark_doubted"
)
