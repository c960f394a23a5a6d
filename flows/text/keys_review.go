package text

// The desk where people decide, in review.en.toml.
const (
	ReviewHelp Key = "review_help"

	ReviewButtonDelivered Key = "review_button_delivered"
	ReviewButtonFailed    Key = "review_button_failed"
	ReviewButtonAsk       Key = "review_button_ask"
	ReviewButtonArrived   Key = "review_button_arrived"
	ReviewButtonReversed  Key = "review_button_reversed"
	ReviewButtonNothing   Key = "review_button_nothing"
	ReviewButtonMore      Key = "review_button_more"
	ReviewButtonBack      Key = "review_button_back"

	ReviewBadCode   Key = "review_bad_code"
	ReviewNoJob     Key = "review_no_job" // Code
	ReviewNone      Key = "review_none"
	ReviewMore      Key = "review_more"
	ReviewMoreBelow Key = "review_more_below"

	ReviewCard         Key = "review_card"          // Code
	ReviewCardIncident Key = "review_card_incident" // Code
	ReviewCardDone     Key = "review_card_done"     // Code
	ReviewOrder        Key = "review_order"         // Amount, Number, Line
	ReviewAgent        Key = "review_agent"         // Agent, ID, Time
	ReviewWaitsNow     Key = "review_waits_now"
	ReviewWaitsMinutes Key = "review_waits_minutes" // Count
	ReviewWaitsHours   Key = "review_waits_hours"   // Count
	ReviewWaitsDays    Key = "review_waits_days"    // Count
	ReviewWhy          Key = "review_why"

	ReviewSent           Key = "review_sent"      // Time, Provider, Reference
	ReviewAnswer         Key = "review_answer"    // Time, HTTP
	ReviewNoAnswer       Key = "review_no_answer" // Time
	ReviewEmpty          Key = "review_empty"
	ReviewSame           Key = "review_same" // Time, Count
	ReviewNoRecord       Key = "review_no_record"
	ReviewUpstream       Key = "review_upstream" // ID
	ReviewNeverAsked     Key = "review_never_asked"
	ReviewAsked          Key = "review_asked"        // Count
	ReviewNotFound       Key = "review_not_found"    // Count
	ReviewFloatBefore    Key = "review_float_before" // Balance, Time
	ReviewFloatAfter     Key = "review_float_after"  // Balance, Time
	ReviewFloatLess      Key = "review_float_less"   // Amount
	ReviewFloatMore      Key = "review_float_more"   // Amount
	ReviewFloatSame      Key = "review_float_same"
	ReviewFloatUnread    Key = "review_float_unread"
	ReviewFloatHint      Key = "review_float_hint"
	ReviewEarlier        Key = "review_earlier" // Provider, Reference, Proof
	ReviewNotAskable     Key = "review_not_askable"
	ReviewRestored       Key = "review_restored" // Time
	ReviewRestoredUnsent Key = "review_restored_unsent"
	ReviewSerial         Key = "review_serial"          // Serial
	ReviewTwo            Key = "review_two"             // Limit
	ReviewVerdict        Key = "review_verdict"         // Name, State, Time
	ReviewVerdictArrived Key = "review_verdict_arrived" // Name, Time
	ReviewVerdictWaits   Key = "review_verdict_waits"

	ReviewStory    Key = "review_story"     // Code
	ReviewTold     Key = "review_told"      // State, Time
	ReviewStands   Key = "review_stands"    // State
	ReviewSaysNow  Key = "review_says_now"  // Provider, Said, Time
	ReviewHadEnded Key = "review_had_ended" // Proof
	ReviewTwice    Key = "review_twice"     // Provider
	ReviewUnderWay Key = "review_under_way"

	ReviewDecided        Key = "review_decided"       // State, Name, Time
	ReviewDecidedAsked   Key = "review_decided_asked" // Name, Time
	ReviewAsking         Key = "review_asking"
	ReviewNow            Key = "review_now"             // State
	ReviewSettledNothing Key = "review_settled_nothing" // Name, Time
	ReviewSettledArrived Key = "review_settled_arrived" // Name, Time

	ReviewOwn         Key = "review_own"
	ReviewOwnCard     Key = "review_own_card"
	ReviewLate        Key = "review_late"    // Code
	ReviewChanged     Key = "review_changed" // Code
	ReviewRefused     Key = "review_refused"
	ReviewSaidSo      Key = "review_said_so"
	ReviewSaidSoAlone Key = "review_said_so_alone"
	ReviewCannotAsk   Key = "review_cannot_ask"
	ReviewGone        Key = "review_gone"
	ReviewAdminsOnly  Key = "review_admins_only"

	ReviewQuestionDelivered Key = "review_question_delivered" // Code
	ReviewQuestionFailed    Key = "review_question_failed"    // Code
	ReviewQuestionArrived   Key = "review_question_arrived"   // Code
	ReviewQuestionReversed  Key = "review_question_reversed"  // Code
	ReviewQuestionNothing   Key = "review_question_nothing"   // Code
	ReviewHintDelivered     Key = "review_hint_delivered"
	ReviewHintFailed        Key = "review_hint_failed"
	ReviewHintArrived       Key = "review_hint_arrived"
	ReviewHintNoted         Key = "review_hint_noted"
	ReviewHintNotedReversed Key = "review_hint_noted_reversed"
	ReviewHintReversed      Key = "review_hint_reversed"
	ReviewHintNothing       Key = "review_hint_nothing"
	ReviewAskReason         Key = "review_ask_reason"
	ReviewWarning           Key = "review_warning" // Typed
	ReviewTooShort          Key = "review_too_short"
	ReviewTooLong           Key = "review_too_long" // Count
	ReviewNoWords           Key = "review_no_words"
	ReviewNoNumber          Key = "review_no_number"
	ReviewForwarded         Key = "review_forwarded"
	ReviewBadSerial         Key = "review_bad_serial"
	ReviewLeft              Key = "review_left"     // Code
	ReviewTooLate           Key = "review_too_late" // Code
	ReviewNothingDone       Key = "review_nothing_done"

	ReviewDoneDelivered  Key = "review_done_delivered"   // Code
	ReviewDoneFailed     Key = "review_done_failed"      // Code
	ReviewDoneAsked      Key = "review_done_asked"       // Code
	ReviewDoneArrived    Key = "review_done_arrived"     // Code
	ReviewDoneReversed   Key = "review_done_reversed"    // Code
	ReviewDoneNothing    Key = "review_done_nothing"     // Code
	ReviewWaitsForSecond Key = "review_waits_for_second" // Code
	ReviewWaitsAlone     Key = "review_waits_alone"      // Code

	ReviewCorrection Key = "review_correction" // Code, Amount, Number, Line

	ReviewOps              Key = "review_ops" // Code, Number, Amount, What, Name
	ReviewOpsDelivered     Key = "review_ops_delivered"
	ReviewOpsFailed        Key = "review_ops_failed"
	ReviewOpsAsked         Key = "review_ops_asked"
	ReviewOpsArrived       Key = "review_ops_arrived"
	ReviewOpsReversed      Key = "review_ops_reversed"
	ReviewOpsNothing       Key = "review_ops_nothing"
	ReviewOpsSaysDelivered Key = "review_ops_says_delivered"
	ReviewOpsSaysFailed    Key = "review_ops_says_failed"
	ReviewOpsSaysArrived   Key = "review_ops_says_arrived"
	ReviewOpsSaysReversed  Key = "review_ops_says_reversed"
)
