package app

import (
	"context"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/work"
)

// linksFor is how long the hosts of a unit are remembered: what the province takes away is gone after that.
const linksFor = 5 * time.Second

// links remembers to which hosts units' words may lead. Only words with links are asked about.
type links struct {
	mu sync.Mutex
	by map[campaigns.UnitID]linkHosts
}

type linkHosts struct {
	hosts []string
	read  time.Time
}

// writer writes notices by the links that units may name.
func (a *App) writer() *work.Writer {
	return work.NewWriter(a.Templates, a.Words, a.Ring).Leading(a.linksOf)
}

// linksOf are the hosts of a unit; while the database is away those that were read last.
func (a *App) linksOf(unit campaigns.UnitID) []string {
	a.links.mu.Lock()
	defer a.links.mu.Unlock()
	last := a.links.by[unit]
	if time.Since(last.read) < linksFor {
		return last.hosts
	}
	ctx, cancel := context.WithTimeout(context.Background(), linksFor)
	defer cancel()
	hosts, err := a.Store.LinksOf(ctx, unit)
	if err != nil {
		return last.hosts
	}
	if a.links.by == nil {
		a.links.by = map[campaigns.UnitID]linkHosts{}
	}
	a.links.by[unit] = linkHosts{hosts, time.Now()}
	return hosts
}
