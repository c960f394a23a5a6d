// Package flows is what people can do with the bot, step by step. It knows no chat platform, no
// provider's wire and no database: an Input comes in, a storage.Turn goes to the store, and notices
// wait there for whoever sends them.
//
//	Input ──► Engine.Handle
//	            │  person, session, keyboard     read from the store
//	            │  route                         whose step is it, may this person take it?
//	            ▼
//	          Flow.Step (pure) ──► Step: state, screen, messages, order, changes of people
//	            │
//	            ▼
//	          one storage.Turn: inbox row, press, session with its version, order, people, notices,
//	            │               keyboards, audit: all of it or nothing
//	            ▼
//	          Answer to the press; OnOrder wakes the dispatcher
//
//	storage.Notice ──► Composer.Compose ──► Message     at the time of sending
//
// Why an engine: what keeps money safe in a chat is the same for every flow, so it is in one place and
// no flow can forget it. Buttons carry opaque tokens that the store knows, used up by the first press that
// changes anything, unless they are for looking; only the person they were made for may press them, only in
// that chat, only for a while, and an order is accepted only from a press of the newest screen. Money flows
// live in private chats. Roles are read anew for every input; who orders, and who decides about others, is
// checked once more in the commit. A commit that collided with another one is stepped anew from what is there
// then, a bounded number of times; one that was refused by a limit or a right is told and never tried again.
//
// Steps are pure: they read and decide, they send nothing. So a step may be taken twice (a version
// changed in between) and a crash at any point leaves either all of it or nothing, and whoever delivers
// the same update again finds it handled.
//
// A session's life: a screen that is committed is owed as a NoticeScreen, whose sending makes it the
// session's card, or the first press on it when the platform's answer was lost; later screens edit that
// card. A fresh screen, and an order, leave the card behind with whatever it was still to show: an order
// takes it over as the job's card. A stale press on the present card has it redrawn with new buttons.
//
// A command that comes without what it needs, as from a menu, asks for it beside whatever is open (question.go). An
// invitation is a single-use token in a link, which brings a stranger to the flow whose command it follows (invite.go).
//
// Strangers have no session and are not stored; their own buttons are, for an hour. Each one hears one
// sentence an hour, which a greeting is too, and is answered /start and /id thirty times and their own single-use
// buttons. The strangers of a group share one sentence and thirty /id an hour. Somebody suspended is told why thirty
// times an hour, and in a box for each press. Beyond that there is silence, so that nobody who may not order
// can make the store grow (strangers.go).
package flows
