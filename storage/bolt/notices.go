package bolt

import (
	"fmt"
	"slices"

	"rechargebot/storage"
)

// checkNotices refuses notices that could never be sent. An absent job in the first place would make
// its card impossible to compose for ever.
func (t *tx) checkNotices(notices []storage.Notice) error {
	for _, n := range notices {
		if n.Chat == 0 {
			return fmt.Errorf("a %s notice without a chat: %w", n.Kind, storage.ErrIllegal)
		}
		switch n.Kind {
		case storage.NoticeMessage, storage.NoticeFile, storage.NoticeScreen:
		case storage.NoticeEdit:
			if n.Message == 0 {
				return fmt.Errorf("an edit of no message: %w", storage.ErrIllegal)
			}
		case storage.NoticeCard, storage.NoticePush:
			if _, err := t.job(n.Job); refusal(err) {
				return fmt.Errorf("a %s notice of no job: %w", n.Kind, storage.ErrIllegal)
			} else if err != nil {
				return err
			}
		default:
			return fmt.Errorf("a notice of kind %q: %w", n.Kind, storage.ErrIllegal)
		}
	}
	return nil
}

// oweMove owes what a change of state owes: the card, and the push.
func (t *tx) oweMove(j storage.Job, m storage.Move) error {
	if err := t.oweCard(j, m); err != nil || !j.State.Pushed() {
		return err
	}
	return t.owe(storage.Notice{Chat: j.Chat, Person: j.Agent, Kind: storage.NoticePush, Job: j.ID, State: j.State, Created: m.Now})
}

// oweCard brings the job's card up to what the job is after the move.
func (t *tx) oweCard(j storage.Job, m storage.Move) error {
	return t.owe(storage.Notice{Chat: j.Chat, Person: j.Agent, Kind: storage.NoticeCard, Job: j.ID, State: j.State, Created: m.Now})
}

func (t *tx) oweAll(notices []storage.Notice) error {
	for _, n := range notices {
		if err := t.owe(n); err != nil {
			return err
		}
	}
	return nil
}

// owe stores one notice under the next id; an older screen of the chat, or card of the job, gives way.
func (t *tx) owe(n storage.Notice) error {
	id, err := t.next(bucketNotices)
	if err != nil {
		return err
	}
	n.ID = storage.NoticeID(id)
	if index, key := newestOf(n); index != "" {
		if err := t.disown(index, key); err != nil {
			return err
		}
		if err := t.write(index, key, unsigned(id)); err != nil {
			return err
		}
	}
	t.owed = append(t.owed, n)
	return t.put(bucketNotices, noticeKey(n.ID), n)
}

// disown forgets the only notice of its kind that is owed there, if one is, before anybody is told of it.
func (t *tx) disown(index string, key []byte) error {
	id, found, err := t.number(index, key)
	if err != nil || !found {
		return err
	}
	t.owed = slices.DeleteFunc(t.owed, func(o storage.Notice) bool { return uint64(o.ID) == id })
	if err := t.remove(index, key); err != nil {
		return err
	}
	return t.remove(bucketNotices, unsigned(id))
}

// newestOf is where the id of the only notice of its kind is kept, "" for a kind of which all are kept.
func newestOf(n storage.Notice) (index string, key []byte) {
	switch n.Kind {
	case storage.NoticeScreen:
		return bucketScreens, chatKey(n.Chat)
	case storage.NoticeCard:
		return bucketCards, jobKey(n.Job)
	}
	return "", nil
}

// forget removes a notice that is still there.
func (t *tx) forget(n storage.Notice) error {
	if index, key := newestOf(n); index != "" {
		if err := t.remove(index, key); err != nil {
			return err
		}
	}
	return t.remove(bucketNotices, noticeKey(n.ID))
}
