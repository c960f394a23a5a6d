package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"slices"
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

	Trickle  FaultKind = "trickle"  // carried out and answered, a byte each DelayMS (1000 when 0)
	Gzip     FaultKind = "gzip"     // carried out and answered in gzip, asked for or not
	Portal   FaultKind = "portal"   // 200 with an HTML page, as from a hotel's network
	Redirect FaultKind = "redirect" // 302 to Location
	CutJSON  FaultKind = "cut_json" // half of the answer, as if it were all
	Short    FaultKind = "short"    // half of what Content-Length promises, then the connection is cut
	Bare     FaultKind = "bare"     // {"ok":true} and nothing else
	Huge     FaultKind = "huge"     // an answer without an end
)

// faultKinds lists them all.
func faultKinds() []FaultKind {
	return []FaultKind{Drop, Stall, Page, Error, Flood, Slow, Trickle, Gzip, Portal, Redirect, CutJSON, Short, Bare, Huge}
}

// honest faults only delay or wrap the answer: the call always takes effect.
func (k FaultKind) honest() bool { return k == Slow || k == Trickle || k == Gzip }

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
	Location    string    `json:"location,omitempty"` // of Redirect
}

// Fail arms a fault. Faults are used up in the order in which they were armed.
func (s *Server) Fail(f Fault) error {
	if !slices.Contains(faultKinds(), f.Kind) {
		return fmt.Errorf("arm a fault: %q is none of %v", f.Kind, faultKinds())
	}
	if f.Kind == Redirect && f.Location == "" {
		return fmt.Errorf("arm a fault: a redirect needs a location")
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

// lag waits, and reports whether neither the bot has hung up nor the sandbox been closed meanwhile.
func (s *Server) lag(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.done:
	}
	return false
}

// suffer ends a call in the fault's way. honest is the answer that the bot would have got, nil when the
// call was not carried out.
func (s *Server) suffer(w http.ResponseWriter, r *http.Request, call Call, f Fault, honest *wire) {
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
	case Error:
		code := orInt(f.Code, http.StatusInternalServerError)
		if f.Description == "" {
			f.Description = http.StatusText(code)
		}
		s.finish(w, call, nil, &apiError{code: code, description: f.Description})
	default:
		s.mangle(w, r, call, f, honest)
	}
}

func orInt(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
