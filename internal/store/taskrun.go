package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Run is one time that a task was printed or read on the loudspeaker.
type Run struct {
	Day     string // ISO date
	Slot    string // hour of an airing
	Repeats int    // how often it was read, how many copies were made
	By      string // who read or printed it
	Note    string // why it was printed again
	Actor   string // who recorded it
	At      time.Time
}

// ErrPrintedBefore means that a batch was printed already and nobody says why it is printed again: the same letter twice
// in a letter box looks like a mistake, or like a fraud.
var ErrPrintedBefore = errors.New("store: this batch was printed before; say why again")

// RecordRun writes down that a task was printed or read. The same run again changes nothing. An airing is the receipt of
// all who are on the script; a letter's is its being handed out, which TickTask records. It returns how many lines are
// open.
func (s *Store) RecordRun(ctx context.Context, p Planner, id campaigns.TaskID, r Run, actor string) (open int, err error) {
	err = s.write(ctx, "record a run of a task", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		kind, err := s.taskKind(ctx, tx, id)
		if err != nil {
			return err
		}
		if kind != Printing && kind != Airing {
			return ErrNoSheets
		}
		if r.Day > now.Policy.In(campaigns.Zone).Format(time.DateOnly) {
			return campaigns.ErrFuture
		}
		if kind == Printing && r.Note == "" {
			if err := s.firstPrint(ctx, tx, id, r.Day); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO task_run (id, task_id, day, slot, repeats, done_by, note, actor, at)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (task_id, day, slot, note) DO NOTHING`,
			newID(), id, r.Day, r.Slot, r.Repeats, r.By, r.Note, actor, now.Policy.UnixMilli()); err != nil {
			return err
		}
		if kind == Airing {
			if _, err := s.tickLines(ctx, tx, p, id, "", Told, actor, now); err != nil {
				return err
			}
		}
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM task_item WHERE task_id = $1 AND result = ''`, id).Scan(&open)
	})
	return open, err
}

// firstPrint refuses a second printing on another day.
func (s *Store) firstPrint(ctx context.Context, tx *sql.Tx, id campaigns.TaskID, day string) error {
	var before bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM task_run WHERE task_id = $1 AND day <> $2)`, id, day).Scan(&before)
	if err == nil && before {
		err = ErrPrintedBefore
	}
	return err
}

// TaskRuns lists the runs of a task, the first one first.
func (s *Store) TaskRuns(ctx context.Context, id campaigns.TaskID) (list []Run, err error) {
	if _, err := s.taskKind(ctx, s.r, id); err != nil {
		return nil, wrap("list a task's runs", err)
	}
	list, err = s.runs(ctx, s.r, id)
	return list, wrap("list a task's runs", err)
}

func (s *Store) runs(ctx context.Context, q querier, id campaigns.TaskID) ([]Run, error) {
	return collect(ctx, q, func(row scanner) (r Run, err error) {
		var at int64
		err = row.Scan(&r.Day, &r.Slot, &r.Repeats, &r.By, &r.Note, &r.Actor, &at)
		r.At = ms(at)
		return r, err
	}, `SELECT day, slot, repeats, done_by, note, actor, at FROM task_run WHERE task_id = $1 ORDER BY day, slot, id`, id)
}
