// Package wire carries requests to an upstream so that money cannot move by accident.
//
// Go's HTTP client may send one request twice (on a reused connection that the server closes without an
// answer), follows redirects with the whole first address as Referer, and prints addresses with their
// passwords in its errors (SAFETY.md, findings 1 to 3). A [Client] does none of that: it uses the
// transport itself, never http.Client, so a redirect is an answer like any other; a Send opens a
// connection of its own, speaks HTTP/1.1 once and closes it; no proxy is taken from the environment; a name
// that leads into our own network is not connected to; and errors are rebuilt from a closed set of words,
// so neither addresses nor secrets can be in them.
//
// The one proof of "nothing was sent" is that no connection was ever obtained: only then does an error
// wrap providers.ErrNotSent. Reads (enquiries, balances, offers) move no money; they go through a second
// transport that keeps connections and may repeat a read.
//
// Answers are read by [ParseObject], which is strict where leniency would invent a verdict (repeated
// keys, trailing data, cut-off text) and tolerant where upstreams are careless but clear (blanks round
// keys, numbers as text, byte order marks before the object). Prose decides nothing; [SpeaksOfRepeat] and
// [ReasonIn] hear in it only what makes a verdict weaker, or its reason plainer.
package wire
