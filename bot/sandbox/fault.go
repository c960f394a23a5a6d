package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// FaultKind is what goes wrong with a call.
type FaultKind string

const (
	Drop  FaultKind = "drop"  // the connection is cut without an answer
	Stall FaultKind = "stall" // no answer until the bot hangs up
	Page  FaultKind = "page"  // an HTML page with Code (502 when 0), as from a proxy
	Error FaultKind = "error" // a Bot API error with Code and Description
	Flood FaultKind = "flood" // 429 with RetryAfter seconds (1 when 0)
	Slow  FaultKind = "slow"  // carried out and answered, but DelayMS later
)

// Fault comes over the next Times calls (1 when 0) that Method and Chat match; empty ones match all.
// With After set the call takes effect before the bot is told otherwise.
type Fault struct {
	Kind        FaultKind `json:"kind"`
	Method      string    `json:"method,omitempty"`
	Chat        int64     `json:"chat,omitempty"`
	Times       int       `json:"times,omitempty"`
	After       bool      `json:"after,omitempty"`
	Code        int       `json:"code,omitempty"`
	Description string    `json:"description,omitempty"`
	RetryAfter  int       `json:"retry_after,omitempty"`
	DelayMS     int       `json:"delay_ms,omitempty"`
}

// Fail arms a fault. Faults are used up in the order in which they were armed.
func (s *Server) Fail(f Fault) error {
	switch f.Kind {
	case Drop, Stall, Page, Error, Flood, Slow:
	default:
		return fmt.Errorf("arm a fault: %q is none of drop, stall, page, error, flood, slow", f.Kind)
	}
	if f.Method != "" {
		if m, ok := s.method(f.Method); !ok || m.name != f.Method {
			return fmt.Errorf("arm a fault: the sandbox has no method %q", f.Method)
		}
	}
	f.Times = max(1, f.Times)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
	s.touch()
	return nil
}

// Heal forgets all faults that have not come yet.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	s.touch()
}

func (s *Server) takeFault(method string, chat int64) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := &s.faults[i]
		if (f.Method == "" || f.Method == method) && (f.Chat == 0 || f.Chat == chat) {
			taken := *f
			if f.Times--; f.Times == 0 {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			}
			return taken, true
		}
	}
	return Fault{}, false
}

// lag holds a call up by a Slow fault, unless the bot hangs up or the sandbox closes first.
func (s *Server) lag(r *http.Request, f Fault) {
	timer := time.NewTimer(time.Duration(f.DelayMS) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.done:
	}
}

// suffer ends a call in the fault's way.
func (s *Server) suffer(w http.ResponseWriter, r *http.Request, call Call, f Fault) {
	call.Fault = string(f.Kind)
	switch f.Kind {
	case Drop:
		s.log(call)
		panic(http.ErrAbortHandler) // net/http cuts the connection and keeps silent
	case Stall:
		s.log(call)
		select {
		case <-r.Context().Done():
		case <-s.done:
		}
		panic(http.ErrAbortHandler)
	case Page:
		call.Status = orInt(f.Code, http.StatusBadGateway)
		s.log(call)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(call.Status)
		_, _ = io.WriteString(w, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n")
	case Flood:
		s.finish(w, call, nil, tooMany(max(1, f.RetryAfter)))
	default:
		code := orInt(f.Code, http.StatusInternalServerError)
		if f.Description == "" {
			f.Description = http.StatusText(code)
		}
		s.finish(w, call, nil, &apiError{code: code, description: f.Description})
	}
}

func orInt(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
