package text

// What the operations group is told, in alerts.en.toml.
const (
	AlertsLow       Key = "alerts_low"        // Provider, Balance, Limit
	AlertsCritical  Key = "alerts_critical"   // Provider, Balance, Limit
	AlertsStillLow  Key = "alerts_still_low"  // Provider, Balance, Limit
	AlertsStillCrit Key = "alerts_still_crit" // Provider, Balance, Limit
	AlertsRecovered Key = "alerts_recovered"  // Provider, Balance

	AlertsDown         Key = "alerts_down"          // Provider, Count
	AlertsDownRefused  Key = "alerts_down_refused"  // Provider
	AlertsStillDown    Key = "alerts_still_down"    // Provider
	AlertsStillRefused Key = "alerts_still_refused" // Provider
	AlertsUp           Key = "alerts_up"            // Provider, Balance

	AlertsReview         Key = "alerts_review"          // Code, Number, Amount, Provider
	AlertsReviewAgain    Key = "alerts_review_again"    // Code, Number, Amount, Provider
	AlertsReviewAccepted Key = "alerts_review_accepted" // Reference, UpstreamID
	AlertsReviewEcho     Key = "alerts_review_echo"
	AlertsReviewUnknown  Key = "alerts_review_unknown" // Reference

	AlertsIncident          Key = "alerts_incident"            // Code, Number, Amount
	AlertsIncidentAgain     Key = "alerts_incident_again"      // Code, Number, Amount
	AlertsIncidentTold      Key = "alerts_incident_told"       // State, Provider, Said, Reference
	AlertsIncidentToldAgain Key = "alerts_incident_told_again" // State, Provider, Said, Reference
	AlertsIncidentTwice     Key = "alerts_incident_twice"      // Provider, Said, Reference, Second
	AlertsIncidentBoth      Key = "alerts_incident_both"       // State, Provider, Said, Reference, Second
	AlertsIncidentOpen      Key = "alerts_incident_open"       // State, Provider, Said, Reference
	AlertsIncidentQueued    Key = "alerts_incident_queued"     // Provider, Said, Reference
	AlertsWordWaits         Key = "alerts_word_waits"          // State, Said
	AlertsReversed          Key = "alerts_reversed"            // Code, Number, Amount, Provider, Reference

	AlertsRefusedShort Key = "alerts_refused_short" // Provider

	AlertsEcho Key = "alerts_echo" // Provider

	AlertsBroken Key = "alerts_broken" // Provider, Operator
	AlertsMended Key = "alerts_mended" // Provider, Operator
	AlertsPaused Key = "alerts_paused" // Provider

	AlertsUntold           Key = "alerts_untold"            // Code, State, ID
	AlertsUntoldCorrection Key = "alerts_untold_correction" // Code, ID
	AlertsUntoldHead       Key = "alerts_untold_head"
	AlertsUntoldLine       Key = "alerts_untold_line"    // Code, Number, Amount, State, ID
	AlertsUntoldMore       Key = "alerts_untold_more"    // Count
	AlertsUntoldArrived    Key = "alerts_untold_arrived" // State
	AlertsUntoldDoubted    Key = "alerts_untold_doubted" // State

	AlertsGroupClosed Key = "alerts_group_closed"
	AlertsMissed      Key = "alerts_missed"

	AlertsRestored       Key = "alerts_restored"      // From, To
	AlertsRestoredJobs   Key = "alerts_restored_jobs" // Count
	AlertsRestoredPeople Key = "alerts_restored_people"
	AlertsRestoredAgain  Key = "alerts_restored_again"  // From
	AlertsRestoredAgents Key = "alerts_restored_agents" // From, To
)
