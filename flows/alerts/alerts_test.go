package alerts_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows/alerts"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

func TestAFloatRunsLowAndIsToppedUp(t *testing.T) {
	p := &purse{balance: taka(6000)}
	story(t, func(g *group) {
		g.wants(time.Hour)
		p.becomes(taka(5000), nil) // at the limit, not below it
		g.wants(time.Minute)
		p.becomes(providers.Money{Minor: 499_999, Currency: providers.BDT}, nil)
		g.wants(time.Minute, "Low balance at ecare-main: ৳4,999.99 left, below ৳5,000.")
		g.wants(2 * time.Hour)
		p.becomes(taka(999), nil)
		g.wants(time.Minute, "Critical balance at ecare-main: ৳999 left, below ৳1,000.")
		p.becomes(taka(1000), nil) // not yet away from the limit
		g.wants(time.Minute)
		p.becomes(taka(900), nil)
		g.wants(time.Minute)
		p.becomes(taka(20_000), nil)
		g.wants(time.Minute, "Balance recovered at ecare-main: ৳20,000.")
		g.wants(24 * time.Hour)
	}, p.float("ecare-main"))
}

func TestAFloatThatHoversAtItsLimitRingsOnce(t *testing.T) {
	p := &purse{balance: taka(4990)}
	story(t, func(g *group) {
		g.wants(time.Minute, "Low balance")
		for range 20 {
			p.becomes(taka(5010), nil)
			g.wants(time.Minute)
			p.becomes(taka(4990), nil)
			g.wants(time.Minute)
		}
		p.becomes(taka(5250), nil) // 5 % above
		g.wants(time.Minute, "Balance recovered")
		p.becomes(taka(5010), nil)
		g.wants(time.Minute)
	}, p.float("ecare-main"))
}

func TestTheGroupIsRemindedWhileAFloatIsLow(t *testing.T) {
	p := &purse{balance: taka(100)}
	story(t, func(g *group) {
		g.wants(2*time.Minute, "Critical balance at ecare-main: ")
		g.wants(3*time.Hour, "Critical balance at ecare-main, still: ")
		p.becomes(taka(3000), nil) // better, not told
		g.wants(time.Hour)
		g.wants(2*time.Hour, "Low balance at ecare-main, still: ")
	}, p.float("ecare-main"))
}

func TestAReminderIsNeverUntrue(t *testing.T) {
	p := &purse{balance: taka(4990)}
	story(t, func(g *group) {
		g.wants(time.Minute, "Low balance")
		p.becomes(taka(5001), nil) // not recovered yet, and not low either
		g.wants(6 * time.Hour)
		p.becomes(taka(4990), nil)
		g.wants(2*time.Minute, "Low balance at ecare-main, still: ")
	}, p.float("ecare-main"))
}

func TestARefusalThatTheOwnerCanMendIsToldNowAndThen(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		refused := func(provider string, why providers.Reason) {
			if err := g.store.Owe(context.Background(), g.watch.Trouble(provider, why)...); err != nil {
				g.t.Fatal(err)
			}
		}
		for range 3 { // an order a minute
			refused("ecare-main", providers.ReasonFloatShort)
			refused("ecare-main", providers.ReasonRejected) // an agent's mistake is nothing for the group
		}
		g.wants(time.Minute, "Critical balance at ecare-main: it refuses orders")
		refused("ecare-main", providers.ReasonCredentials)
		refused("other", providers.ReasonFloatShort)
		g.wants(3*time.Hour, "Provider down: ecare-main refuses our credentials", "Critical balance at other")
		refused("ecare-main", providers.ReasonFloatShort)
		g.wants(time.Minute, "Critical balance at ecare-main")
	}, p.float("ecare-main"))
}

func TestAResultThatCannotBeBroughtIsToldWithoutItsNumber(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		card := storage.Notice{Chat: 2001, Person: 2001, Kind: storage.NoticeCard, Job: 1}
		push := storage.Notice{Chat: 2001, Person: 2001, Kind: storage.NoticePush, Job: 1, State: storage.Delivered}
		correction := storage.Notice{Chat: 2001, Person: 2001, Kind: storage.NoticeMessage, Job: 1}
		hello := storage.Notice{Chat: 2001, Person: 2001, Kind: storage.NoticeMessage}
		for _, n := range []storage.Notice{card, push, hello, correction} {
			if err := g.store.Owe(context.Background(), g.watch.Untold(n)...); err != nil {
				g.t.Fatal(err)
			}
		}
		g.wants(time.Minute, "Not told: #WJMY3E is Delivered, but Telegram refuses the message to its agent, person 2001.",
			"Not told: #WJMY3E did arrive after all, but Telegram refuses the message to its agent, person 2001, who was told that it did not. Please tell them")
	}, p.float("ecare-main"))
}

