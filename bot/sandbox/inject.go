package sandbox

import (
	"maps"
	"strconv"
	"time"
)

// Inject queues an update that none of the people's acts makes: a message of an anonymous admin or of a channel,
// a forwarded one, a file, a press under an inline message. kind is the field of the Bot API's Update and
// payload its value, taken as it is. A callback_query without an id gets one, and can be answered like any
// press. It returns the update's number, 0 when the bot has not asked for its kind.
func (s *Server) Inject(kind string, payload map[string]any) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kind != "callback_query" {
		return s.offer(kind, payload, keepMessage, nil)
	}
	payload = maps.Clone(payload)
	id, ok := payload["id"].(string)
	if !ok {
		id = strconv.FormatInt(s.nextQuery, 10)
		s.nextQuery++
		payload["id"] = id
	}
	made := &press{at: time.Now(), Press: Press{Query: id}}
	made.Data, _ = payload["data"].(string)
	made.Update = s.offer(kind, payload, keepPress, nil)
	s.presses[id] = made
	s.pressed = append(s.pressed, made)
	return made.Update
}
