package text

// The recharge dialogue, in recharge.en.toml.
const (
	RechargeHelp Key = "recharge_help"

	RechargeButtonStart   Key = "recharge_button_start"
	RechargeButtonBack    Key = "recharge_button_back"
	RechargeButtonCancel  Key = "recharge_button_cancel"
	RechargeButtonConfirm Key = "recharge_button_confirm"
	RechargeButtonAgain   Key = "recharge_button_again"
	RechargeButtonChange  Key = "recharge_button_change"
	RechargeAutomatic     Key = "recharge_automatic"

	RechargeTitle        Key = "recharge_title"
	RechargeCheck        Key = "recharge_check"
	RechargeLineOperator Key = "recharge_line_operator" // Value
	RechargeLineType     Key = "recharge_line_type"     // Value
	RechargeLineNumber   Key = "recharge_line_number"   // Value
	RechargeLineAmount   Key = "recharge_line_amount"   // Value
	RechargeLineProvider Key = "recharge_line_provider" // Value
	RechargeWarning      Key = "recharge_warning"
	RechargeWarningTyped Key = "recharge_warning_typed" // Typed

	RechargeAskOperator Key = "recharge_ask_operator"
	RechargeAskType     Key = "recharge_ask_type"
	RechargeAskNumber   Key = "recharge_ask_number"
	RechargeAskAmount   Key = "recharge_ask_amount" // Min, Max
	RechargeAskProvider Key = "recharge_ask_provider"

	RechargePrefix Key = "recharge_prefix" // Prefix, Operator
	RechargePorted Key = "recharge_ported" // Prefix, Operator, Chosen

	RechargeHello       Key = "recharge_hello"
	RechargeHint        Key = "recharge_hint"
	RechargeCancelled   Key = "recharge_cancelled"
	RechargeAccepted    Key = "recharge_accepted"
	RechargeClosed      Key = "recharge_closed"
	RechargeChanged     Key = "recharge_changed"
	RechargeMayNot      Key = "recharge_may_not"
	RechargeNoOperator  Key = "recharge_no_operator"
	RechargePressButton Key = "recharge_press_button"

	RechargeBadOperator  Key = "recharge_bad_operator" // Operator
	RechargeBadType      Key = "recharge_bad_type"     // Operator, Type
	RechargeBadNumber    Key = "recharge_bad_number"
	RechargeBadZero      Key = "recharge_bad_zero"
	RechargeBadLength    Key = "recharge_bad_length" // Digits
	RechargeBadClosed    Key = "recharge_bad_closed"
	RechargeBadPrefix    Key = "recharge_bad_prefix" // Prefix
	RechargeBadAmount    Key = "recharge_bad_amount"
	RechargeBadPositive  Key = "recharge_bad_positive"
	RechargeBadPrecision Key = "recharge_bad_precision"
	RechargeBadWhole     Key = "recharge_bad_whole"  // Example
	RechargeBadStep      Key = "recharge_bad_step"   // Step
	RechargeBadBounds    Key = "recharge_bad_bounds" // Operator, Type, Min, Max
	RechargeBadTwo       Key = "recharge_bad_two"
	RechargeBadWord      Key = "recharge_bad_word" // Word
	RechargeBadWords     Key = "recharge_bad_words"

	RechargeOverOrder Key = "recharge_over_order" // Limit
	RechargeOverDay   Key = "recharge_over_day"   // Left, Limit
	RechargeDayRest   Key = "recharge_day_rest"   // Left, Limit, Min
	RechargeDayUsed   Key = "recharge_day_used"   // Limit
	RechargeOverLimit Key = "recharge_over_limit"

	RechargeTwin           Key = "recharge_twin"            // Time, Code, State
	RechargeTwinOwn        Key = "recharge_twin_own"        // Time, Code, State
	RechargeTwinAgent      Key = "recharge_twin_agent"      // Name, ID
	RechargeTwinAsk        Key = "recharge_twin_ask"        // Amount
	RechargeTwinUnfinished Key = "recharge_twin_unfinished" // Amount
	RechargeTwinUnpaid     Key = "recharge_twin_unpaid"     // Amount
)
