package store

import (
	"context"
	"fmt"
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
	if err := s.countReach(ctx, c, where, done, &p); err != nil {
		return p, wrap("count the audience", err)
	}
	stopped := `SELECT count(*) FROM person p WHERE ` + where + ` AND NOT ` + done + ` AND ` + stoppedOnly
	if err := s.r.QueryRowContext(ctx, stopped, c.args...).Scan(&p.Excluded.Stopped); err != nil {
		return p, wrap("count who said stop", err)
	}
	if p.Total > 0 {
		p.Sample, err = collect(ctx, s.r, scanOne[campaigns.PersonID], `SELECT p.id FROM person p WHERE `+where+` ORDER BY p.id LIMIT 5`, c.args[:args]...)
	}
	return p, wrap("sample the audience", err)
}

// stoppedOnly says that every usable address of a person was stopped. The first half goes from the few stops to their
// people.
const stoppedOnly = `p.id IN (SELECT c.person_id FROM opt_out o CROSS JOIN contact c WHERE c.addr_index = o.addr_index AND ` + usable + `)
	AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.person_id = p.id AND ` + usable + ` AND NOT EXISTS (SELECT 1 FROM opt_out o WHERE o.addr_index = c.addr_index))`

// done says that a fact is verified for a launch that began today (campaigns.CardStands).
func (c *compiler) done(fact campaigns.Fact) string {
	sql := verifiedSQL[fact]
	switch {
	case sql == "":
		return "(1 = 0)"
	case fact == campaigns.CardIssued:
		day, _ := time.Parse(time.DateOnly, c.today) // our own format
		return "(" + sql + " AND (p.card_due_on = '' OR p.card_due_on > " + c.arg(day.AddDate(0, 0, campaigns.RenewAhead).Format(time.DateOnly)) + "))"
	}
	return "(" + sql + ")"
}

// countReach counts in one pass. Two counts share one sum, of 31 bits each: a sum is what costs a database.
func (s *Store) countReach(ctx context.Context, c *compiler, where, done string, p *campaigns.Preview) error {
	two := func(low, high string) string {
		return "CAST(COALESCE(sum((" + low + ") + ((" + high + ") << 31)), 0) AS BIGINT)"
	}
	bit := func(n int) string { return fmt.Sprintf("(CAST(p.reach AS BIGINT) >> %d) & 1", n) }
	var sums [4]int64
	err := s.r.QueryRowContext(ctx, `SELECT count(*), `+two(bit(0), bit(1))+`, `+two(bit(2), bit(3))+`,
			`+two(one("p.class_id IS NOT NULL"), one(atHome))+`,
			`+two(one(done), one(`p.reach = 0 AND p.class_id IS NULL AND NOT (`+atHome+`) AND NOT `+done))+`
		FROM person p WHERE `+where, c.args...).Scan(&p.Total, &sums[0], &sums[1], &sums[2], &sums[3])
	for i, to := range [][2]*int{{&p.Reach.SMS, &p.Reach.Zalo}, {&p.Reach.Email, &p.Reach.Phone}, {&p.Reach.Relay, &p.Reach.Visit},
		{&p.Excluded.Verified, &p.Excluded.NoChannel}} {
		*to[0], *to[1] = int(sums[i]&(1<<31-1)), int(sums[i]>>31)
	}
	return err
}

// one is 1 where a condition holds, as a 64-bit number.
func one(cond string) string { return "CASE WHEN " + cond + " THEN CAST(1 AS BIGINT) ELSE 0 END" }
