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
	JobWithdrawn Key = "job_withdrawn"

	JobWhyLate        Key = "job_why_late"
	JobWhyUnreachable Key = "job_why_unreachable"
	JobWhyFloat       Key = "job_why_float"
	JobWhyRejected    Key = "job_why_rejected"
	JobWhyFailed      Key = "job_why_failed"
	JobWhyCredentials Key = "job_why_credentials"
	JobWhyMaintenance Key = "job_why_maintenance"
	JobWhyUnsupported Key = "job_why_unsupported"
	JobWhyPerson      Key = "job_why_person"
	JobWhyOther       Key = "job_why_other"
)
