package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// ServiceTemplates lists the templates that a service of a unit may use: those of the unit and of the units above it.
func (s *Store) ServiceTemplates(ctx context.Context, unit campaigns.UnitID) ([]campaigns.Template, error) {
	list, err := collect(ctx, s.r, scanTemplate, `SELECT `+templateColumns+` FROM template t JOIN template_version v ON v.template_id = t.id
		JOIN unit u ON u.id = t.unit_id JOIN unit mine ON mine.id = $1
		WHERE substr(mine.path, 1, length(u.path)) = u.path AND v.n = (SELECT max(x.n) FROM template_version x WHERE x.template_id = t.id) ORDER BY t.name, t.id`, unit)
	return list, wrap("list a service's templates", err)
}

// ServiceTemplate returns a template that a service of a unit may use, with its newest version or the n-th, and when it
// was made; campaigns.ErrNotFound for any other.
func (s *Store) ServiceTemplate(ctx context.Context, unit campaigns.UnitID, id campaigns.TemplateID, n int) (campaigns.Template, error) {
	t, err := scanTemplate(s.r.QueryRowContext(ctx, `SELECT `+templateColumns+` FROM template t JOIN template_version v ON v.template_id = t.id
		JOIN unit u ON u.id = t.unit_id JOIN unit mine ON mine.id = $1
		WHERE t.id = $2 AND substr(mine.path, 1, length(u.path)) = u.path
			AND v.n = CASE WHEN $3 > 0 THEN $3 ELSE (SELECT max(x.n) FROM template_version x WHERE x.template_id = t.id) END`, unit, id, n))
	return t, wrap("a service's template", err)
}

// MarkTransactional says whether messages with the words of a template may use the outer hours (rulings.md 10). Whoever
// wrote the newest version does not decide about it.
func (s *Store) MarkTransactional(ctx context.Context, id campaigns.TemplateID, on bool, by access.Who) error {
	return s.write(ctx, "mark a template", func(tx *sql.Tx) error {
		t, err := scanTemplate(tx.QueryRowContext(ctx, `SELECT `+templateColumns+` FROM template t JOIN template_version v ON v.template_id = t.id
			WHERE t.id = $1 ORDER BY v.n DESC LIMIT 1`, id))
		if err != nil {
			return err
		}
		if t.Newest.Author == by.Name {
			return campaigns.ErrSecondPerson
		}
		if _, err := tx.ExecContext(ctx, `UPDATE template SET transactional = $2 WHERE id = $1`, id, bit(on)); err != nil {
			return err
		}
		return s.audit(ctx, tx, access.Entry{Who: by, Verb: access.TemplateMarked, Object: "template", ObjectID: string(id), Unit: t.UnitID, After: map[string]any{"transactional": on}})
	})
}
