package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// Kinds of tasks whose words are kept, because a file is made of them.
const (
	Printing = "print"
	Airing   = "air"
)

// PutPrint puts a letter on the batch of the person's village: one for a launch, step and day. Exactly once: the delivery
// is the key.
func (s *Store) PutPrint(ctx context.Context, m notifier.Message) (string, error) {
	return s.putSheet(ctx, Printing, string(m.Person), m)
}

// PutScript puts a person on the script that is read to the person's village: one for a launch, step, day and language.
// The words name nobody, so that the first person's are everybody's.
func (s *Store) PutScript(ctx context.Context, m notifier.Message) (string, error) {
	return s.putSheet(ctx, Airing, m.Locale, m)
}

// words are what is sealed of a sheet.
type words struct {
	Subject string `json:"s,omitempty"`
	Body    string `json:"b"`
}

func sheetPlace(task, part string) string { return "sheet|" + task + "|" + part }

func (s *Store) putSheet(ctx context.Context, kind, part string, m notifier.Message) (string, error) {
	var id string
	raw, err := json.Marshal(words{m.Subject, m.Body})
	if err != nil {
		return "", err
	}
	err = s.write(ctx, "put a "+kind+" task", func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT task_id FROM task_item WHERE delivery_id = $1`, m.Delivery).Scan(&id)
		if !errors.Is(err, sql.ErrNoRows) {
			return err // it is there already, or the database is not
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		var village string
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(village_id, '') FROM person WHERE id = $1`, m.Person).Scan(&village); err != nil {
			return err
		}
		day := now.Policy.In(campaigns.Zone).Format(time.DateOnly)
		key := fmt.Sprintf("%s|%s|%d|%s|%s|%s", kind, m.Launch, m.StepNo, m.Unit, village, day)
		if id, err = s.upsertTask(ctx, tx, kind, key, m.Unit, campaigns.UnitID(village), m.Launch, m.StepNo, m.Code, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO task_item (task_id, person_id, delivery_id) VALUES ($1,$2,$3)`, id, m.Person, m.Delivery); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO task_sheet (task_id, part, locale, code, sealed) VALUES ($1,$2,$3,$4,$5)
			ON CONFLICT (task_id, part) DO NOTHING`, id, part, m.Locale, m.Code, s.ring.Seal(sheetPlace(id, part), string(raw)))
		return err
	})
	return id, err
}

// Sheets is all that a file of a task is made of.
type Sheets struct {
	Task     Task
	Campaign string
	Unit     string
	Phone    string // the unit's published number
	Village  string
	MadeAt   time.Time // policy time
	People   int       // of an airing: whom it is meant for
	Sheets   []Sheet
	Runs     []Run
}

// Sheet is one letter with whom it is for, or one script.
type Sheet struct {
	Person  campaigns.PersonID // "" for a script
	Name    string
	Born    string
	Address string // of the house, "" where the roster had none
	Result  string
	Locale  string
	Code    string
	Subject string
	Body    string
}

// ErrNoSheets means that a task is none of those that a file is made of.
var ErrNoSheets = errors.New("store: only tasks to print and to air have a file")

// TaskSheets returns what is to be printed or read, in the order of names. Letters to persons who were erased are gone.
func (s *Store) TaskSheets(ctx context.Context, id campaigns.TaskID) (out Sheets, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		if out, err = s.sheetHead(ctx, tx, id); err != nil {
			return err
		}
		if out.Sheets, err = s.sheetsOf(ctx, tx, out.Task); err != nil {
			return err
		}
		out.Runs, err = s.runs(ctx, tx, id)
		return err
	})
	return out, wrap("read a task's sheets", err)
}

func (s *Store) sheetHead(ctx context.Context, tx *sql.Tx, id campaigns.TaskID) (out Sheets, err error) {
	if out.Task, err = scanTask(tx.QueryRowContext(ctx, taskQuery+` WHERE t.id = $1`, id)); err != nil {
		return out, err
	}
	if out.Task.Kind != Printing && out.Task.Kind != Airing {
		return out, ErrNoSheets
	}
	var made int64
	err = tx.QueryRowContext(ctx, `SELECT t.created_at, u.name, u.phone, COALESCE(v.name, ''), COALESCE(c.name, '') FROM task t
		JOIN unit u ON u.id = t.unit_id LEFT JOIN unit v ON v.id = t.holder_id
		LEFT JOIN launch l ON l.id = t.launch_id LEFT JOIN campaign c ON c.id = l.campaign_id WHERE t.id = $1`, id).
		Scan(&made, &out.Unit, &out.Phone, &out.Village, &out.Campaign)
	out.MadeAt, out.People = ms(made), out.Task.Items
	return out, err
}

func (s *Store) sheetsOf(ctx context.Context, tx *sql.Tx, t Task) ([]Sheet, error) {
	open := func(part string, sealed []byte, to *Sheet) error {
		plain, err := s.ring.Open(sheetPlace(string(t.ID), part), sealed)
		if err != nil {
			return err
		}
		var w words
		err = json.Unmarshal([]byte(plain), &w)
		to.Subject, to.Body = w.Subject, w.Body
		return err
	}
	if t.Kind == Airing {
		return collect(ctx, tx, func(row scanner) (out Sheet, err error) {
			var part string
			var sealed []byte
			if err := row.Scan(&part, &out.Locale, &out.Code, &sealed); err != nil {
				return out, err
			}
			return out, open(part, sealed, &out)
		}, `SELECT part, locale, code, sealed FROM task_sheet WHERE task_id = $1 ORDER BY part DESC`, t.ID) // Vietnamese first
	}
	return collect(ctx, tx, func(row scanner) (out Sheet, err error) {
		var sealed, home []byte
		if err := row.Scan(&out.Person, &out.Name, &out.Born, &home, &out.Result, &out.Locale, &out.Code, &sealed); err != nil {
			return out, err
		}
		if out.Address, err = s.ring.Open(personPlace("address", out.Person), home); err != nil {
			return out, err
		}
		return out, open(string(out.Person), sealed, &out)
	}, `SELECT p.id, p.name, p.born, p.address_sealed, i.result, h.locale, h.code, h.sealed
		FROM task_sheet h JOIN person p ON p.id = h.part JOIN task_item i ON i.task_id = h.task_id AND i.person_id = p.id
		WHERE h.task_id = $1 AND p.erased_at IS NULL ORDER BY p.name_key, p.id`, t.ID)
}
