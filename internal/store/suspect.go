package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// Suspects lists pairs under a unit that may be one person: the same folded name and full birth date, and beside them a
// guardian, a phone or a village in common. after is the cursor: the ids of the last pair, with a dash between. Pairs that
// a human has told apart are left out.
func (s *Store) Suspects(ctx context.Context, unit campaigns.UnitID, after string, limit int) ([]campaigns.Pair, error) {
	c, err := s.audienceCompiler(ctx, s.r, unit, campaigns.Filter{})
	if err != nil {
		return nil, wrap("find suspects", err)
	}
	under, err := c.condition(campaigns.Under(unit))
	if err != nil {
		return nil, err
	}
	a, b, _ := strings.Cut(after, "~")
	first, second, most := c.arg(a), c.arg(b), c.arg(limit)
	type pair struct {
		ids    [2]campaigns.PersonID
		common []string
	}
	found, err := collect(ctx, s.r, func(row scanner) (p pair, err error) {
		var guardian, phone, village bool
		err = row.Scan(&p.ids[0], &p.ids[1], &guardian, &phone, &village)
		for _, c := range []struct {
			is   bool
			name string
		}{{guardian, "guardian"}, {phone, "phone"}, {village, "village"}} {
			if c.is {
				p.common = append(p.common, c.name)
			}
		}
		return p, err
	}, `SELECT x.a, x.b, x.guardian, x.phone, x.village FROM (SELECT p.id AS a, o.id AS b,
			`+yes(`p.guardian_key <> '' AND p.guardian_key = o.guardian_key`)+` AS guardian,
			`+yes(`EXISTS (SELECT 1 FROM contact c JOIN contact e ON e.person_id = o.id AND e.addr_index = c.addr_index WHERE c.person_id = p.id AND c.medium = 'phone')`)+` AS phone,
			`+yes(`p.village_id = o.village_id`)+` AS village
		FROM person p CROSS JOIN person o WHERE o.name_key = p.name_key AND o.born = p.born AND o.id > p.id AND length(p.born) = 10
			AND p.erased_at IS NULL AND o.erased_at IS NULL AND `+under+` AND (p.id > `+first+` OR p.id = `+first+` AND o.id > `+second+`)
			AND NOT EXISTS (SELECT 1 FROM person_event v WHERE v.verb = 'told_apart' AND (v.person_id = p.id AND v.other_id = o.id OR v.person_id = o.id AND v.other_id = p.id))) x
		WHERE x.guardian + x.phone + x.village > 0 ORDER BY x.a, x.b LIMIT `+most, c.args...)
	if err != nil {
		return nil, wrap("find suspects", err)
	}
	out := make([]campaigns.Pair, len(found))
	for i, f := range found {
		for k, to := range []*campaigns.Person{&out[i].A, &out[i].B} {
			if *to, err = s.Person(ctx, f.ids[k]); err != nil {
				return nil, err
			}
		}
		out[i].Common = f.common
		out[i].SeveralNumbers = out[i].A.IDTail != "" && out[i].B.IDTail != ""
	}
	return out, nil
}

// TellApart records that a human found two records to be two people, and why; they are not suspected again.
func (s *Store) TellApart(ctx context.Context, a, b campaigns.PersonID, actor, reason string) error {
	return s.write(ctx, "tell people apart", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := s.twoPeople(ctx, tx, a, b); err != nil {
			return err
		}
		return s.insertPersonEvent(ctx, tx, campaigns.PersonEvent{Person: a, Other: b, Verb: "told_apart", Actor: actor, Reason: reason}, now)
	})
}

// twoPeople locks two different records that stand and returns them in the order asked for, with their contacts.
func (s *Store) twoPeople(ctx context.Context, tx *sql.Tx, a, b campaigns.PersonID) ([2]*personRow, error) {
	var out [2]*personRow
	if a == b {
		return out, campaigns.ErrSamePerson
	}
	list, err := collect(ctx, tx, scanPerson, `SELECT `+personColumns+` FROM person p WHERE p.id IN ($1, $2) ORDER BY p.id`+s.d.forUpdate, a, b)
	if err != nil {
		return out, err
	}
	if len(list) < 2 {
		return out, campaigns.ErrNotFound
	}
	if list[0].ID != a {
		slices.Reverse(list)
	}
	for i, p := range list {
		if !p.ErasedAt.IsZero() {
			return out, campaigns.ErrPersonGone
		}
		out[i] = p
	}
	return out, s.withContacts(ctx, tx, list)
}

func (s *Store) insertPersonEvent(ctx context.Context, tx *sql.Tx, e campaigns.PersonEvent, now Clock) error {
	id := newID()
	_, err := tx.ExecContext(ctx, `INSERT INTO person_event (id, person_id, other_id, verb, actor, reason, moved, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
		id, e.Person, e.Other, e.Verb, e.Actor, s.ring.Seal("person_event|"+id, e.Reason), asJSON(e.Moved), now.Policy.UnixMilli())
	return err
}

// PersonEvents lists what humans decided about a person's record, newest first.
func (s *Store) PersonEvents(ctx context.Context, id campaigns.PersonID) ([]campaigns.PersonEvent, error) {
	list, err := collect(ctx, s.r, func(row scanner) (e campaigns.PersonEvent, err error) {
		var reason []byte
		var moved string
		var at int64
		if err = row.Scan(&e.ID, &e.Person, &e.Other, &e.Verb, &e.Actor, &reason, &moved, &at); err != nil {
			return e, err
		}
		e.At = ms(at)
		if e.Reason, err = s.ring.Open("person_event|"+e.ID, reason); err != nil {
			return e, err
		}
		return e, decodeJSON(moved, &e.Moved)
	}, `SELECT id, person_id, other_id, verb, actor, reason, moved, at FROM person_event WHERE person_id = $1 OR other_id = $1 ORDER BY id DESC LIMIT 200`, id)
	return list, wrap("what was decided about a person", err)
}
