// Package simulated is a pretend upstream: a prepaid account with a recharge provider that exists only
// here, spoken to over real HTTP in the provider's own dialect. The demo and the tests send their orders
// to it instead of spending money.
//
// A request goes one way through it:
//
//	HTTP ─► dialect reads it ─► core: record, login, mood, float, references ─► dialect words it ─► mood delivers it ─► HTTP
//
// The core (everything but the files named after a vendor) knows accounts, float, orders by reference, moods
// and the record; it knows no vendor's words. A dialect is one file (ecare.go, sendapi.go, rechargkit.go,
// deeperweb.go, bos.go), its lists apart: paths, how a request is read, how an outcome is worded, whether a reference may come
// twice. It is written as an outsider would, from the vendor's document alone: it shares neither code nor
// tables with the adapter of the same name, so that a misreading in one of the two shows when they meet. Where
// the document leaves room, it takes the reading that is hardest on a client, and its comment lists them.
//
// Each dialect has its own path, so one handler serves all of them, at one address or at one for each account
// (Listen). A client's base_url is that address with ECAREPath, SendapiPath, RechargkitPath, DeeperWebPath or
// BOSPath after it.
//
// # The record
//
// What the core did is a list of events: received, accepted, refused, delivered, failed, reversed, and a few more. All
// state is made from them alone, and nothing is answered before its events are in the record. With
// Config.Record they are also lines of JSON in a file, synced, and a simulator that starts on such a file
// carries on where the last one died. This is the oracle of the tests (SAFETY.md, end of section 2): how
// often a reference was sent (Sends), how often it was accepted (Recharges), what reached a number
// (ByNumber). The record is never shortened, because an oracle that forgets proves nothing: it is made
// for runs, not for years. What the page is shown of it is bounded (RecentEvents).
//
// Orders settle by the clock, not by a timer: each request and each look first writes down what has become
// due by then, under the time at which it became due. So a restart loses no deadline, and inside a
// testing/synctest bubble the course of time is exact. Dial serves over net.Pipe there.
//
// Nothing runs between requests, unless an account has an address to be called back at (Account.Postback):
// then one goroutine looks whenever something is due, and calls. Each end of an order, and its reversal, is
// one call, made once, in the words of its dialect; how it was answered is in the record and changes nothing.
//
// # Moods
//
// A mood is how an account misbehaves: until it is changed, or for the next few requests only. Moods holds
// the closed list with a sentence of help for each. Every dialect has every mood; where its document has no
// word for what a mood says ("a duplicate"), it is said in prose:
//
//	normal                              answers at once and truthfully
//	slow drip silent late               time: answers late, a byte a second, never; takes the order when nobody listens any more
//	garbled cut html error500           takes the order and spoils the answer
//	endless bomb                        takes the order and floods the client
//	duplicate wrong-echo forget         takes the order and says something false about it
//	refuse repeat low maintenance       does not take the order and says so
//	redirect down                       does not take the order: points elsewhere, or is not there at all
//	fail-later reverse                  takes the order and changes its mind
//
// Moods survive no restart, nor does a renewed secret (SetSecret): a simulator starts in the normal mood.
package simulated
