package text

// The engine's own sentences, in engine.en.toml.
const (
	LanguageName Key = "language_name" // the catalogue's language in its own words
	Months       Key = "months"        // twelve, with blanks between
	EngineTime   Key = "engine_time"   // Day, Month, Year, Clock

	EngineHelpHelp     Key = "engine_help_help"
	EngineHelpCancel   Key = "engine_help_cancel"
	EngineHelpLanguage Key = "engine_help_language"
	EngineHelpID       Key = "engine_help_id"

	EngineHelp     Key = "engine_help"
	EngineHelpLine Key = "engine_help_line" // Command, Help
	EngineID       Key = "engine_id"        // Person, Chat
	EngineIDChat   Key = "engine_id_chat"   // Chat
	EngineReplaced Key = "engine_replaced"

	EngineStopped     Key = "engine_stopped"
	EngineAskStopped  Key = "engine_ask_stopped"
	EngineClosed      Key = "engine_closed"
	EngineNothingOpen Key = "engine_nothing_open"

	EngineLanguageOnly   Key = "engine_language_only"   // Language
	EngineLanguageChoose Key = "engine_language_choose" // Language
	EngineLanguageChosen Key = "engine_language_chosen" // Language
	EngineLanguageLater  Key = "engine_language_later"  // Language

	EnginePressStale   Key = "engine_press_stale"
	EnginePressRedrawn Key = "engine_press_redrawn"
	EnginePressOther   Key = "engine_press_other"
	EnginePressRefused Key = "engine_press_refused"

	EngineStranger       Key = "engine_stranger"
	EngineSuspended      Key = "engine_suspended"
	EngineAgentsOnly     Key = "engine_agents_only" // Command
	EngineAdminsOnly     Key = "engine_admins_only" // Command
	EngineUnknownCommand Key = "engine_unknown_command"
	EngineNotUnderstood  Key = "engine_not_understood"
	EngineUnreadable     Key = "engine_unreadable"
	EnginePrivateOnly    Key = "engine_private_only" // Command
	EngineBusy           Key = "engine_busy"
	EngineUntoldMore     Key = "engine_untold_more" // Count
)
