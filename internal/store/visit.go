package store

import (
	"context"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Visit is one home that somebody has to go to.
type Visit struct {
	Task     campaigns.TaskID
	Person   campaigns.PersonID
	Name     string
	Born     string
	Place    campaigns.UnitID // the village, "" where nobody knows it
	Address  string
	Campaign string
	Code     string
	Asked    bool // the person asked for it
	Since    time.Time
}

// VisitPlace is a village with homes to go to.
type VisitPlace struct {
	ID     campaigns.UnitID
	Name   string
	Open   int
	Oldest time.Time
}

const openVisits = ` FROM task t JOIN unit u ON u.id = t.unit_id JOIN task_item i ON i.task_id = t.id AND i.result = '' JOIN person p ON p.id = i.person_id
	LEFT JOIN unit v ON v.id = p.village_id LEFT JOIN launch l ON l.id = t.launch_id LEFT JOIN campaign c ON c.id = l.campaign_id
	WHERE t.state = 'open' AND t.kind = 'visit' AND substr(u.path, 1, length($1)) = $1 AND p.erased_at IS NULL`

// VisitPlaces counts the open visits of the units under a path, village by village, the longest waiting first.
func (s *Store) VisitPlaces(ctx context.Context, path string) ([]VisitPlace, error) {
	list, err := collect(ctx, s.r, func(row scanner) (p VisitPlace, err error) {
		var oldest int64
		err = row.Scan(&p.ID, &p.Name, &p.Open, &oldest)
		p.Oldest = ms(oldest)
		return p, err
	}, `SELECT COALESCE(v.id, ''), COALESCE(v.name, ''), count(*), min(t.created_at)`+openVisits+` GROUP BY COALESCE(v.id, ''), COALESCE(v.name, '') ORDER BY min(t.created_at), COALESCE(v.name, '')`, path)
	return list, wrap("count visits", err)
}

// Visits lists the open visits in a village, "" for those whose village nobody knows, home by home: neighbours stand together.
func (s *Store) Visits(ctx context.Context, path string, village campaigns.UnitID, limit int) ([]Visit, error) {
	list, err := collect(ctx, s.r, func(row scanner) (v Visit, err error) {
		var since int64
		var home []byte
		var step int
		if err = row.Scan(&v.Task, &v.Person, &v.Name, &v.Born, &v.Place, &home, &v.Campaign, &v.Code, &step, &since); err != nil {
			return v, err
		}
		v.Since, v.Asked = ms(since), step == 0
		v.Address, err = s.ring.Open(personPlace("address", v.Person), home)
		return v, err
	}, `SELECT t.id, p.id, p.name, p.born, COALESCE(v.id, ''), p.address_sealed, COALESCE(c.name, ''), t.code, t.step_no, t.created_at`+openVisits+`
		AND COALESCE(v.id, '') = $2 ORDER BY p.name_key, p.id LIMIT $3`, path, village, limit)
	return list, wrap("list visits", err)
}
