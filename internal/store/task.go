package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sort"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// Task is something a person must do: relay a notice to a class, visit somebody, verify a claim.
type Task struct {
	ID       campaigns.TaskID
	Kind     string // relay, visit, verify, print, air
	UnitID   campaigns.UnitID
	HolderID campaigns.UnitID // the class of a relay, the village of letters and scripts
	LaunchID campaigns.LaunchID
	StepNo   int
	Code     string // check code of a visit
	State    string
	Items    int
	Open     int
}

// PutRelay puts a notice on the relay task of the person's class: one task for a class and step, one line a person.
// Exactly once: the delivery is the key.
func (s *Store) PutRelay(ctx context.Context, m notifier.Message) (string, error) {
	return s.putTask(ctx, "relay", fmt.Sprintf("relay|%s|%d|%s", m.Launch, m.StepNo, m.ClassID), m.ClassID, m)
}

// PutVisit makes a visit task for one person and step, with the check code that the notice carries.
func (s *Store) PutVisit(ctx context.Context, m notifier.Message) (string, error) {
	return s.putTask(ctx, "visit", fmt.Sprintf("visit|%s|%s|%d", m.Launch, m.Person, m.StepNo), "", m)
}

func (s *Store) putTask(ctx context.Context, kind, key string, holder campaigns.UnitID, m notifier.Message) (string, error) {
	var id string
	err := s.write(ctx, "put a "+kind+" task", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if id, err = s.upsertTask(ctx, tx, kind, key, m.Unit, holder, m.Launch, m.StepNo, m.Code, now); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO task_item (task_id, person_id, delivery_id) VALUES ($1,$2,$3)
			ON CONFLICT (task_id, person_id) DO UPDATE SET delivery_id = excluded.delivery_id`, id, m.Person, m.Delivery)
		return err
	})
	return id, err
}

func (s *Store) upsertTask(ctx context.Context, tx *sql.Tx, kind, key string, unit, holder campaigns.UnitID, launch campaigns.LaunchID, step int, code string, now Clock) (id string, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO task (id, kind, unit_id, holder_id, launch_id, step_no, group_key, code, state, created_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'open',$9)
		ON CONFLICT (group_key) DO UPDATE SET state = 'open' RETURNING id`,
		newID(), kind, unit, null(holder), null(launch), step, key, code, now.Policy.UnixMilli()).Scan(&id)
	return id, err
}

// openTasks opens the to-dos that answers ask for: a claim to verify, a visit to make. A to-do that is there already is
// opened again.
func (s *Store) openTasks(ctx context.Context, tx *sql.Tx, list []*response, now Clock) error {
	b := newBulk(col{"id", asText}, col{"kind", asText}, col{"launch", asText}, col{"person", asText}, col{"key", asText}, col{"code", asText})
	seen := map[string]bool{}
	for _, r := range list {
		kind := "verify"
		if r.kind == campaigns.HomeVisit {
			kind = "visit"
		}
		key := fmt.Sprintf("%s|asked|%s|%s", kind, r.launch, r.person)
		if !seen[key] {
			seen[key] = true
			b.add(newID(), kind, string(r.launch), string(r.person), key, s.ring.Code(key, 6))
		}
	}
	// In an order that is the same for all who write.
	sort.Slice(b.rows, func(i, k int) bool { return b.rows[i][4].(string) < b.rows[k][4].(string) })
	if err := s.exec(ctx, tx, b, func(v string) string {
		return `INSERT INTO task (id, kind, unit_id, launch_id, step_no, group_key, code, state, created_at)
			SELECT v.id, v.kind, (SELECT p.unit_id FROM person p WHERE p.id = v.person), v.launch, 0, v.key, v.code, 'open', CAST($1 AS BIGINT) FROM ` + v + `
			WHERE TRUE ON CONFLICT (group_key) DO UPDATE SET state = 'open'`
	}, now.Policy.UnixMilli()); err != nil {
		return err
	}
	return s.exec(ctx, tx, b, func(v string) string {
		return `INSERT INTO task_item (task_id, person_id) SELECT (SELECT t.id FROM task t WHERE t.group_key = v.key), v.person FROM ` + v + `
			WHERE TRUE ON CONFLICT (task_id, person_id) DO UPDATE SET result = ''`
	})
}

