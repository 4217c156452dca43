package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

// CreateTemplate records a template of a unit with its first version.
func (s *Store) CreateTemplate(ctx context.Context, t campaigns.Template) (campaigns.Template, error) {
	err := s.write(ctx, "create a template", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		t.ID, t.CreatedAt = campaigns.TemplateID(newID()), now.Policy
		if _, err := tx.ExecContext(ctx, `INSERT INTO template (id, unit_id, name, created_at) VALUES ($1, $2, $3, $4)`,
			t.ID, t.UnitID, t.Name, now.Policy.UnixMilli()); err != nil {
			return err
		}
		t.Newest.TemplateID, t.Newest.N = t.ID, 1
		return putTemplateVersion(ctx, tx, &t.Newest, now)
	})
	return t, err
}

// AddTemplateVersion records new words of a template. The same words again are the version that they are;
// campaigns.ErrConflict when somebody else added a version to what is read as the newest.
func (s *Store) AddTemplateVersion(ctx context.Context, v campaigns.TemplateVersion, newest int) (campaigns.TemplateVersion, error) {
	err := s.write(ctx, "add a version of a template", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		last, err := scanTemplateVersion(tx.QueryRowContext(ctx, `SELECT `+templateVersionColumns+` FROM template_version v WHERE v.template_id = $1 ORDER BY v.n DESC LIMIT 1`, v.TemplateID))
		if err != nil {
			return err
		}
		switch {
		case last.Hash == v.Hash:
			v = last
			return nil
		case last.N != newest:
			return campaigns.ErrConflict
		}
		v.N = last.N + 1
		return putTemplateVersion(ctx, tx, &v, now)
	})
	return v, err
}

func putTemplateVersion(ctx context.Context, tx *sql.Tx, v *campaigns.TemplateVersion, now Clock) error {
	v.ID, v.At = campaigns.TemplateVersionID(newID()), now.Policy
	n, err := affected(tx.ExecContext(ctx, `INSERT INTO template_version (id, template_id, n, words, hash, author, note, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (template_id, n) DO NOTHING`, v.ID, v.TemplateID, v.N, asJSON(v.Words), v.Hash, v.Author, v.Note, now.Policy.UnixMilli()))
	if err == nil && n == 0 {
		err = campaigns.ErrConflict
	}
	return err
}

const templateVersionColumns = `v.id, v.template_id, v.n, v.words, v.hash, v.author, v.note, v.at`

func scanTemplateVersion(row scanner) (v campaigns.TemplateVersion, err error) {
	var words string
	var at int64
	if err := row.Scan(&v.ID, &v.TemplateID, &v.N, &words, &v.Hash, &v.Author, &v.Note, &at); err != nil {
		return v, err
	}
	v.At = ms(at)
	return v, decodeJSON(words, &v.Words)
}

const templateColumns = `t.id, t.unit_id, t.name, t.created_at, ` + templateVersionColumns

func scanTemplate(row scanner) (t campaigns.Template, err error) {
	var words string
	var created, at int64
	v := &t.Newest
	if err := row.Scan(&t.ID, &t.UnitID, &t.Name, &created, &v.ID, &v.TemplateID, &v.N, &words, &v.Hash, &v.Author, &v.Note, &at); err != nil {
		return t, err
	}
	t.CreatedAt, v.At = ms(created), ms(at)
	return t, decodeJSON(words, &v.Words)
}

const newestVersion = ` JOIN template_version v ON v.template_id = t.id AND v.n = (SELECT max(o.n) FROM template_version o WHERE o.template_id = t.id) `

// Templates lists the templates of a unit with their newest version, oldest first.
func (s *Store) Templates(ctx context.Context, unit campaigns.UnitID, after campaigns.TemplateID, limit int) ([]campaigns.Template, error) {
	list, err := collect(ctx, s.r, scanTemplate, `SELECT `+templateColumns+` FROM template t`+newestVersion+`
		WHERE t.unit_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3`, unit, after, limit)
	return list, wrap("list templates", err)
}

// Template returns a template with its newest version.
func (s *Store) Template(ctx context.Context, id campaigns.TemplateID) (campaigns.Template, error) {
	t, err := scanTemplate(s.r.QueryRowContext(ctx, `SELECT `+templateColumns+` FROM template t`+newestVersion+` WHERE t.id = $1`, id))
	return t, wrap("find a template", err)
}

// TemplateVersions lists the versions of a template, newest first.
func (s *Store) TemplateVersions(ctx context.Context, id campaigns.TemplateID) ([]campaigns.TemplateVersion, error) {
	list, err := collect(ctx, s.r, scanTemplateVersion, `SELECT `+templateVersionColumns+` FROM template_version v WHERE v.template_id = $1 ORDER BY v.n DESC`, id)
	if err == nil && len(list) == 0 {
		err = campaigns.ErrNotFound
	}
	return list, wrap("list the versions of a template", err)
}

// TemplateVersion returns one version.
func (s *Store) TemplateVersion(ctx context.Context, id campaigns.TemplateVersionID) (campaigns.TemplateVersion, error) {
	v, err := scanTemplateVersion(s.r.QueryRowContext(ctx, `SELECT `+templateVersionColumns+` FROM template_version v WHERE v.id = $1`, id))
	return v, wrap("find a version of a template", err)
}
