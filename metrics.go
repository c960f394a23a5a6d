package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"rechargebot/storage/bolt"
)

// meter counts what the parts of the bot tell of, for GET /metrics. Its labels are words of this program and names of
// the configuration: never a number, a chat, or anything that somebody else has written.
type meter struct {
	mu     sync.Mutex
	counts map[string]map[string]int64 // by family and labels
	spans  map[string]map[string]*span
}

// span is how long something took: how often no longer than each bound, how often in all, and the sum.
type span struct {
	within []int64
	count  int64
	sum    time.Duration
}

// The families of samples (CONTRACT, "Endpoints").
const (
	famJobs      = "rechargebot_jobs"
	famMoves     = "rechargebot_job_transitions_total"
	famProviders = "rechargebot_provider_requests_total"
	famAnswers   = "rechargebot_provider_request_seconds"
	famFloats    = "rechargebot_provider_float"
	famNotices   = "rechargebot_notices_pending"
	famTelegram  = "rechargebot_telegram_requests_total"
	famUpdates   = "rechargebot_updates_total"
	famCommits   = "rechargebot_store_commit_seconds"
)

// bounds are those of both kinds of spans: from a sync of a fast disk to the longest time-out.
func bounds() []time.Duration {
	return []time.Duration{
		time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 100 * time.Millisecond,
		250 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
	}
}

func newMeter() *meter {
	return &meter{counts: map[string]map[string]int64{}, spans: map[string]map[string]*span{}}
}

func (m *meter) count(family, labels string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts[family] == nil {
		m.counts[family] = map[string]int64{}
	}
	m.counts[family][labels]++
}

func (m *meter) took(family, labels string, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.spans[family] == nil {
		m.spans[family] = map[string]*span{}
	}
	s := m.spans[family][labels]
	if s == nil {
		s = &span{within: make([]int64, len(bounds()))}
		m.spans[family][labels] = s
	}
	for i, bound := range bounds() {
		if d <= bound {
			s.within[i]++
		}
	}
	s.count, s.sum = s.count+1, s.sum+d
}

func (m *meter) telegram(method, outcome string) {
	m.count(famTelegram, labels("method", method, "outcome", outcome))
}

func (m *meter) update(kind string) { m.count(famUpdates, labels("kind", kind)) }

func (m *meter) provider(name, call, outcome string, took time.Duration) {
	m.count(famProviders, labels("provider", name, "call", call, "outcome", outcome))
	m.took(famAnswers, labels("provider", name, "call", call), took)
}

func (m *meter) commit(took time.Duration, moves []bolt.Moved) {
	m.took(famCommits, "", took)
	for _, v := range moves {
		m.count(famMoves, labels("from", string(v.From), "to", string(v.To)))
	}
}

// labels are pairs of a name and its value, as Prometheus writes them.
func labels(pairs ...string) string {
	var out []string
	for p := range slices.Chunk(pairs, 2) {
		out = append(out, fmt.Sprintf("%s=%q", p[0], p[1])) // no value of ours has a character that the two quote differently
	}
	return strings.Join(out, ",")
}

// metrics shows what was counted, and what stands now.
func (h *house) metrics(store *bolt.Store) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, err := h.measured(r.Context(), store)
		if err != nil {
			http.Error(w, "the store cannot be read", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = io.WriteString(w, page)
	})
}

// measured is the page in Prometheus' text format.
func (h *house) measured(ctx context.Context, store *bolt.Store) (string, error) {
	jobs, err := store.Unsettled(ctx)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	head(&b, famJobs, "gauge", "Jobs that are not settled, by state.")
	for _, state := range slices.Sorted(maps.Keys(jobs)) {
		sample(&b, famJobs, labels("state", string(state)), fmt.Sprint(jobs[state]))
	}
	head(&b, famNotices, "gauge", "Messages that are owed to chats.")
	sample(&b, famNotices, "", fmt.Sprint(h.bot.Owed()))
	head(&b, famFloats, "gauge", "Our balance with a provider, as it was read last.")
	for _, r := range h.alerts.Readings() {
		if !r.At.IsZero() {
			sample(&b, famFloats, labels("provider", r.Name, "currency", string(r.Balance.Currency)), r.Balance.Decimal())
		}
	}
	h.meter.write(&b)
	return b.String(), nil
}

// write adds the counters and the spans, each in the order of its labels.
func (m *meter) write(b *strings.Builder) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range [][2]string{
		{famMoves, "Changes of jobs' states; a new job comes from nowhere."}, {famProviders, "Calls to providers."},
		{famTelegram, "Calls to the Bot API."}, {famUpdates, "Updates that came from Telegram."},
	} {
		head(b, f[0], "counter", f[1])
		for _, l := range slices.Sorted(maps.Keys(m.counts[f[0]])) {
			sample(b, f[0], l, fmt.Sprint(m.counts[f[0]][l]))
		}
	}
	for _, f := range [][2]string{{famAnswers, "How long providers took to answer."}, {famCommits, "How long the store's commits took, with the sync."}} {
		head(b, f[0], "histogram", f[1])
		for _, l := range slices.Sorted(maps.Keys(m.spans[f[0]])) {
			m.spans[f[0]][l].write(b, f[0], l)
		}
	}
}

func (s *span) write(b *strings.Builder, family, l string) {
	rest := l
	if rest != "" {
		rest += ","
	}
	for i, bound := range bounds() {
		sample(b, family+"_bucket", rest+labels("le", seconds(bound)), fmt.Sprint(s.within[i]))
	}
	sample(b, family+"_bucket", rest+labels("le", "+Inf"), fmt.Sprint(s.count))
	sample(b, family+"_sum", l, seconds(s.sum))
	sample(b, family+"_count", l, fmt.Sprint(s.count))
}

// seconds is a time as Prometheus counts it, without an idle nought.
func seconds(d time.Duration) string {
	s := fmt.Sprintf("%d.%09d", d/time.Second, d%time.Second)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

func head(b *strings.Builder, family, kind, help string) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", family, help, family, kind)
}

func sample(b *strings.Builder, name, l, value string) {
	if l != "" {
		l = "{" + l + "}"
	}
	fmt.Fprintf(b, "%s%s %s\n", name, l, value)
}
