package deeperweb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

// panel answers each enquiry by its recharge_date; a day without an answer is silence. It notes the days.
func panel(asked *[]string, answers map[string]string) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, conn := net.Pipe()
		go func() {
			defer conn.Close()
			for r := bufio.NewReader(conn); ; {
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				date := req.URL.Query().Get("recharge_date")
				*asked = append(*asked, date)
				body, ok := answers[date]
				if !ok {
					_, _ = r.ReadByte() // until the other side hangs up
					return
				}
				if _, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
					return
				}
			}
		}()
		return client, nil
	}
}

// Near midnight the other day is asked for only when the first has told nothing, and both within one deadline.
func TestNearMidnightASecondDayIsAskedForWhenNeeded(t *testing.T) {
	t.Parallel()
	const success, failure, unknown = `{"status":"Success","txn_id":"1001"}`, `{"status":"Failure","txn_id":"1001"}`, `{"status":"Error"}`
	late, noon := time.Date(2026, 2, 28, 18, 25, 0, 0, time.UTC), time.Date(2026, 2, 28, 6, 30, 0, 0, time.UTC) // 23:55 and 12:00 in India
	for name, c := range map[string]struct {
		at      time.Time
		answers map[string]string
		asked   []string
		status  providers.Status
		late    bool
	}{
		"the first day tells":      {late, map[string]string{"2026-02-28": success, "2026-03-01": failure}, []string{"2026-02-28"}, providers.Delivered, false},
		"the second day tells":     {late, map[string]string{"2026-02-28": unknown, "2026-03-01": success}, []string{"2026-02-28", "2026-03-01"}, providers.Delivered, false},
		"neither tells":            {late, map[string]string{"2026-02-28": unknown, "2026-03-01": unknown}, []string{"2026-02-28", "2026-03-01"}, providers.Unknown, false},
		"the first is silent":      {late, map[string]string{"2026-03-01": success}, []string{"2026-02-28"}, providers.Unknown, true},
		"the second is silent":     {late, map[string]string{"2026-02-28": unknown}, []string{"2026-02-28", "2026-03-01"}, providers.Unknown, false},
		"at noon there is one day": {noon, map[string]string{"2026-02-28": unknown, "2026-03-01": success}, []string{"2026-02-28"}, providers.Unknown, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked []string
				conf := config()
				conf.Dial, conf.AllowInsecureHTTP = panel(&asked, c.answers), true
				conf.Settings["base_url"] = "http://panel.test/webservices/api"
				p, err := New(conf)
				if err != nil {
					t.Fatal(err)
				}
				sent := providers.Sent{At: c.at, Request: providers.Request{Reference: "AT1233430400001"}}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				start := time.Now()
				res, err := p.Enquire(ctx, sent)
				if res.Status != c.status || errors.Is(err, context.DeadlineExceeded) != c.late || time.Since(start) > 5*time.Second {
					t.Errorf("%v, %v after %s; want %v", res.Status, err, time.Since(start), c.status)
				}
				synctest.Wait()
				if diff := cmp.Diff(c.asked, asked); diff != "" {
					t.Errorf("days (-want +got):\n%s", diff)
				}
				time.Sleep(time.Minute) // idle connections time out
			})
		})
	}
}
