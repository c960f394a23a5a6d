package bot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
)

const (
	faceOf1001    = `"from":{"id":1001,"is_bot":false,"first_name":"Ann \" \u0985 \\","language_code":"bn"}`
	privateOf1001 = `"message_id":7,` + faceOf1001 + `,"chat":{"id":1001,"first_name":"Ann","type":"private"},"date":1`
)

func TestAGlanceTellsWhoWritesAndNothingOfTheUncommon(t *testing.T) {
	t.Parallel()
	message := func(rest string) string { return `{"update_id":9,"message":{` + privateOf1001 + rest + `}}` }
	talk, ask, id := glimpse{update: 9, person: 1001}, glimpse{update: 9, person: 1001, asks: true}, glimpse{9, 1001, true, true}
	for raw, want := range map[string]glimpse{
		message(`,"text":"hello"`): talk,
		message(`,"text":"a\\b \ud83d\ude00 কখ","entities":[{"offset":0,"length":1.5e3}]`): talk,
		message(`,"sticker":{"emoji":"x","set":null,"thumb":[[],{}]}`):                     talk,
		message(`,"text":"/start"`):                                             ask,
		message(`,"text":"/start invitation"`):                                  ask,
		message(`,"text":"/id"`):                                                id,
		message(`,"text":"/help"`):                                              talk,
		message(`,"text":"/claim ABC"`):                                         {},
		message(`,"text":"/START"`):                                             {},
		message(`,"text":"/start@rechargebot"`):                                 {},
		message(`,"text":"\/start"`):                                            {},
		message(`,"text":"\u002fstart"`):                                        {},
		message(`,"text":"/start\n"`):                                           {},
		message(`,"text":"/start","forward_origin":{}`):                         {},
		message(`,"text":"hello","text":"/claim ABC"`):                          {},
		message(`,"Text":"/claim ABC"`):                                         {},
		message(`,"te\u0078t":"/claim ABC"`):                                    {},
		message(`,"text":"hello","from":{"id":5}`):                              {},
		message(`,"text":"hello","sender_chat":{"id":-5}`):                      {},
		message(`,"migrate_to_chat_id":-100`):                                   {},
		message(`,"text":null`):                                                 {},
		message(`,"text":"hello"}`):                                             {},
		strings.Replace(message(""), "false", "true", 1):                        {},
		strings.Replace(message(""), `"private"`, `"group"`, 1):                 {},
		strings.Replace(message(""), "1001", "1087968824", 1):                   {},
		strings.Replace(message(""), "1001", "-1001", 1):                        {},
		strings.Replace(message(""), "1001", "1e3", 1):                          {},
		strings.Replace(message(""), "9", "0", 1):                               {},
		strings.Replace(message(""), "9", "9223372036854775807", 1):             {},
		`{"message":{` + privateOf1001 + `}}`:                                   {},
		`{"update_id":9,"update_id":10,"message":{` + privateOf1001 + `}}`:      {},
		`{"update_id":9,"message":{` + faceOf1001 + `,"text":"no chat"}}`:       {},
		`{"update_id":9,"edited_message":{` + privateOf1001 + `}}`:              {},
		`{"update_id":9,"my_chat_member":{` + faceOf1001 + `}}`:                 {},
		`{"update_id":9,"message":{` + privateOf1001 + `},"my_chat_member":{}}`: {},
		`{"update_id":9,"callback_query":{"id":"5",` + faceOf1001 + `,"data":"x","message":{"date":0,"from":{"id":2}}}}`: talk,
		`{"update_id":9,"callback_query":{"id":"5",` + faceOf1001 + `,"inline_message_id":"x"}}`:                         talk,
		`{"update_id":9,"callback_query":{"id":"",` + faceOf1001 + `,"data":"x"}}`:                                       {},
		`{"update_id":9,"callback_query":{` + faceOf1001 + `,"data":"x"}}`:                                               {},
		`{"update_id":9,"callback_query":{"id":"5","data":"x"}}`:                                                         {},
	} {
		if diff := cmp.Diff(want, glance([]byte(raw)), cmp.AllowUnexported(glimpse{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}

// told is what the gate goes by.
func told(u update) glimpse {
	c := u.input.Command
	return glimpse{u.id, who(u.input), c == "start" || c == "id", c == "id"}
}

// Whatever a glance tells, decode tells the same, or refuses the update.
func FuzzAGlanceAgreesWithDecoding(f *testing.F) {
	for _, raw := range []string{
		`{"update_id":9,"message":{` + privateOf1001 + `,"text":"/start a"}}`,
		`{"update_id":9,"message":{` + privateOf1001 + `,"text":"hello","reply_to_message":{"text":"/id"}}}`,
		`{"update_id":9,"callback_query":{"id":"5",` + faceOf1001 + `,"data":"x","message":{` + privateOf1001 + `}}}`,
		`{"update_id":9,"message":{"from":{"id":1,"is_bot":true},"chat":{"id":-5,"type":"group"},"contact":{}}}`,
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		seen := glance(raw)
		if seen == (glimpse{}) {
			return
		}
		id, err := updateID(raw)
		if err != nil || id != seen.update {
			t.Fatalf("%q has the number %d (%v), and %d at a glance", raw, id, err, seen.update)
		}
		u, err := decode(raw, "rechargebot", time.Time{})
		if err != nil {
			return
		}
		if u.service != nil || u.input.Command == "claim" || u.input.ChatKind == flows.GroupChat && u.query == "" {
			t.Fatalf("%q is not for a glance: %+v", raw, u)
		}
		if diff := cmp.Diff(told(u), seen, cmp.AllowUnexported(glimpse{})); diff != "" {
			t.Fatalf("%q (-decoded +at a glance):\n%s", raw, diff)
		}
	})
}

func TestAnAnswerIsCutIntoTheUpdatesThatAreInIt(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string][]string{
		`{"ok":true,"result":[]}`: {},
		"{ \"result\" : [ {\"a\":[1,2]} ,\n\"x\", -0.5e+7 , null ] , \"ok\" : true }\n": {`{"a":[1,2]}`, `"x"`, `-0.5e+7`, `null`},
		`{"ok":true,"result":[{}],"result":[]}`:                                         nil,
		`{"ok":true,"ok":true,"result":[]}`:                                             nil,
		`{"ok":false,"result":[]}`:                                                      nil,
		`{"ok":false,"error_code":409,"description":"Conflict"}`:                        nil,
		`{"ok":true,"Result":[]}`:                                                       nil,
		`{"ok":true}`:                                                                   nil,
		`{"ok":true,"result":[],"description":"x"}`:                                     nil,
		`{"ok":true,"result":[{]}`:                                                      nil,
		`{"ok":true,"result":[{}]`:                                                      nil,
		`{"ok":true,"result":[{}]}}`:                                                    nil,
		`{"ok":true,"result":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`: nil,
		`{"ok":true,"result":[01]}`:         nil,
		`{"ok":true,"result":[1.]}`:         nil,
		`{"ok":true,"result":["\x"]}`:       nil,
		"{\"ok\":true,\"result\":[\"\n\"]}": nil,
		``:                                  nil,
	} {
		raws, ok := split([]byte(answer))
		got := []string{}
		for _, raw := range raws {
			got = append(got, string(raw))
		}
		if ok != (want != nil) || ok && !cmp.Equal(want, got) {
			t.Errorf("%.100s is cut into %q, %v; want %q", answer, got, ok, want)
		}
	}
}

// What is cut out is what encoding/json cuts out; what that one refuses is never taken.
func FuzzAnAnswerIsCutAsEncodingJSONCutsIt(f *testing.F) {
	f.Add([]byte(`{"ok":true,"result":[{"update_id":1,"message":{"text":"\ud83d \u0000"}}, 1.5e-7,[null,true,false]]}`))
	f.Add([]byte(`{"result":["` + "\xff" + `\\\""],"ok":true}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		raws, ok := split(answer)
		if !ok {
			return
		}
		var whole struct {
			OK     bool
			Result []json.RawMessage
		}
		if err := json.Unmarshal(answer, &whole); err != nil || !whole.OK || len(whole.Result) != len(raws) {
			t.Fatalf("%q is cut into %d, and decoded into %d, %v (%v)", answer, len(raws), len(whole.Result), whole.OK, err)
		}
		for i, raw := range raws {
			if !bytes.Equal(raw, whole.Result[i]) {
				t.Fatalf("%q: part %d is %q, want %q", answer, i, raw, whole.Result[i])
			}
		}
	})
}

// A glance costs no memory, however long the update is.
func TestAGlanceCostsNoMemory(t *testing.T) {
	raw := fmt.Appendf(nil, `{"update_id":9,"message":{%s,"text":%q,"entities":[{"type":"bold","offset":0,"length":4}]}}`, privateOf1001, strings.Repeat("text ", 800))
	if glance(raw).person != 1001 {
		t.Fatal("nothing was seen")
	}
	if n := testing.AllocsPerRun(100, func() { glance(raw) }); n > 0 {
		t.Errorf("a glance makes %v allocations", n)
	}
}

// The webhook and the poll pass on what cannot be read as they did before it was looked at.
func TestAGlanceAtNoise(t *testing.T) {
	t.Parallel()
	whole := []byte(`{"update_id":9,"message":{` + privateOf1001 + `,"text":"hello","entities":[{"offset":-0,"length":1E+2}]}}`)
	for n := range whole {
		if g := glance(whole[:n]); g != (glimpse{}) {
			t.Errorf("%q tells %+v", whole[:n], g)
		}
		if _, err := decode(whole[:n], "", time.Time{}); err == nil || errors.Is(err, errNobody) {
			t.Errorf("%q is decoded", whole[:n])
		}
	}
}
