package text

// The desk about providers, in desk.en.toml.
const (
	DeskHelp Key = "desk_help"

	DeskTitle      Key = "desk_title"
	DeskName       Key = "desk_name" // Provider
	DeskEnabled    Key = "desk_enabled"
	DeskDisabled   Key = "desk_disabled"
	DeskState      Key = "desk_state"      // Time, Name
	DeskStateSelf  Key = "desk_state_self" // Time
	DeskUnreadable Key = "desk_unreadable"

	DeskFloat     Key = "desk_float"     // Balance, Count
	DeskFloatOld  Key = "desk_float_old" // Balance, Count
	DeskFloatNone Key = "desk_float_none"
	DeskFloatMute Key = "desk_float_mute"

	DeskSends     Key = "desk_sends" // Count, Percent
	DeskSendsNone Key = "desk_sends_none"
	DeskWaiting   Key = "desk_waiting" // Count

	DeskBroken       Key = "desk_broken"        // Operator, Time, Count
	DeskBrokenDue    Key = "desk_broken_due"    // Operator, Time
	DeskBrokenTrying Key = "desk_broken_trying" // Operator, Time

	DeskReview     Key = "desk_review"      // Count
	DeskReviewMany Key = "desk_review_many" // Count

	DeskButtonPause  Key = "desk_button_pause"  // Provider
	DeskButtonResume Key = "desk_button_resume" // Provider
	DeskButtonBefore Key = "desk_button_before"
	DeskButtonAgain  Key = "desk_button_again"
	DeskButtonNext   Key = "desk_button_next"

	DeskPaused        Key = "desk_paused"
	DeskResumed       Key = "desk_resumed"
	DeskPausedBefore  Key = "desk_paused_before"
	DeskResumedBefore Key = "desk_resumed_before"
	DeskGone          Key = "desk_gone"
	DeskAdminsOnly    Key = "desk_admins_only"
	DeskRefused       Key = "desk_refused"

	DeskToldPaused  Key = "desk_told_paused"  // Provider, Name
	DeskToldResumed Key = "desk_told_resumed" // Provider, Name
)
