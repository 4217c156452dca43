package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// nearestOffice is the unit whose reception times hold in unit u: the nearest one that has some.
const nearestOffice = `SELECT a.id FROM unit a WHERE substr(u.path, 1, length(a.path)) = a.path
	AND EXISTS (SELECT 1 FROM reception r WHERE r.unit_id = a.id) ORDER BY length(a.path) DESC LIMIT 1`

// SetReceptions replaces the times at which a unit receives people; campaigns.ErrStale where they are not what the change was
// made from (campaigns.Expect).
func (s *Store) SetReceptions(ctx context.Context, id campaigns.UnitID, list []campaigns.Reception, actor string) error {
	if err := campaigns.CheckReceptions(list); err != nil {
		return err
	}
	return s.write(ctx, "set reception times", func(tx *sql.Tx) error {
		if err := s.holdUnit(ctx, tx, id); err != nil {
			return err
		}
		office, was, err := receptionsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := campaigns.CheckVersion(ctx, campaigns.ReceptionsVersion(office, was)); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM reception WHERE unit_id = $1`, id); err != nil {
			return err
		}
		for i, r := range list {
			if _, err := tx.ExecContext(ctx, `INSERT INTO reception (unit_id, n, weekday, on_date, opens, closes, every, seats, place, set_by, set_at)
				VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`, id, i, r.Weekday, r.On, r.Open, r.Close, r.Every, r.Seats, r.Place, actor, now.Policy.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

// ReceptionsOf returns the times that hold in a unit, and whose they are: "" where nobody has said any.
func (s *Store) ReceptionsOf(ctx context.Context, id campaigns.UnitID) (office campaigns.UnitID, list []campaigns.Reception, err error) {
	if _, err = s.Unit(ctx, id); err != nil {
		return "", nil, err
	}
	office, list, err = receptionsOf(ctx, s.r, id)
	return office, list, wrap("reception times of a unit", err)
}

func receptionsOf(ctx context.Context, q querier, id campaigns.UnitID) (office campaigns.UnitID, list []campaigns.Reception, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE((`+nearestOffice+`), '') FROM unit u WHERE u.id = $1`, id).Scan(&office)
	if err != nil || office == "" {
		return "", nil, err
	}
	list, err = collect(ctx, q, func(row scanner) (r campaigns.Reception, err error) {
		return r, row.Scan(&r.Weekday, &r.On, &r.Open, &r.Close, &r.Every, &r.Seats, &r.Place)
	}, `SELECT weekday, on_date, opens, closes, every, seats, place FROM reception WHERE unit_id = $1 ORDER BY n`, office)
	return office, list, err
}

// slots lists what can be chosen in a unit now.
func slots(ctx context.Context, q querier, unit campaigns.UnitID, now Clock) (office campaigns.UnitID, list []campaigns.Slot, err error) {
	office, lines, err := receptionsOf(ctx, q, unit)
	if err != nil {
		return "", nil, err
	}
	taken := map[campaigns.Meeting]int{}
	if office != "" {
		_, err = collect(ctx, q, func(row scanner) (_ struct{}, err error) {
			var m campaigns.Meeting
			var n int
			err = row.Scan(&m.On, &m.Time, &m.Place, &n)
			taken[m] = n
			return struct{}{}, err
		}, `SELECT on_date, at_time, place, count(*) FROM appointment WHERE office_id = $1 AND state = 'open' AND on_date > $2 GROUP BY on_date, at_time, place`,
			office, now.Policy.In(campaigns.Zone).Format(time.DateOnly))
	}
	return office, campaigns.Slots(lines, taken, now.Policy, holiday), err
}

// SlotsOf lists the times that people of a unit can choose, and how many have chosen each.
func (s *Store) SlotsOf(ctx context.Context, id campaigns.UnitID) ([]campaigns.Slot, error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return nil, wrap("list times", err)
	}
	_, list, err := slots(ctx, s.r, id, now)
	return list, wrap("list times", err)
}

