package bolt

import (
	"slices"
	"time"

	"rechargebot/storage"
)

// skip is a row of job numbers that were left out after a restore: orders that are not in the copy may have them, and
// people may know their codes.
type skip struct {
	After storage.JobID `json:"after"`
	Until storage.JobID `json:"until"` // the last one of them
}

// How many numbers are left out: far more than an order a second while the copy grew old. A year of them is a fortieth
// of the numbers that have a code of their own.
const (
	skipAtLeast   = 100_000
	skipPerSecond = 20
	skipAtMost    = 1 << 24
	lastCode      = 1<<30 - 1
)

// skipNumbers leaves out the numbers that may have been given to orders in that time.
func (t *tx) skipNumbers(missing time.Duration) error {
	live := t.bucket(bucketLive)
	newest := live.Sequence()
	width := min(max(skipAtLeast+int64(missing/time.Second)*skipPerSecond, skipAtLeast), skipAtMost)
	if left := lastCode - int64(newest); width > left/2 {
		width = max(left/2, 1)
	}
	skips, err := t.skips()
	if err != nil {
		return err
	}
	until := newest + uint64(width)
	if err := live.SetSequence(until); err != nil {
		return err
	}
	return t.put(bucketMeta, []byte(metaSkips), append(skips, skip{storage.JobID(newest), storage.JobID(until)}))
}

func (t *tx) skips() (out []skip, err error) {
	_, err = t.get(bucketMeta, []byte(metaSkips), &out)
	return out, err
}

// skipped finds the row that the number is in.
func (t *tx) skipped(id storage.JobID) (skip, bool, error) {
	all, err := t.skips()
	if i := slices.IndexFunc(all, func(s skip) bool { return id > s.After && id <= s.Until }); err == nil && i >= 0 {
		return all[i], true, nil
	}
	return skip{}, false, err
}
