package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// PreviewAudience counts whom a filter means now within a unit, how they can be got at, and who of them would not be told
// by a campaign that works towards fact ("" for none); and it names a sample.
func (s *Store) PreviewAudience(ctx context.Context, unit campaigns.UnitID, f campaigns.Filter, fact campaigns.Fact) (campaigns.Preview, error) {
	p := campaigns.Preview{Sample: []campaigns.PersonID{}}
	c, err := s.audienceCompiler(ctx, s.r, unit, f)
	if err != nil {
		return p, wrap("count the audience", err)
	}
	where, err := c.where(unit, f)
	if err != nil {
		return p, err
	}
	args := len(c.args)
	done := c.done(fact)
	if err := s.countReach(ctx, c, where, c.years(f), done, &p); err != nil {
		return p, wrap("count the audience", err)
	}
	var any bool
	if err := s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM opt_out)`).Scan(&any); err != nil {
		return p, wrap("count who said stop", err)
	}
	if any { // a table that was always empty misleads PostgreSQL
		if err := s.countStopped(ctx, c, where+` AND NOT `+done, &p); err != nil {
			return p, err
		}
	}
	if p.Total > 0 {
		p.Sample, err = collect(ctx, s.r, scanOne[campaigns.PersonID], `SELECT p.id FROM person p WHERE `+where+` ORDER BY p.id LIMIT 5`, c.args[:args]...)
	}
	return p, wrap("sample the audience", err)
}

func (s *Store) countStopped(ctx context.Context, c *compiler, where string, p *campaigns.Preview) error {
	err := s.r.QueryRowContext(ctx, `SELECT count(*) FROM person p WHERE `+where+` AND `+stoppedOnly, c.args...).Scan(&p.Excluded.Stopped)
	return wrap("count who said stop", err)
}

// stoppedOnly says that every usable address of a person was stopped. The first half goes from the few stops to their
// people.
const stoppedOnly = `p.id IN (SELECT c.person_id FROM opt_out o CROSS JOIN contact c WHERE c.addr_index = o.addr_index AND ` + usable + `)
	AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.person_id = p.id AND ` + usable + ` AND NOT EXISTS (SELECT 1 FROM opt_out o WHERE o.addr_index = c.addr_index))`

// done says that a fact is verified for a launch that began today (campaigns.CardStands).
func (c *compiler) done(fact campaigns.Fact) string {
	sql := c.d.verified(fact)
	switch {
	case sql == "":
		return "(1 = 0)"
	case fact == campaigns.CardIssued:
		day, _ := time.Parse(time.DateOnly, c.today) // our own format
		return "(" + sql + " AND (p.card_due_on = '' OR p.card_due_on > " + c.arg(day.AddDate(0, 0, campaigns.RenewAhead).Format(time.DateOnly)) + "))"
	}
	return "(" + sql + ")"
}

// anyReach is every way to get at a person but a visit.
const anyReach = facet(campaigns.ReachSMS|campaigns.ReachZalo|campaigns.ReachEmail|campaigns.ReachPhone) | inClass

// years is what a filter says of the year of birth, whatever else it says: of this alone PostgreSQL knows how many it means.
func (c *compiler) years(f campaigns.Filter) string {
	out := "TRUE"
	for _, sub := range append(f.All[:len(f.All):len(f.All)], f) {
		if sub.Field == "birth_year" {
			out += " AND " + c.birthYear(sub)
		}
	}
	return out
}

// facetsAlone says that a condition looks at nothing but person.facets.
func facetsAlone(where string) bool {
	return !strings.Contains(strings.ReplaceAll(where, "p.facets", ""), "p.")
}

// countReach counts in one pass. PostgreSQL first puts together those who are alike in all that is counted: there are few
// sorts of people, and nine counts over each person cost more than finding them. SQLite would sort people to do so.
func (s *Store) countReach(ctx context.Context, c *compiler, where, years, done string, p *campaigns.Preview) error {
	count, from := "count(*) FILTER (WHERE %s)", `person p WHERE `+where
	if s.d == postgresDialect {
		count = "CAST(COALESCE(sum(p.n) FILTER (WHERE %s), 0) AS BIGINT)"
		from = `(SELECT p.facets, ` + yes(done) + ` AS done, count(*) AS n FROM person p WHERE ` + where + ` GROUP BY 1, 2) p`
		if facetsAlone(where) {
			// It cannot know how many people a comparison of bits lets through, guesses none, and would not share the work.
			from = `(SELECT p.facets, ` + yes(done) + ` AS done, count(*) AS n FROM person p WHERE ` + years + ` GROUP BY 1, 2 OFFSET 0) p WHERE ` + where
		}
		done = "p.done = 1"
	}
	counts := []struct {
		to   *int
		cond string
	}{
		{&p.Total, "TRUE"}, {&p.Reach.SMS, c.d.anyOf(facet(campaigns.ReachSMS))}, {&p.Reach.Zalo, c.d.anyOf(facet(campaigns.ReachZalo))},
		{&p.Reach.Email, c.d.anyOf(facet(campaigns.ReachEmail))}, {&p.Reach.Phone, c.d.anyOf(facet(campaigns.ReachPhone))},
		{&p.Reach.Relay, c.d.anyOf(inClass)}, {&p.Reach.Visit, c.d.atHome()}, {&p.Excluded.Verified, done},
		{&p.Excluded.NoChannel, c.d.clear(anyReach) + ` AND NOT ` + c.d.atHome() + ` AND NOT (` + done + `)`},
	}
	columns, to := make([]string, len(counts)), make([]any, len(counts))
	for i, one := range counts {
		columns[i], to[i] = fmt.Sprintf(count, one.cond), one.to
	}
	return s.r.QueryRowContext(ctx, `SELECT `+strings.Join(columns, ", ")+` FROM `+from, c.args...).Scan(to...)
}
