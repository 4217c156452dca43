package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/loaphuong/loa/campaigns"
)

// CloseCampaign ends a campaign as done. Whoever is left needs a reason, of their own or of the group of those who are left
// for the same cause (domain.md R26); the groups are kept with their counts of this moment.
func (s *Store) CloseCampaign(ctx context.Context, id campaigns.CampaignID, why campaigns.Closing, actor string) error {
	ctx, err := s.beyond(ctx, campaigns.CampaignNoun, string(id))
	if err != nil {
		return err
	}
	if err := why.Validate(); err != nil {
		return err
	}
	return s.write(ctx, "close campaign", func(tx *sql.Tx) error {
		c, now, err := s.move(ctx, tx, id, campaigns.Complete, actor)
		if err != nil {
			return err
		}
		run, err := scanRun(tx.QueryRowContext(ctx, runQuery+` WHERE l.campaign_id = $1 ORDER BY l.n DESC LIMIT 1`, id))
		if err != nil {
			return err
		}
		l := counted{launch: run.ID, audience: c.AudienceID, fact: c.Fact, total: run.Audience, launchedAt: run.LaunchedAt}
		left, _, err := s.kept(ctx, tx, l)
		if err != nil {
			return err
		}
		alone, err := s.leftAlone(ctx, tx, l, why)
		if err != nil {
			return err
		}
		if err := why.Covers(left.Left, alone); err != nil {
			return err
		}
		if err := s.insertClosing(ctx, tx, id, why, left.Left, actor, now); err != nil {
			return err
		}
		return s.closeLaunches(ctx, tx, id, "completed", now)
	})
}

// leftAlone counts the persons with a reason of their own by why they are left; somebody who is done counts for nothing.
func (s *Store) leftAlone(ctx context.Context, tx *sql.Tx, l counted, why campaigns.Closing) (map[campaigns.Reason]int, error) {
	alone := map[campaigns.Reason]int{}
	if len(why.Persons) == 0 {
		return alone, nil
	}
	ids := slices.Sorted(maps.Keys(why.Persons))
	within, args := somebody{s.d, ids}.within("m.audience_id", "m.person_id", l.audience)
	var meant int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM member m WHERE `+within, args...).Scan(&meant); err != nil {
		return nil, err
	}
	if meant < len(ids) {
		return nil, campaigns.ErrNotFound
	}
	people, err := s.whyLeft(ctx, tx, l, ids)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		alone[p.Reason]++
	}
	return alone, nil
}

func (s *Store) insertClosing(ctx context.Context, tx *sql.Tx, id campaigns.CampaignID, why campaigns.Closing, left map[campaigns.Reason]int, actor string, now Clock) error {
	groups := newBulk(col{"reason", asText}, col{"because", asText}, col{"n", asInt})
	for _, r := range slices.Sorted(maps.Keys(why.Groups)) {
		groups.add(string(r), string(why.Groups[r]), int64(left[r]))
	}
	if err := s.exec(ctx, tx, groups, func(v string) string {
		return `INSERT INTO closing (campaign_id, reason, because, persons, actor, at) SELECT $1, v.reason, v.because, v.n, $2, CAST($3 AS BIGINT) FROM ` + v
	}, string(id), actor, now.Policy.UnixMilli()); err != nil {
		return err
	}
	persons := newBulk(col{"person", asText}, col{"because", asText})
	for _, p := range slices.Sorted(maps.Keys(why.Persons)) {
		persons.add(string(p), string(why.Persons[p]))
	}
	return s.exec(ctx, tx, persons, func(v string) string {
		return `INSERT INTO closing_person (campaign_id, person_id, because) SELECT $1, v.person, v.because FROM ` + v
	}, string(id))
}

// closed is why a campaign was closed.
type closed campaigns.Closing

// of is why nothing more is done for one person. Who waited when the campaign was closed is left because it was closed.
func (c closed) of(p campaigns.Left) campaigns.ClosingReason {
	if because := c.Persons[p.PersonID]; because != "" {
		return because
	}
	if because := c.Groups[p.Reason]; because != "" || p.Reason != campaigns.LaunchCancelled {
		return because
	}
	return c.Groups[campaigns.NotSentYet]
}

func (s *Store) closingOf(ctx context.Context, q querier, id campaigns.CampaignID) (closed, error) {
	c := closed{Groups: map[campaigns.Reason]campaigns.ClosingReason{}, Persons: map[campaigns.PersonID]campaigns.ClosingReason{}}
	if _, err := collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		var r campaigns.Reason
		var because campaigns.ClosingReason
		err = row.Scan(&r, &because)
		c.Groups[r] = because
		return struct{}{}, err
	}, `SELECT reason, because FROM closing WHERE campaign_id = $1`, id); err != nil {
		return c, err
	}
	_, err := collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		var p campaigns.PersonID
		var because campaigns.ClosingReason
		err = row.Scan(&p, &because)
		c.Persons[p] = because
		return struct{}{}, err
	}, `SELECT person_id, because FROM closing_person WHERE campaign_id = $1`, id)
	return c, err
}
