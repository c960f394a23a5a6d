package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/storage"
)

// register is who has a role, and how often it was asked.
type register struct {
	roles map[storage.PersonID]storage.Role
	asked int
}

func (r *register) Person(_ context.Context, id storage.PersonID) (storage.Person, error) {
	role, found := r.roles[id]
	if !found {
		return storage.Person{}, storage.ErrNotFound
	}
	return storage.Person{ID: id, Role: role}, nil
}

func (r *register) WithRole(_ context.Context, ids []storage.PersonID) (with []storage.PersonID, err error) {
	r.asked++
	for _, id := range ids {
		if r.roles[id] != storage.RoleNone {
			with = append(with, id)
		}
	}
	return with, nil
}

// knock is an update of somebody, spelt in one of the ways in which the glance and the decoder could come apart.
func knock(dice *rand.Rand, number, person int64) string {
	odd := dice.IntN(3) == 0
	pick := func(options ...string) string { // the first is the usual one
		if !odd {
			return options[0]
		}
		return options[dice.IntN(len(options))]
	}
	from := fmt.Sprintf(`"from":{%s"id":%d,%s"first_name":"A"}`, pick("", `"ID":5,`, `"is_bot":false,`, `"last_name":"}",`), person, pick("", "", `"is_bot":true,`, `"Is_bot":true,`, `"\u0069d":77,`))
	chat := pick(fmt.Sprintf(`"chat":{"id":%d,"type":"private"}`, person), fmt.Sprintf(`"chat":{"id":%d,"type":"private"}`, person), `"chat":{"id":-5,"type":"group"}`, `"chat":{"type":"private"}`, "")
	said := `"text":` + []string{`"hello"`, `"/start"`, `"/id"`, `"/claim X"`}[dice.IntN(4)]
	said = pick(said, `"text":`+pick(`"hello"`, `"/start"`, `"/start x"`, `"/id"`, `"/claim X"`, `"/Claim X"`, `"\/claim X"`, `"/help"`, `"/id@rechargebot"`, `"/id@other"`, `""`, `null`, `7`, `"/ id"`, `"/id\t"`, `"/id "`))
	more := pick("", "", `"sender_chat":{"id":-7}`, `"forward_origin":{}`, `"contact":{"phone_number":"1"}`, `"text":"/claim X"`, `"Text":"/claim X"`, `"migrate_to_chat_id":-9`, `"reply_to_message":{"from":{"id":8}}`, `"date":"x"`, from)
	parts := []string{from, chat, said, more, `"message_id":7`}
	if dice.IntN(3) == 0 {
		parts = []string{from, `"data":"x"`, pick(`"id":"q"`, `"id":""`, `"Id":"q"`), pick("", `"message":{`+chat+`}`, `"message":null`)}
	}
	dice.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	parts = strings.FieldsFunc(strings.Join(parts, "\x00"), func(r rune) bool { return r == 0 }) // none of the empty ones
	kind := pick("message", "message", "callback_query", "Message", "my_chat_member", "edited_message")
	return fmt.Sprintf(`{"update_id":%d,"%s":{%s}%s}`, number, kind, strings.ReplaceAll(strings.Join(parts, ","), `{,`, `{`), pick("", "", "", `,"callback_query":null`, `,"x":1`))
}

