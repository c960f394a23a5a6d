package history_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/flowtest"
	"rechargebot/flows/history"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

func TestChats(t *testing.T) {
	t.Parallel()
	dhaka := time.FixedZone("Dhaka", 6*60*60)
	flowtest.Stage{
		Open: func(t testing.TB) storage.Store {
			s, err := bolt.Open(filepath.Join(t.TempDir(), "chat.db"), bolt.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			return s
		},
		Flows: func(_ testing.TB, store storage.Store) []flows.Flow {
			return []flows.Flow{history.New(history.Config{Jobs: store, Zone: dhaka})}
		},
	}.Run(t, "testdata/*.chat.txtar")
}

// One job with everything in it that a job can hold still fits into one message.
func TestTheFullestJobFitsIntoAMessage(t *testing.T) {
	t.Parallel()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("W", 65_536)
	evidence := make([]providers.Evidence, storage.MaxEvidence)
	for i := range evidence {
		evidence[i] = providers.Evidence{Call: "enquire", HTTP: 200, Body: long, Err: long}
	}
	j := storage.Job{ID: 1, Agent: 2001, State: storage.Review, Reason: providers.ReasonUnreadable, Provider: "ecare-main"}
	for range 9 {
		j.Attempts = append(j.Attempts, storage.Attempt{
			Provider: strings.Repeat("p", 40), Reference: "R123456789012345678901", UpstreamID: strings.Repeat("9", 60),
			Enquiries: 99, NotFound: 98, Proof: storage.ProofFailed, Closed: time.Now(), Evidence: evidence,
		})
	}
	for range 99 {
		j.History = append(j.History, storage.Line{To: storage.Unknown, By: "dispatch", Note: long})
	}
	f := history.New(history.Config{Jobs: oneJob{job: j}, Zone: time.UTC})
	step, err := f.Step(t.Context(), flows.Dialogue{
		Person: storage.Person{ID: 1001, Role: storage.RoleOwner}, Say: catalogue.In("en"),
	}, flows.Input{Command: "job", Args: string(j.ID.Code())})
	if err != nil {
		t.Fatal(err)
	}
	got := step.Replies[0].Text
	if got.Length() > flows.MaxText || !strings.Contains(got.String(), "Attempt 9") || !strings.Contains(got.String(), "What happened") {
		t.Errorf("%d units:\n%s", got.Length(), got)
	}
}

// oneJob is a history of one job.
type oneJob struct {
	history.Store
	job storage.Job
}

func (o oneJob) Job(context.Context, storage.JobID) (storage.Job, error) { return o.job, nil }

func (o oneJob) Person(context.Context, storage.PersonID) (storage.Person, error) {
	return storage.Person{Name: strings.Repeat("N", 128)}, nil
}
