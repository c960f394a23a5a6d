package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

func TestWhatWasCountedIsWrittenAsPrometheusReadsIt(t *testing.T) {
	t.Parallel()
	m := newMeter()
	m.telegram("sendMessage", "ok")
	m.telegram("sendMessage", "ok")
	m.telegram("editMessageText", "flood")
	m.update("message")
	m.provider("ecare-main", "recharge", "delivered", 2*time.Second)
	m.provider("ecare-main", "recharge", "unknown", 90*time.Second)
	m.commit(3*time.Millisecond, []bolt.Moved{{To: storage.Queued}, {From: storage.Queued, To: storage.Sending}})
	const want = `# HELP rechargebot_job_transitions_total Changes of jobs' states; a new job comes from nowhere.
# TYPE rechargebot_job_transitions_total counter
rechargebot_job_transitions_total{from="",to="queued"} 1
rechargebot_job_transitions_total{from="queued",to="sending"} 1
# HELP rechargebot_provider_requests_total Calls to providers.
# TYPE rechargebot_provider_requests_total counter
rechargebot_provider_requests_total{call="recharge",outcome="delivered",provider="ecare-main"} 1
rechargebot_provider_requests_total{call="recharge",outcome="unknown",provider="ecare-main"} 1
# HELP rechargebot_telegram_requests_total Calls to the Bot API.
# TYPE rechargebot_telegram_requests_total counter
rechargebot_telegram_requests_total{method="editMessageText",outcome="flood"} 1
rechargebot_telegram_requests_total{method="sendMessage",outcome="ok"} 2
# HELP rechargebot_updates_total Updates that came from Telegram.
# TYPE rechargebot_updates_total counter
rechargebot_updates_total{kind="message"} 1
# HELP rechargebot_provider_request_seconds How long providers took to answer.
# TYPE rechargebot_provider_request_seconds histogram
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="0.001"} 0
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="0.0025"} 0
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="0.005"} 0
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="0.01"} 0
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="0.025"} 0
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="0.1"} 0
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="0.25"} 0
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="1"} 0
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="2.5"} 1
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="5"} 1
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="10"} 1
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="30"} 1
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="60"} 1
rechargebot_provider_request_seconds_bucket{call="recharge",provider="ecare-main",le="+Inf"} 2
rechargebot_provider_request_seconds_sum{call="recharge",provider="ecare-main"} 92
rechargebot_provider_request_seconds_count{call="recharge",provider="ecare-main"} 2
# HELP rechargebot_store_commit_seconds How long the store's commits took, with the sync.
# TYPE rechargebot_store_commit_seconds histogram
rechargebot_store_commit_seconds_bucket{le="0.001"} 0
rechargebot_store_commit_seconds_bucket{le="0.0025"} 0
rechargebot_store_commit_seconds_bucket{le="0.005"} 1
rechargebot_store_commit_seconds_bucket{le="0.01"} 1
rechargebot_store_commit_seconds_bucket{le="0.025"} 1
rechargebot_store_commit_seconds_bucket{le="0.1"} 1
rechargebot_store_commit_seconds_bucket{le="0.25"} 1
rechargebot_store_commit_seconds_bucket{le="1"} 1
rechargebot_store_commit_seconds_bucket{le="2.5"} 1
rechargebot_store_commit_seconds_bucket{le="5"} 1
rechargebot_store_commit_seconds_bucket{le="10"} 1
rechargebot_store_commit_seconds_bucket{le="30"} 1
rechargebot_store_commit_seconds_bucket{le="60"} 1
rechargebot_store_commit_seconds_bucket{le="+Inf"} 1
rechargebot_store_commit_seconds_sum 0.003
rechargebot_store_commit_seconds_count 1
`
	if err := testutil.GatherAndCompare(m.registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

// metricLine is a comment, or a sample: a name, labels of the program's words, a number.
var metricLine = regexp.MustCompile(`^(# (HELP|TYPE) rechargebot_[a-z_]+ .+|rechargebot_[a-z_]+(\{([a-z]+="[A-Za-z0-9_.+-]*",?)+\})? [0-9.]+(e[+-][0-9]+)?)$`)

// An order is seen in the metrics of the real program, and neither its number nor anybody's id is.
func TestAnOrderIsSeenInTheMetrics(t *testing.T) {
	t.Parallel()
	d, _ := ordering(t, deskPlan{})
	d.pressesNewest(agent, "01712345678", "Delivered")
	var page string
	d.eventually("the metrics tell of the order", func() bool {
		resp, err := http.Get("http://" + d.http + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if page = string(body); err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain; version=0.0.4") {
			t.Fatalf("%d %v: %s", resp.StatusCode, err, page)
		}
		for _, sample := range []string{
			`rechargebot_job_transitions_total{from="",to="queued"} 1`, `to="delivered"} 1`, `rechargebot_notices_pending 0`,
			`rechargebot_telegram_requests_total{method="sendMessage",outcome="ok"}`, `rechargebot_updates_total{kind="callback_query"}`,
			`outcome="delivered",provider="ecare-x"} 1`, `rechargebot_store_commit_seconds_count`, `rechargebot_provider_float{currency="BDT",provider="ecare-x"}`,
		} {
			if !strings.Contains(page, sample) {
				return false
			}
		}
		return true
	})
	for line := range strings.Lines(page) {
		if !metricLine.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("a line that is none: %s", line)
		}
	}
	for _, secret := range []string{"1712345678", "3001", "1001", "9000000000001"} {
		if strings.Contains(page, `"`+secret) || strings.Contains(page, secret+`"`) {
			t.Errorf("the metrics hold %s:\n%s", secret, page)
		}
	}
}