func TestEvidenceAgainstWhatWasToldIsTold(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		job := storage.Job{
			ID: 1, State: storage.Failed, Order: providers.Order{Account: "8801712345678", Amount: taka(50)},
			Attempts:  []storage.Attempt{{Provider: "first", Reference: "R1"}, {Provider: "second", Reference: "R2"}},
			Incidents: []storage.Incident{{Reference: "R1", Said: "delivered"}},
		}
		settled := job
		settled.State, settled.Incidents = storage.Reversed, nil
		for _, notices := range [][]storage.Notice{g.watch.Incident(job, false), g.watch.Incident(job, true), g.watch.Incident(settled, false)} {
			if err := g.store.Owe(context.Background(), notices...); err != nil {
				g.t.Fatal(err)
			}
		}
		g.wants(time.Minute,
			"Needs review: #WJMY3E, 017****5678, ৳50. It was told as Failed, but first now says: delivered (our reference R1).",
			"Needs review, still: #WJMY3E",
			"Reversed: #WJMY3E, 017****5678, ৳50. second says that it gave the money back (our reference R2).")
	}, p.float("ecare-main"))
}

// Without a group, a job that waits for a person is told to each admin.
func TestWithoutAGroupAdminsHearOfJobs(t *testing.T) {
	p := &purse{balance: taka(100)}
	story(t, func(g *group) {
		g.stop()
		g.config.OpsChat = 0
		g.config.Admins = func() []storage.ChatID { return []storage.ChatID{1001, 1002} }
		g.start()
		for _, notices := range [][]storage.Notice{
			g.watch.NeedsReview(storage.Job{ID: 1}, false), g.watch.Incident(storage.Job{ID: 1}, true),
			g.watch.Untold(storage.Notice{Kind: storage.NoticePush, Job: 1}),
		} {
			if len(notices) != 2 || notices[0].Chat != 1001 || notices[1].Chat != 1002 || notices[1].Person != 1002 || notices[1].Topic != 0 {
				g.t.Errorf("%+v", notices)
			}
		}
	}, p.float("ecare-main"))
}

func TestAProviderIsDownAfterThreeFailedReadings(t *testing.T) {
	p := &purse{balance: taka(6000)}
	story(t, func(g *group) {
		g.wants(90 * time.Second)
		p.becomes(providers.Money{}, errors.New("time-out"))
		g.wants(2 * time.Minute)
		g.wants(time.Minute, "Provider down: ecare-main did not answer 3 times in a row")
		if r := g.watch.Readings()[0]; !r.Down || r.Balance != taka(6000) {
			t.Errorf("reading %+v", r)
		}
		g.wants(2 * time.Hour)
		g.wants(time.Hour, "Provider down, still: ecare-main")
		p.becomes(taka(500), nil)
		g.wants(time.Minute, "Provider recovered: ecare-main answers again; ৳500 left.", "Critical balance at ecare-main")
	}, p.float("ecare-main"))
}

func TestAFailedReadingNowAndThenIsNotTold(t *testing.T) {
	p := &purse{balance: taka(6000)}
	story(t, func(g *group) {
		for range 10 {
			p.becomes(providers.Money{}, errors.New("time-out"))
			g.wants(2 * time.Minute)
			p.becomes(taka(6000), nil)
			g.wants(time.Minute)
		}
	}, p.float("ecare-main"))
}

func TestRefusedCredentialsAreToldAtOnce(t *testing.T) {
	p := &purse{err: fmt.Errorf("balance: %w", providers.ErrCredentials)}
	story(t, func(g *group) {
		g.wants(2*time.Second, "Provider down: ecare-main refuses our credentials.")
		g.wants(time.Hour)
		p.becomes(taka(6000), nil)
		g.wants(time.Minute, "Provider recovered: ecare-main")
	}, p.float("ecare-main"))
}

func TestARestartNeitherRepeatsAnAlertNorForgetsOne(t *testing.T) {
	broke, gone := &purse{balance: taka(100)}, &purse{err: providers.ErrCredentials}
	story(t, func(g *group) {
		g.wants(time.Minute, "Critical balance at broke", "Provider down: gone")
		for range 5 {
			g.stop()
			g.start()
			g.wants(10 * time.Minute)
		}
		g.wants(3*time.Hour, "Critical balance at broke, still", "Provider down, still: gone")
		g.stop()
		broke.becomes(taka(9000), nil)
		gone.becomes(taka(9000), nil)
		g.start()
		g.wants(time.Minute, "Balance recovered at broke", "Provider recovered: gone")
	}, broke.float("broke"), gone.float("gone"))
}

