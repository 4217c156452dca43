package store

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// bulk is a set of rows that one statement writes. On PostgreSQL it is one statement over typed arrays; on SQLite, in
// whose JSON functions every value costs a parse, the same statement is prepared once and run row by row.
type bulk struct {
	cols []col
	rows [][]any // int64, int, string, []byte or nil
}

func newBulk(cols ...col) *bulk { return &bulk{cols: cols} }

func (b *bulk) add(values ...any) { b.rows = append(b.rows, values) }

// exec runs the statement that query makes of a FROM item called v; shared are the parameters before it, $1 and so on.
func (s *Store) exec(ctx context.Context, tx *sql.Tx, b *bulk, query func(v string) string, shared ...any) error {
	_, err := s.run(ctx, tx, b, query, false, shared)
	return err
}

// moved is exec for an update of delivery; it says for each row whether it was still as the statement demands. The
// first column is the delivery's id.
func (s *Store) moved(ctx context.Context, tx *sql.Tx, b *bulk, query func(v string) string, shared ...any) ([]bool, error) {
	return s.run(ctx, tx, b, query, true, shared)
}

func (s *Store) run(ctx context.Context, tx *sql.Tx, b *bulk, query func(v string) string, report bool, shared []any) ([]bool, error) {
	switch {
	case len(b.rows) == 0:
		return nil, nil
	case s.d == postgresDialect:
		return b.atOnce(ctx, tx, query, report, shared)
	}
	return b.oneByOne(ctx, tx, query, report, shared)
}

func (b *bulk) atOnce(ctx context.Context, tx *sql.Tx, query func(v string) string, report bool, shared []any) ([]bool, error) {
	text := query(b.unnest(len(shared)))
	args := append(append([]any{}, shared...), b.arrays()...)
	if !report {
		_, err := tx.ExecContext(ctx, text, args...)
		return nil, err
	}
	ids, err := collect(ctx, tx, scanOne[int64], text+" RETURNING delivery.id", args...)
	if err != nil {
		return nil, err
	}
	is := make(map[int64]bool, len(ids))
	for _, id := range ids {
		is[id] = true
	}
	out := make([]bool, len(b.rows))
	for i, row := range b.rows {
		out[i] = is[row[0].(int64)]
	}
	return out, nil
}

// unnest is the FROM item over the arrays after the first n parameters.
func (b *bulk) unnest(n int) string {
	types := map[colKind]string{asInt: "bigint[]", asText: "text[]", asBytes: "bytea[]"}
	args, names := make([]string, len(b.cols)), make([]string, len(b.cols))
	for i, c := range b.cols {
		args[i], names[i] = fmt.Sprintf("$%d::%s", n+1+i, types[c.kind]), c.name
	}
	return "unnest(" + strings.Join(args, ", ") + ") AS v(" + strings.Join(names, ", ") + ")"
}

func (b *bulk) arrays() []any {
	out := make([]any, len(b.cols))
	for i, c := range b.cols {
		switch c.kind {
		case asInt:
			out[i] = array(b.rows, i, func(v any) int64 {
				if n, ok := v.(int); ok {
					return int64(n)
				}
				return v.(int64)
			})
		case asText:
			out[i] = array(b.rows, i, func(v any) string { return v.(string) })
		case asBytes:
			list := make([][]byte, len(b.rows))
			for k, row := range b.rows {
				list[k], _ = row[i].([]byte)
			}
			out[i] = list
		}
	}
	return out
}

// array is column i, as pointers only where something is NULL.
func array[T any](rows [][]any, i int, value func(any) T) any {
	out := make([]T, len(rows))
	var holes []*T
	for k, row := range rows {
		if row[i] == nil {
			holes = make([]*T, len(rows))
			continue
		}
		out[k] = value(row[i])
	}
	if holes == nil {
		return out
	}
	for k := range rows {
		if rows[k][i] != nil {
			holes[k] = &out[k]
		}
	}
	return holes
}

// rowsAtOnce is how many rows one INSERT carries on SQLite. Each execution costs as much as writing a row, and binding is
// quadratic in the driver: more gain nothing.
const rowsAtOnce = 20

// oneByOne runs the statement on SQLite: for each row, or for some rows at once where they are only inserted.
func (b *bulk) oneByOne(ctx context.Context, tx *sql.Tx, query func(v string) string, report bool, shared []any) ([]bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // the driver starts a goroutine for each call that could be cancelled
	d := b.direct(query, len(shared))
	rows := b.rows
	if many := d.many; many != nil && !report && len(rows) >= rowsAtOnce {
		n := len(rows) / rowsAtOnce * rowsAtOnce
		if _, err := many.each(ctx, tx, rows[:n], shared); err != nil {
			return nil, err
		}
		rows = rows[n:]
	}
	counts, err := d.one.each(ctx, tx, rows, shared)
	if err != nil || !report {
		return nil, err
	}
	out := make([]bool, len(counts))
	for i, n := range counts {
		out[i] = n > 0
	}
	return out, nil
}

