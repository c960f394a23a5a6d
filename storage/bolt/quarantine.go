package bolt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rechargebot/storage"
)

// errQuarantine is what a restored store answers to every change before its quarantine.
var errQuarantine = errors.New("the store was restored from a copy, and its quarantine comes before any work")

// byRestore is who brings unfinished jobs to Review after a restore.
const byRestore = "restore"

// Restored says from what copy the store was put in place.
func (s *Store) Restored(ctx context.Context) (r storage.Restored, err error) {
	err = s.view(ctx, func(t *tx) error {
		_, err := t.get(bucketMeta, []byte(metaRestored), &r)
		return err
	})
	if err != nil {
		return storage.Restored{}, fmt.Errorf("read whether it was restored: %w", err)
	}
	return r, nil
}

// Quarantine makes a restored store fit for work.
func (s *Store) Quarantine(ctx context.Context, q storage.Quarantine) (done storage.Quarantined, err error) {
	if q.Now.IsZero() || q.Due.IsZero() || !indexable(q.Due) {
		return done, fmt.Errorf("quarantine without a time: %w", storage.ErrIllegal)
	}
	err = s.enqueue(ctx, func(t *tx) (func() error, error) {
		found, err := t.find()
		if err != nil {
			return nil, err
		}
		done = storage.Quarantined{Restored: found.restored, Jobs: len(found.jobs), Updates: found.updates, Notices: len(found.notices)}
		var notices []storage.Notice
		if q.Notices != nil {
			notices = q.Notices(done)
		}
		if err := errors.Join(encodable(notices), t.checkNotices(notices)); err != nil {
			return nil, err
		}
		return func() error { return t.quarantine(q, found, notices) }, nil
	})
	if err != nil {
		return storage.Quarantined{}, fmt.Errorf("quarantine what was restored: %w", err)
	}
	s.restored.Store(false)
	return done, nil
}

// found is what of a copy must not act again.
type found struct {
	restored storage.Restored
	jobs     []storage.JobID
	chats    []storage.ChatID
	notices  []storage.Notice // without their bodies
	updates  int
}

// find looks through a restored store; ErrIllegal when it is none.
func (t *tx) find() (f found, err error) {
	there, err := t.get(bucketMeta, []byte(metaRestored), &f.restored)
	if err == nil && !there {
		err = fmt.Errorf("quarantine of a store that was not restored: %w", storage.ErrIllegal)
	}
	if err != nil {
		return f, err
	}
	for bucket, see := range map[string]func(key, payload []byte) error{
		bucketLive: func(key, _ []byte) error {
			f.jobs = append(f.jobs, storage.JobID(readUnsigned(key)))
			return nil
		},
		bucketSessions: func(key, _ []byte) error {
			f.chats = append(f.chats, storage.ChatID(readSigned(key)))
			return nil
		},
		bucketInbox: func([]byte, []byte) error { f.updates++; return nil },
		bucketNotices: func(key, payload []byte) error {
			var n storage.Notice
			if err := decode(bucketNotices, key, payload, &n); err != nil {
				return err
			}
			stays, err := t.tellsOfTheEnd(n)
			if n.Body = nil; !stays {
				f.notices = append(f.notices, n)
			}
			return err
		},
	} {
		err := t.each(bucket, nil, func(key, payload []byte) (bool, error) { return true, see(key, payload) })
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// tellsOfTheEnd reports whether the notice says what a final state is, which is as true after the copy as before: it
// may come twice, and must come once (SAFETY.md, I3).
func (t *tx) tellsOfTheEnd(n storage.Notice) (bool, error) {
	switch n.Kind {
	case storage.NoticePush:
		return n.State.Terminal(), nil
	case storage.NoticeCard:
		unfinished, err := t.has(bucketLive, jobKey(n.Job))
		return !unfinished, err
	}
	return n.Result(), nil
}

// quarantine is the apply phase.
func (t *tx) quarantine(q storage.Quarantine, f found, notices []storage.Notice) error {
	for _, n := range f.notices {
		if err := t.forget(n); err != nil {
			return err
		}
	}
	for _, bucket := range []string{bucketKeyboards, bucketExpiry, bucketInbox} {
		if err := t.empty(bucket); err != nil {
			return err
		}
	}
	for _, chat := range f.chats {
		if err := t.closeDialogue(chat, q.Now); err != nil {
			return err
		}
	}
	if err := t.oweAll(notices); err != nil {
		return err
	}
	for _, id := range f.jobs {
		if err := t.toQuarantine(id, q, f.restored.Copied); err != nil {
			return err
		}
	}
	if err := t.skipNumbers(q.Now.Sub(f.restored.Copied)); err != nil {
		return err
	}
	if err := t.remove(bucketMeta, []byte(metaRestored)); err != nil {
		return err
	}
	return t.audit(q.Now, 0, fmt.Sprintf("quarantine after the restore of a copy of %s: %d unfinished orders wait for a person",
		f.restored.Copied.UTC().Format(time.RFC3339), len(f.jobs)))
}

// empty removes every record of a bucket; its numbers go on.
func (t *tx) empty(bucket string) error {
	if err := t.writing(); err != nil {
		return err
	}
	last := t.bucket(bucket).Sequence()
	if err := t.bolt.DeleteBucket([]byte(bucket)); err != nil {
		return fmt.Errorf("empty bucket %q: %w", bucket, err)
	}
	b, err := t.bolt.CreateBucket([]byte(bucket))
	if err == nil {
		err = b.SetSequence(last)
	}
	if err != nil {
		return fmt.Errorf("empty bucket %q: %w", bucket, err)
	}
	return nil
}

// closeDialogue ends what somebody was in the middle of, as often as it may have gone on after the copy. The message
// that showed it may be another's card by now, and is left alone.
func (t *tx) closeDialogue(chat storage.ChatID, now time.Time) error {
	var s session
	found, err := t.get(bucketSessions, chatKey(chat), &s)
	if err != nil || !found {
		return err
	}
	s = session{
		Session: storage.Session{Chat: s.Chat, Person: s.Person, Version: s.Version + 1, Changed: now},
		Fresh:   storage.NoticeID(t.bucket(bucketNotices).Sequence()),
	}
	return t.put(bucketSessions, chatKey(chat), s)
}

// toQuarantine brings an unfinished job to Review, whatever its state is in the copy.
func (t *tx) toQuarantine(id storage.JobID, q storage.Quarantine, copied time.Time) error {
	before, err := t.job(id)
	if err != nil {
		return err
	}
	j := before
	if j.State != storage.Review {
		j.History = append(j.History, storage.Line{At: q.Now, From: j.State, To: storage.Review, By: byRestore, Note: "restored from a copy"})
		j.State, j.Changed = storage.Review, q.Now
	}
	j.Verdict, j.Withdraw, j.Due = nil, "", q.Due
	if j.Version++; j.Restored.IsZero() || copied.Before(j.Restored) {
		j.Restored = copied
	}
	if err := t.store(&before, j); err != nil {
		return err
	}
	return t.oweMove(j, storage.Move{Now: q.Now})
}

// fromRestore reports whether the line of a job's history is the one of a restore.
func fromRestore(l storage.Line) bool {
	return l.By == byRestore && l.To == storage.Review && !l.From.Terminal()
}
