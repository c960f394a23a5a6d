// Package sandbox plays Telegram for one bot on loopback: the Bot API, the people on the other side,
// and a page in the browser on which a person can be all of them. The demo is built on it, and so is
// every test that drives the real bot.
//
// A bot is pointed at the server's address in place of https://api.telegram.org. What people do (Send,
// Press, ShareContact, Block, …; the same as JSON under /sandbox/) becomes updates; the bot fetches
// them with getUpdates, or is called by its webhook, and writes back with the methods below; every change wakes Wait, the page's
// event stream and the waiting poll. Everything is in memory behind one lock. Nothing runs by itself, no
// goroutine and no timer but a poll's own, until the bot sets a webhook: from then on one goroutine
// delivers, with one more for each call under way, until the webhook is taken away or Close, which waits for
// them.
//
// # What it is strict about
//
// It plays getMe, getUpdates, sendMessage, sendPhoto, sendDocument, getFile, editMessageText,
// editMessageReplyMarkup, deleteMessage, answerCallbackQuery, setMyCommands, getMyCommands,
// deleteMyCommands, sendChatAction, getChat, setWebhook, deleteWebhook and getWebhookInfo of Bot API 10.1,
// and refuses where Telegram does, in Telegram's words as far as they are known:
//
//   - the token, the method, each field's presence, type, length and choices, down into keyboards: callback
//     data of 1 to 64 bytes, texts of 1 to 4096 UTF-16 units after formatting. Its rules and its answers are
//     compared with the Bot API's machine-readable description where that lies beside the checkout;
//   - HTML by the rules of Telegram's own parser, with its sentences and byte offsets; then the entities as
//     TDLib settles them: white space trimmed, what may not stand in each other split or dropped, a hundred
//     at most;
//   - edits that change nothing, edits of others' messages, messages that are gone or, to be deleted, older
//     than 48 hours;
//   - people who never started the bot, have blocked it or are gone; groups that have moved, threw it out or
//     silenced it; topics that are closed or deleted;
//   - files: a photo that is none or has the shape of a ribbon, more than 20 MB, ids that it never gave out;
//   - menus by seven scopes and by language: the narrowest is what a person sees (Menu);
//   - presses answered late (15 s), twice, or never made;
//   - offsets: an update is confirmed by a higher offset only, the same offset hands out the same
//     updates; a negative one forgets all but the last; a second poll ends the first with 409; an
//     unfetched message is kept for 24 hours, a press for 150 seconds;
//   - webhooks: called with the secret, in order per chat, presses apart, by so many connections at most; what
//     is not answered 2xx comes again after doubling delays, or after Retry-After, until it expires; no polls
//     beside it;
//   - allowed_updates, kept until named again; privacy mode in groups;
//   - flood control with retry_after, which Limits adjusts: buckets or sliding windows, and a longer wait for
//     those who do not wait.
//
// It is stricter than Telegram in what Telegram lets pass in silence and nobody means: unknown fields,
// null, a number written as text in JSON, a parameter named twice, a button with two actions, more than 100
// buttons or 8 in a row, a quotation inside a quotation, parse_mode together with entities, a command twice in
// a menu, unknown kinds of updates. Uploads end at 20 MB, what a bot could fetch again, not at 50.
//
// # What people can do
//
// Whatever an honest client lets them: Send, Post (photos, documents, stickers, voice, places, contacts; as
// themselves, as an anonymous admin, as a channel), Forward, Edit, Delete, Press, Block, Join; and what only a
// bad one does: Forge presses any button with any data under any message, PressInline one under a message that
// the bot has never seen, Inject brings an update of any make. Fail breaks calls on the wire before or after
// they took effect, Redeliver brings an update again. Meet lets people come at any time; no call costs more
// when there are fifty thousand.
//
// # What it does not do
//
// Inline mode but for such presses, payments, web apps, certificates and fixed addresses of webhooks, Markdown,
// channels of its own, members' rights, reactions, stickers and albums from the bot, thumbnails, links as
// files, message effects and quotes; methods and fields that belong to these are refused by name. A photo stays
// as it was sent, in one size, and is PNG, JPEG or GIF. It keeps 64 MB of files and forgets the oldest. It finds
// no entities by itself but commands. How Telegram counts for its flood control is not published; the delays of
// a real network are for Fail to play.
package sandbox
