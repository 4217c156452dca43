package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/keys"
)

// sealedColumn is a column whose values the key ring seals. place is where a value belongs, from the row's keys and what
// else of it says so; without it nothing opens.
type sealedColumn struct {
	table, column string
	keys          []string
	also          []string
	place         func(v []string) string
}

// joinedWith is the place of most columns: a word and what names the row.
func joinedWith(word string) func(v []string) string {
	return func(v []string) string { return word + "|" + strings.Join(v, "|") }
}

// ofPerson is the place of a person's field.
func ofPerson(field string) func(v []string) string {
	return func(v []string) string { return personPlace(field, campaigns.PersonID(v[0])) }
}

// sealedColumns is every column that is sealed under the ring; a test compares it with the schema.
var sealedColumns = []sealedColumn{
	{"person", "id_sealed", []string{"id"}, nil, ofPerson("id")},
	{"person", "legacy_sealed", []string{"id"}, nil, ofPerson("legacy")},
	{"person", "address_sealed", []string{"id"}, nil, ofPerson("address")},
	{"contact", "sealed", []string{"id"}, nil, joinedWith("contact")},
	{"roster_row", "sealed", []string{"roster_id", "sheet", "row_no"}, nil, joinedWith("roster_row")},
	{"receipt", "raw_sealed", []string{"id"}, []string{"channel", "event_key"}, func(v []string) string { return "receipt|" + v[1] + "|" + v[2] }},
	{"inbox", "sealed", []string{"id"}, nil, joinedWith("inbox")},
	{"asked", "sealed", []string{"caller", "key"}, nil, joinedWith("asked")},
	{"staff", "totp_sealed", []string{"id"}, nil, func(v []string) string { return totpPlace(v[0]) }},
	{"person_event", "reason", []string{"id"}, nil, joinedWith("person_event")},
	{"webhook", "sealed", []string{"id"}, nil, joinedWith("webhook")},
	{"audit_key", "sealed", []string{"person_id"}, nil, joinedWith("audit_key")},
	{"comparison_row", "sealed", []string{"comparison_id", "n"}, nil, joinedWith("comparison_row")},
	{"task_sheet", "sealed", []string{"task_id", "part"}, nil, func(v []string) string { return sheetPlace(v[0], v[1]) }},
	{"subject_request", "sealed", []string{"id"}, nil, joinedWith("subject_request")},
	{"service", "sealed", []string{"id"}, nil, joinedWith("service")},
	{"service_key", "sealed", []string{"key_id"}, nil, joinedWith("servicekey")},
	{"message", "sealed", []string{"id"}, nil, joinedWith("message")},
	{"bulk_row", "sealed", []string{"bulk_id", "n"}, nil, joinedWith("bulkrow")},
	{"upload_part", "sealed", []string{"upload_id", "n"}, nil, joinedWith("upload")},
	{"roster_before", "sealed", []string{"roster_id", "person_id"}, nil, joinedWith("roster_before")},
	{"staff_phone", "sealed", []string{"login"}, nil, joinedWith("staff_phone")},
}

// KeyUse says how much is sealed with which key, by table and column.
type KeyUse struct {
	Column string // "person.id_sealed"
	Key    uint32
	Values int
}

// KeyUses counts what is sealed with which key.
func (s *Store) KeyUses(ctx context.Context) ([]KeyUse, error) {
	var out []KeyUse
	for _, c := range sealedColumns {
		list, err := collect(ctx, s.r, func(row scanner) (u KeyUse, err error) {
			var mark []byte
			err = row.Scan(&mark, &u.Values)
			u.Column = c.table + "." + c.column
			u.Key, _ = keys.KeyOf(mark)
			return u, err
		}, `SELECT substr(`+c.column+`, 1, 4), count(*) FROM `+c.table+` WHERE length(`+c.column+`) > 0 GROUP BY 1 ORDER BY 1`)
		if err != nil {
			return nil, wrap("count what keys seal", err)
		}
		out = append(out, list...)
	}
	mark, err := s.Meta(ctx, ringMeta)
	if raw, herr := hex.DecodeString(mark); err == nil && herr == nil && len(raw) > 0 {
		id, _ := keys.KeyOf(raw)
		out = append(out, KeyUse{Column: "meta.ring", Key: id, Values: 1})
	}
	return out, err
}

// ringMeta is where the word stands by which a ring is known to belong to the database; ringPlace is its place.
const (
	ringMeta  = "ring"
	ringPlace = "meta|ring"
)

// Rewrapped is what sealing anew came to.
type Rewrapped struct {
	Values int
	Broken int // that no key of the ring opens: they are left as they are
}

// rewrapAtOnce is how many values one transaction seals anew.
const rewrapAtOnce = 200