const taskQuery = `SELECT t.id, t.kind, t.unit_id, COALESCE(t.holder_id, ''), COALESCE(t.launch_id, ''), t.step_no, t.code, t.state,
	(SELECT count(*) FROM task_item i WHERE i.task_id = t.id), (SELECT count(*) FROM task_item i WHERE i.task_id = t.id AND i.result = '')
	FROM task t`

func scanTask(row scanner) (t Task, err error) {
	return t, row.Scan(&t.ID, &t.Kind, &t.UnitID, &t.HolderID, &t.LaunchID, &t.StepNo, &t.Code, &t.State, &t.Items, &t.Open)
}

// OpenTasks lists open tasks after a cursor; kind "" means all kinds.
func (s *Store) OpenTasks(ctx context.Context, kind string, after campaigns.TaskID, limit int) ([]Task, error) {
	list, err := collect(ctx, s.r, scanTask, taskQuery+` WHERE t.state = 'open' AND ($1 = '' OR t.kind = $1) AND t.id > $2 ORDER BY t.id LIMIT $3`, kind, after, limit)
	return list, wrap("list tasks", err)
}

// TasksWithin lists open tasks of units under paths, and those that somebody there holds, as OpenTasks does.
func (s *Store) TasksWithin(ctx context.Context, paths []string, kind string, after campaigns.TaskID, limit int) ([]Task, error) {
	var c compiler
	of, at := c.arg(kind), c.arg(after)
	list, err := collect(ctx, s.r, scanTask, taskQuery+` JOIN unit u ON u.id = t.unit_id LEFT JOIN unit h ON h.id = t.holder_id
		WHERE t.state = 'open' AND (`+of+` = '' OR t.kind = `+of+`) AND t.id > `+at+` AND (`+c.within("u.path", paths)+` OR `+c.within("h.path", paths)+`)
		ORDER BY t.id LIMIT `+c.arg(limit), c.args...)
	return list, wrap("list tasks of units", err)
}

// TaskPeople lists the persons of a task whose line is still open.
func (s *Store) TaskPeople(ctx context.Context, id campaigns.TaskID) ([]campaigns.PersonID, error) {
	list, err := collect(ctx, s.r, scanOne[campaigns.PersonID], `SELECT person_id FROM task_item WHERE task_id = $1 AND result = '' ORDER BY person_id`, id)
	return list, wrap("list a task's people", err)
}

// Results of a task's line.
const (
	Told      = "told" // relayed, visited
	Absent    = "absent"
	Declined  = "declined"
	Moved     = "moved"
	Refuted   = "refuted"
	Confirmed = "confirmed"
)

// taskStatus maps the result of a line to what a receipt would say.
var taskStatus = map[string]struct {
	status notifier.ReceiptStatus
	reason campaigns.Reason
}{
	Told:     {notifier.ReceiptDelivered, ""},
	Absent:   {notifier.ReceiptUndelivered, notifier.AbsentAtVisit},
	Declined: {notifier.ReceiptUndelivered, notifier.DeclinedVisit},
	Moved:    {notifier.ReceiptUndelivered, notifier.MovedAway},
}

// ErrTaskResult means that the result does not fit the task.
var ErrTaskResult = errors.New("store: this result does not fit the task")

// TickTask records what became of a task's line, or of all its open lines when person is "". It is the relay's and the
// officer's receipt: the delivery behind the line moves as a provider's word would move it. campaigns.ErrConflict where
// somebody other than actor has taken the task.
func (s *Store) TickTask(ctx context.Context, p Planner, id campaigns.TaskID, person campaigns.PersonID, result, actor string) error {
	if _, ok := taskStatus[result]; !ok {
		return fmt.Errorf("%w: %q", ErrTaskResult, result)
	}
	return s.write(ctx, "tick a task", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		kind, err := s.taskKind(ctx, tx, id)
		if err != nil {
			return err
		}
		if kind != "relay" { // what a teacher has passed on is passed on, whoever at the office looks after it
			if err := s.freeFor(ctx, tx, id, actor); err != nil {
				return err
			}
		}
		n, err := s.tickLines(ctx, tx, p, id, person, result, actor, now)
		if err == nil && person != "" && n == 0 {
			err = fmt.Errorf("%w: no open line of this task is about that person", campaigns.ErrNotFound)
		}
		return err
	})
}

