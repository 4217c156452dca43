package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// Errors of restoring.
var (
	ErrNotEmpty = errors.New("store: there is a database already; a copy is put back only where there is none")
	ErrCopy     = errors.New("store: this is no copy of a database, or it is not whole")
	ErrDialect  = errors.New("store: the copy is of the other kind of database; an SQLite copy goes into a file, a PostgreSQL copy into PostgreSQL")
	ErrNewer    = errors.New("store: the copy was made by a newer version of the program; use that one")
)

// maxBlock bounds one block of a copy.
const maxBlock = 16 << 20

// Undump puts a copy in the place of target, where there must be no database. It is all there or not at all. Open then brings
// its schema up to date.
func Undump(ctx context.Context, target string, r io.Reader) (Dumped, error) {
	in := &blocks{r: r}
	var d Dumped
	if err := in.json(&d); err != nil || d.Dialect == "" {
		return d, ErrCopy
	}
	newest, err := newestSchema(d.Dialect)
	if err != nil {
		return d, err
	}
	switch {
	case IsPostgres(target) != (d.Dialect == postgresDialect.name):
		return d, ErrDialect
	case d.Schema > newest:
		return d, ErrNewer
	case IsPostgres(target):
		return d, undumpTables(ctx, target, d, in)
	}
	return d, undumpFile(strings.TrimPrefix(target, "sqlite:"), in)
}

// CheckDump reads a copy to its end and says what it is, without putting it anywhere.
func CheckDump(r io.Reader) (Dumped, error) {
	in := &blocks{r: r}
	var d Dumped
	if err := in.json(&d); err != nil || d.Dialect == "" {
		return d, ErrCopy
	}
	for {
		s, err := in.section()
		if err != nil || s.Name == "" {
			return d, errors.Join(err, in.nothingLeft())
		}
		if _, err := io.Copy(io.Discard, in); err != nil {
			return d, err
		}
	}
}

func newestSchema(dialect string) (int64, error) {
	list, err := fs.ReadDir(migrations, "migrations/"+dialect)
	if err != nil || len(list) == 0 {
		return 0, ErrCopy
	}
	return goose.NumericComponent(list[len(list)-1].Name())
}

// undumpFile writes the file beside its place and moves it there when it is whole.
func undumpFile(path string, in *blocks) error {
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return ErrNotEmpty
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s, err := in.section()
	if err != nil || s.Name != sqliteSection {
		return errors.Join(err, ErrCopy)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "restoring-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, in)
	if err == nil {
		err = in.last()
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	for _, old := range []string{"-wal", "-shm"} { // of a database that is gone: they would be read as this one's
		if err := os.Remove(path + old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.Rename(f.Name(), path)
}

// undumpTables fills a schema that has no tables yet, in one transaction after the tables were made as the copy had them.
func undumpTables(ctx context.Context, target string, d Dumped, in *blocks) error {
	s, err := connectPostgres(target)
	if err != nil {
		return err
	}
	defer s.Close()
	var tables int
	if err := s.w.QueryRowContext(ctx, `SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()`).Scan(&tables); err != nil {
		return wrap("restore", err)
	}
	if tables > 0 {
		return ErrNotEmpty
	}
	if err := s.migrateTo(ctx, d.Schema); err != nil {
		return err
	}
	if err := s.fillTables(ctx, in); err != nil {
		return errors.Join(err, s.clearSchema(context.WithoutCancel(ctx)))
	}
	return nil
}

func (s *Store) fillTables(ctx context.Context, in *blocks) error {
	conn, err := s.w.Conn(ctx)
	if err != nil {
		return wrap("restore", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
		return wrap("restore", err)
	}
	if err := copyTables(ctx, conn, in); err != nil {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		return wrap("restore", err)
	}
	_, err = conn.ExecContext(ctx, `COMMIT`)
	return wrap("restore", err)
}

func copyTables(ctx context.Context, conn *sql.Conn, in *blocks) error {
	known, err := tablesInOrder(ctx, conn)
	if err != nil {
		return err
	}
	at := map[string]section{}
	for _, t := range known {
		at[t.Name] = t
	}
	for {
		s, err := in.section()
		if err != nil {
			return err
		}
		if s.Name == "" {
			return in.nothingLeft()
		}
		t, ok := at[s.Name]
		if !ok || strings.Join(t.Columns, ",") != strings.Join(s.Columns, ",") {
			return fmt.Errorf("%w: table %s is another one here", ErrCopy, s.Name)
		}
		if err := conn.Raw(func(c any) error {
			_, err := c.(*stdlib.Conn).Conn().PgConn().CopyFrom(ctx, in, t.copySQL("FROM STDIN"))
			return err
		}); err != nil {
			return fmt.Errorf("table %s: %w", s.Name, err)
		}
	}
}

// clearSchema takes away what a restore that failed has made, so that it can be tried again.
func (s *Store) clearSchema(ctx context.Context) error {
	tables, err := collect(ctx, s.w, scanOne[string], `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`)
	if err != nil || len(tables) == 0 {
		return err
	}
	_, err = s.w.ExecContext(ctx, `DROP TABLE "`+strings.Join(tables, `","`)+`" CASCADE`)
	return err
}

// blocks reads what frames wrote. As a reader it gives the bytes of one section.
type blocks struct {
	r    io.Reader
	have []byte
	over bool
}

func (b *blocks) next() ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(b.r, size[:]); err != nil {
		return nil, notWhole(err)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxBlock {
		return nil, ErrCopy
	}
	out := make([]byte, n)
	_, err := io.ReadFull(b.r, out)
	return out, notWhole(err)
}

func notWhole(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCopy
	}
	return err
}

func (b *blocks) json(v any) error {
	raw, err := b.next()
	if err != nil {
		return err
	}
	if json.Unmarshal(raw, v) != nil {
		return ErrCopy
	}
	return nil
}

// section begins the next section; its name is "" at the end.
func (b *blocks) section() (s section, err error) {
	b.over = false
	return s, b.json(&s)
}

// Read implements io.Reader within a section.
func (b *blocks) Read(p []byte) (int, error) {
	for len(b.have) == 0 {
		if b.over {
			return 0, io.EOF
		}
		var err error
		if b.have, err = b.next(); err != nil {
			return 0, err
		}
		b.over = len(b.have) == 0
	}
	n := copy(p, b.have)
	b.have = b.have[n:]
	return n, nil
}

// last demands the end of the copy.
func (b *blocks) last() error {
	s, err := b.section()
	if err == nil && s.Name != "" {
		err = ErrCopy
	}
	return errors.Join(err, b.nothingLeft())
}

// nothingLeft reads to the end of what the copy came in, which is where a shortened file shows.
func (b *blocks) nothingLeft() error {
	n, err := io.Copy(io.Discard, b.r)
	if err == nil && n > 0 {
		err = ErrCopy
	}
	return err
}
