package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAfterASilentWeekUpdatesBeginAnewAtARandomNumber(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	say(t, s, rahim, rahim, "before")
	if err := s.JumpUpdateID(5); err == nil {
		t.Error("the numbers jumped while updates were waiting")
	}
	all := poll(t, s, object{})
	old := all[len(all)-1].ID + 1
	if rest := poll(t, s, object{"offset": old}); len(rest) != 0 {
		t.Fatalf("%v are left", texts(rest))
	}
	for _, id := range []int64{1000, 2_000_000_000} {
		if err := s.JumpUpdateID(id); err != nil {
			t.Fatal(err)
		}
		say(t, s, rahim, rahim, "after")
		all = poll(t, s, object{"offset": old}) // of the old numbers, which lies far ahead, or far behind
		if diff := cmp.Diff([]string{"after"}, texts(all)); diff != "" || all[0].ID != id {
			t.Errorf("update %d: %s", all[0].ID, diff)
		}
		old = id + 1
		if rest := poll(t, s, object{"offset": old}); len(rest) != 0 {
			t.Errorf("%v are left", texts(rest))
		}
	}
	if err := s.JumpUpdateID(0); err == nil {
		t.Error("0 is no number of an update")
	}
}
