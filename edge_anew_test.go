package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot"
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// sparseTelegram is a Bot API that answers each poll with the next of the batches that were put there, whatever the
// offset, and holds the poll when there is none.
type sparseTelegram struct {
	mu      sync.Mutex
	batches [][]string
	came    chan struct{}
}

func (s *sparseTelegram) brings(person int64, updates ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var batch []string
	for _, id := range updates {
		batch = append(batch, fmt.Sprintf(`{"update_id":%d,"callback_query":{"id":"q%d","from":{"id":%d,"first_name":"A"},"data":"x","message":{"message_id":7,"date":1,"chat":{"id":%d,"type":"private"}}}}`, id, id, person, person))
	}
	s.batches = append(s.batches, batch)
	select {
	case s.came <- struct{}{}:
	default:
	}
}

func (s *sparseTelegram) next() (batch []string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.batches) == 0 {
		return nil, false
	}
	batch, s.batches = s.batches[0], s.batches[1:]
	return batch, true
}

func (s *sparseTelegram) RoundTrip(r *http.Request) (*http.Response, error) {
	switch method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; method {
	case "getMe":
		return result(`{"id":4242,"is_bot":true,"first_name":"Sim","username":"sim_bot"}`), nil
	case "getUpdates":
		for {
			if batch, ok := s.next(); ok {
				return result("[" + strings.Join(batch, ",") + "]"), nil
			}
			select {
			case <-s.came:
			case <-time.After(40 * time.Second):
				return result("[]"), nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}
	}
	return result("true"), nil
}

// heard keeps the numbers of what it was handed, in order.
type heard struct {
	*bolt.Store
	numbers []int64
}

func (h *heard) Handle(ctx context.Context, id storage.InboxID, in flows.Input) (flows.Answer, error) {
	h.numbers = append(h.numbers, in.Update) // all of them are of one chat
	return flows.Answer{}, h.Handled(ctx, id)
}

func (h *heard) Compose(context.Context, storage.Notice) (flows.Message, error) {
	return flows.Message{}, nil
}

// After a week without any update Telegram counts anew, from a number drawn by chance: a press is not lost when an
// update had its number before the silence, while what is brought twice within a day still counts once.
func TestAPressUnderANumberFromBeforeASilentWeekCounts(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), storeFile)
	words, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		store, err := bolt.Open(file, bolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.EnsureOwners(t.Context(), time.Now(), admin); err != nil {
			t.Fatal(err)
		}
		h, chats := &heard{Store: store}, &sparseTelegram{came: make(chan struct{}, 1)}
		b, err := bot.New(bot.Config{Token: providers.Secret("4242:abc"), Store: store, Handler: h, Composer: h, Catalogue: words, Transport: chats})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var life sync.WaitGroup
		life.Go(func() {
			if err := b.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		for _, step := range []struct {
			waits   time.Duration
			updates []int64
		}{
			{0, []int64{500, 501, 502}},
			{0, []int64{501, 502, 503}},              // the answer that confirmed them was lost
			{23 * time.Hour, []int64{503, 504}},      // as late as Telegram brings anything
			{8 * 24 * time.Hour, []int64{501}},       // counted anew
			{0, []int64{501, 502}},                   // the answer that confirmed it was lost
			{time.Hour, []int64{503, 504, 505, 503}}, // into the numbers of the time before
		} {
			time.Sleep(step.waits)
			chats.brings(admin, step.updates...)
			time.Sleep(time.Second)
		}
		stop()
		life.Wait()
		if diff := cmp.Diff([]int64{500, 501, 502, 503, 504, 501, 502, 503, 504, 505}, h.numbers); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		if err := store.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}
