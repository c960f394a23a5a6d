package bolt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"rechargebot/storage"
)

// auditLine is one entry of the audit log. Each holds the link of the one before, so that none can be changed,
// removed or moved without the next one showing it.
type auditLine struct {
	At     time.Time        `json:"at"`
	Actor  storage.PersonID `json:"actor"` // 0 = the configuration
	Text   string           `json:"text"`
	Before []byte           `json:"before,omitempty"` // the link of the line before; the first one has none
}

// auditHead is the end of the audit log. It is kept beside the lines, so that the last ones cannot go unnoticed.
type auditHead struct {
	Lines uint64 `json:"lines"`
	Link  []byte `json:"link,omitempty"` // of the last line
}

// openedLines is how many of the newest lines an opening follows; Check follows all.
const openedLines = 64

// auditLink is what the next line holds of the line under the key: SHA-256 over key and payload.
func auditLink(key, payload []byte) []byte {
	sum := sha256.New()
	_, _ = sum.Write(key)
	_, _ = sum.Write(payload)
	return sum.Sum(nil)
}

// auditBroken is an audit log that is not as it was written. Sums that say so are no secret: who can write to the file
// can make a log of his own, but then it ends otherwise than what was said of it before (Store.AuditEnd).
type auditBroken struct{ why string }

func (e *auditBroken) Error() string {
	return "the audit log was changed outside of the bot: " + e.why + "; keep this file, and restore a backup"
}

func auditBrokenf(format string, args ...any) error {
	return &auditBroken{fmt.Sprintf(format, args...)}
}

// audit appends to the audit log.
func (t *tx) audit(at time.Time, actor storage.PersonID, lines ...string) error {
	if len(lines) == 0 {
		return nil
	}
	head, err := t.auditHead()
	if err != nil {
		return err
	}
	for _, text := range lines {
		n, err := t.next(bucketAudit)
		if err != nil {
			return err
		}
		if n != head.Lines+1 {
			return auditBrokenf("line %d would follow line %d", n, head.Lines)
		}
		if err := t.chain(&head, auditLine{At: at, Actor: actor, Text: text}); err != nil {
			return err
		}
	}
	return t.put(bucketMeta, []byte(metaAudit), head)
}

// chain stores the line behind the head, which moves on.
func (t *tx) chain(head *auditHead, line auditLine) error {
	line.Before = head.Link
	payload, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("encode for bucket %q: %w", bucketAudit, err)
	}
	key := unsigned(head.Lines + 1)
	*head = auditHead{head.Lines + 1, auditLink(key, payload)}
	return t.write(bucketAudit, key, payload)
}

func (t *tx) auditHead() (head auditHead, err error) {
	found, err := t.get(bucketMeta, []byte(metaAudit), &head)
	if err == nil && !found {
		err = auditBrokenf("its end is not known")
	}
	return head, err
}

// followAudit follows the audit log from its end, most lines back; 0 = to its beginning.
func (t *tx) followAudit(most uint64) error {
	head, err := t.auditHead()
	if err != nil {
		return err
	}
	if n := t.bucket(bucketAudit).Sequence(); n != head.Lines {
		return auditBrokenf("it ends in line %d, and %d were written", head.Lines, n)
	}
	seal, cursor := sealerOf(bucketAudit), t.bucket(bucketAudit).Cursor()
	key, record := cursor.Last()
	for n, link := head.Lines, head.Link; ; key, record = cursor.Prev() {
		switch {
		case most > 0 && head.Lines-n == most:
			return nil
		case n == 0 && key != nil:
			return auditBrokenf("there is a line before the first")
		case n == 0 && len(link) > 0:
			return auditBrokenf("there was a line before the first")
		case n == 0:
			return nil
		case bytes.Compare(key, unsigned(n)) > 0:
			return auditBrokenf("there is a line behind line %d", n)
		case !bytes.Equal(key, unsigned(n)):
			return auditBrokenf("line %d is missing", n)
		}
		payload, err := seal.unseal(key, record)
		if err != nil {
			return err
		}
		if !bytes.Equal(auditLink(key, payload), link) {
			return auditBrokenf("line %d is another one than was written", n)
		}
		var line auditLine
		if err := decode(bucketAudit, key, payload, &line); err != nil {
			return err
		}
		n, link = n-1, line.Before
	}
}

// AuditEnd says how many lines the audit log has and what it ends in: 64 hexadecimal digits that depend on every
// line, "" while there is none. A person who keeps them somewhere else can tell later whether the log up to there is
// still the same.
func (s *Store) AuditEnd(ctx context.Context) (lines uint64, end string, err error) {
	err = s.view(ctx, func(t *tx) error {
		head, err := t.auditHead()
		lines, end = head.Lines, hex.EncodeToString(head.Link)
		return err
	})
	return lines, end, err
}
