package store

import (
	"context"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// RunningLaunch is a launch that is not over.
type RunningLaunch struct {
	Campaign   campaigns.CampaignID
	Name       string
	State      string
	LaunchedAt time.Time
}

// RunningAt lists the launches of the units under a path that are not over, newest first.
func (s *Store) RunningAt(ctx context.Context, path string, limit int) ([]RunningLaunch, error) {
	list, err := collect(ctx, s.r, func(row scanner) (l RunningLaunch, err error) {
		var at int64
		err = row.Scan(&l.Campaign, &l.Name, &l.State, &at)
		l.LaunchedAt = ms(at)
		return l, err
	}, `SELECT c.id, c.name, l.state, l.launched_at FROM launch l JOIN campaign c ON c.id = l.campaign_id JOIN unit u ON u.id = l.unit_id
		WHERE l.state IN ('running','paused') AND substr(u.path, 1, length($1)) = $1 ORDER BY l.id DESC LIMIT $2`, path, limit)
	return list, wrap("list running launches", err)
}
