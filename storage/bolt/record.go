package bolt

import (
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
	errNewer    = errors.New("written by a newer rechargebot")
)

// damage is a record that cannot be trusted. It is never a refusal: it breaks the store.
type damage struct {
	bucket string
	key    []byte
	cause  error
}

func (d *damage) Error() string {
	return fmt.Sprintf("record %x in bucket %q is damaged: %v", d.key, d.bucket, d.cause)
}

func (d *damage) Unwrap() error { return d.cause }

// checksum covers the place as well, so that a record under a wrong key is found too.
func checksum(bucket string, key, payload []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(0, table, []byte(bucket))
	sum = crc32.Update(sum, table, key)
	return crc32.Update(sum, table, payload)
}

// seal makes the record of a payload.
func seal(bucket string, key, payload []byte) []byte {
	out := make([]byte, headerSize, headerSize+len(payload))
	out[0] = recordVersion
	binary.BigEndian.PutUint32(out[1:], checksum(bucket, key, payload))
	return append(out, payload...)
}

// unseal returns the payload of a record, which lives as long as its transaction.
func unseal(bucket string, key, record []byte) ([]byte, error) {
	if len(record) < headerSize {
		return nil, &damage{bucket, append([]byte(nil), key...), errShort}
	}
	payload := record[headerSize:]
	if binary.BigEndian.Uint32(record[1:]) != checksum(bucket, key, payload) {
		return nil, &damage{bucket, append([]byte(nil), key...), errChecksum}
	}
	if record[0] != recordVersion {
		return nil, &damage{bucket, append([]byte(nil), key...), fmt.Errorf("%w: version %d", errNewer, record[0])}
	}
	return payload, nil
}

// decode reads a JSON payload that unseal has vouched for.
func decode(bucket string, key, payload []byte, v any) error {
	if err := json.Unmarshal(payload, v); err != nil {
		return &damage{bucket, append([]byte(nil), key...), err}
	}
	return nil
}
