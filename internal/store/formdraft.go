package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/loaphuong/loa/campaigns"
)

// FormDraft is a form of several pages that somebody has begun: it survives a closed browser and an ended session.
type FormDraft struct {
	ID        string
	Kind      string
	Unit      campaigns.UnitID
	Owner     string // sign-in name
	Values    map[string]string
	UpdatedAt int64
}

// SaveForm keeps a draft; a new one gets its id. Only its owner changes it: for others it is not there.
func (s *Store) SaveForm(ctx context.Context, d FormDraft) (FormDraft, error) {
	err := s.write(ctx, "save a form", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		d.UpdatedAt = now.Policy.UnixMilli()
		if d.ID == "" {
			d.ID = newID()
			_, err = tx.ExecContext(ctx, `INSERT INTO form_draft (id, kind, unit_id, owner, form, updated_at) VALUES ($1,$2,$3,$4,$5,$6)`,
				d.ID, d.Kind, d.Unit, d.Owner, asJSON(d.Values), d.UpdatedAt)
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE form_draft SET form = $3, updated_at = $4 WHERE id = $1 AND owner = $2`, d.ID, d.Owner, asJSON(d.Values), d.UpdatedAt)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return campaigns.ErrNotFound
		}
		return nil
	})
	return d, err
}

const formColumns = `SELECT id, kind, unit_id, owner, form, updated_at FROM form_draft`

func scanForm(row scanner) (d FormDraft, err error) {
	var form string
	if err = row.Scan(&d.ID, &d.Kind, &d.Unit, &d.Owner, &form, &d.UpdatedAt); err != nil {
		return d, err
	}
	return d, json.Unmarshal([]byte(form), &d.Values)
}

// Form returns a draft of its owner.
func (s *Store) Form(ctx context.Context, id, owner string) (FormDraft, error) {
	d, err := scanForm(s.r.QueryRowContext(ctx, formColumns+` WHERE id = $1 AND owner = $2`, id, owner))
	return d, wrap("form", err)
}

// Forms lists the drafts of an owner in a unit, newest first.
func (s *Store) Forms(ctx context.Context, kind string, unit campaigns.UnitID, owner string) ([]FormDraft, error) {
	list, err := collect(ctx, s.r, scanForm, formColumns+` WHERE kind = $1 AND unit_id = $2 AND owner = $3 ORDER BY updated_at DESC, id LIMIT 20`, kind, unit, owner)
	return list, wrap("list forms", err)
}

// DropForm forgets a draft.
func (s *Store) DropForm(ctx context.Context, id, owner string) error {
	return s.write(ctx, "drop a form", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM form_draft WHERE id = $1 AND owner = $2`, id, owner)
		return err
	})
}