// However updates are spelt, of whomever: a glance tells what decoding tells, or nothing, and what the gate turns
// away at a glance it would have turned away after decoding it, and admits the rest as it would have.
func TestWhatIsTurnedAwayAtAGlanceWouldHaveBeenTurnedAway(t *testing.T) {
	t.Parallel()
	glimpsed, away, claims := 0, 0, 0
	for seed := range uint64(30) {
		dice := rand.New(rand.NewPCG(seed, 3))
		people := &register{roles: map[storage.PersonID]storage.Role{1: storage.RoleAgent, 2: storage.RoleOwner, 3: storage.RoleNone}}
		quick, thorough := newGate(people), newGate(people)
		now, number := time.Unix(1_800_000_000, 0), int64(0)
		for range 40 {
			now = now.Add(time.Duration(dice.IntN(300)) * time.Millisecond)
			if dice.IntN(4) == 0 {
				people.roles[storage.PersonID(1+dice.Int64N(300))] = []storage.Role{storage.RoleAgent, storage.RoleNone}[dice.IntN(2)]
			}
			var raws []json.RawMessage
			for range 1 + dice.IntN(100) {
				number++
				raws = append(raws, []byte(knock(dice, number, 1+dice.Int64N(300))))
			}
			crowd := quick.crowd(raws, now)
			for i, raw := range raws {
				u, err := decode(raw, "rechargebot", now)
				if g := crowd.seen[i]; g != (glimpse{}) {
					glimpsed++
					if err == nil && (told(u) != g || u.service != nil || u.input.Command == "claim") {
						t.Fatalf("seed %d: %s tells %+v at a glance, and is %+v", seed, raw, g, u.input)
					}
				}
				gone, asked := crowd.turnsAway(t.Context(), i)
				if asked != nil {
					t.Fatal(asked)
				}
				if gone {
					away++
				}
				if err != nil || u.service != nil {
					continue
				}
				if u.input.Command == "claim" && u.input.ChatKind == flows.PrivateChat {
					claims++
				}
				want, err := thorough.admits(t.Context(), u.input, now)
				got := false
				if err == nil && !gone {
					got, err = quick.admits(t.Context(), u.input, now)
				}
				if err != nil || got != want {
					t.Fatalf("seed %d: %s is admitted: %v, and after decoding it %v (%v)", seed, raw, got, want, err)
				}
			}
		}
	}
	if glimpsed < 1000 || away < 1000 || claims < 100 {
		t.Errorf("%d glimpses, %d turned away by them, %d claims: too few to say anything", glimpsed, away, claims)
	}
}

// In a flood the store is asked once a batch, and the one press of an agent in the midst of it comes through.
func TestAFloodAsksTheStoreOnceABatch(t *testing.T) {
	t.Parallel()
	people := &register{roles: map[storage.PersonID]storage.Role{1: storage.RoleAgent}}
	g := newGate(people)
	now := time.Unix(1_800_000_000, 0)
	g.all.AllowN(now, strangersBurst)
	raws := floodOf(100, 50)
	crowd := g.crowd(raws, now)
	var passed []int
	for i := range raws {
		away, err := crowd.turnsAway(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		if !away {
			passed = append(passed, i)
		}
	}
	if diff := cmp.Diff([]int{50}, passed); diff != "" || people.asked != 1 || len(g.faces) != 0 {
		t.Errorf("passed (-want +got):\n%s the store was asked %d times, %d faces are remembered", diff, people.asked, len(g.faces))
	}
}

// floodOf is a full answer to a poll: updates of ever new strangers, as Telegram spells them, and the press of agent 1
// at one place.
func floodOf(n, press int) (raws []json.RawMessage) {
	for i := range n {
		id := 5_000_000 + i
		raw := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Stranger %d","language_code":"en"},`+
			`"chat":{"id":%d,"first_name":"Stranger %d","type":"private"},"date":1800000000,"text":"Recharge 01712345678 with 50 please, and %d"}}`, 700_000_000+i, i, id, id, id, id, i)
		if i == press {
			raw = fmt.Sprintf(`{"update_id":%d,"callback_query":{"id":"5100000000000000001","from":{"id":1,"is_bot":false,"first_name":"Agent"},`+
				`"message":{"message_id":7,"from":{"id":4242,"is_bot":true,"first_name":"Bot"},"chat":{"id":1,"first_name":"Agent","type":"private"},"date":1800000000,`+
				`"text":"Which operator?","reply_markup":{"inline_keyboard":[[{"text":"Grameenphone","callback_data":"abcdefghijklmnopqrstuv"}]]}},`+
				`"chat_instance":"1","data":"abcdefghijklmnopqrstuv"}}`, 700_000_000+i)
		}
		raws = append(raws, []byte(raw))
	}
	return raws
}

// answerOf is that answer as it comes over the wire.
func answerOf(raws []json.RawMessage) []byte {
	parts := make([][]byte, len(raws))
	for i, raw := range raws {
		parts[i] = raw
	}
	return fmt.Appendf(nil, `{"ok":true,"result":[%s]}`, bytes.Join(parts, []byte(",")))
}
