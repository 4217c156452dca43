package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// watchMetrics are the gauges of the watchdogs. They hold what the last look saw: of the whole database, whichever
// process looked; only what a process can know of itself alone says so.
type watchMetrics struct {
	overdue, overdueBy, stalled prometheus.Gauge
	silent                      *prometheus.GaugeVec
	parked, parkedFor           prometheus.Gauge
	expired                     prometheus.Counter
	drift                       prometheus.Gauge
	redis                       *prometheus.GaugeVec
	took                        prometheus.Gauge
	failed                      prometheus.Counter
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
}

func newWatchMetrics(reg prometheus.Registerer) *watchMetrics {
	m := &watchMetrics{
		overdue:   gauge("loa_overdue_deliveries", "Deliveries of running launches that have been due for over 60 seconds."),
		overdueBy: gauge("loa_overdue_seconds", "How long the oldest of them has been due."),
		stalled:   gauge("loa_stalled", "1 when deliveries are overdue and nobody carries any."),
		silent: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "loa_receipts_silent",
			Help: "1 when this process has sent on a channel for 10 minutes and no receipt has come."}, []string{"channel"}),
		parked:    gauge("loa_receipts_parked", "Receipts whose attempt is not known, counted up to 10000."),
		parkedFor: gauge("loa_receipts_parked_seconds", "How long the oldest of them has waited."),
		expired:   prometheus.NewCounter(prometheus.CounterOpts{Name: "loa_receipts_expired_total", Help: "Receipts that waited 72 hours for an attempt."}),
		drift:     gauge("loa_tally_drift", "By how many deliveries the kept tallies differ from a count."),
		redis: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "loa_redis_trouble",
			Help: "1 when Redis is gone, full, or may throw tasks away (policy); looked at by /readyz and every 15 seconds."}, []string{"what"}),
		took:   gauge("loa_watch_seconds", "How long the last look of the watchdogs took."),
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: "loa_watch_failures_total", Help: "Looks of the watchdogs that could not be finished."}),
	}
	reg.MustRegister(m.overdue, m.overdueBy, m.stalled, m.silent, m.parked, m.parkedFor, m.expired, m.drift, m.redis, m.took, m.failed)
	for _, r := range redisSentences {
		m.redis.WithLabelValues(r.label)
	}
	return m
}

func (m *watchMetrics) show(w store.Watch, drift int64) {
	m.overdue.Set(float64(w.Overdue))
	m.overdueBy.Set(seconds(w.OverdueBy))
	m.parked.Set(float64(w.Parked))
	m.parkedFor.Set(seconds(w.ParkedFor))
	m.drift.Set(float64(drift))
}

// bindMetrics adds what is read at the moment of the scrape.
func (a *App) bindMetrics() {
	read := func(name, help string, f func() float64) {
		a.Metrics.Registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f))
	}
	total := func(name, help string, f func() float64) {
		a.Metrics.Registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, f))
	}
	read("loa_hold", "1 while nothing may be sent from this database by this process.", func() float64 { return number(a.Hold.Why() != "") })
	read("loa_unknown_share", "Part of this process's wire tries of the last 15 minutes that ended unknown; 0 under 100 tries.", a.Metrics.recent.share)
	read("loa_spool_bytes", "Results that this process keeps on its disk until the database is back.", func() float64 { return float64(a.spool.Waiting()) })
	read("loa_database_connections_max", "Most connections to the database.", func() float64 { return float64(a.Store.Pool().Max) })
	read("loa_database_connections_in_use", "Connections to the database in use.", func() float64 { return float64(a.Store.Pool().InUse) })
	total("loa_database_waits_total", "How often somebody had to wait for a connection.", func() float64 { return float64(a.Store.Pool().Waits) })
	total("loa_database_wait_seconds_total", "How long they waited together.", func() float64 { return a.Store.Pool().Waited.Seconds() })
	a.Metrics.Registry.MustRegister(newAccountMetrics(a.Gate))
	for _, l := range a.Lines { // a zero that shows is worth more than a gap
		if l.Spec.Policy.Receipts {
			a.Metrics.watch.silent.WithLabelValues(l.Spec.Name)
		}
		for _, state := range []notifier.State{notifier.Accepted, notifier.Failed, notifier.Queued, notifier.Unknown} {
			a.Metrics.carried.WithLabelValues(l.Spec.Name, string(state), "")
		}
		a.Metrics.took.WithLabelValues(l.Spec.Name)
		a.Metrics.judged.WithLabelValues(l.Spec.Name, string(notifier.Sending), "")
	}
	for _, what := range []string{"queue what is due", "plan", "apply receipts", "sweep", "record results", "ring the bell"} {
		a.Metrics.trouble.WithLabelValues(what)
	}
}
