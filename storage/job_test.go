package storage_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rechargebot/storage"
)

// Every id up to 2^30 has a code of its own, and the code leads back to it, however people type it.
func TestCodesLeadBackToTheirJobs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		id := storage.JobID(rapid.Uint64Range(1, 1<<30-1).Draw(r, "id"))
		code := string(id.Code())
		if len(code) != 6 || strings.Trim(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
			r.Fatalf("the code of %d is %q", id, code)
		}
		typed := []string{
			code, "#" + code, " #" + strings.ToLower(code) + " ",
			strings.NewReplacer("0", "O", "1", "I").Replace(code), strings.NewReplacer("0", "o", "1", "l").Replace(code),
			strings.NewReplacer("0", "০", "7", "৭", "9", "९").Replace(code),
		}
		for _, text := range typed {
			if got, ok := storage.ParseCode(text); !ok || got != id {
				r.Fatalf("%q leads to %d, %v instead of %d", text, got, ok, id)
			}
		}
	})
}

func TestNeighboursHaveCodesOfTheirOwn(t *testing.T) {
	t.Parallel()
	seen := map[storage.Code]storage.JobID{}
	for id := storage.JobID(1); id <= 200_000; id++ {
		if other, taken := seen[id.Code()]; taken {
			t.Fatalf("%d and %d are both %s", id, other, id.Code())
		}
		seen[id.Code()] = id
	}
}

func TestWhatIsNoCode(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "#", "12345", "1234567", "12345U", "12 456", "১২৩৪৫", "#12345é", string(storage.JobID(0).Code())} {
		if id, ok := storage.ParseCode(text); ok {
			t.Errorf("%q leads to %d", text, id)
		}
	}
}

// The table of moves is the diagram, written down a second time arrow by arrow.
func TestMovesAreThoseOfTheDiagram(t *testing.T) {
	t.Parallel()
	arrows := map[storage.State]string{
		storage.Queued:    "queued sending cancelled failed",
		storage.Sending:   "queued pending unknown delivered failed",
		storage.Pending:   "pending unknown delivered failed queued review",
		storage.Unknown:   "unknown pending delivered failed queued review",
		storage.Review:    "review delivered failed unknown",
		storage.Delivered: "reversed",
		storage.Failed:    "",
		storage.Cancelled: "",
		storage.Reversed:  "",
	}
	if len(storage.States()) != len(arrows) {
		t.Fatalf("there are %d states, the diagram has %d", len(storage.States()), len(arrows))
	}
	for _, from := range storage.States() {
		for _, to := range storage.States() {
			want := slices.Contains(strings.Fields(arrows[from]), string(to))
			if from.MayBecome(to) != want {
				t.Errorf("%s to %s: allowed is %v", from, to, !want)
			}
		}
		if from.MayBecome("") || storage.State("").MayBecome(from) || storage.State("sent").MayBecome(from) {
			t.Errorf("a state that is none leads to %s or comes from it", from)
		}
	}
}

func TestFinalStatesAreFinalAndTold(t *testing.T) {
	t.Parallel()
	for _, s := range storage.States() {
		leaves := slices.ContainsFunc(storage.States(), func(to storage.State) bool { return s.MayBecome(to) && to != storage.Reversed })
		if s.Terminal() == leaves {
			t.Errorf("%s: terminal is %v, and it leads elsewhere: %v", s, s.Terminal(), leaves)
		}
		if s.Pushed() != (s.Terminal() || s == storage.Review) {
			t.Errorf("%s: pushed is %v", s, s.Pushed())
		}
	}
}

// Only a proof that no money moved opens the door to another attempt.
func TestWhatProvesThatNothingWasCharged(t *testing.T) {
	t.Parallel()
	for proof, want := range map[storage.Proof]bool{
		storage.ProofNotSent: true, storage.ProofRefused: true, storage.ProofFailed: true, storage.ProofPerson: true,
		storage.ProofNone: false, storage.ProofDelivered: false, "P5": false,
	} {
		if proof.NotCharged() != want {
			t.Errorf("%q: not charged is %v", proof, !want)
		}
	}
}

func TestOpenAttemptIsTheNewest(t *testing.T) {
	t.Parallel()
	var j storage.Job
	if j.OpenAttempt() != nil {
		t.Error("a job without attempts has an open one")
	}
	j.Attempts = []storage.Attempt{{Reference: "A"}}
	if a := j.OpenAttempt(); a == nil || a.Reference != "A" {
		t.Errorf("open is %v", a)
	}
	j.OpenAttempt().Closed = j.Created.AddDate(1, 0, 0)
	if j.OpenAttempt() != nil {
		t.Error("a closed attempt is open")
	}
}
