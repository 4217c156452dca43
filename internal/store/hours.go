package store

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// nearestHours ends a query that looks for the hours h, set for unit a, that hold in unit u.
const nearestHours = `substr(u.path, 1, length(a.path)) = a.path ORDER BY length(a.path) DESC LIMIT 1`

// packedHours are the hours that hold in unit u as one number, 0 for the default.
const packedHours = `COALESCE((SELECT h.opens * 10000 + h.closes FROM unit_hours h JOIN unit a ON a.id = h.unit_id WHERE ` + nearestHours + `), 0)`

func unpackHours(v int) campaigns.Hours {
	if v == 0 {
		return campaigns.DefaultHours
	}
	return campaigns.Hours{Open: v / 10_000, Close: v % 10_000}
}

// HoursOf returns the hours that hold in a unit.
func (s *Store) HoursOf(ctx context.Context, id campaigns.UnitID) (campaigns.UnitHours, error) {
	if _, err := s.Unit(ctx, id); err != nil {
		return campaigns.UnitHours{}, err
	}
	h, err := hoursOf(ctx, s.r, id)
	return h, wrap("hours of a unit", err)
}

func hoursOf(ctx context.Context, q querier, id campaigns.UnitID) (campaigns.UnitHours, error) {
	list, err := collect(ctx, q, func(row scanner) (h campaigns.UnitHours, err error) {
		var at int64
		err = row.Scan(&h.Hours.Open, &h.Hours.Close, &h.From, &h.SetBy, &at)
		h.SetAt = ms(at)
		return h, err
	}, `SELECT h.opens, h.closes, h.unit_id, h.set_by, h.set_at FROM unit u CROSS JOIN unit_hours h JOIN unit a ON a.id = h.unit_id
		WHERE u.id = $1 AND `+nearestHours, id)
	if err != nil || len(list) == 0 {
		return campaigns.UnitHours{Hours: campaigns.DefaultHours}, err
	}
	return list[0], nil
}

// SetHours gives a unit hours of its own, for itself and for those below it that have none;
// campaigns.ErrStale where they are not what the change was made from.
func (s *Store) SetHours(ctx context.Context, id campaigns.UnitID, h campaigns.Hours, actor string) error {
	if err := h.Validate(); err != nil {
		return err
	}
	return s.write(ctx, "set the hours of a unit", func(tx *sql.Tx) error {
		if err := s.holdUnit(ctx, tx, id); err != nil {
			return err
		}
		was, err := hoursOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := campaigns.CheckVersion(ctx, campaigns.Version(was)); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO unit_hours (unit_id, opens, closes, set_by, set_at) VALUES ($1,$2,$3,$4,$5)
			ON CONFLICT (unit_id) DO UPDATE SET opens = excluded.opens, closes = excluded.closes, set_by = excluded.set_by, set_at = excluded.set_at`,
			id, h.Open, h.Close, actor, now.Policy.UnixMilli())
		return err
	})
}

// calendarFor is the calendar of hours and of the session that a campaign invites to.
func calendarFor(h campaigns.Hours, session string) campaigns.Calendar {
	return campaigns.Calendar{Hours: h, Holiday: holiday, Session: session}
}

// holidays are those of a year, made once: a claim asks for each notice.
var holidays sync.Map // year -> map[[2]int]bool of month and day

func holiday(year int, month time.Month, day int) bool {
	of, ok := holidays.Load(year)
	if !ok {
		days := map[[2]int]bool{}
		for _, h := range vn.Holidays(year) {
			days[[2]int{h.Date.Month, h.Date.Day}] = true
		}
		of, _ = holidays.LoadOrStore(year, days)
	}
	return of.(map[[2]int]bool)[[2]int{int(month), day}]
}