// A clock that was far ahead when the group was told, and was set right, keeps no reminder back.
func TestAClockThatWasSetBackKeepsNoReminderBack(t *testing.T) {
	low, gone := &purse{balance: taka(900)}, &purse{err: errors.New("time-out")}
	story(t, func(g *group) {
		g.stop()
		for name, told := range map[string]string{
			"low":  `{"level":"critical","level_at":"2036-02-07T06:28:16Z"}`,
			"gone": `{"down":true,"down_at":"2036-02-07T06:28:16Z"}`,
		} {
			if err := g.store.SetMemo(context.Background(), "alerts/float/"+name, []byte(told)); err != nil {
				g.t.Fatal(err)
			}
		}
		g.start()
		g.wants(2*time.Minute, "Critical balance at low, still:", "Provider down, still: gone")
		g.wants(175 * time.Minute)
		g.wants(10*time.Minute, "Critical balance at low, still:", "Provider down, still: gone")
	}, low.float("low"), gone.float("gone"))
}

func TestASlowProviderDelaysNobody(t *testing.T) {
	slow, wild, quick := &purse{slow: 24 * time.Hour}, &purse{panics: true}, &purse{balance: taka(100)}
	story(t, func(g *group) {
		g.wants(time.Minute, "Critical balance at quick")
		g.wants(5*time.Minute, "Provider down: wild", "Provider down: slow")
		if n := quick.asked(); n < 5 {
			t.Errorf("read %d times in 6 minutes", n)
		}
	}, slow.float("slow"), wild.float("wild"), quick.float("quick"))
}

func TestABalanceInAnotherCurrencyIsAFailedReading(t *testing.T) {
	p := &purse{balance: providers.Money{Minor: 1, Currency: providers.INR}}
	story(t, func(g *group) {
		g.wants(4*time.Minute, "Provider down")
	}, p.float("ecare-main"))
}

func TestAProviderWithoutLimitsIsReadAndNotTold(t *testing.T) {
	p, mute := &purse{balance: taka(-3)}, &purse{err: providers.ErrUnsupported}
	story(t, func(g *group) {
		g.wants(time.Hour)
		want := []alerts.Reading{{Name: "free", Balance: taka(-3)}, {Name: "mute"}}
		got := g.watch.Readings()
		if got[0].At.IsZero() || time.Since(got[0].At) > time.Minute {
			t.Errorf("read at %v", got[0].At)
		}
		got[0].At = time.Time{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("readings (-want +got):\n%s", diff)
		}
		if n := mute.asked(); n != 1 {
			t.Errorf("a provider without balances was asked %d times", n)
		}
	}, alerts.Float{Name: "free", Balance: p.read}, alerts.Float{Name: "mute", Balance: mute.read})
}

func TestWithoutAGroupNobodyIsToldAndALaterGroupHearsWhatHolds(t *testing.T) {
	p := &purse{balance: taka(100)}
	story(t, func(g *group) {
		g.stop()
		g.config.OpsChat = 0
		g.start()
		g.wants(time.Hour)
		if got := g.watch.NeedsReview(storage.Job{ID: 1}, false); got != nil {
			t.Errorf("told %+v", got)
		}
		g.stop()
		g.config.OpsChat = opsChat
		g.start()
		g.wants(time.Minute, "Critical balance")
	}, p.float("ecare-main"))
}

// broken is a store that has failed.
type broken struct{ *bolt.Store }

func (broken) SetMemo(context.Context, string, []byte, ...storage.Notice) error {
	return storage.ErrBroken
}

func TestAFailedStoreEndsTheWatch(t *testing.T) {
	p := &purse{balance: taka(100)}
	story(t, func(g *group) {
		c := g.config
		c.Store = broken{g.store}
		if err := alerts.New(c).Run(g.t.Context()); !errors.Is(err, storage.ErrBroken) {
			t.Errorf("Run ended with %v", err)
		}
	}, p.float("ecare-main"))
}

func TestAJobUnderReviewIsToldWithoutItsNumber(t *testing.T) {
	t.Parallel()
	words, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	job := storage.Job{
		ID:       1,
		Order:    providers.Order{Operator: providers.BDGrameenphone, Type: providers.Prepaid, Account: "8801712345678", Amount: taka(50)},
		State:    storage.Review,
		Attempts: []storage.Attempt{{Provider: "ecare-main", Reference: "R1"}},
	}
	got := alerts.ReviewMessage(words.In("en"), job, false).Text.String()
	want := "Needs review: #WJMY3E, 017****5678, ৳50 at ecare-main.\nNobody knows whether the provider has it (our reference R1). Please ask the provider, then decide with /review in my private chat. Nobody should order it again meanwhile."
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	job.Attempts[0].UpstreamID = "E160226"
	got = alerts.ReviewMessage(words.In("en"), job, true).Text.String()
	want = "Needs review, still: #WJMY3E, 017****5678, ৳50 at ecare-main.\nThe provider accepted it as E160226 (our reference R1) and never said how it ended. Please ask the provider, then decide with /review in my private chat. Nobody should order it again meanwhile."
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reminder (-want +got):\n%s", diff)
	}
}
