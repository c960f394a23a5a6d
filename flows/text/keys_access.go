package text

// Who may use the bot, in access.en.toml.
const (
	AccessHelpStart   Key = "access_help_start"
	AccessHelpPending Key = "access_help_pending"
	AccessHelpInvite  Key = "access_help_invite"
	AccessHelpUsers   Key = "access_help_users"
	AccessHelpUser    Key = "access_help_user"

	AccessButtonAsk     Key = "access_button_ask"
	AccessButtonApprove Key = "access_button_approve"
	AccessButtonReject  Key = "access_button_reject"
	AccessButtonSuspend Key = "access_button_suspend"
	AccessButtonResume  Key = "access_button_resume"
	AccessButtonPromote Key = "access_button_promote"
	AccessButtonLimits  Key = "access_button_limits"
	AccessButtonDefault Key = "access_button_default"
	AccessButtonCancel  Key = "access_button_cancel"
	AccessButtonUsers   Key = "access_button_users"
	AccessButtonNext    Key = "access_button_next"
	AccessButtonFirst   Key = "access_button_first"

	AccessHello      Key = "access_hello" // Example
	AccessHelloAdmin Key = "access_hello_admin"
	AccessStranger   Key = "access_stranger"
	AccessAsked      Key = "access_asked"
	AccessOpen       Key = "access_open"
	AccessRetry      Key = "access_retry" // Time
	AccessHave       Key = "access_have"
	AccessTooMany    Key = "access_too_many"
	AccessApproved   Key = "access_approved" // Example
	AccessRejected   Key = "access_rejected" // Time

	AccessCard         Key = "access_card"          // Name
	AccessCardUsername Key = "access_card_username" // Username
	AccessCardID       Key = "access_card_id"       // ID, Time
	AccessCardInvited  Key = "access_card_invited"  // Name
	AccessCardApproved Key = "access_card_approved" // Name, Time
	AccessCardRejected Key = "access_card_rejected" // Name, Time
	AccessDoneApproved Key = "access_done_approved"
	AccessDoneRejected Key = "access_done_rejected"
	AccessLate         Key = "access_late"
	AccessGone         Key = "access_gone"
	AccessRefused      Key = "access_refused"
	AccessAdminsOnly   Key = "access_admins_only"
	AccessOwnersOnly   Key = "access_owners_only"
	AccessNotYourself  Key = "access_not_yourself"
	AccessNotOwner     Key = "access_not_owner"

	AccessCrowd              Key = "access_crowd"  // Count
	AccessInvite             Key = "access_invite" // Bot, Link, Time
	AccessInviteButtonCopy   Key = "access_invite_button_copy"
	AccessInviteButtonRevoke Key = "access_invite_button_revoke"
	AccessInviteEarly        Key = "access_invite_early"
	AccessInviteMany         Key = "access_invite_many" // Count
	AccessInviteRevoked      Key = "access_invite_revoked"
	AccessInviteGone         Key = "access_invite_gone"

	AccessPendingNone Key = "access_pending_none"
	AccessPendingMore Key = "access_pending_more" // Count, Shown

	AccessUsers         Key = "access_users"      // Count
	AccessUsersLine     Key = "access_users_line" // ID, Name, Role
	AccessRoleAgent     Key = "access_role_agent"
	AccessRoleAdmin     Key = "access_role_admin"
	AccessRoleOwner     Key = "access_role_owner"
	AccessRoleNone      Key = "access_role_none"
	AccessSuspendedWord Key = "access_suspended_word"
	AccessUserAsk       Key = "access_user_ask"
	AccessUserHow       Key = "access_user_how"
	AccessUserUnknown   Key = "access_user_unknown"     // ID
	AccessUserName      Key = "access_user_name"        // Name
	AccessUserCard      Key = "access_user_card"        // ID, Role
	AccessUserUnreached Key = "access_user_unreachable" // Time, Count
	AccessUserLimits    Key = "access_user_limits"      // Order, Day
	AccessToldSuspended Key = "access_told_suspended"
	AccessToldResumed   Key = "access_told_resumed"
	AccessToldAdmin     Key = "access_told_admin"

	AccessLimitsTitle     Key = "access_limits_title"   // Name
	AccessLimitsAsk       Key = "access_limits_ask"     // Example
	AccessLimitsWarning   Key = "access_limits_warning" // Typed
	AccessLimitsForwarded Key = "access_limits_forwarded"
	AccessLimitsTwo       Key = "access_limits_two"
	AccessLimitsZero      Key = "access_limits_zero"
	AccessLimitsOrder     Key = "access_limits_order"
	AccessLimitsSet       Key = "access_limits_set"
	AccessLimitsKept      Key = "access_limits_kept"

	AccessClaimed    Key = "access_claimed"
	AccessClaimWrong Key = "access_claim_wrong"
	AccessClaimTaken Key = "access_claim_taken"
)
