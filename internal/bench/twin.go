package bench

import (
	"context"
	"database/sql"
	"strings"
)

// twin makes an empty copy of a table with its constraints, indexes and storage settings, called bare_<table>.
func (g *ground) twin(ctx context.Context, db *sql.DB, table string) error {
	if g.pg() {
		if _, err := db.ExecContext(ctx, `CREATE TABLE bare_`+table+` (LIKE `+table+` INCLUDING ALL)`); err != nil {
			return err
		}
		var storage sql.NullString
		if err := db.QueryRowContext(ctx, `SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = $1::text::regclass`, table).Scan(&storage); err != nil || storage.String == "" {
			return err
		}
		_, err := db.ExecContext(ctx, `ALTER TABLE bare_`+table+` SET (`+storage.String+`)`)
		return err
	}
	statements, err := sqliteSchema(ctx, db, table)
	if err != nil {
		return err
	}
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// sqliteSchema returns the statements that made a table and its indexes, for its twin.
func sqliteSchema(ctx context.Context, db *sql.DB, table string) (out []string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = $1 AND sql IS NOT NULL ORDER BY type = 'index'`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind, name, statement string
		if err := rows.Scan(&kind, &name, &statement); err != nil {
			return nil, err
		}
		head, body, _ := strings.Cut(statement, "(")
		if kind == "table" {
			head = `CREATE TABLE bare_` + table + ` `
		} else {
			unique := ""
			if strings.Contains(head, "UNIQUE") {
				unique = "UNIQUE "
			}
			head = `CREATE ` + unique + `INDEX bare_` + name + ` ON bare_` + table + ` `
		}
		out = append(out, head+"("+body)
	}
	return out, rows.Err()
}
