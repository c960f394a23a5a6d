package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rechargebot/flows"
	"rechargebot/storage"
)

// A message with a file is owed, paced, refused and repeated like any other one (flows.File), but it is heavy: it is made
// of thousands of orders, and its way is long on a weak line. So each chat's files wait in a queue of their own
// and hold up neither its screens nor its results, nor wait for the chat's turn; only so many are made and on their way at a time,
// over all chats; and one that does not get through for fileLife is given up, with a sentence in its place. While it is
// under way, its body is in memory as a whole: net/http sends it again by itself only when nothing of it has left.
const (
	maxUploads    = 2
	uploadTimeout = time.Minute // 4 MiB, the largest of our files, at 70 KB/s
	fileLife      = time.Hour   // after which it has been asked for once more, or is not needed
	fileFirst     = 5 * time.Second
	fileMost      = 5 * time.Minute
)

// slots bounds what is done at a time: it holds one token for each that is taken.
type slots chan struct{}

// await waits until there is a free one, and takes it not.
func (s slots) await(ctx context.Context) {
	select {
	case s <- struct{}{}:
		<-s
	case <-ctx.Done():
	}
}

// try takes one if there is any.
func (s slots) try() (giveBack func(), taken bool) {
	select {
	case s <- struct{}{}:
		return func() { <-s }, true
	default:
		return nil, false
	}
}

// queues are those of all chats, the ones of files apart.
func (o *outbox) queues(files bool) map[storage.ChatID]*queue {
	if files {
		return o.files
	}
	return o.chats
}

// upload sends a message with its file, or what is said in its place.
func (o *outbox) upload(ctx context.Context, it *item, chat storage.ChatID, topic int64, m flows.Message) (int64, error) {
	if it.level < levelBare && !it.Created.IsZero() && time.Since(it.Created) > fileLife {
		it.level = levelBare
	}
	out := render(m)
	switch it.level {
	case levelPlain:
		out = renderPlain(m)
	case levelBare:
		o.log.Warn("a file is given up", "notice", it.ID, "chat", masked(it.Chat), "bytes", len(m.File.Content))
		ctx, cancel := it.within(ctx)
		defer cancel()
		return o.api.send(ctx, chat, topic, renderPlain(flows.Message{Text: m.File.Otherwise}), false)
	}
	return o.api.sendFile(ctx, chat, topic, out, m.File)
}

// sendFile makes a new message with a document and returns its id. What a proxy on the way finds too large is
// refused for good.
func (a *api) sendFile(ctx context.Context, chat storage.ChatID, topic int64, m message, f *flows.File) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	sent, err := a.lib.SendDocument(ctx, &tg.SendDocumentParams{
		ChatID: int64(chat), MessageThreadID: int(topic), Caption: m.text, ParseMode: m.mode, ReplyMarkup: m.inline(),
		Document: &models.InputFileUpload{Filename: f.Name, Data: bytes.NewReader(f.Content)},
	})
	var none noAnswer
	if errors.As(err, &none) && none.status == http.StatusRequestEntityTooLarge {
		err = fmt.Errorf("%w, %w", tg.ErrorBadRequest, err)
	}
	if err := a.done("sendDocument", err); err != nil {
		return 0, err
	}
	return int64(sent.ID), nil
}
