package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

// CampaignsAt lists the campaigns that concern a unit, newest first before a cursor ("" for the newest): those of units
// under its path, and those of units above it. state "" means all states.
func (s *Store) CampaignsAt(ctx context.Context, path, state string, before campaigns.CampaignID, limit int) ([]campaigns.Campaign, error) {
	if before == "" {
		before = "~"
	}
	list, err := collect(ctx, s.r, scanCampaign, `SELECT `+campaignColumns+` FROM campaign WHERE unit_id IN (`+unitsAround+`)
		AND id < $2 AND ($3 = '' OR state = $3) ORDER BY id DESC LIMIT $4`, path, before, state, limit)
	return list, wrap("list campaigns of a unit", err)
}

// CampaignsWithin lists the campaigns of units under paths and, where above is set, of the units above them, oldest first
// after a cursor.
func (s *Store) CampaignsWithin(ctx context.Context, paths []string, above bool, after campaigns.CampaignID, limit int) ([]campaigns.Campaign, error) {
	var c compiler
	at := c.arg(after)
	where := c.within
	if above {
		where = c.around
	}
	list, err := collect(ctx, s.r, scanCampaign, `SELECT `+campaignColumns+` FROM campaign WHERE id > `+at+` AND unit_id IN (SELECT u.id FROM unit u
		WHERE `+where("u.path", paths)+`) ORDER BY id LIMIT `+c.arg(limit), c.args...)
	return list, wrap("list campaigns of units", err)
}

// unitsAround finds the units under the path $1 and above it.
const unitsAround = `SELECT u.id FROM unit u WHERE substr(u.path, 1, length($1)) = $1 OR substr($1, 1, length(u.path)) = u.path`

// CampaignStatesAt counts the campaigns that concern a unit by state.
func (s *Store) CampaignStatesAt(ctx context.Context, path string) (map[campaigns.CampaignState]int, error) {
	out := map[campaigns.CampaignState]int{}
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var state campaigns.CampaignState
		var n int
		err := row.Scan(&state, &n)
		out[state] = n
		return struct{}{}, err
	}, `SELECT state, count(*) FROM campaign WHERE unit_id IN (`+unitsAround+`) GROUP BY state`, path)
	return out, wrap("count campaigns of a unit", err)
}

// CampaignEvent is one step in the life of a campaign.
type CampaignEvent struct {
	Verb, Actor, Note string
	To                campaigns.CampaignState
	At                int64
}

// CampaignEvents lists what was done with a campaign, newest first.
func (s *Store) CampaignEvents(ctx context.Context, id campaigns.CampaignID) ([]CampaignEvent, error) {
	list, err := collect(ctx, s.r, func(row scanner) (e CampaignEvent, err error) {
		return e, row.Scan(&e.Verb, &e.Actor, &e.Note, &e.To, &e.At)
	}, `SELECT verb, actor, note, to_state, at FROM campaign_event WHERE campaign_id = $1 ORDER BY id DESC LIMIT 50`, id)
	return list, wrap("events of a campaign", err)
}

// NoteCampaign records why the actor did what they did last with a campaign.
func (s *Store) NoteCampaign(ctx context.Context, id campaigns.CampaignID, verb campaigns.Verb, actor, why string) error {
	return s.write(ctx, "note a reason", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE campaign_event SET note = $4 WHERE id = (SELECT max(id) FROM campaign_event
			WHERE campaign_id = $1 AND verb = $2 AND actor = $3) AND note = ''`, id, string(verb), actor, why)
		return err
	})
}

// VerifiedDay is how many persons of an audience were verified on a Vietnamese day.
type VerifiedDay struct{ Day, N int }

// VerifiedByDay counts the persons of an audience by the day on which the fact was verified for them.
func (s *Store) VerifiedByDay(ctx context.Context, id campaigns.AudienceID, fact campaigns.Fact) ([]VerifiedDay, error) {
	ctx = campaigns.WithoutScope(ctx) // figures name nobody
	list, err := collect(ctx, s.r, func(row scanner) (d VerifiedDay, err error) {
		return d, row.Scan(&d.Day, &d.N)
	}, `SELECT (o.at + 25200000) / 86400000 AS day, count(*) FROM member m JOIN outcome o ON o.person_id = m.person_id AND o.fact = $2
		WHERE m.audience_id = $1 GROUP BY (o.at + 25200000) / 86400000 ORDER BY day`, id, string(fact))
	return list, wrap("count verified persons by day", err)
}

// AnswersOf counts the persons of a launch by their newest answer, and by the way it came.
func (s *Store) AnswersOf(ctx context.Context, launch campaigns.LaunchID) (byKind map[campaigns.AnswerKind]int, bySource map[string]int, err error) {
	ctx = campaigns.WithoutScope(ctx) // figures name nobody
	byKind, bySource = map[campaigns.AnswerKind]int{}, map[string]int{}
	_, err = collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var kind campaigns.AnswerKind
		var source string
		var n int
		err := row.Scan(&kind, &source, &n)
		byKind[kind] += n
		bySource[source] += n
		return struct{}{}, err
	}, `SELECT r.kind, r.source, count(*) FROM response r WHERE r.launch_id = $1 AND NOT EXISTS (SELECT 1 FROM response x
		WHERE x.person_id = r.person_id AND x.launch_id = $1 AND x.id > r.id) GROUP BY r.kind, r.source`, launch)
	return byKind, bySource, wrap("count answers by kind", err)
}

// Area is a village or a class of an audience, with how many persons of it are verified.
type Area struct {
	Name            string
	Meant, Verified int
}

// AreasOf counts an audience by village, else by class. It looks at every person, so it is for audiences of one ward.
func (s *Store) AreasOf(ctx context.Context, id campaigns.AudienceID, fact campaigns.Fact) ([]Area, error) {
	ctx = campaigns.WithoutScope(ctx) // figures name nobody
	list, err := collect(ctx, s.r, func(row scanner) (a Area, err error) {
		return a, row.Scan(&a.Name, &a.Meant, &a.Verified)
	}, `SELECT COALESCE(v.name, ''), count(*), COALESCE(sum(CASE WHEN o.id IS NULL THEN 0 ELSE 1 END), 0) FROM member m JOIN person p ON p.id = m.person_id
		LEFT JOIN unit v ON v.id = COALESCE(p.village_id, p.class_id) LEFT JOIN outcome o ON o.person_id = p.id AND o.fact = $2
		WHERE m.audience_id = $1 GROUP BY COALESCE(v.name, '') ORDER BY COALESCE(v.name, '')`, id, string(fact))
	return list, wrap("count an audience by area", err)
}
