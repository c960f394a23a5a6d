package simulated_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"rechargebot/providers/simulated"
)

// Whatever a body is, a dialect answers it.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{"", "{", "[]", "null", `""`, "{}", `{"a":}`, `{"a"`, `{"":[{}]}`, "{\"a\":1}\x00", strings.Repeat("[", 70<<10), "a=%zz", "--x\r\n", "--x--", "\xff\xfe"} {
		f.Add(seed)
	}
	s, err := simulated.New(simulated.Config{Accounts: everyAccount()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	calls := []call{panelRequest("1"), panelForm("/status"), kitRecharge("1", 20), kitStatus("1"), bosRecharge("1", 20), bosStatus("1")}
	f.Fuzz(func(t *testing.T, body string) {
		for _, c := range calls {
			for _, content := range []string{c.header["Content-Type"], "multipart/form-data; boundary=x"} {
				c.body = body
				if status := answered(s, c, content); status == 0 || status >= 500 {
					t.Errorf("%s: HTTP %d to %q", c.path, status, body)
				}
			}
		}
	})
}

// answered makes a call without a connection; the status of HTTP.
func answered(s *simulated.Server, c call, content string) int {
	req := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
	for k, v := range c.header {
		req.Header.Set(k, v)
	}
	req.Header.Set("Content-Type", content)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, req)
	return w.Code
}