// Rewrap seals with the active key what is sealed with another, in small transactions beside the work of the day: a value
// that somebody changes meanwhile is left to them, and is found again at the next pass. It ends when a pass finds nothing.
func (s *Store) Rewrap(ctx context.Context) (total Rewrapped, err error) {
	if err := s.rewrapMark(ctx); err != nil {
		return total, err
	}
	for {
		pass := Rewrapped{}
		for _, c := range sealedColumns {
			n, err := s.rewrapColumn(ctx, c)
			pass.Values, pass.Broken = pass.Values+n.Values, pass.Broken+n.Broken
			if err != nil {
				return total, wrap("seal "+c.table+"."+c.column+" anew", err)
			}
		}
		total.Values, total.Broken = total.Values+pass.Values, pass.Broken
		if pass.Values == 0 {
			return total, nil
		}
	}
}

// sealedValue is a value with what names its row.
type sealedValue struct {
	keys   []any
	place  []string
	sealed []byte
}

func (s *Store) rewrapColumn(ctx context.Context, c sealedColumn) (count Rewrapped, err error) {
	active := keys.KeyMark(s.ring.Active())
	var after []any
	for {
		list, err := s.sealedOtherwise(ctx, c, active, after)
		if err != nil || len(list) == 0 {
			return count, err
		}
		after = list[len(list)-1].keys
		var done Rewrapped
		if err := s.write(ctx, "seal anew", func(tx *sql.Tx) (err error) {
			done, err = s.sealAnew(ctx, tx, c, list)
			return err
		}); err != nil {
			return count, err
		}
		count.Values, count.Broken = count.Values+done.Values, count.Broken+done.Broken
		if len(list) < rewrapAtOnce {
			return count, nil
		}
	}
}

// sealedOtherwise lists values that another key seals, in the order of their keys after a row.
func (s *Store) sealedOtherwise(ctx context.Context, c sealedColumn, active []byte, after []any) ([]sealedValue, error) {
	names := slices.Concat(c.keys, c.also, []string{c.column})
	query := fmt.Sprintf(`SELECT %s FROM %s WHERE length(%s) > 0 AND substr(%s, 1, 4) <> $1`, strings.Join(names, ", "), c.table, c.column, c.column)
	args := []any{active}
	if after != nil {
		marks := make([]string, len(after))
		for i := range after {
			marks[i] = fmt.Sprintf("$%d", i+2)
		}
		query += fmt.Sprintf(` AND (%s) > (%s)`, strings.Join(c.keys, ", "), strings.Join(marks, ", "))
		args = append(args, after...)
	}
	return collect(ctx, s.r, func(row scanner) (v sealedValue, err error) {
		values := make([]any, len(names)-1)
		to := make([]any, len(names))
		for i := range values {
			to[i] = &values[i]
		}
		to[len(values)] = &v.sealed
		err = row.Scan(to...)
		v.keys = values[:len(c.keys)]
		for _, x := range values {
			v.place = append(v.place, fmt.Sprint(x))
		}
		return v, err
	}, query+` ORDER BY `+strings.Join(c.keys, ", ")+fmt.Sprintf(` LIMIT %d`, rewrapAtOnce), args...)
}

func (s *Store) sealAnew(ctx context.Context, tx *sql.Tx, c sealedColumn, list []sealedValue) (done Rewrapped, err error) {
	conds := make([]string, len(c.keys))
	for i, k := range c.keys {
		conds[i] = fmt.Sprintf("%s = $%d", k, i+3)
	}
	stmt, err := tx.PrepareContext(ctx, fmt.Sprintf(`UPDATE %s SET %s = $1 WHERE %s = $2 AND %s`, c.table, c.column, c.column, strings.Join(conds, " AND ")))
	if err != nil {
		return done, err
	}
	defer stmt.Close()
	for _, v := range list {
		place := c.place(v.place)
		plain, err := s.ring.Open(place, v.sealed)
		if err != nil {
			done.Broken++
			continue
		}
		n, err := affected(stmt.ExecContext(ctx, append([]any{s.ring.Seal(place, plain), v.sealed}, v.keys...)...))
		if err != nil {
			return done, err
		}
		done.Values += n
	}
	return done, nil
}

// rewrapMark seals the word anew by which the ring is known.
func (s *Store) rewrapMark(ctx context.Context) error {
	return s.write(ctx, "seal the mark of the ring anew", func(tx *sql.Tx) error {
		var mark string
		err := tx.QueryRowContext(ctx, `SELECT COALESCE((SELECT value FROM meta WHERE key = $1), '')`, ringMeta).Scan(&mark)
		if err != nil || mark == "" {
			return err
		}
		raw, err := hex.DecodeString(mark)
		if err != nil {
			return err
		}
		plain, err := s.ring.Open(ringPlace, raw)
		if err != nil {
			return err
		}
		return putMeta(ctx, tx, ringMeta, hex.EncodeToString(s.ring.Seal(ringPlace, plain)))
	})
}
