package web

import (
	"context"
	"time"

	"github.com/loaphuong/loa/internal/access"
)

// Retention proves what is kept for how long: by rule how many rows still hold something, and how many are due. It is the
// same for all units, and holds figures only.
type Retention interface {
	Kept(ctx context.Context) (rules []KeptLine, purgedAt time.Time, err error)
}

// KeptLine is one rule of retention (rulings.md 29).
type KeptLine struct {
	Rule   string // end of the key of its words, web.retention.of.
	Days   int
	Rows   int
	Oldest time.Time // zero: there is nothing
	Due    int       // whose time is over: 0 after a purge
}

// retentionView is the report of what is kept.
type retentionView struct {
	Frame
	Tabs   []chip
	Lines  []keptWords
	Due    int
	Purged time.Time
}

// keptWords is a rule in words.
type keptWords struct {
	KeptLine
	Words string
}

func (s *server) showRetention(r *request, c access.Caller) error {
	if !c.May(access.AuditRead, r.unit.Path) {
		return access.ErrForbidden
	}
	rules, purged, err := s.Record.Kept(r.ctx)
	if err != nil {
		return err
	}
	v := retentionView{Frame: s.frame(r, "audit", "web.retention.title"), Tabs: s.auditTabs(r, "retention"), Purged: purged}
	for _, k := range rules {
		v.Lines = append(v.Lines, keptWords{k, s.say(r, "web.retention.of."+k.Rule)})
		v.Due += k.Due
	}
	return s.show(r, "retention", &v)
}
