package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

// How many persons one look of the residual list reads, and how many looks one page takes at most.
const (
	residualRows  = 500
	residualLooks = 20
)

// Residual lists who of a campaign's newest launch is left, after a cursor, in order of id. next is the cursor of the page
// that follows, "" at the end; a page may be short where few have the reason that is asked for.
func (s *Store) Residual(ctx context.Context, id campaigns.CampaignID, f campaigns.ResidualFilter, after campaigns.PersonID, limit int) (list []campaigns.Left, next campaigns.PersonID, err error) {
	ctx, err = s.beyond(ctx, campaigns.CampaignNoun, string(id))
	if err != nil {
		return nil, "", err
	}
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return nil, "", err
	}
	runs, err := s.Runs(ctx, id)
	if err != nil || len(runs) == 0 {
		return nil, "", err
	}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		because, err := s.closingOf(ctx, tx, id)
		if err != nil {
			return err
		}
		l := counted{launch: runs[0].ID, audience: c.AudienceID, fact: c.Fact, launchedAt: runs[0].LaunchedAt}
		list, next, err = s.residualPage(ctx, tx, l, f, after, limit)
		for i := range list {
			list[i].Because = because.of(list[i])
		}
		return err
	})
	return list, next, wrap("list who is left", err)
}

func (s *Store) residualPage(ctx context.Context, q querier, l counted, f campaigns.ResidualFilter, after campaigns.PersonID, limit int) (list []campaigns.Left, next campaigns.PersonID, err error) {
	for range residualLooks {
		ids, err := s.notDone(ctx, q, l, f.Unit, after)
		if err != nil || len(ids) == 0 {
			return list, "", err
		}
		left, err := s.whyLeft(ctx, q, l, ids)
		if err != nil {
			return nil, "", err
		}
		for i, id := range ids {
			p, is := left[id]
			if !is || f.Reason != "" && p.Reason != f.Reason {
				continue
			}
			if list = append(list, p); len(list) == limit {
				if i == len(ids)-1 && len(ids) < residualRows {
					return list, "", nil
				}
				return list, id, nil
			}
		}
		if after = ids[len(ids)-1]; len(ids) < residualRows {
			return list, "", nil
		}
	}
	return list, after, nil
}

// notDone finds the next persons of the audience whose fact is not verified.
func (s *Store) notDone(ctx context.Context, q querier, l counted, unit campaigns.UnitID, after campaigns.PersonID) ([]campaigns.PersonID, error) {
	done, err := factSQL(l.fact, l.launchedAt)
	if err != nil {
		return nil, err
	}
	path := ""
	if unit != "" {
		u, err := unitByID(ctx, q, unit)
		if err != nil {
			return nil, err
		}
		path = u.Path
	}
	return collect(ctx, q, scanOne[campaigns.PersonID], `SELECT m.person_id FROM member m JOIN person p ON p.id = m.person_id
		WHERE m.audience_id = $1 AND m.person_id > $2 AND substr(p.unit_path, 1, length($3)) = $3 AND NOT (`+done+`) ORDER BY m.person_id LIMIT $4`,
		l.audience, after, path, residualRows)
}

// whyLeft says of persons why they are left; who is done is left out.
func (s *Store) whyLeft(ctx context.Context, q querier, l counted, ids []campaigns.PersonID) (map[campaigns.PersonID]campaigns.Left, error) {
	who := somebody{s.d, ids}
	people, err := s.people(ctx, q, l, who)
	if err != nil {
		return nil, err
	}
	if err := s.seeDeliveries(ctx, q, l, who, people, newFigures()); err != nil {
		return nil, err
	}
	if err := s.hearAnswers(ctx, q, l, who, people); err != nil {
		return nil, err
	}
	out := make(map[campaigns.PersonID]campaigns.Left, len(people))
	for id, p := range people {
		if p.has(l.fact) {
			continue
		}
		why := p.why()
		out[id] = campaigns.Left{PersonID: id, UnitID: p.unit, Reason: why, Action: campaigns.NextAction(why)}
	}
	return out, nil
}

// among is a choice of the persons of a launch: a block, or somebody by name.
type among interface {
	// within is the condition that a row belongs to the launch or audience and to the persons chosen, with its parameters.
	within(of, person string, id any) (string, []any)
}

var (
	_ among = block{}
	_ among = somebody{}
)

// somebody are single persons.
type somebody struct {
	d   *dialect
	ids []campaigns.PersonID
}

func (w somebody) within(of, person string, id any) (string, []any) {
	return of + ` = $1 AND ` + person + ` IN (SELECT w.id FROM ` + w.d.set(2, "w", col{"id", asText}) + `)`, []any{id, asJSON(wrapEach(w.ids))}
}
