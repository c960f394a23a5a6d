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
// It plays getMe, getUpdates, sendMessage, editMessageText, editMessageReplyMarkup, deleteMessage,
// answerCallbackQuery, setMyCommands, getMyCommands, deleteMyCommands, sendChatAction, getChat,
// setWebhook, deleteWebhook and getWebhookInfo of Bot API 10.1, and refuses where Telegram does, in Telegram's
// words as far as they are known:
//
//   - the token, the method, each field's presence, type and length, down into keyboards: callback
//     data of 1 to 64 bytes, texts of 1 to 4096 UTF-16 units after formatting;
//   - HTML by the rules of Telegram's own parser, with its sentences and byte offsets;
//   - edits that change nothing, edits of others' messages, messages that are gone;
//   - people who never started the bot or have blocked it, groups that have moved;
//   - presses answered late (15 s), twice, or never made;
//   - offsets: an update is confirmed by a higher offset only, the same offset hands out the same
//     updates; a negative one forgets all but the last; a second poll ends the first with 409; an
//     unfetched message is kept for 24 hours, a press for 150 seconds;
//   - webhooks: called with the secret, in order per chat, presses apart, by so many connections at most; what
//     is not answered 2xx comes again after doubling delays, or after Retry-After, until it expires; no polls
//     beside it;
//   - allowed_updates, kept until named again; privacy mode in groups;
//   - flood control with retry_after, which Limits adjusts.
//
// It is stricter than Telegram in what Telegram lets pass in silence and nobody means: unknown fields,
// null, a parameter named twice, a button with two actions, more than 100 buttons or 8 in a row, a
// quotation inside a quotation, parse_mode together with entities.
//
// # What it does not do
//
// Media and files, inline mode, payments, web apps, certificates and fixed addresses of webhooks, Markdown, channels, members' rights,
// message effects and quotes; fields that belong to these are refused by name. It finds no entities by itself
// but commands. Its flood control is a pair of plain buckets, while Telegram's is not published; the
// delays of a real network are for Fail to play.
package sandbox
