package store

import (
	"context"
	"slices"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Chore is one line that somebody has to deal with: a visit, a relay to a class, a claim to verify.
type Chore struct {
	Task     campaigns.TaskID
	Kind     string
	Person   campaigns.PersonID // "" where the chore is about a whole class
	Name     string             // of the person or the class
	Place    string
	Campaign string
	Code     string
	Open     int
	Since    time.Time
	HeldBy   string    // who has taken it, "" for nobody
	HeldAt   time.Time // since when, where somebody has
}

// Chores lists open chores of a kind in the units under a path, oldest first, after a cursor. A relay is one chore for
// a class, everything else one for a person.
func (s *Store) Chores(ctx context.Context, path, kind string, after campaigns.TaskID, limit int) ([]Chore, error) {
	query := `SELECT t.id, t.kind, i.person_id, p.name, COALESCE(v.name, ''), COALESCE(c.name, ''), t.code, 1, t.created_at, t.held_by, COALESCE(t.held_at, 0) FROM task t
		JOIN unit u ON u.id = t.unit_id JOIN task_item i ON i.task_id = t.id AND i.result = '' JOIN person p ON p.id = i.person_id
		LEFT JOIN unit v ON v.id = COALESCE(p.village_id, p.class_id) LEFT JOIN launch l ON l.id = t.launch_id LEFT JOIN campaign c ON c.id = l.campaign_id`
	if kind == "relay" {
		query = `SELECT t.id, t.kind, '', COALESCE(h.name, ''), COALESCE(h.holder, ''), COALESCE(c.name, ''), t.code,
			(SELECT count(*) FROM task_item i WHERE i.task_id = t.id AND i.result = ''), t.created_at, t.held_by, COALESCE(t.held_at, 0) FROM task t
			JOIN unit u ON u.id = t.unit_id LEFT JOIN unit h ON h.id = t.holder_id LEFT JOIN launch l ON l.id = t.launch_id LEFT JOIN campaign c ON c.id = l.campaign_id`
	}
	if kind == "appointment" {
		return s.appointmentsAt(ctx, path, after, limit)
	}
	list, err := collect(ctx, s.r, func(row scanner) (c Chore, err error) {
		var since, held int64
		err = row.Scan(&c.Task, &c.Kind, &c.Person, &c.Name, &c.Place, &c.Campaign, &c.Code, &c.Open, &since, &c.HeldBy, &held)
		c.Since, c.HeldAt = ms(since), ms(held)
		return c, err
	}, query+` WHERE t.state = 'open' AND t.kind = $1 AND substr(u.path, 1, length($2)) = $2 AND t.id > $3 ORDER BY t.id LIMIT $4`, kind, path, after, limit)
	return list, wrap("list chores", err)
}

// appointmentsAt lists the appointments of persons under a path from today on, in the order in which they were made.
func (s *Store) appointmentsAt(ctx context.Context, path string, after campaigns.TaskID, limit int) ([]Chore, error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return nil, wrap("list appointments", err)
	}
	list, err := collect(ctx, s.r, func(row scanner) (c Chore, err error) {
		var since int64
		c.Kind, c.Open = "appointment", 1
		err = row.Scan(&c.Task, &c.Person, &c.Name, &c.Place, &c.Campaign, &c.Code, &since)
		c.Since = ms(since)
		return c, err
	}, `SELECT a.id, a.person_id, p.name, a.on_date || ' ' || a.at_time || ' ' || a.place, c.name, a.code, a.created_at FROM appointment a
		JOIN person p ON p.id = a.person_id JOIN launch l ON l.id = a.launch_id JOIN campaign c ON c.id = l.campaign_id
		WHERE a.state = 'open' AND a.on_date >= $1 AND substr(p.unit_path, 1, length($2)) = $2 AND a.id > $3 ORDER BY a.id LIMIT $4`,
		now.Policy.In(campaigns.Zone).Format(time.DateOnly), path, after, limit)
	return list, wrap("list appointments", err)
}

// ChoreCount counts open chores of a kind.
type ChoreCount struct {
	Kind      string // relay, visit, verify, inbox, appointment
	Open, Old int    // Old: older than the moment asked for
	Oldest    time.Time
}

// CountChores counts what is open in the units under a path, and how much of it is older than a moment. The inbox holds
// texts of persons there, and those that nobody could be found for.
func (s *Store) CountChores(ctx context.Context, path string, old time.Time) ([]ChoreCount, error) {
	scan := func(row scanner) (c ChoreCount, err error) {
		var oldest int64
		err = row.Scan(&c.Kind, &c.Open, &c.Old, &oldest)
		c.Oldest = ms(oldest)
		return c, err
	}
	list, err := collect(ctx, s.r, scan, `SELECT t.kind, count(*), COALESCE(sum(CASE WHEN t.created_at < $2 THEN 1 ELSE 0 END), 0), COALESCE(min(t.created_at), 0)
		FROM task t JOIN unit u ON u.id = t.unit_id WHERE t.state = 'open' AND substr(u.path, 1, length($1)) = $1 GROUP BY t.kind ORDER BY t.kind`, path, old.UnixMilli())
	if err != nil {
		return nil, wrap("count chores", err)
	}
	inbox, err := collect(ctx, s.r, scan, `SELECT 'inbox', count(*), COALESCE(sum(CASE WHEN i.at < $2 THEN 1 ELSE 0 END), 0), COALESCE(min(i.at), 0) FROM inbox i
		LEFT JOIN person p ON p.id = i.person_id WHERE i.handled_at IS NULL AND (p.id IS NULL OR substr(p.unit_path, 1, length($1)) = $1)`, path, old.UnixMilli())
	if err != nil {
		return nil, wrap("count the inbox", err)
	}
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return nil, wrap("count appointments", err)
	}
	booked, err := collect(ctx, s.r, scan, `SELECT 'appointment', count(*), 0, 0 FROM appointment a JOIN person p ON p.id = a.person_id
		WHERE a.state = 'open' AND a.on_date >= $2 AND substr(p.unit_path, 1, length($1)) = $1`, path, now.Policy.In(campaigns.Zone).Format(time.DateOnly))
	return slices.Concat(list, inbox, booked), wrap("count appointments", err)
}

// TaskPath is the path of the unit that a task belongs to, and the kind of the task.
func (s *Store) TaskPath(ctx context.Context, id campaigns.TaskID) (path, kind string, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT u.path, t.kind FROM task t JOIN unit u ON u.id = t.unit_id WHERE t.id = $1`, id).Scan(&path, &kind)
	return path, kind, wrap("path of a task", err)
}