// taskKind returns the kind of a task; campaigns.ErrNotFound where there is none.
func (s *Store) taskKind(ctx context.Context, q querier, id campaigns.TaskID) (kind string, err error) {
	err = q.QueryRowContext(ctx, `SELECT kind FROM task WHERE id = $1`, id).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		err = campaigns.ErrNotFound
	}
	return kind, err
}

// tickLines gives a result to a person's open line, or to all open lines, and returns how many there were. A task without
// open lines is done.
func (s *Store) tickLines(ctx context.Context, tx *sql.Tx, p Planner, id campaigns.TaskID, person campaigns.PersonID, result, actor string, now Clock) (int, error) {
	said := taskStatus[result]
	moved, err := collect(ctx, tx, scanOne[sql.NullInt64], `UPDATE task_item SET result = $3, at = $4
		WHERE task_id = $1 AND ($2 = '' OR person_id = $2) AND result = '' RETURNING delivery_id`, id, person, result, now.Policy.UnixMilli())
	if err != nil {
		return 0, err
	}
	if err := s.tickDeliveries(ctx, tx, p, moved, said.status, said.reason, now); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE task SET state = 'done', done_at = $2, done_by = $3, held_by = '', held_at = NULL WHERE id = $1 AND state = 'open'
		AND NOT EXISTS (SELECT 1 FROM task_item WHERE task_id = $1 AND result = '')`, id, now.Policy.UnixMilli(), actor)
	return len(moved), err
}

func (s *Store) tickDeliveries(ctx context.Context, tx *sql.Tx, p Planner, ids []sql.NullInt64, status notifier.ReceiptStatus, reason campaigns.Reason, now Clock) error {
	var moved, undelivered []campaigns.DeliveryID
	for _, id := range ids {
		if !id.Valid {
			continue
		}
		var state notifier.State
		if err := tx.QueryRowContext(ctx, `SELECT state FROM delivery WHERE id = $1`+s.d.forUpdate, id.Int64).Scan(&state); err != nil {
			return err
		}
		if state == notifier.Sending {
			return fmt.Errorf("%w: the task is just being handed out, try again", campaigns.ErrConflict)
		}
		to, moves := status.Step(state)
		if !moves {
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE delivery SET state = $2, reason = $3, moved_at = $4 WHERE id = $1 AND state = $5`,
			id.Int64, string(to), reason, now.Policy.UnixMilli(), string(state)); err != nil {
			return err
		}
		moved = append(moved, campaigns.DeliveryID(id.Int64))
		if to == notifier.Undelivered {
			undelivered = append(undelivered, campaigns.DeliveryID(id.Int64))
		}
	}
	if err := s.markDeliveries(ctx, tx, moved...); err != nil {
		return err
	}
	return s.nextRanks(ctx, tx, p, undelivered, now)
}

// closeVerifyTasks closes the person's to-dos to verify a claim, in the launches that the query with parameter $4 names:
// what is found about one campaign says nothing about the claims in others.
func (s *Store) closeVerifyTasks(ctx context.Context, tx *sql.Tx, person campaigns.PersonID, actor, result, launches, arg string, now Clock) error {
	ids, err := collect(ctx, tx, scanOne[string], `UPDATE task_item SET result = $2, at = $3 WHERE person_id = $1 AND result = ''
		AND task_id IN (SELECT t.id FROM task t WHERE t.kind = 'verify' AND t.launch_id IN (`+launches+`)) RETURNING task_id`,
		person, result, now.Policy.UnixMilli(), arg)
	if err != nil || len(ids) == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE task SET state = 'done', done_at = $2, done_by = $3, held_by = '', held_at = NULL WHERE state = 'open'
		AND id IN (SELECT v.id FROM `+s.d.set(1, "v", col{"id", asText})+`)`, asJSON(wrapEach(ids)), now.Policy.UnixMilli(), actor)
	return err
}
