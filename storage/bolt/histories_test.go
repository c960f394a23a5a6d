package bolt_test

import (
	"flag"
	"testing"

	"rechargebot/storage/storagetest"
)

var (
	histories   = flag.Int("histories", 20, "histories of concurrent claims and moves to judge")
	historySeed = flag.Uint64("historyseed", 1, "seed of the histories")
)

// Whatever several do at once, and whatever breaks meanwhile: there is an order in which it happened.
func TestHistoriesAreLinearizable(t *testing.T) {
	t.Parallel()
	storagetest.Histories(t, *histories, *historySeed, harness)
}
