package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// threat is one row of the threat table (SAFETY.md, section 5) and what proves that it is met. A test of another
// package has its folder before it: "bot:TestName".
type threat struct {
	row   string
	tests []string
	none  string // why nothing can be tested
}

func met(row string, tests ...string) threat { return threat{row: row, tests: tests} }

// threats are the rows, those that come through the chat first.
func threats() []threat {
	return []threat{
		met("forged or guessed callback_data", "TestThreatForgedPress", "TestThreatForgedPressOnTheCard", "flows:TestAnOrderDoesNotTakeAnotherOrdersCard"),
		met("old Confirm replayed, double tap, redelivered update", "TestThreatReplayedConfirm", "TestThreatRedeliveredUpdateAcrossRestarts", "TestThreatStaleConfirm", "TestThreatPressAnsweredFirst", "TestThreatAnswersComeBeforeCards", "TestOnePressIsOneOrder"),
		met("first admin", "TestThreatFirstAdmin", "TestTheFirstOwnerClaimsTheBot", "flows/access:TestTenWrongCodesOfSomebodyAreEnough", "flows/access:TestClaimEndsWithItsTime"),
		met("other people's buttons in groups; forwarded or copied messages; inline mode", "TestThreatOtherPeoplesButtons", "TestThreatMoneyWordsInAGroup", "flows:TestALookDoesNotReplaceAnOrderOrAnOpenCard"),
		met("admin impersonation (names, usernames, forwarded words, anonymous admin, channel sender)", "TestThreatAdminImpersonation", "TestThreatForwardedOrders", "TestThreatDemotedAdmin", "flows/access:TestForwardedWordsSetNoLimits"),
		met("suspended or removed mid-flow", "TestThreatSuspendedMidFlow", "TestThreatSuspendedBeforeSending"),
		met("deep-link payloads", "TestThreatDeepLinkPayloads", "TestAnInvitationBringsOneStranger", "flows/access:TestOfManyWhoOpenOneLinkOneAsks",
			"flows/access:TestAnInvitationIsNoButtonAndAButtonIsNoInvitation", "flows/access:TestInvitationsAreBounded"),
		met("HTML/Markdown injection from provider text or names", "TestThreatMarkupInNames", "bot:TestOnlyOurOwnMarkupReachesTelegram", "bot:TestRefusalsAndWhatBecomesOfTheNotice"),
		met("provider text misleads", "TestThreatProviderTextMisleads", "flows:TestOnlyAPlainSerialIsShownAndOnlyWhenDelivered"),
		met("hostile uploads", "TestThreatHostileUpload"),
		met("strangers flooding", "TestThreatStrangersFlooding", "TestAFloodOfStrangersCostsAgentsNothing", "bot:TestAFloodOfStrangersReachesNeitherTheStoreNorTheAgents", "bot:TestAStrangersChatterDoesNotSilenceItsQuestions", "flows:TestStrangersNeitherFillTheStoreNorMemory", "flows:TestStrangersInAGroupCannotFillTheStore", "flows/access:TestACrowdOfAskersDoesNotBuryTheAdmins"),
		met("CSV formula injection", "TestThreatCSVInjection", "TestThreatCSVOfOthers", "TestThreatCSVOwedThroughACrash", "bot:TestRefusalsOfAFile"),

		// Those that come through the host.
		met("update spoofing", "TestThreatUpdateSpoofing", "bot:TestAWebhookTurnsAwayWithTheBodyUntouched"),
		met("provider redirects, SSRF", "TestThreatProviderRedirects", "TestThreatPrivateAddress",
			"providers/wire:TestANameThatLeadsInsideIsNotConnectedTo", "providers/wire:TestWhichAddressesAreInside"),
		met("silent HTTP re-send", "TestThreatSilentResend", "providers/wire:TestASendIsNeverRepeated"),
		met("credentials in GET query; plain http", "TestThreatPlainHTTP", "TestThreatCertificates", "providers/wire:TestTLSIsModernTrustedAndHTTP1"),
		met("secrets in errors and logs", "TestThreatCanaries", "TestThreatCanariesOnATerminal", "TestThreatCanariesInAWrongConfiguration",
			"providers:TestScrubberFindsASecretHoweverItIsWritten", "providers/wire:TestErrorsAreRebuiltFromSafeWords"),
		met("personal data", "TestThreatCanaries"),
		met("oversized, compressed, endless answers", "TestThreatEndlessAnswers", "providers/wire:TestAnAnswerIsReadUpToItsLimit"),
		met("file access", "TestThreatFileAccess", "storage/bolt:TestANewStoreIsPrivate", "storage/bolt:TestFilesThatAreRefused"),
		met("backups, at rest", "TestThreatBackups", "TestThreatBackupPutInPlaceByHand", "TestThreatBackupEncrypted", "TestThreatBackupDamaged",
			"TestThreatBackupDoor", "TestThreatBackupOnAFullDisk", "TestThreatBackupCutShort", "TestThreatRestoreCutShort", "TestThreatQuarantineCutShort", "storage/bolt:TestLaws",
			"storage/bolt:TestACopyOfABusyStoreIsWhole", "storage/bolt:TestDamagedCopiesAreRefused"),
		met("two instances", "TestThreatTwoInstances", "TestReadinessFollowsTheBot"),
		met("insiders", "TestThreatInsiders", "TestThreatInsiderAboveTheLimits", "TestThreatInsiderDecidesAboutHimself", "storage/bolt:TestTheAuditLogShowsWhoTouchesIt", "storage/bolt:TestTheAuditLogsEndDependsOnEveryLine",
			"flows/access:TestNobodyDecidesAboutHimselfOrAnOwner", "flows/review:TestOfManyAdminsAtOnceTwoDecideAboveTheSum"),
		met("supply chain", "TestThreatSupplyChain"),
		met("clock", "TestThreatClock", "flows/dispatch:TestAnOrderOutOfTheFutureFailsSoonAndIsNeverSent",
			"flows/dispatch:TestEnquiriesDoNotStopForADayWhenTheClockWasADayAhead"),
	}
}

