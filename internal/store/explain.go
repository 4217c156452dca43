package store

import (
	"context"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// ExplainPerson says why a person is or is not meant by a campaign, and what became of each notice. The database judges
// every condition, so that it cannot say anything else than the count does.
func (s *Store) ExplainPerson(ctx context.Context, id campaigns.CampaignID, person campaigns.PersonID) (campaigns.Explanation, error) {
	out := campaigns.Explanation{PersonID: person}
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return out, err
	}
	holds, err := s.judgePerson(ctx, c, person, &out)
	if err != nil {
		return out, wrap("explain a person", err)
	}
	var in bool
	in, out.Conditions, out.Failed = c.Filter.Explain(holds)
	out.Matches = in && out.InUnit && !out.Erased
	why, err := collect(ctx, s.r, scanOne[string], `SELECT m.reason FROM member m WHERE m.audience_id = $1 AND m.person_id = $2`, c.AudienceID, person)
	if err != nil {
		return out, wrap("explain a person", err)
	}
	if len(why) > 0 {
		out.Frozen, out.FrozenWhy = true, why[0]
	}
	out.Notices, err = s.toldPerson(ctx, id, person)
	return out, wrap("notices of a person", err)
}

// judgePerson asks all the conditions for one person in one query.
func (s *Store) judgePerson(ctx context.Context, c campaigns.Campaign, person campaigns.PersonID, out *campaigns.Explanation) ([]bool, error) {
	comp, err := s.audienceCompiler(ctx, s.r, c.UnitID, c.Filter)
	if err != nil {
		return nil, err
	}
	leaves := append(c.Filter.Leaves(), campaigns.Under(c.UnitID))
	columns := make([]string, len(leaves))
	for i, leaf := range leaves {
		cond, err := comp.condition(leaf)
		if err != nil {
			return nil, err
		}
		columns[i] = yes(cond)
	}
	holds := make([]bool, len(leaves)+1)
	to := make([]any, len(holds))
	for i := range holds {
		to[i] = &holds[i]
	}
	err = s.r.QueryRowContext(ctx, `SELECT `+strings.Join(columns, ", ")+`, `+yes("p.erased_at IS NOT NULL")+` FROM person p WHERE p.id = `+comp.arg(person), comp.args...).Scan(to...)
	out.InUnit, out.Erased = holds[len(leaves)-1], holds[len(leaves)]
	return holds[:len(leaves)-1], err
}

// toldPerson lists the tries to carry a campaign's notices to one person; a merged notice shows the delivery that carried it.
func (s *Store) toldPerson(ctx context.Context, id campaigns.CampaignID, person campaigns.PersonID) ([]campaigns.Told, error) {
	list, err := collect(ctx, s.r, func(row scanner) (t campaigns.Told, err error) {
		var at int64
		err = row.Scan(&t.Launch, &t.Step, &t.Rank, &t.Channel, &t.State, &t.Reason, &t.Merged, &at)
		t.At = ms(at)
		return t, err
	}, `SELECT l.n, n.step_no, d.rank, d.channel, d.state, d.reason, `+yes("n.merged_into IS NOT NULL")+`, d.moved_at
		FROM launch l JOIN notice n ON n.launch_id = l.id AND n.person_id = $2 JOIN delivery d ON d.notice_id = COALESCE(n.merged_into, n.id)
		WHERE l.campaign_id = $1 ORDER BY l.n, n.step_no, d.rank`, id, person)
	if list == nil {
		list = []campaigns.Told{}
	}
	return list, err
}
