package store

import (
	"context"
	"encoding/json"
	"slices"
	"sort"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// exposing are the verbs by which somebody gets to see people.
const exposing = `('person.view','person.reveal','person.file','export.make')`

// Exposure finds out who was seen, in units under paths: by an account or a key, in a session, in a file, or who stands in a
// list. It is asked when something was lost, and reads the audit log. campaigns.ErrNotFound for what belongs to no unit under paths and
// of which nothing was seen there: who asks cannot tell what is elsewhere from what there is not.
func (s *Store) Exposure(ctx context.Context, of access.ExposureOf, paths []string) ([]access.Exposed, error) {
	out, err := map[campaigns.PersonID]*access.Exposed{}, error(nil)
	switch {
	case of.Roster != "":
		err = s.exposedByRoster(ctx, of, paths, out)
	case of.Export != "":
		err = s.exposedByLog(ctx, of, paths, out, `a.object = 'export' AND a.object_id = $4`, of.Export)
	case of.Session != "":
		// A quoted id stands in the detail of the rows of its session.
		err = s.exposedByLog(ctx, of, paths, out, `a.detail LIKE '%' || $4 || '%' ESCAPE '!'`, likeEscaper.Replace(asJSON(of.Session)))
	default:
		err = s.exposedByLog(ctx, of, paths, out, `a.by_id = $4`, of.By)
	}
	if err == nil && len(out) == 0 {
		err = s.exposable(ctx, of, paths)
	}
	list := make([]access.Exposed, 0, len(out))
	for _, e := range out {
		list = append(list, *e)
	}
	sort.Slice(list, func(i, k int) bool { return list[i].Person < list[k].Person })
	return list, wrap("find who was exposed", err)
}

// exposable refuses what of names unless it belongs to a unit under paths; a key without units is the root's.
func (s *Store) exposable(ctx context.Context, of access.ExposureOf, paths []string) error {
	account := `FROM staff f WHERE (` + s.auditUnder("f.unit_id") + ` OR EXISTS (SELECT 1 FROM staff_role g WHERE g.staff_id = f.id AND ` + s.auditUnder("g.unit_id") + `))`
	query, id := `SELECT 1 `+account+` AND f.id = $2 UNION ALL SELECT 1 FROM api_key k LEFT JOIN api_key_unit g ON g.key_id = k.id WHERE k.id = $2 AND `+s.auditUnder("g.unit_id"), of.By
	switch {
	case of.Roster != "":
		query, id = `SELECT 1 FROM roster r WHERE r.id = $2 AND `+s.auditUnder("r.unit_id"), string(of.Roster)
	case of.Export != "":
		query, id = `SELECT 1 FROM export x WHERE x.id = $2 AND `+s.auditUnder("x.unit_id"), of.Export
	case of.Session != "":
		query, id = `SELECT 1 `+account+` AND f.id = (SELECT e.staff_id FROM session e WHERE e.id = $2)`, of.Session
	}
	list, err := collect(ctx, s.r, scanOne[int], query, asJSON(wrapEach(paths)), id)
	if err == nil && len(list) == 0 {
		err = campaigns.ErrNotFound
	}
	return err
}

// auditUnder says that the unit of a column lies under one of the paths in $1; what belongs to no unit is the root's.
func (s *Store) auditUnder(unit string) string {
	return `EXISTS (SELECT 1 FROM ` + s.d.set(1, "v", col{"path", asText}) + ` WHERE
		substr(COALESCE((SELECT u.path FROM unit u WHERE u.id = ` + unit + `), '/'), 1, length(v.path)) = v.path)`
}

func (s *Store) exposedByLog(ctx context.Context, of access.ExposureOf, paths []string, out map[campaigns.PersonID]*access.Exposed, which, value string) error {
	from, to := int64(0), int64(1)<<62
	if !of.From.IsZero() {
		from = of.From.UnixMilli()
	}
	if !of.To.IsZero() {
		to = of.To.UnixMilli()
	}
	_, err := collect(ctx, s.r, func(row scanner) (_ struct{}, err error) {
		var at int64
		var verb access.Verb
		var detail string
		var person campaigns.PersonID
		if err = row.Scan(&at, &verb, &detail, &person); err != nil {
			return struct{}{}, err
		}
		var d struct {
			After struct {
				People  []campaigns.PersonID `json:"people"`
				Session string               `json:"session"`
			} `json:"after"`
		}
		if err = json.Unmarshal([]byte(detail), &d); err != nil || of.Session != "" && d.After.Session != of.Session {
			return struct{}{}, err
		}
		if person != "" && !slices.Contains(d.After.People, person) {
			d.After.People = append(d.After.People, person)
		}
		for _, p := range d.After.People {
			seen(out, p, verb, at)
		}
		return struct{}{}, nil
	}, `SELECT a.at, a.verb, a.detail, a.person_id FROM audit a WHERE `+which+` AND a.verb IN `+exposing+` AND a.at BETWEEN $2 AND $3 AND `+s.auditUnder("a.unit_id"),
		asJSON(wrapEach(paths)), from, to, value)
	return err
}

func seen(out map[campaigns.PersonID]*access.Exposed, p campaigns.PersonID, verb access.Verb, at int64) {
	e := out[p]
	if e == nil {
		e = &access.Exposed{Person: p, First: ms(at), Last: ms(at)}
		out[p] = e
	}
	e.Looks++
	if when := ms(at); when.Before(e.First) {
		e.First = when
	} else if when.After(e.Last) {
		e.Last = when
	}
	if i, found := slices.BinarySearchFunc(e.Ways, verb, func(a, b access.Verb) int { return strings.Compare(string(a), string(b)) }); !found {
		e.Ways = slices.Insert(e.Ways, i, verb)
	}
}

// exposedByRoster lists who stands in a list: all of them, where the file itself was lost.
func (s *Store) exposedByRoster(ctx context.Context, of access.ExposureOf, paths []string, out map[campaigns.PersonID]*access.Exposed) error {
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var p campaigns.PersonID
		var at int64
		err := row.Scan(&p, &at)
		if out[p] == nil {
			out[p] = &access.Exposed{Person: p, First: ms(at), Last: ms(at), Ways: []access.Verb{}}
		}
		out[p].Looks++
		return struct{}{}, err
	}, `SELECT x.person_id, r.started_at FROM roster_row x JOIN roster r ON r.id = x.roster_id WHERE x.roster_id = $2 AND x.person_id IS NOT NULL AND `+s.auditUnder("r.unit_id"),
		asJSON(wrapEach(paths)), string(of.Roster))
	return err
}
