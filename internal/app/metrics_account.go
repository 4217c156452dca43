package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// accountMetrics shows the accounts at providers as the gate of this process knows them.
type accountMetrics struct {
	gate                             *work.Gate
	breaker, share, closed, override *prometheus.Desc
}

func newAccountMetrics(g *work.Gate) *accountMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, append([]string{"account"}, labels...), nil)
	}
	return &accountMetrics{gate: g,
		breaker:  desc("loa_account_breaker", "1 for the state that an account's breaker is in.", "state"),
		share:    desc("loa_account_share", "Percent of what its channel sends."),
		closed:   desc("loa_account_paused_seconds", "For how long nothing leaves: the provider asked for a pause, or the breaker is open."),
		override: desc("loa_account_override", "1 for what an officer decided over the breaker.", "override")}
}

// Describe implements prometheus.Collector.
func (m *accountMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.breaker, m.share, m.closed, m.override} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *accountMetrics) Collect(ch chan<- prometheus.Metric) {
	show := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, s := range m.gate.Standings() {
		for _, state := range []notifier.Breaker{notifier.BreakerClosed, notifier.BreakerOpen, notifier.BreakerProbing} {
			show(m.breaker, number(s.Breaker == state), s.Name, breakerWord(state))
		}
		show(m.share, float64(s.Share), s.Name)
		show(m.closed, seconds(s.Closed), s.Name)
		for _, o := range []notifier.Override{notifier.OverrideOn, notifier.OverrideOff} {
			show(m.override, number(s.Override == o), s.Name, string(o))
		}
	}
}