// Every row has a test, and every test that a row names is there.
func TestEveryThreatHasItsTest(t *testing.T) {
	t.Parallel()
	known, named := map[string]map[string]bool{}, map[string]bool{}
	for _, th := range threats() {
		if named[th.row] {
			t.Errorf("%s: is there twice", th.row)
		}
		named[th.row] = true
		if (len(th.tests) == 0) == (th.none == "") {
			t.Errorf("%s: has neither a test nor a reason for none, or both", th.row)
		}
		for _, name := range th.tests {
			folder, test, elsewhere := strings.Cut(name, ":")
			if !elsewhere {
				folder, test = ".", name
			}
			if known[folder] == nil {
				var err error
				if known[folder], err = testsIn(folder); err != nil {
					t.Fatal(err)
				}
			}
			if !known[folder][test] {
				t.Errorf("%s: there is no test %s in %s", th.row, test, folder)
			}
			delete(known[folder], "unnamed "+test)
		}
	}
	for name := range known["."] {
		if unnamed, ok := strings.CutPrefix(name, "unnamed "); ok {
			t.Errorf("%s proves something about a threat, and no row names it", unnamed)
		}
	}
}

// testsIn are the tests of a folder's files. A test named after a threat is there a second time as "unnamed …".
func testsIn(folder string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		return nil, fmt.Errorf("list the tests of %s: %w", folder, err)
	}
	tests := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read the tests of %s: %w", folder, err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				tests[f.Name.Name] = true
				if strings.HasPrefix(f.Name.Name, "TestThreat") {
					tests["unnamed "+f.Name.Name] = true
				}
			}
		}
	}
	return tests, nil
}