// SlotsByToken lists the times that the holder of an answer token can choose. Nothing is written.
func (s *Store) SlotsByToken(ctx context.Context, hash []byte) ([]campaigns.Slot, error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return nil, wrap("list times", err)
	}
	_, unit, err := s.holder(ctx, s.r, hash, now)
	if err != nil {
		return nil, wrap("list times", err)
	}
	_, list, err := slots(ctx, s.r, unit, now)
	return list, wrap("list times", err)
}

// holder is who holds a token, and the unit that looks after them.
func (s *Store) holder(ctx context.Context, q querier, hash []byte, now Clock) (answerer, campaigns.UnitID, error) {
	var w answerer
	var unit campaigns.UnitID
	var notice sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT t.launch_id, t.person_id, p.unit_id, (SELECT max(n.id) FROM notice n WHERE n.launch_id = t.launch_id AND n.person_id = t.person_id), `+
		lastAnswer+`, `+countAnswers+` FROM (SELECT a.hash FROM answer_token a WHERE a.hash = $2) v CROSS JOIN `+tokenHolds, graceFrom(now), hash).Scan(&w.launch, &w.person, &unit, &notice, &w.last, &w.answers)
	if errors.Is(err, sql.ErrNoRows) {
		return w, "", ErrUnknownToken
	}
	w.notice = notice.Int64
	return w, unit, err
}

// BookByToken records the time that the holder of a token has chosen, with the answer that goes with it. The same time
// again changes nothing; campaigns.ErrNoSlot for one that is not offered or whose seats are gone.
func (s *Store) BookByToken(ctx context.Context, hash []byte, kind campaigns.AnswerKind, m campaigns.Meeting) error {
	return s.write(ctx, "choose a time", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		who, unit, err := s.holder(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		if last, err := openMeeting(ctx, tx, who.launch, who.person); err != nil || last.Meeting == m {
			return err
		}
		office, err := s.takeSeat(ctx, tx, unit, m, now)
		if err != nil {
			return err
		}
		return s.respond(ctx, tx, []response{{launch: who.launch, person: who.person, notice: who.notice, kind: kind, source: "page",
			event: pageEvent(hash, kind, who.answers), meeting: m, office: office}}, now)
	})
}

// takeSeat finds whose seat a time takes. Two who choose the last seat at once wait for each other at the office's row.
func (s *Store) takeSeat(ctx context.Context, tx *sql.Tx, unit campaigns.UnitID, m campaigns.Meeting, now Clock) (campaigns.UnitID, error) {
	office, _, err := receptionsOf(ctx, tx, unit)
	if err != nil {
		return "", err
	}
	if office != "" && s.d.forUpdate != "" {
		if _, err := tx.ExecContext(ctx, `SELECT 1 FROM unit WHERE id = $1`+s.d.forUpdate, office); err != nil {
			return "", err
		}
	}
	office, list, err := slots(ctx, tx, unit, now)
	if err != nil {
		return "", err
	}
	for _, one := range list {
		if one.Meeting == m && one.Left > 0 {
			return office, nil
		}
	}
	return "", campaigns.ErrNoSlot
}

// BookedByToken is the appointment of a token's holder; campaigns.ErrNotFound where there is none. Nothing is written.
func (s *Store) BookedByToken(ctx context.Context, hash []byte) (campaigns.Appointment, error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return campaigns.Appointment{}, wrap("find an appointment", err)
	}
	who, _, err := s.holder(ctx, s.r, hash, now)
	if err != nil {
		return campaigns.Appointment{}, wrap("find an appointment", err)
	}
	a, err := openMeeting(ctx, s.r, who.launch, who.person)
	if err == nil && a.ID == "" {
		err = campaigns.ErrNotFound
	}
	return a, wrap("find an appointment", err)
}

// openMeeting is a person's open appointment in a launch, empty where there is none.
func openMeeting(ctx context.Context, q querier, launch campaigns.LaunchID, person campaigns.PersonID) (campaigns.Appointment, error) {
	list, err := collect(ctx, q, scanAppointment, `SELECT `+appointmentColumns+` FROM appointment a WHERE a.launch_id = $1 AND a.person_id = $2 AND a.state = 'open'`, launch, person)
	if err != nil || len(list) == 0 {
		return campaigns.Appointment{}, err
	}
	return list[0], nil
}
