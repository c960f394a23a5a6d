// Package storagetest holds the laws that every storage.Store keeps. A store's own tests call Test with
// a way to open a fresh one; each law is a subtest with a store to itself, and each ends with the
// store's own Check, so that a law that leaves the store contradicting itself fails even where the law
// does not look.
//
// The laws speak of what can be seen through storage.Store alone: they know neither files nor
// transactions. What only a store itself can do (close and open again what it has stored, make a write
// fail) comes in with the Harness.
package storagetest

import (
	"slices"
	"testing"
	"time"

	"rechargebot/storage"
)

// Harness is a store under test, with what the laws need beside the contract.
type Harness struct {
	Store storage.Store

	// Reopen closes Store, however broken it is, and opens what it has stored, as a restart does.
	Reopen func() (storage.Store, error)

	// Restore puts a copy of Store, made at that time, in its place, as somebody does who has lost it.
	Restore func(copied time.Time) (storage.Store, error)

	// FailWrite makes the n-th write (from 1) after this call fail as a disk does: nothing of the
	// operation that it belongs to may be stored.
	FailWrite func(n int)

	// FailCommit makes the next commit err; happened says whether it is on the disk nevertheless.
	FailCommit func(happened bool)
}

// Test runs every law. open makes a fresh, empty store; it is called many times, also at the same time.
func Test(t *testing.T, open func(t *testing.T) Harness) {
	for _, l := range laws() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, open)
			l.law(w)
			w.finish()
		})
	}
}

// law is one thing that every store keeps.
type law struct {
	name string
	law  func(*world)
}

func laws() []law { return slices.Concat(lawsOfJobs(), lawsOfTalk(), lawsOfAll()) }

// lawsOfJobs are about orders and who decides about them.
func lawsOfJobs() []law {
	return []law{
		{"a press makes one job", onePressOneJob},
		{"an update is handled once", oneUpdateOneTurn},
		{"limits are kept in the commit", limitsInCommit},
		{"who may not order makes no job", mayNotOrder},
		{"an order has seen the number's newest one", newestOfAccount},
		{"the day's sum counts what may cost", daySum},
		{"every pair of states is legal as the table says", tableOfMoves},
		{"one of many movers wins", oneMoverWins},
		{"attempts open and close with the states", attemptsFollowStates},
		{"a reference is used once", referencesAreUnique},
		{"the first and the newest evidence stays", evidenceIsBounded},
		{"a touch leaves no line and no notice", touchIsQuiet},
		{"what waits for a person is at the desk", deskLists},
		{"admins decide what waits for a person", adminsDecideJobs},
		{"four eyes are two people's", fourEyes},
		{"two people take a success back", twoReverse},
		{"two people uphold an incident", twoUphold},
		{"a word about what is no more is dropped", wordsAreDropped},
		{"an open incident is never cut", openIncidentsStay},
		{"an agent withdraws what is not sent", agentWithdraws},
		{"an incident changes no state and stays until settled", incidents},
		{"memos of a turn are an admin's", turnMemos},
		{"what a copy calls unfinished is reviewed", restoredIsReviewed},
		{"what was open in a copy acts no more", restoredActsNoMore},
		{"what came out of a copy is never sent", restoredIsNeverSent},
		{"numbers do not come again after a restore", restoredNumbersGoOn},
		{"a quarantine is all or nothing", quarantineIsWhole},
		{"sending becomes unknown at the start", sendingIsRecovered},
		{"unfinished jobs come in order of due time", unfinishedInOrder},
		{"pages neither skip nor repeat", pagesAreStable},
		{"a number's unfinished jobs are found however old", unfinishedOfAccount},
	}
}

// lawsOfTalk are about what people are told and what they say.
func lawsOfTalk() []law {
	return []law{
		{"a card changed while it is sent is still owed", cardsCoalesce},
		{"only the newest screen of a chat is owed", screensCoalesce},
		{"a fresh card is not taken by an old screen", freshCard},
		{"a screen of a card left behind is not owed", leftScreen},
		{"a card can be learnt from a press", learntCard},
		{"a job's card is not its version", jobCardIsNotVersion},
		{"notices keep their order until they are sent", noticesInOrder},
		{"whoever listens hears of owed notices", owedIsTold},
		{"cards about a person are kept and forgotten", cardsAbout},
		{"who cannot be reached is told later, each order once", untoldIsKept},
		{"what is refused for good is forgotten with its alert", undeliverable},
		{"what an admin misses he is told when he is back, the newest of each kind", missedIsKept},
		{"whoever is heard of while his notice is given up is reachable", heardWhileGivenUp},
		{"an update is accepted once", inboxDedupes},
		{"the inbox remembers so many updates", inboxForgets},
		{"the inbox remembers updates for so long", inboxForgetsInTime},
		{"a session changes by compare-and-set", sessionVersions},
		{"keyboards go when used, replaced or expired", keyboardsGo},
		{"an invitation is opened once", invitesOpenOnce},
		{"an invitation can be void", invitesAreVoid},
		{"people change by compare-and-set", peopleChange},
		{"only admins decide about others", adminsDecide},
		{"there is one first owner", firstOwner},
		{"owners are ensured", ownersEnsured},
	}
}

// lawsOfAll are about everything that is stored.
func lawsOfAll() []law {
	return []law{
		{"memos and their notices are one", memos},
		{"wrong use is refused", wrongUse},
		{"what is not there is not found", notFound},
		{"a context that is over changes nothing", contextOver},
		{"what is given and handed out is shared with nobody", copies},
		{"everything acknowledged survives a restart", survivesReopen},
		{"a failing write leaves all or nothing", failingWrites},
		{"a commit in doubt is all or nothing", commitInDoubt},
		{"the store behaves as its model", model},
	}
}
