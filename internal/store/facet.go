package store

import (
	"fmt"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// facet names bits of person.facets, a number that the database makes of other columns (migration 00009): what a count
// compares most often is compared in it, so that it reads an index of numbers and no row.
type facet int64

// The lowest four bits are campaigns.Reach.
const (
	inClass facet = 1 << (iota + 4)
	away
	abroad
	needsVisit
	noSmartphone
	cardVerified
	cardClaimed
)

// Two bits each for the levels of the e-ID, and then again one bit each.
const (
	eidVerified facet = 3 << 11
	eidClaimed  facet = 3 << 13

	cardHanded facet = 1 << 15
	matched    facet = 1 << 16
	mismatch   facet = 1 << 17
	male       facet = 1 << 18
	female     facet = 1 << 19
	erased     facet = 1 << 20
)

// yearBits is how far up the year of birth stands.
const yearBits = 32

var sexes = map[string]facet{"male": male, "female": female}

// truths maps fields that are true or false to the bits of which one must be set.
var truths = map[string]facet{
	"has_card":      cardVerified | cardClaimed,
	"card_verified": cardVerified,
	"mismatch":      mismatch,
	"abroad":        abroad,
	"needs_visit":   needsVisit,
	"no_smartphone": noSmartphone,
	"away":          away,
	"has_phone":     facet(campaigns.ReachPhone),
}

// plainly says what each bit says, on the columns themselves: SQLite cannot read the number off an index.
var plainly = map[facet]string{
	facet(campaigns.ReachSMS): "p.reach & 1 <> 0", facet(campaigns.ReachZalo): "p.reach & 2 <> 0", facet(campaigns.ReachEmail): "p.reach & 4 <> 0",
	facet(campaigns.ReachPhone): "p.reach & 8 <> 0",
	inClass:                     "p.class_id IS NOT NULL", away: "p.away = 1", abroad: "p.country <> ''", needsVisit: "p.needs_visit = 1", noSmartphone: "p.no_smartphone = 1",
	cardVerified: "p.card_verified = 1", cardClaimed: "COALESCE(p.card_claim, 0) = 1", cardHanded: "p.card_handed = 1", matched: "p.matched = 1",
	mismatch: "p.mismatch = 1", male: "p.sex = 'male'", female: "p.sex = 'female'", erased: "p.erased_at IS NOT NULL",
	eidVerified: "p.eid_verified", eidClaimed: "COALESCE(p.eid_claim, 0)",
}

// atHome says that a visit can find a person.
func (d *dialect) atHome() string { return d.clear(abroad | away) }

// anyOf says that one of the bits is set; it is never NULL.
func (d *dialect) anyOf(f facet) string {
	if d == postgresDialect {
		return fmt.Sprintf("(p.facets & %d <> 0)", f)
	}
	var out []string
	for bit := facet(1); bit <= f; bit <<= 1 {
		if f&bit != 0 {
			out = append(out, plainly[bit])
		}
	}
	return "(" + strings.Join(out, " OR ") + ")"
}

// clear says that none of the bits is set.
func (d *dialect) clear(f facet) string {
	switch {
	case d == postgresDialect:
		return fmt.Sprintf("(p.facets & %d = 0)", f)
	case f == erased:
		return "p.erased_at IS NULL"
	}
	return "NOT " + d.anyOf(f)
}

// level compares a level of two bits.
func (d *dialect) level(f facet, op string, n int64) string {
	n = max(min(n, 3), -1)
	if d == postgresDialect {
		return fmt.Sprintf("(p.facets & %d %s %d)", f, op, n*int64(f&-f))
	}
	return fmt.Sprintf("(%s %s %d)", plainly[f], op, n)
}

// levels compares the highest of several levels.
func (d *dialect) levels(f campaigns.Filter, of ...facet) string {
	n, _ := campaigns.FilterInt(f.Value)
	compare := func(op, with string) string {
		out := make([]string, len(of))
		for i, l := range of {
			out[i] = d.level(l, op, n)
		}
		return "(" + strings.Join(out, with) + ")"
	}
	switch f.Op {
	case "from":
		return compare(">=", " OR ")
	case "to":
		return compare("<=", " AND ")
	}
	return "(" + compare("<=", " AND ") + " AND " + compare("=", " OR ") + ")"
}

// birthYear compares the year; on PostgreSQL the number as a whole, so that an index finds the range. Who is known by no
// year has none.
func (c *compiler) birthYear(f campaigns.Filter) string {
	column, unit := "p.birth_year", int64(1)
	if c.d == postgresDialect {
		column, unit = "p.facets", 1<<yearBits
	}
	var out []string
	for _, v := range listOf(f) {
		n, _ := campaigns.FilterInt(v)
		n = max(min(n, 9998), 0)
		lo, hi := n, n+1
		switch f.Op {
		case "from":
			hi = 9999
		case "to":
			lo = 1
		}
		lo = max(lo, 1)
		out = append(out, fmt.Sprintf("%[1]s >= %[2]d AND %[1]s < %[3]d", column, lo*unit, max(hi, lo)*unit))
	}
	known := ""
	if c.d != postgresDialect {
		known = "p.birth_year IS NOT NULL AND "
	}
	return "(" + known + "(" + strings.Join(out, " OR ") + "))"
}