// direct is a statement as SQLite runs it, for one row and, where it can be, for rowsAtOnce.
type direct struct{ one, many *plain }

// plain is a statement whose parameters have no names: the driver compares each name with each number.
type plain struct {
	text  string
	rows  int   // in one execution
	order []int // which value each parameter takes: of those that are shared, then of the rows one after the other
}

// each executes the statement for all rows and returns how many rows each execution changed.
func (p *plain) each(ctx context.Context, tx *sql.Tx, rows [][]any, shared []any) ([]int64, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	stmt, err := tx.PrepareContext(ctx, p.text)
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	values, args := append([]any{}, shared...), make([]any, len(p.order))
	counts := make([]int64, 0, len(rows)/p.rows)
	for ; len(rows) > 0; rows = rows[p.rows:] {
		values = values[:len(shared)]
		for _, row := range rows[:p.rows] {
			values = append(values, row...)
		}
		for i, at := range p.order {
			args[i] = values[at]
		}
		res, err := stmt.ExecContext(ctx, args...)
		if err != nil {
			return nil, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return nil, err
		}
		counts = append(counts, n)
	}
	return counts, nil
}

// newPlain takes the numbers off the parameters of a statement.
func newPlain(text string, rows int) *plain {
	p := &plain{rows: rows}
	p.text = numbered.ReplaceAllStringFunc(text, func(name string) string {
		n, _ := strconv.Atoi(name[1:])
		p.order = append(p.order, n-1)
		return "?"
	})
	return p
}

// rowOf is the FROM item of one row whose values are the parameters after the first n.
func (b *bulk) rowOf(n int) string {
	names := make([]string, len(b.cols))
	for i, c := range b.cols {
		names[i] = fmt.Sprintf("$%d AS %s", n+1+i, c.name)
	}
	return "(SELECT " + strings.Join(names, ", ") + ") AS v"
}

// direct is the statement for one row: its values stand where v's columns did, which costs half of a join with a row of
// constants. Where v is joined to more by CROSS JOIN its values stand for it too; a statement that joins it in another
// way keeps it as a row. Statements are few, so that each is rewritten once.
func (b *bulk) direct(query func(v string) string, n int) *direct {
	text := query("?row?")
	key := directKey{text: text, shared: n}
	for _, c := range b.cols {
		key.cols += c.name + " "
	}
	if done, ok := directs.Load(key); ok {
		return done.(*direct)
	}
	one := b.rewrite(text, n)
	done := &direct{one: newPlain(one, 1)}
	if many := b.multiply(one, n); many != "" {
		done.many = newPlain(many, rowsAtOnce)
	}
	directs.Store(key, done)
	return done
}

// multiply makes an INSERT of one row one of several; "" for what is no such INSERT.
func (b *bulk) multiply(one string, n int) string {
	part := insertOne.FindStringSubmatch(one)
	if part == nil || strings.Contains(part[2], "FROM") {
		return ""
	}
	var list []string
	for i := range rowsAtOnce {
		list = append(list, "("+numbered.ReplaceAllStringFunc(part[2], func(name string) string {
			k, _ := strconv.Atoi(name[1:])
			if k > n { // of the row, not shared
				k += i * len(b.cols)
			}
			return "$" + strconv.Itoa(k)
		})+")")
	}
	return part[1] + " VALUES " + strings.Join(list, ", ") + part[3]
}

func (b *bulk) rewrite(text string, n int) string {
	text = crossed.ReplaceAllString(text, "FROM ")
	if joined.MatchString(text) {
		return strings.ReplaceAll(text, "?row?", b.rowOf(n))
	}
	return columnOf.ReplaceAllStringFunc(fromRow.ReplaceAllString(text, ""), func(name string) string {
		for i, c := range b.cols {
			if name == "v."+c.name {
				return fmt.Sprintf("$%d", n+1+i)
			}
		}
		return name
	})
}

type directKey struct {
	text, cols string
	shared     int
}

// directs holds what direct has made. Its keys are the statements of this package, whose texts hold no values.
var directs sync.Map

var (
	crossed  = regexp.MustCompile(`FROM \?row\? CROSS JOIN `)
	joined   = regexp.MustCompile(`(?i)FROM \?row\?\s*(JOIN|CROSS|LEFT|,)|\bv\.\*`)
	fromRow  = regexp.MustCompile(`\s+FROM \?row\?`)
	numbered = regexp.MustCompile(`\$\d+`)
	// An INSERT of a row of values: no condition but WHERE TRUE, behind which only a conflict is spoken of.
	insertOne = regexp.MustCompile(`(?s)^(INSERT INTO [^(]+\([^)]*\))\s+SELECT ([^?]*?)(?:\s+WHERE TRUE(\s+ON CONFLICT.*)?)?\s*$`)
	columnOf  = regexp.MustCompile(`\bv\.[a-z_]+\b`)
)
