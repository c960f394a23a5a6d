package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

// recordVersion is the schema of every record's payload. A new one is added here together with the
// reading of all older ones.
const recordVersion = 1

// headerSize is the version byte and the CRC-32C before a payload.
const headerSize = 5

var (
	errChecksum = errors.New("checksum does not match")
	errShort    = errors.New("cut off")
	errLong     = errors.New("longer than it should be")
	errNewer    = errors.New("written by a newer rechargebot")
)

// damage is a record that cannot be trusted. It is never a refusal: it breaks the store.
type damage struct {
	bucket string
	key    []byte
	cause  error
}

func (d *damage) Error() string {
	return fmt.Sprintf("record %s in bucket %q is damaged: %v", shownKey(d.bucket, d.key), d.bucket, d.cause)
}

// shownKey is a key as errors name it, in hex. Of one that holds a telephone number it is the job alone,
// and nothing at all when it is not made as it should be: errors end in logs.
func shownKey(bucket string, key []byte) string {
	if bucket != bucketAccount {
		return fmt.Sprintf("%x", key)
	}
	if len(key) == 0 || len(key) != 1+int(key[0])+8 {
		return "of an unreadable key"
	}
	return fmt.Sprintf("of job %d", readUnsigned(key[len(key)-8:]))
}

func (d *damage) Unwrap() error { return d.cause }

// sealer seals and unseals the records of one bucket. Its checksum covers the place as well, so that a
// record under a wrong key is found too.
type sealer struct {
	bucket string
	table  *crc32.Table
	seed   uint32 // the checksum of the bucket's name
}

func sealerOf(bucket string) sealer {
	table := crc32.MakeTable(crc32.Castagnoli)
	return sealer{bucket, table, crc32.Update(0, table, []byte(bucket))}
}

func (s *sealer) checksum(key, payload []byte) uint32 {
	sum := crc32.Update(s.seed, s.table, key)
	if len(payload) == 0 { // an entry of an index
		return sum
	}
	return crc32.Update(sum, s.table, payload)
}

// seal makes the record of a payload.
func (s *sealer) seal(key, payload []byte) []byte {
	out := make([]byte, headerSize, headerSize+len(payload))
	out[0] = recordVersion
	binary.BigEndian.PutUint32(out[1:], s.checksum(key, payload))
	return append(out, payload...)
}

// unseal returns the payload of a record, which lives as long as its transaction.
func (s *sealer) unseal(key, record []byte) ([]byte, error) {
	if len(record) < headerSize {
		return nil, s.damaged(key, errShort)
	}
	payload := record[headerSize:]
	if binary.BigEndian.Uint32(record[1:]) != s.checksum(key, payload) {
		return nil, s.damaged(key, errChecksum)
	}
	if record[0] != recordVersion {
		return nil, s.damaged(key, fmt.Errorf("%w: version %d", errNewer, record[0]))
	}
	return payload, nil
}

// entry checks a record without a payload, as indexes have them: the quick way of unseal.
func (s *sealer) entry(key, record []byte) error {
	if len(record) == headerSize && record[0] == recordVersion &&
		binary.BigEndian.Uint32(record[1:]) == crc32.Update(s.seed, s.table, key) {
		return nil
	}
	if _, err := s.unseal(key, record); err != nil {
		return err
	}
	return s.damaged(key, errLong)
}

func (s *sealer) damaged(key []byte, cause error) error {
	return &damage{s.bucket, bytes.Clone(key), cause}
}

// decode reads a JSON payload that unseal has vouched for.
func decode(bucket string, key, payload []byte, v any) error {
	if err := json.Unmarshal(payload, v); err != nil {
		return &damage{bucket, bytes.Clone(key), err}
	}
	return nil
}
