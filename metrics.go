package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"rechargebot/flows/alerts"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// meter counts what the parts of the bot tell of, for GET /metrics (CONTRACT, "Endpoints"). Its labels are words of
// this program and names of the configuration: never a number, a chat, or anything that somebody else has written.
type meter struct {
	registry  *prometheus.Registry
	moves     *prometheus.CounterVec
	requests  *prometheus.CounterVec
	answers   *prometheus.HistogramVec
	calls     *prometheus.CounterVec
	updates   *prometheus.CounterVec
	committed prometheus.Histogram
}

func newMeter() *meter {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rechargebot_" + name, Help: help}, labels)
	}
	// From a sync of a fast disk to the longest time-out.
	bounds := []float64{.001, .0025, .005, .01, .025, .1, .25, 1, 2.5, 5, 10, 30, 60}
	m := &meter{
		registry:  prometheus.NewPedanticRegistry(),
		moves:     counter("job_transitions_total", "Changes of jobs' states; a new job comes from nowhere.", "from", "to"),
		requests:  counter("provider_requests_total", "Calls to providers.", "provider", "call", "outcome"),
		answers:   prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "rechargebot_provider_request_seconds", Help: "How long providers took to answer.", Buckets: bounds}, []string{"provider", "call"}),
		calls:     counter("telegram_requests_total", "Calls to the Bot API.", "method", "outcome"),
		updates:   counter("updates_total", "Updates that came from Telegram.", "kind"),
		committed: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "rechargebot_store_commit_seconds", Help: "How long the store's commits took, with the sync.", Buckets: bounds}),
	}
	m.registry.MustRegister(m.moves, m.requests, m.answers, m.calls, m.updates, m.committed)
	return m
}

func (m *meter) telegram(method, outcome string) { m.calls.WithLabelValues(method, outcome).Inc() }

func (m *meter) update(kind string) { m.updates.WithLabelValues(kind).Inc() }

func (m *meter) provider(name, call, outcome string, took time.Duration) {
	m.requests.WithLabelValues(name, call, outcome).Inc()
	m.answers.WithLabelValues(name, call).Observe(took.Seconds())
}

func (m *meter) commit(took time.Duration, moves []bolt.Moved) {
	m.committed.Observe(took.Seconds())
	for _, v := range moves {
		m.moves.WithLabelValues(string(v.From), string(v.To)).Inc()
	}
}

// gauges are what stands at the moment of looking.
type gauges struct {
	unsettled func(context.Context) (map[storage.State]int, error)
	owed      func() int
	floats    func() []alerts.Reading
	jobs      *prometheus.Desc
	notices   *prometheus.Desc
	balance   *prometheus.Desc
}

func newGauges(unsettled func(context.Context) (map[storage.State]int, error), owed func() int, floats func() []alerts.Reading) gauges {
	return gauges{
		unsettled, owed, floats,
		prometheus.NewDesc("rechargebot_jobs", "Jobs that are not settled, by state.", []string{"state"}, nil),
		prometheus.NewDesc("rechargebot_notices_pending", "Messages that are owed to chats.", nil, nil),
		prometheus.NewDesc("rechargebot_provider_float", "Our balance with a provider, as it was read last.", []string{"provider", "currency"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (g gauges) Describe(out chan<- *prometheus.Desc) {
	out <- g.jobs
	out <- g.notices
	out <- g.balance
}

// Collect implements prometheus.Collector.
func (g gauges) Collect(out chan<- prometheus.Metric) {
	jobs, err := g.unsettled(context.Background())
	if err != nil {
		out <- prometheus.NewInvalidMetric(g.jobs, err)
	}
	for state, n := range jobs {
		out <- prometheus.MustNewConstMetric(g.jobs, prometheus.GaugeValue, float64(n), string(state))
	}
	out <- prometheus.MustNewConstMetric(g.notices, prometheus.GaugeValue, float64(g.owed()))
	for _, r := range g.floats() {
		shown, err := strconv.ParseFloat(r.Balance.Decimal(), 64) // for people's eyes: nothing is reckoned with it
		if err == nil && !r.At.IsZero() {
			out <- prometheus.MustNewConstMetric(g.balance, prometheus.GaugeValue, shown, r.Name, string(r.Balance.Currency))
		}
	}
}

// metrics shows what was counted, and what stands now, in Prometheus' text format.
func (h *house) metrics(store *bolt.Store) http.Handler {
	h.meter.registry.MustRegister(newGauges(store.Unsettled, h.bot.Owed, h.alerts.Readings))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		families, err := h.meter.registry.Gather()
		if err != nil { // whose words may be the store's
			http.Error(w, "the store cannot be read", http.StatusServiceUnavailable)
			return
		}
		format := expfmt.NewFormat(expfmt.TypeTextPlain)
		w.Header().Set("Content-Type", string(format))
		page := expfmt.NewEncoder(w, format)
		for _, f := range families {
			if page.Encode(f) != nil {
				return // who asked has gone
			}
		}
	})
}
