package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// Metrics counts what the engine does, by enumerated labels only: no unit names, no persons, no paths.
type Metrics struct {
	Registry *prometheus.Registry
	planned  prometheus.Counter
	due      *prometheus.GaugeVec
	judged   *prometheus.CounterVec
	carried  *prometheus.CounterVec
	took     *prometheus.HistogramVec
	late     prometheus.Counter
	receipts prometheus.Counter
	swept    *prometheus.CounterVec
	trouble  *prometheus.CounterVec
	rings    *prometheus.CounterVec
	spooled  *prometheus.CounterVec
	watch    *watchMetrics
	recent   *recent
}

func newMetrics() *Metrics {
	m := &Metrics{recent: newRecent(),
		Registry: prometheus.NewRegistry(),
		planned:  prometheus.NewCounter(prometheus.CounterOpts{Name: "loa_notices_planned_total", Help: "Notices planned."}),
		due:      prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "loa_deliveries_due", Help: "Deliveries due at the last tick, by lane."}, []string{"lane"}),
		judged:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "loa_deliveries_judged_total", Help: "Verdicts of the decision chain, by channel, state and reason."}, []string{"channel", "state", "reason"}),
		carried:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "loa_attempts_total", Help: "Wire tries by channel, resulting state and reason."}, []string{"channel", "state", "reason"}),
		took:     prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "loa_attempt_seconds", Help: "Time from putting a message on the wire to the answer.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 13)}, []string{"channel"}),
		late:     prometheus.NewCounter(prometheus.CounterOpts{Name: "loa_fence_rejections_total", Help: "Results that came after their generation had moved on."}),
		receipts: prometheus.NewCounter(prometheus.CounterOpts{Name: "loa_receipts_applied_total", Help: "Receipts applied."}),
		swept:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "loa_swept_total", Help: "Deliveries that the sweeper moved, by kind."}, []string{"kind"}),
		trouble:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "loa_engine_errors_total", Help: "Errors that the next tick tries again, by what failed."}, []string{"what"}),
		rings:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "loa_bell_total", Help: "Rings of the bell, by result."}, []string{"result"}),
		spooled:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "loa_spool_results_total", Help: "Results that came while the database was away, by what became of them."}, []string{"result"}),
	}
	m.watch = newWatchMetrics(m.Registry)
	m.Registry.MustRegister(m.planned, m.due, m.judged, m.carried, m.took, m.late, m.receipts, m.swept, m.trouble, m.rings, m.spooled,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, lane := range campaigns.Lanes { // a zero that shows is worth more than a gap
		m.due.WithLabelValues(string(lane))
	}
	for _, kind := range []string{"unknown", "resent", "final", "no_receipt", "cancelled"} {
		m.swept.WithLabelValues(kind)
	}
	for _, result := range []string{"heard", "failed"} {
		m.rings.WithLabelValues(result)
	}
	for _, result := range []string{"kept", "refused", "replayed"} {
		m.spooled.WithLabelValues(result)
	}
	return m
}

// Planned implements work.Meter.
func (m *Metrics) Planned(n int) { m.planned.Add(float64(n)) }

// Due implements work.Meter.
func (m *Metrics) Due(byLane map[campaigns.Lane]int) {
	for _, lane := range campaigns.Lanes {
		m.due.WithLabelValues(string(lane)).Set(float64(byLane[lane]))
	}
}

// fate is what became of a delivery, as the counters know it.
type fate struct {
	state  notifier.State
	reason campaigns.Reason
}

// Judged implements work.Meter.
func (m *Metrics) Judged(ch string, verdicts []store.Verdict) {
	n := map[fate]int{}
	for _, v := range verdicts {
		n[fate{v.State, v.Reason}]++
	}
	count(m.judged, ch, n)
}

// Carried implements work.Meter.
func (m *Metrics) Carried(ch string, list []work.Ended) {
	n := map[fate]int{}
	took := m.took.WithLabelValues(ch)
	for _, r := range list {
		n[fate{r.State, r.Reason}]++
		took.Observe(r.Took.Seconds())
	}
	count(m.carried, ch, n)
	m.recent.carried(ch, list)
}

func count(c *prometheus.CounterVec, ch string, n map[fate]int) {
	for f, k := range n {
		c.WithLabelValues(ch, string(f.state), string(f.reason)).Add(float64(k))
	}
}

// Late implements work.Meter.
func (m *Metrics) Late(n int) { m.late.Add(float64(n)) }

// Receipts implements work.Meter.
func (m *Metrics) Receipts(n int) { m.receipts.Add(float64(n)) }

// Swept implements work.Meter.
func (m *Metrics) Swept(s store.Swept) {
	for kind, n := range map[string]int{"unknown": s.Unknown, "resent": s.Resent, "final": s.Final, "no_receipt": s.NoReceipt, "cancelled": s.Cancelled} {
		m.swept.WithLabelValues(kind).Add(float64(n))
	}
}

// Trouble implements work.Meter.
func (m *Metrics) Trouble(what string) { m.trouble.WithLabelValues(what).Inc() }

// bell rings the queue once there is one; before that nobody hears and the tick does the work.
type bell struct {
	queue interface {
		Ring(ctx context.Context, lane campaigns.Lane) error
	}
	metrics *Metrics
}

// Ring implements work.Bell.
func (b *bell) Ring(ctx context.Context, lane campaigns.Lane) error {
	if b.queue == nil {
		return nil
	}
	err := b.queue.Ring(ctx, lane)
	if b.metrics != nil {
		result := "heard"
		if err != nil {
			result = "failed"
		}
		b.metrics.rings.WithLabelValues(result).Inc()
	}
	return err
}
