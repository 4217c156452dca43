package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// verified says in SQL what campaigns.Person.Has says, of a card whatever its age; "" for no fact.
func (d *dialect) verified(f campaigns.Fact) string {
	switch f {
	case campaigns.CardIssued:
		return d.anyOf(cardVerified)
	case campaigns.EIDLevel1:
		return d.level(eidVerified, ">=", 1)
	case campaigns.EIDLevel2:
		return d.level(eidVerified, ">=", 2)
	case campaigns.CardHanded:
		return d.anyOf(cardHanded)
	case campaigns.DataAgrees:
		return d.anyOf(matched)
	}
	return ""
}

// age compares the birth with days as text, where a year alone comes before all days of that year: who is known by the
// year is as old as they get this year.
func (c *compiler) age(f campaigns.Filter) string {
	n, _ := campaigns.FilterInt(f.Value)
	old := func(years int64) string { return "p.born <= " + c.arg(yearsBefore(c.today, years)) } // at least so many
	switch f.Op {
	case "from":
		return "(p.born <> '' AND " + old(n) + ")"
	case "to":
		return "(p.born <> '' AND NOT " + old(n+1) + ")"
	}
	return "(p.born <> '' AND " + old(n) + " AND NOT " + old(n+1) + ")"
}

// yearsBefore is the same day so many years ago; as text it need not be in the calendar.
func yearsBefore(day string, years int64) string {
	y, _ := strconv.ParseInt(day[:4], 10, 64)
	return fmt.Sprintf("%04d", min(max(y-years, 0), 9999)) + day[4:]
}

// reach asks whether one of several media gets to a person.
func (c *compiler) reach(f campaigns.Filter) string {
	var bits facet
	var out []string
	for _, v := range listOf(f) {
		switch medium := fmt.Sprint(v); medium {
		case "relay":
			bits |= inClass
		case "visit":
			out = append(out, c.d.atHome())
		default:
			bits |= facet(campaigns.ReachBit(medium))
		}
	}
	if bits != 0 {
		out = append(out, c.d.anyOf(bits))
	}
	return "(" + strings.Join(out, " OR ") + ")"
}

// answered asks for what a person has said in any campaign and nobody has found untrue since.
func (c *compiler) answered(f campaigns.Filter) string {
	since := ""
	if f.Days > 0 {
		day, _ := time.ParseInLocation(time.DateOnly, c.today, campaigns.Zone) // our own format
		since = " AND r.at >= " + c.arg(day.AddDate(0, 0, -f.Days).UnixMilli())
	}
	return `EXISTS (SELECT 1 FROM response r WHERE r.person_id = p.id AND r.refuted_at IS NULL AND r.kind IN (` + c.values(f) + `)` + since + `)`
}

// lastContact asks for the day of the last notice that reached a wire; who was never told has none.
func (c *compiler) lastContact(f campaigns.Filter) (string, error) {
	day, err := time.ParseInLocation(time.DateOnly, fmt.Sprint(c.plain(f.Value)), campaigns.Zone)
	if err != nil {
		return "", fmt.Errorf("%w: last_contact needs a date", campaigns.ErrFilter)
	}
	told := func(op string) string {
		return `EXISTS (SELECT 1 FROM delivery x WHERE x.person_id = p.id AND x.sent_on ` + op + c.arg(campaigns.Day(day)) + ` AND ` + heard + `)`
	}
	switch f.Op {
	case "from":
		return told(">= "), nil
	case "to":
		return "(" + told("<= ") + " AND NOT " + told("> ") + ")", nil
	}
	return "(" + told("= ") + " AND NOT " + told("> ") + ")", nil
}
