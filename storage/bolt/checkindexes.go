package bolt

import (
	"bytes"
	"encoding/json"
	"slices"

	"rechargebot/providers"
	"rechargebot/storage"
)

// jobIndexes checks that each entry of the other indexes of jobs is that of a job.
func (c *checker) jobIndexes() error {
	for _, index := range []string{bucketAgent, bucketAccount} {
		err := c.each(index, nil, func(key, _ []byte) (bool, error) {
			j, err := c.indexed(index, key, storage.JobID(readUnsigned(key[len(key)-8:])))
			prefix := accountPrefix(j.Account)
			if index == bucketAgent {
				prefix = agentPrefix(j.Agent)
			}
			if err == nil && !bytes.Equal(key, append(prefix, jobKey(j.ID)...)) {
				c.report("%s has entry %s in index %q", j.ID, shownKey(index, key), index)
			}
			return true, err
		})
		if err != nil {
			return err
		}
	}
	return c.each(bucketReference, nil, func(key, payload []byte) (bool, error) {
		j, err := c.indexed(bucketReference, key, storage.JobID(readUnsigned(payload)))
		if err != nil {
			return false, err
		}
		mine := func(a storage.Attempt) bool { return string(a.Reference) == string(key) }
		if i := slices.IndexFunc(j.Attempts, mine); i < 0 || slices.IndexFunc(j.Attempts[i+1:], mine) >= 0 {
			c.report("%s has the reference %x not exactly once", j.ID, key)
		}
		return true, nil
	})
}

// sums recomputes what every agent has spent on every day.
func (c *checker) sums() error {
	sums := map[string]int64{}
	err := c.allJobs(func(_ string, j storage.Job) error {
		if counts(j.State) {
			sums[string(spentKey(j.Agent, j.Amount.Currency, j.Day))] += j.Amount.Minor
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = c.each(bucketSpent, nil, func(key, payload []byte) (bool, error) {
		if stored := readSigned(payload); stored != sums[string(key)] {
			c.report("sum %q is %d and should be %d", key, stored, sums[string(key)])
		}
		delete(sums, string(key))
		return true, nil
	})
	for key, sum := range sums {
		c.report("sum %q is missing and should be %s", key, providers.Money{Minor: sum}.Decimal())
	}
	return err
}

// notices checks the notices and the ids of those of which only the newest is kept.
func (c *checker) notices() error {
	newest := c.bucket(bucketNotices).Sequence()
	err := c.each(bucketNotices, nil, func(key, payload []byte) (bool, error) {
		var n storage.Notice
		if err := decode(bucketNotices, key, payload, &n); err != nil {
			return false, err
		}
		if !bytes.Equal(key, noticeKey(n.ID)) || uint64(n.ID) > newest {
			c.report("notice %d of %d is stored under key %x", n.ID, newest, key)
		}
		if index, at := newestOf(n); index != "" {
			if id, _, err := c.number(index, at); err != nil || id != uint64(n.ID) {
				c.report("notice %d is a %s of which %d is the newest (%v)", n.ID, n.Kind, id, err)
			}
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, index := range []string{bucketScreens, bucketCards} {
		err := c.each(index, nil, func(key, payload []byte) (bool, error) {
			var n storage.Notice
			found, err := c.get(bucketNotices, payload, &n)
			if in, at := newestOf(n); err == nil && (!found || in != index || !bytes.Equal(at, key)) {
				c.report("entry %x in bucket %q leads to no notice of its own", key, index)
			}
			return true, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keyboards checks the keyboards against the index of their expiry, both ways.
func (c *checker) keyboards() error {
	count := 0
	err := c.each(bucketKeyboards, nil, func(key, payload []byte) (bool, error) {
		var k storage.Keyboard
		if err := decode(bucketKeyboards, key, payload, &k); err != nil {
			return false, err
		}
		count++
		if found, err := c.has(bucketExpiry, expiryKey(k)); err != nil || !found || !bytes.Equal(k.ID[:], key) {
			c.report("keyboard %x has no expiry (%v)", key, err)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	err = c.each(bucketExpiry, nil, func([]byte, []byte) (bool, error) { count--; return true, nil })
	if count != 0 {
		c.report("there are %d more keyboards than expiries", count)
	}
	return err
}

// inbox checks the waiting updates, and the ring of update numbers both ways.
func (c *checker) inbox() error {
	newest := c.bucket(bucketInbox).Sequence()
	err := c.each(bucketInbox, nil, func(key, payload []byte) (bool, error) {
		var u storage.Update
		if err := decode(bucketInbox, key, payload, &u); err != nil {
			return false, err
		}
		if !bytes.Equal(key, inboxKey(u.ID)) || uint64(u.ID) > newest {
			c.report("update %d of %d is stored under key %x", u.ID, newest, key)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	places := 0
	err = c.each(bucketRing, nil, func(key, payload []byte) (bool, error) {
		number, _, err := readPlace(key, payload, true)
		if err != nil || number == nil {
			return true, err
		}
		places++
		place, found, err := c.number(bucketSeen, number)
		if err == nil && (!found || place != readUnsigned(key)) {
			c.report("update number %x at place %x is remembered at place %d", number, key, place)
		}
		return true, err
	})
	if err != nil {
		return err
	}
	seen := 0
	err = c.each(bucketSeen, nil, func([]byte, []byte) (bool, error) { seen++; return true, nil })
	if seen != places || seen > storage.SeenUpdates {
		c.report("%d update numbers at %d places of %d", seen, places, storage.SeenUpdates)
	}
	return err
}

// sessions checks that sessions, people and cards about people are readable and in their places.
func (c *checker) sessions() error {
	err := c.each(bucketSessions, nil, func(key, payload []byte) (bool, error) {
		var s session
		err := decode(bucketSessions, key, payload, &s)
		if err == nil && (!bytes.Equal(key, chatKey(s.Chat)) || s.Version == 0) {
			c.report("session of chat %d, version %d, is stored under key %x", s.Chat, s.Version, key)
		}
		return true, err
	})
	if err != nil {
		return err
	}
	all, err := c.people()
	if err != nil {
		return err
	}
	for _, p := range all {
		if found, err := c.has(bucketPeople, personKey(p.ID)); err != nil || !found {
			c.report("person %d is stored under another key (%v)", p.ID, err)
		}
		many := max(len(p.Untold), len(p.Stale)) > storage.MaxUntold || len(p.Missed) > storage.MaxMissed
		if many || len(p.Untold)+len(p.Stale)+len(p.Missed) > 0 && p.Unreachable.IsZero() {
			c.report("person %d was not told of %d jobs and %d alerts, unreachable since %v", p.ID, len(p.Untold), len(p.Missed), p.Unreachable)
		}
	}
	return c.each(bucketAbout, nil, func(key, payload []byte) (bool, error) {
		var cards []storage.CardRef
		err := decode(bucketAbout, key, payload, &cards)
		if err == nil && len(cards) > maxCardsAbout {
			c.report("%d cards are kept under key %x", len(cards), key)
		}
		return true, err
	})
}

// meta checks that the rest is JSON: what names the file, and the audit log, which it follows to its beginning.
func (c *checker) meta() error {
	for _, bucket := range []string{bucketMeta, bucketAudit} {
		err := c.each(bucket, nil, func(key, payload []byte) (bool, error) {
			if !json.Valid(payload) {
				c.report("record %x in bucket %q is no JSON", key, bucket)
			}
			return true, nil
		})
		if err != nil {
			return err
		}
	}
	return c.followAudit(0)
}
