package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

const exportColumns = `id, unit_id, kind, of, people, reason, asked_by, asked_name, asked_at, state, decided_name, decided_at, made_at`

func scanExport(row scanner) (e access.Export, err error) {
	var of string
	var asked int64
	var decided, made sql.NullInt64
	if err = row.Scan(&e.ID, &e.UnitID, &e.Kind, &of, &e.People, &e.Reason, &e.AskedBy, &e.AskedName, &asked, &e.State, &e.DecidedName, &decided, &made); err != nil {
		return e, err
	}
	e.AskedAt, e.DecidedAt, e.MadeAt = ms(asked), msNull(decided), msNull(made)
	return e, json.Unmarshal([]byte(of), &e.Of)
}

// AskExport asks for a file with people in it. One of few people is granted at once; one of many waits for a second person.
func (s *Store) AskExport(ctx context.Context, e access.Export, by access.Who) (access.Export, error) {
	people, err := s.ExportPeople(ctx, e)
	if err != nil {
		return e, err
	}
	e.ID, e.People, e.AskedBy, e.AskedName, e.State = newID(), len(people), by.Self(), by.Name, access.ExportIsGranted
	if e.People > access.ExportAlone {
		e.State = access.ExportWaits
	}
	return e, s.write(ctx, "ask for a file", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		e.AskedAt = now.Raw
		if _, err := tx.ExecContext(ctx, `INSERT INTO export (id, unit_id, kind, of, people, reason, asked_by, asked_name, asked_at, state) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
			e.ID, string(e.UnitID), e.Kind, asJSON(e.Of), e.People, e.Reason, e.AskedBy, e.AskedName, e.AskedAt.UnixMilli(), string(e.State)); err != nil {
			return err
		}
		return s.audit(ctx, tx, exportEntry(e, by, access.ExportAsked))
	})
}

func exportEntry(e access.Export, by access.Who, verb access.Verb) access.Entry {
	return access.Entry{Unit: e.UnitID, Who: by, Verb: verb, Object: "export", ObjectID: e.ID, Reason: e.Reason,
		After: map[string]any{"kind": e.Kind, "of": e.Of, "rows": e.People, "state": e.State}}
}

// Export returns one file.
func (s *Store) Export(ctx context.Context, id string) (access.Export, error) {
	e, err := scanExport(s.r.QueryRowContext(ctx, `SELECT `+exportColumns+` FROM export WHERE id = $1`, id))
	return e, wrap("export", err)
}

// Exports lists the files of units under paths, the newest first before a cursor.
func (s *Store) Exports(ctx context.Context, paths []string, before string, limit int) ([]access.Export, error) {
	list, err := collect(ctx, s.r, scanExport, `SELECT `+exportColumns+` FROM export x
		WHERE ($2 = '' OR x.id < $2) AND EXISTS (SELECT 1 FROM unit u CROSS JOIN `+s.d.set(1, "v", col{"path", asText})+`
			WHERE u.id = x.unit_id AND substr(u.path, 1, length(v.path)) = v.path) ORDER BY x.id DESC LIMIT $3`, asJSON(wrapEach(paths)), before, limit)
	return list, wrap("list exports", err)
}

// DecideExport grants or refuses a file, by a second person.
func (s *Store) DecideExport(ctx context.Context, id string, grant bool, by access.Who) (e access.Export, err error) {
	verb, state := access.ExportRefused, access.ExportWasRefused
	if grant {
		verb, state = access.ExportGranted, access.ExportIsGranted
	}
	err = s.write(ctx, "decide over a file", func(tx *sql.Tx) error {
		if e, err = scanExport(tx.QueryRowContext(ctx, `SELECT `+exportColumns+` FROM export WHERE id = $1`+s.d.forUpdate, id)); err != nil {
			return err
		}
		if err := e.Grants(by); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		e.State, e.DecidedName, e.DecidedAt = state, by.Name, now.Raw
		if _, err := tx.ExecContext(ctx, `UPDATE export SET state = $2, decided_by = $3, decided_name = $4, decided_at = $5 WHERE id = $1`,
			id, string(e.State), by.Self(), by.Name, now.Raw.UnixMilli()); err != nil {
			return err
		}
		return s.audit(ctx, tx, exportEntry(e, by, verb))
	})
	return e, err
}

// exportStep is how many people are read at once for a file, and named in one row of the audit log.
const exportStep = 500

// ExportPeople lists who is in a file, as it is now.
func (s *Store) ExportPeople(ctx context.Context, e access.Export) (out []campaigns.PersonID, err error) {
	for after := campaigns.PersonID(""); ; {
		var next campaigns.PersonID
		switch e.Kind {
		case "residual":
			list, n, err := s.Residual(ctx, e.Of.Campaign, campaigns.ResidualFilter{Unit: e.UnitID, Reason: e.Of.Reason}, after, exportStep)
			if err != nil {
				return nil, err
			}
			for _, l := range list {
				out = append(out, l.PersonID)
			}
			next = n
		default:
			list, err := s.FindPeople(ctx, PeopleFilter{Unit: e.UnitID, After: after, Limit: exportStep})
			if err != nil {
				return nil, err
			}
			for _, p := range list {
				out = append(out, p.ID)
			}
			if len(list) == exportStep {
				next = list[len(list)-1].ID
			}
		}
		if after = next; next == "" {
			return out, nil
		}
	}
}

// MakeExport takes a file of these people out: it is in the day's rows of whoever asked, and the audit log names every
// person before the first row leaves.
func (s *Store) MakeExport(ctx context.Context, id string, people []campaigns.PersonID, by access.Who) (e access.Export, err error) {
	err = s.write(ctx, "make a file", func(tx *sql.Tx) error {
		if e, err = scanExport(tx.QueryRowContext(ctx, `SELECT `+exportColumns+` FROM export WHERE id = $1`+s.d.forUpdate, id)); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if err := e.Makes(by, len(people), now.Raw); err != nil {
			return err
		}
		spent := 0
		if err := tx.QueryRowContext(ctx, `INSERT INTO export_day (by_id, day, spent) VALUES ($1,$2,$3)
			ON CONFLICT (by_id, day) DO UPDATE SET spent = export_day.spent + excluded.spent RETURNING spent`, by.Self(), campaigns.Day(now.Policy), len(people)).Scan(&spent); err != nil {
			return err
		}
		if spent > access.ExportDay {
			return access.ErrExportDay
		}
		e.MadeAt, e.People = now.Raw, len(people)
		if _, err := tx.ExecContext(ctx, `UPDATE export SET made_at = $2 WHERE id = $1`, id, now.Raw.UnixMilli()); err != nil {
			return err
		}
		var entries []access.Entry
		for part := range slices.Chunk(people, exportStep) {
			entry := exportEntry(e, by, access.ExportMade)
			entry.After["people"] = part
			entries = append(entries, entry)
		}
		if len(entries) == 0 {
			entries = append(entries, exportEntry(e, by, access.ExportMade))
		}
		return s.audit(ctx, tx, entries...)
	})
	return e, err
}

// PeopleOf reads people by their ids, masked, in the order of ids.
func (s *Store) PeopleOf(ctx context.Context, ids []campaigns.PersonID) ([]campaigns.Person, error) {
	var set keySet
	for _, id := range ids {
		set.text(string(id))
	}
	rows, err := collect(ctx, s.r, scanPerson, `SELECT `+personColumns+` FROM `+s.textKeys()+` CROSS JOIN person p WHERE p.id = v.k ORDER BY p.id`, s.keyArg(&set))
	if err == nil {
		err = s.withContacts(ctx, s.r, rows)
	}
	out := make([]campaigns.Person, len(rows))
	for i, p := range rows {
		out[i] = p.Person
	}
	return out, wrap("people", err)
}
