package store

import (
	"context"
	"database/sql"
	"strconv"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// appointmentKind is the kind under which the words of an appointment's reminder stand (domain.md T12).
const appointmentKind = "desk"

// mostAppointments bounds how often one person books anew in one launch.
const mostAppointments = 9

// book records the appointments that answers name. An earlier one of the same person is replaced.
func (s *Store) book(ctx context.Context, tx *sql.Tx, list []*response, now Clock) error {
	for _, r := range list {
		if r.meeting.On == "" || r.launch == "" {
			continue
		}
		if err := s.bookOne(ctx, tx, r, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) bookOne(ctx context.Context, tx *sql.Tx, r *response, now Clock) error {
	var before int
	var last string
	if err := tx.QueryRowContext(ctx, `SELECT count(*), COALESCE(max(CASE WHEN state = 'open' THEN on_date || at_time || place ELSE '' END), '')
		FROM appointment WHERE launch_id = $1 AND person_id = $2`, r.launch, r.person).Scan(&before, &last); err != nil {
		return err
	}
	switch {
	case last == r.meeting.On+r.meeting.Time+r.meeting.Place:
		return nil
	case before >= mostAppointments:
		return campaigns.ErrManyMeetings
	}
	if _, err := tx.ExecContext(ctx, `UPDATE appointment SET state = 'replaced', remind_at = NULL WHERE launch_id = $1 AND person_id = $2 AND state = 'open'`,
		r.launch, r.person); err != nil {
		return err
	}
	code := s.ring.Code("appointment|"+string(r.launch)+"|"+string(r.person)+"|"+strconv.Itoa(before+1), 6)
	_, err := tx.ExecContext(ctx, `INSERT INTO appointment (id, launch_id, person_id, n, on_date, at_time, place, code, state, remind_at, created_by, created_at, office_id)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'open',$9,$10,$11,$12)`, newID(), r.launch, r.person, before+1, r.meeting.On, r.meeting.Time, r.meeting.Place, code,
		nullMS(campaigns.RemindAt(r.meeting.On, now.Policy)), r.by, now.Policy.UnixMilli(), r.office)
	return err
}

const appointmentColumns = `a.id, a.launch_id, a.person_id, a.n, a.on_date, a.at_time, a.place, a.code, COALESCE(a.remind_at, 0), a.created_by`

func scanAppointment(row scanner) (a campaigns.Appointment, err error) {
	var remind int64
	err = row.Scan(&a.ID, &a.LaunchID, &a.PersonID, &a.N, &a.On, &a.Time, &a.Place, &a.Code, &remind, &a.By)
	a.RemindAt = ms(remind)
	return a, err
}

// Appointments lists the open appointments of a campaign after a cursor; on is an ISO date, "" for all days.
func (s *Store) Appointments(ctx context.Context, id campaigns.CampaignID, on, after string, limit int) ([]campaigns.Appointment, error) {
	list, err := collect(ctx, s.r, scanAppointment, `SELECT `+appointmentColumns+` FROM appointment a JOIN launch l ON l.id = a.launch_id
		WHERE l.campaign_id = $1 AND a.state = 'open' AND ($2 = '' OR a.on_date = $2) AND a.id > $3 ORDER BY a.id LIMIT $4`, id, on, after, limit)
	return list, wrap("list appointments", err)
}

// MeetingOf is one person who comes on a day.
type MeetingOf struct {
	Person                            campaigns.PersonID
	Name, Time, Place, Code, Campaign string
}

// MeetingsAt lists which people under a path come on a day: open appointments, by time and place.
func (s *Store) MeetingsAt(ctx context.Context, path, on string, limit int) ([]MeetingOf, error) {
	list, err := collect(ctx, s.r, func(row scanner) (m MeetingOf, err error) {
		return m, row.Scan(&m.Person, &m.Name, &m.Time, &m.Place, &m.Code, &m.Campaign)
	}, `SELECT a.person_id, p.name, a.at_time, a.place, a.code, c.name FROM appointment a JOIN person p ON p.id = a.person_id
		JOIN launch l ON l.id = a.launch_id JOIN campaign c ON c.id = l.campaign_id
		WHERE a.state = 'open' AND a.on_date = $1 AND substr(p.unit_path, 1, length($2)) = $2 AND p.erased_at IS NULL ORDER BY a.at_time, a.place, p.name_key, a.id LIMIT $3`,
		on, path, limit)
	return list, wrap("list appointments of a day", err)
}

// remindAtOnce bounds how many appointments one transaction plans.
const remindAtOnce = 200

// PlanAppointments plans a notice for each appointment whose reminder is due, by the channels of the first step. It returns
// how many it planned. Looking costs no writer.
func (s *Store) PlanAppointments(ctx context.Context, p Planner) (planned int, err error) {
	const due = ` FROM appointment a JOIN launch l ON l.id = a.launch_id WHERE a.remind_at <= $1 AND l.state = 'running'`
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return 0, wrap("find appointments", err)
	}
	var some bool
	if err := s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1`+due+`)`, now.Policy.UnixMilli()).Scan(&some); err != nil || !some {
		return 0, wrap("find appointments", err)
	}
	err = s.write(ctx, "plan reminders of appointments", func(tx *sql.Tx) error {
		lock := ""
		if s.d == postgresDialect {
			lock = " FOR UPDATE OF a SKIP LOCKED"
		}
		list, err := collect(ctx, tx, scanAppointment, `SELECT `+appointmentColumns+due+` ORDER BY a.launch_id, a.n, a.id LIMIT $2`+lock, now.Policy.UnixMilli(), remindAtOnce)
		if err != nil {
			return err
		}
		planned = len(list)
		for len(list) > 0 {
			n := 1
			for n < len(list) && list[n].LaunchID == list[0].LaunchID && list[n].N == list[0].N {
				n++
			}
			if err := s.remind(ctx, tx, p, list[:n], now); err != nil {
				return err
			}
			list = list[n:]
		}
		return nil
	})
	return planned, err
}

// remind plans the reminders of one launch that have the same number. Whoever cannot be reached by any channel that rings
// is left to the office.
func (s *Store) remind(ctx context.Context, tx *sql.Tx, p Planner, list []campaigns.Appointment, now Clock) error {
	ids, who := newBulk(col{"id", asText}), make([]campaigns.PersonID, len(list))
	for i, a := range list {
		ids.add(a.ID)
		who[i] = a.PersonID
	}
	if err := s.exec(ctx, tx, ids, func(v string) string {
		return `UPDATE appointment SET remind_at = NULL WHERE id IN (SELECT v.id FROM ` + v + `)`
	}); err != nil {
		return err
	}
	step := StepPlan{StepNo: campaigns.AppointmentStep + list[0].N, DueAt: now.Policy, Run: campaigns.Run{ID: list[0].LaunchID}}
	if err := tx.QueryRowContext(ctx, `SELECT campaign_id, lane FROM launch WHERE id = $1`, step.Run.ID).Scan(&step.Run.CampaignID, &step.Run.Lane); err != nil {
		return err
	}
	var err error
	if step.Campaign, err = scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaign WHERE id = $1`, step.Run.CampaignID)); err != nil {
		return err
	}
	if len(p.Reaches(step.Campaign, step.StepNo)) == 0 {
		return nil // nothing that rings is on the ladder: the office calls
	}
	people, err := s.peopleForPlan(ctx, tx, len(who), s.d.set(1, "v", col{"id", asText}), []any{asJSON(wrapEach(who))}, step.Run.ID)
	if err != nil {
		return err
	}
	if _, err := s.writeNotices(ctx, tx, p, step, people, now); err != nil {
		return err
	}
	return s.markPersons(ctx, tx, step.Run.ID, who...)
}

// addAppointments puts day, place and code of the n-th appointment into the jobs of its reminder.
func (s *Store) addAppointments(ctx context.Context, q querier, list []Candidate, launch campaigns.LaunchID, n int) error {
	ids := make([]campaigns.PersonID, len(list))
	at := make(map[campaigns.PersonID]*notifier.Job, len(list))
	for i := range list {
		ids[i] = list[i].Job.Person
		at[ids[i]] = &list[i].Job
	}
	_, err := collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		a, err := scanAppointment(row)
		if j := at[a.PersonID]; err == nil && j != nil {
			j.Fields, j.Code = a.Fill(j.Fields), a.Code
		}
		return struct{}{}, err
	}, `SELECT `+appointmentColumns+` FROM `+s.d.set(1, "v", col{"id", asText})+` JOIN appointment a ON a.person_id = v.id
		WHERE a.launch_id = $2 AND a.n = $3`, asJSON(wrapEach(ids)), launch, n)
	return err
}
