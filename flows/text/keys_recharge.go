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
	RechargeAskNumber   Key = "recharge_ask_number" // Example
	RechargeAskAmount   Key = "recharge_ask_amount" // Min, Max
	RechargeAskProvider Key = "recharge_ask_provider"

	RechargePrefix Key = "recharge_prefix" // Prefix, Operator
	RechargePorted Key = "recharge_ported" // Prefix, Operator, Chosen

	RechargeHello       Key = "recharge_hello" // Example
	RechargeHint        Key = "recharge_hint"  // Example
	RechargeCancelled   Key = "recharge_cancelled"
	RechargeAccepted    Key = "recharge_accepted"
	RechargeClosed      Key = "recharge_closed"
	RechargeChanged     Key = "recharge_changed"
	RechargeMayNot      Key = "recharge_may_not"
	RechargeNoOperator  Key = "recharge_no_operator"
	RechargePressButton Key = "recharge_press_button"

	RechargeBadOperator  Key = "recharge_bad_operator" // Operator
	RechargeBadType      Key = "recharge_bad_type"     // Operator, Type
	RechargeBadNumber    Key = "recharge_bad_number"   // Example
	RechargeBadZero      Key = "recharge_bad_zero"
	RechargeBadLength    Key = "recharge_bad_length" // Want, Digits, Example
	RechargeBadClosed    Key = "recharge_bad_closed"
	RechargeBadPrefix    Key = "recharge_bad_prefix" // Prefix
	RechargeBadAmount    Key = "recharge_bad_amount"
	RechargeBadPositive  Key = "recharge_bad_positive"
	RechargeBadPrecision Key = "recharge_bad_precision"
	RechargeBadWhole     Key = "recharge_bad_whole"    // Example
	RechargeBadStep      Key = "recharge_bad_step"     // Step
	RechargeBadBounds    Key = "recharge_bad_bounds"   // Operator, Type, Min, Max
	RechargeBadTwo       Key = "recharge_bad_two"      // Example
	RechargeBadReadings  Key = "recharge_bad_readings" // Whole, Number, Amount, Example
	RechargeBadWord      Key = "recharge_bad_word"     // Word, Example
	RechargeBadWords     Key = "recharge_bad_words"    // Example

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
	RechargeTwinDoubted    Key = "recharge_twin_doubted"    // Amount
	RechargeTwinArrived    Key = "recharge_twin_arrived"    // Amount

	RechargeWithdrawn        Key = "recharge_withdrawn"         // Code
	RechargeWithdrawnDoubted Key = "recharge_withdrawn_doubted" // Code
	RechargeWithdrawSent     Key = "recharge_withdraw_sent"     // Code
	RechargeWithdrawEnded    Key = "recharge_withdraw_ended"    // Code, State
	RechargeWithdrawBusy     Key = "recharge_withdraw_busy"     // Code
	RechargeWithdrawLost     Key = "recharge_withdraw_lost"

	RechargeTroubled       Key = "recharge_troubled"
	RechargeTroubledButton Key = "recharge_troubled_button" // Provider
	RechargePausedProvider Key = "recharge_paused_provider" // Provider
	RechargePausedAll      Key = "recharge_paused_all"
	RechargePausedChosen   Key = "recharge_paused_chosen" // Provider
	RechargePausedStill    Key = "recharge_paused_still"
	RechargeButtonRetry    Key = "recharge_button_retry"

	RechargeButtonAnyway Key = "recharge_button_anyway"
	RechargeButtonUsual  Key = "recharge_button_usual" // Number
	RechargeNear         Key = "recharge_near"
	RechargeNearThis     Key = "recharge_near_this"
	RechargeNearUsual    Key = "recharge_near_usual"
	RechargeMuch         Key = "recharge_much" // Amount, Times, Largest
	RechargeAnywayAsk    Key = "recharge_anyway_ask"

	RechargeCountryBd    Key = "recharge_country_bd"
	RechargeCountryIn    Key = "recharge_country_in"
	RechargeCurrencyBdt  Key = "recharge_currency_bdt"
	RechargeCurrencyInr  Key = "recharge_currency_inr"
	RechargeAskAnyNumber Key = "recharge_ask_any_number" // Example, Other
	RechargeHelloAny     Key = "recharge_hello_any"      // Example, Other
	RechargeHintAny      Key = "recharge_hint_any"       // Example, Other
	RechargeBadAnyNumber Key = "recharge_bad_any_number" // Example, Other
	RechargeBadLengthOf  Key = "recharge_bad_length_of"  // Country, Want, Digits, Example
	RechargeBadStart     Key = "recharge_bad_start"      // Example
	RechargeBadCountry   Key = "recharge_bad_country"    // Country, Operator, Home
	RechargeBadCode      Key = "recharge_bad_code"       // Country, Example
	RechargeBadCodes     Key = "recharge_bad_codes"      // Country, Other, Example, OtherExample
	RechargeBadMarket    Key = "recharge_bad_market"     // Country
	RechargeBadCurrency  Key = "recharge_bad_currency"   // Want, Named

	RechargeUsual      Key = "recharge_usual"       // Operator
	RechargeUsualOther Key = "recharge_usual_other" // Operator, Chosen
	RechargeLast       Key = "recharge_last"        // Operator
	RechargeLastOther  Key = "recharge_last_other"  // Operator, Chosen
	RechargeLastCircle Key = "recharge_last_circle" // Circle

	RechargeLineCircle   Key = "recharge_line_circle" // Value
	RechargeAskCircle    Key = "recharge_ask_circle"
	RechargeButtonCircle Key = "recharge_button_circle"
	RechargeButtonUnsure Key = "recharge_button_unsure"
	RechargeBadCircle    Key = "recharge_bad_circle" // Operator, Circle

	RechargeButtonPacks    Key = "recharge_button_packs"
	RechargeButtonPrevious Key = "recharge_button_previous"
	RechargeButtonNext     Key = "recharge_button_next"
	RechargeKindAll        Key = "recharge_kind_all"
	RechargeKindData       Key = "recharge_kind_data"
	RechargeKindVoice      Key = "recharge_kind_voice"
	RechargeKindBundle     Key = "recharge_kind_bundle"
	RechargeKindOther      Key = "recharge_kind_other"
	RechargeKindChosen     Key = "recharge_kind_chosen" // Kind
	RechargePack           Key = "recharge_pack"        // Price
	RechargePackButton     Key = "recharge_pack_button" // Price, Validity
	RechargePacks          Key = "recharge_packs"       // Operator, Type
	RechargePacksPage      Key = "recharge_packs_page"  // Page, Pages
	RechargePacksNone      Key = "recharge_packs_none"
	RechargePacksMissing   Key = "recharge_packs_missing"
	RechargePackWarning    Key = "recharge_pack_warning" // Amount
)
