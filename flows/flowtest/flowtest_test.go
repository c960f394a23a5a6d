package flowtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/tools/txtar"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

// parrot says what it hears, and shows a button with a random token.
type parrot struct{}

func (parrot) Name() string              { return "parrot" }
func (parrot) Orders(string) bool        { return false }
func (parrot) Commands() []flows.Command { return nil }
func (parrot) Step(_ context.Context, d flows.Dialogue, in flows.Input) (flows.Step, error) {
	said := text.Rich{{Text: in.Text + d.Action + "\n\nAgain?"}}
	m := flows.Message{Text: said, Rows: [][]flows.Button{{{Label: "🦜 Squawk", Action: "squawk"}}}}
	return flows.Step{State: []byte("1"), Screen: &m}, nil
}

func stage() Stage {
	return Stage{
		Open:  bolttest.Open,
		Flows: func(testing.TB, storage.Store) []flows.Flow { return []flows.Flow{parrot{}} },
	}
}

func play(t *testing.T, transcript string) string {
	t.Helper()
	s, err := parseScript([]byte(transcript))
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	synctest.Test(t, func(t *testing.T) { got = stage().play(t, s) })
	return string(got)
}

const cast = "-- cast --\nowner 1001 owner Asma\nagent 2001 agent Rahim\nother 2002 agent Karim\n"

const chatter = cast + `-- chatter --
# They talk.
agent: hello
bot:    hello
        ·
        Again?
        [🦜 Squawk]
press: Squawk
edit:   squawk
        ·
        Again?
        [🦜 Squawk]
wait 10m

agent: /nonsense
bot:    I do not know that command. Send /help to see what you can do.
given other ordered 01712345678 50
job: delivered serial=X
edit other: #WJMY3E · Delivered
        ৳50 to 01712345678
        Grameenphone Prepaid
        Serial: X
        [Copy serial = X]
to other: Delivered: #WJMY3E, ৳50 to 01712345678, Grameenphone Prepaid.
        Serial: X
        [Copy serial = X]
`

func TestTheSameTranscriptIsTheSameChat(t *testing.T) {
	t.Parallel()
	want := string(txtar.Format(txtar.Parse([]byte(chatter))))
	for range 3 {
		if got := play(t, chatter); got != want {
			t.Fatalf("the chat was\n%s\nand not\n%s", got, want)
		}
	}
}

func TestWhatIsWrittenOtherwiseIsPutRight(t *testing.T) {
	t.Parallel()
	want := play(t, chatter)
	for _, line := range []string{"bot:    hello\n", "        [🦜 Squawk]\n", "        Serial: X\n"} {
		for _, other := range []string{"", "bot:    Something else.\n", "!\n"} {
			wrong := strings.Replace(chatter, line, other, 1)
			if got := play(t, wrong); got != want || got == string(txtar.Format(txtar.Parse([]byte(wrong)))) {
				t.Errorf("%q in the place of %q was not noticed", other, line)
			}
		}
	}
}

func TestWhatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "-- cast --\n", "-- cast --\nagent\n", "-- cast --\nagent x agent Rahim\n", "-- cast --\nagent 1 king Rahim\n",
	} {
		if _, err := parseScript([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	s, err := parseScript([]byte(cast))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"nobody: hello", "agent hello", "agent knows: it", "wait", "wait: 2m", "suspend", "press a b: x", "job x: y", "given agent",
	} {
		if l, does, err := s.parseLine(bad); err == nil {
			t.Errorf("%q was read as %+v (%v)", bad, l, does)
		}
	}
	for _, still := range []string{"", "# remark", "bot: x", "edit 2: x", "to agent: x", "alert: x", "        [Button]", "!"} {
		if _, does, err := s.parseLine(still); does || err != nil {
			t.Errorf("%q: does %v, %v", still, does, err)
		}
	}
}

func TestPastOrdersAreReadInAnyOrderOfTheirDetails(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"01712345678 50":   "bd-grameenphone/prepaid  BDT 50.00 1 ",
		"01712345678 50 3": "bd-grameenphone/prepaid  BDT 50.00 3 ",
		"01712345678 50 bd-robi/postpaid delivered": "bd-robi/postpaid  BDT 50.00 1 delivered",
		"9812345670 199":                          "in-jio/prepaid  INR 199.00 1 ",
		"9812345670 199 delivered in-dl 2 in-vi":  "in-vi/prepaid in-dl INR 199.00 2 delivered",
		"9812345670 199 in-airtel/postpaid in-mu": "in-airtel/postpaid in-mu INR 199.00 1 ",
		"9812345670 199 in-aircel":                "",
		"9812345670 199 in-xx":                    "",
		"9812345670 nothing":                      "",
		"981234567 199":                           "",
	} {
		p, err := parsePast(strings.Fields(words))
		got := ""
		if err == nil {
			got = fmt.Sprintf("%s/%s %s %s %d %s", p.order.Operator, p.order.Type, p.order.Circle, p.order.Amount, p.times, p.state)
		}
		if got != want {
			t.Errorf("%q: %q (%v), want %q", words, got, err, want)
		}
	}
}
