package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// ReceptionOf returns when and where a unit sees people from today on.
func (s *Store) ReceptionOf(ctx context.Context, unit campaigns.UnitID) (r campaigns.Reception, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		today := now.Policy.In(campaigns.Zone).Format(time.DateOnly)
		if r.Windows, err = collect(ctx, tx, func(row scanner) (w campaigns.Window, err error) {
			return w, row.Scan(&w.Day, &w.Open, &w.Close, &w.Seats)
		}, `SELECT weekday, opens, closes, seats FROM unit_window WHERE unit_id = $1 ORDER BY weekday, opens`, unit); err != nil {
			return err
		}
		if r.Closed, err = collect(ctx, tx, scanOne[string], `SELECT on_date FROM unit_closed WHERE unit_id = $1 AND on_date >= $2 ORDER BY on_date`, unit, today); err != nil {
			return err
		}
		r.Sessions, err = collect(ctx, tx, scanMobile, `SELECT `+mobileColumns+` FROM mobile_session WHERE unit_id = $1 AND cancelled_at IS NULL AND on_date >= $2
			ORDER BY on_date, opens, id LIMIT 200`, unit, today)
		return err
	})
	return r, wrap("reception of a unit", err)
}

const mobileColumns = `id, unit_id, on_date, place, opens, closes, seats, set_by, set_at`

func scanMobile(row scanner) (m campaigns.MobileSession, err error) {
	var at int64
	err = row.Scan(&m.ID, &m.UnitID, &m.On, &m.Place, &m.Open, &m.Close, &m.Seats, &m.SetBy, &at)
	m.SetAt = ms(at)
	return m, err
}

// SetReception sets a unit's week and the days on which it is shut; sessions stay as they are.
func (s *Store) SetReception(ctx context.Context, unit campaigns.UnitID, r campaigns.Reception, actor string) error {
	if err := r.Validate(); err != nil {
		return err
	}
	return s.write(ctx, "set the reception of a unit", func(tx *sql.Tx) error {
		if _, err := unitByID(ctx, tx, unit); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		for _, table := range []string{"unit_window", "unit_closed"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE unit_id = $1`, unit); err != nil {
				return err
			}
		}
		for _, w := range r.Windows {
			if _, err := tx.ExecContext(ctx, `INSERT INTO unit_window (unit_id, weekday, opens, closes, seats, set_by, set_at) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
				unit, int(w.Day), w.Open, w.Close, w.Seats, actor, now.Policy.UnixMilli()); err != nil {
				return err
			}
		}
		for _, day := range r.Closed {
			if _, err := tx.ExecContext(ctx, `INSERT INTO unit_closed (unit_id, on_date, set_by, set_at) VALUES ($1,$2,$3,$4) ON CONFLICT (unit_id, on_date) DO NOTHING`,
				unit, day, actor, now.Policy.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddSession announces a session elsewhere. The same day, place and hour again changes nothing.
func (s *Store) AddSession(ctx context.Context, m campaigns.MobileSession) (campaigns.MobileSession, error) {
	err := s.write(ctx, "add a mobile session", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if err := m.Validate(now.Policy); err != nil {
			return err
		}
		var unit campaigns.UnitID // the lock makes two that come at once one after the other
		if err := tx.QueryRowContext(ctx, `SELECT id FROM unit WHERE id = $1`+s.d.forUpdate, m.UnitID).Scan(&unit); err != nil {
			return err
		}
		same, err := collect(ctx, tx, scanMobile, `SELECT `+mobileColumns+` FROM mobile_session
			WHERE unit_id = $1 AND on_date = $2 AND place = $3 AND opens = $4 AND cancelled_at IS NULL`, m.UnitID, m.On, m.Place, m.Open)
		if err != nil || len(same) > 0 {
			if err == nil {
				m = same[0]
			}
			return err
		}
		m.ID, m.SetAt = newID(), now.Policy
		_, err = tx.ExecContext(ctx, `INSERT INTO mobile_session (id, unit_id, on_date, place, opens, closes, seats, set_by, set_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
			m.ID, m.UnitID, m.On, m.Place, m.Open, m.Close, m.Seats, m.SetBy, now.Policy.UnixMilli())
		return err
	})
	return m, err
}

// CancelSession takes a session of a unit back. Appointments for it stay, so that the office can call these people.
func (s *Store) CancelSession(ctx context.Context, unit campaigns.UnitID, id, actor string) error {
	return s.write(ctx, "cancel a mobile session", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		n, err := affected(tx.ExecContext(ctx, `UPDATE mobile_session SET cancelled_by = $3, cancelled_at = $4 WHERE id = $1 AND unit_id = $2 AND cancelled_at IS NULL`,
			id, unit, actor, now.Policy.UnixMilli()))
		if err == nil && n == 0 {
			err = campaigns.ErrNotFound
		}
		return err
	})
}

// TakenSlots counts the open appointments of a unit's people from today on, by day, time and place.
func (s *Store) TakenSlots(ctx context.Context, unit campaigns.UnitID) (map[campaigns.Meeting]int, error) {
	now, err := s.Clock(ctx)
	if err != nil {
		return nil, err
	}
	u, err := s.Unit(ctx, unit)
	if err != nil {
		return nil, err
	}
	out := map[campaigns.Meeting]int{}
	_, err = collect(ctx, s.r, func(row scanner) (_ struct{}, err error) {
		var m campaigns.Meeting
		var n int
		err = row.Scan(&m.On, &m.Time, &m.Place, &n)
		out[m] = n
		return struct{}{}, err
	}, `SELECT a.on_date, a.at_time, a.place, count(*) FROM appointment a JOIN person p ON p.id = a.person_id
		WHERE a.state = 'open' AND a.on_date >= $1 AND substr(p.unit_path, 1, length($2)) = $2 GROUP BY a.on_date, a.at_time, a.place`,
		now.Policy.In(campaigns.Zone).Format(time.DateOnly), u.Path)
	return out, wrap("count appointments", err)
}

// SlotsOf lists the hours that a unit can still give, or has given, over so many days.
func (s *Store) SlotsOf(ctx context.Context, unit campaigns.UnitID, days int) ([]campaigns.Slot, error) {
	r, err := s.ReceptionOf(ctx, unit)
	if err != nil {
		return nil, err
	}
	taken, err := s.TakenSlots(ctx, unit)
	if err != nil {
		return nil, err
	}
	now, err := s.Clock(ctx)
	return r.Slots(now.Policy, days, holiday, taken), err
}

// MeetingsAt lists who comes to a unit on a day: open appointments, by time and place.
func (s *Store) MeetingsAt(ctx context.Context, path, on string, limit int) ([]MeetingOf, error) {
	list, err := collect(ctx, s.r, func(row scanner) (m MeetingOf, err error) {
		return m, row.Scan(&m.Person, &m.Name, &m.Time, &m.Place, &m.Code, &m.Campaign)
	}, `SELECT a.person_id, p.name, a.at_time, a.place, a.code, c.name FROM appointment a JOIN person p ON p.id = a.person_id
		JOIN launch l ON l.id = a.launch_id JOIN campaign c ON c.id = l.campaign_id
		WHERE a.state = 'open' AND a.on_date = $1 AND substr(p.unit_path, 1, length($2)) = $2 AND p.erased_at IS NULL ORDER BY a.at_time, a.place, p.name_key, a.id LIMIT $3`,
		on, path, limit)
	return list, wrap("list appointments of a day", err)
}

// MeetingOf is one person who comes on a day.
type MeetingOf struct {
	Person                  campaigns.PersonID
	Name, Time, Place, Code string
	Campaign                string
}
