package text

// Jobs as agents see them, in job.en.toml. A card and a push hold exactly one state word, and no
// other sentence here holds any (a test says so).
const (
	StateQueued      Key = "state_queued"
	StateSending     Key = "state_sending"
	StateInProgress  Key = "state_in_progress" // pending and unknown
	StateUnderReview Key = "state_under_review"
	StateDelivered   Key = "state_delivered"
	StateFailed      Key = "state_failed"
	StateCancelled   Key = "state_cancelled"
	StateReversed    Key = "state_reversed"

	JobCard       Key = "job_card"   // Code, State, Amount, Number, Line
	JobPush       Key = "job_push"   // Code, State, Amount, Number, Line
	JobSerial     Key = "job_serial" // Serial
	JobCopySerial Key = "job_copy_serial"

	JobWaits     Key = "job_waits"   // pending: the provider said that it has it
	JobUnknown   Key = "job_unknown" // nobody knows whether the provider has it
	JobChecked   Key = "job_checked"
	JobTakenBack Key = "job_taken_back"
	JobRestored  Key = "job_restored" // under review, out of a copy

	JobWithdrawn        Key = "job_withdrawn" // by the agent
	JobCorrected        Key = "job_corrected" // a person found that a failure was none
	JobDoubted          Key = "job_doubted"   // a provider says that a failure was none, and nobody has found out yet
	JobWithdrawnAdmin   Key = "job_withdrawn_admin"
	JobWithdrawnAccess  Key = "job_withdrawn_access" // by dispatch: the agent may not order any more
	JobWithdrawnSomehow Key = "job_withdrawn_somehow"

	JobCancel        Key = "job_cancel"
	JobCancelCode    Key = "job_cancel_code" // Code
	JobStoppable     Key = "job_stoppable"
	JobStoppableLine Key = "job_stoppable_line" // Code, Amount, Number
	JobStoppableMore Key = "job_stoppable_more" // Count

	JobWhyLate           Key = "job_why_late"
	JobWhyUnreachable    Key = "job_why_unreachable"
	JobWhyFloat          Key = "job_why_float"
	JobWhyRejected       Key = "job_why_rejected"
	JobWhyFailed         Key = "job_why_failed"
	JobWhyCredentials    Key = "job_why_credentials"
	JobWhyMaintenance    Key = "job_why_maintenance"
	JobWhyUnsupported    Key = "job_why_unsupported"
	JobWhyPerson         Key = "job_why_person"
	JobWhyWithdrawn      Key = "job_why_withdrawn" // by the agent, after an attempt that came to nothing
	JobWhyWithdrawnAdmin Key = "job_why_withdrawn_admin"
	JobWhyOther          Key = "job_why_other"
)
