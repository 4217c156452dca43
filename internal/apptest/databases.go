package apptest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

// Migrating takes seconds under the race detector, and hundreds of tests want an empty database. So the migrations run
// once, and every test gets a copy of what they made.

// DataDir makes a data folder for a test with a migrated, empty database in it, where config.Config.Database looks.
func DataDir(t testing.TB) string { return filepath.Dir(SQLiteFile(t)) }

// SQLiteFile makes a migrated, empty SQLite file in a temporary folder of its own and returns its path.
func SQLiteFile(t testing.TB) string {
	t.Helper()
	raw, err := migratedFile()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "loa.db")
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	return path
}

// migratedFile returns the bytes of an SQLite file just after its migrations.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "loa-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "loa.db")
	if err := migrate(context.Background(), path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // closing has brought all of it into the one file
})

// PostgresURL makes a migrated, empty database that is dropped after the test and returns the address of it. Without
// TEST_POSTGRES_URL, whose role must be allowed to make databases, the test is skipped; in CI that is a failure.
func PostgresURL(t testing.TB) string {
	t.Helper()
	base := postgres(t)
	template, err := migratedDatabase()
	require.NoError(t, err)
	return database(t, base, template)
}

// EmptyPostgresURL is PostgresURL without the migrations.
func EmptyPostgresURL(t testing.TB) string {
	t.Helper()
	return database(t, postgres(t), "template1")
}

// postgres returns the address of the test server, or ends the test.
func postgres(t testing.TB) string {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES_URL")
	if base == "" {
		need(t, "TEST_POSTGRES_URL", "a PostgreSQL server")
	}
	return base
}

func database(t testing.TB, base, template string) string {
	t.Helper()
	name := fmt.Sprintf("loa_t%d", time.Now().UnixNano())
	require.NoError(t, tell(base, `CREATE DATABASE `+name+` TEMPLATE `+template))
	t.Cleanup(func() { require.NoError(t, tell(base, `DROP DATABASE `+name+` WITH (FORCE)`)) })
	target, err := within(base, name)
	require.NoError(t, err)
	return target
}

// migratedDatabase returns the name of a database just after its migrations. It is made once for each state of the
// migrations and stays on the test server: the tests of all packages, which are processes of their own, share it.
var migratedDatabase = sync.OnceValues(func() (string, error) {
	ctx, base := context.Background(), os.Getenv("TEST_POSTGRES_URL")
	digest, err := digestOf(store.Migrations())
	if err != nil {
		return "", err
	}
	name := "loa_template_" + digest
	db, err := pgx.Connect(ctx, base)
	if err != nil {
		return "", err
	}
	defer db.Close(ctx)
	const key = 7_276_225_012 // any number, the same in every test process; the session's end gives it back
	if _, err := db.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(key)); err != nil {
		return "", err
	}
	var made bool
	if err := db.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`, name).Scan(&made); err != nil || made {
		return name, err
	}
	// Under another name until it is whole: who is ended half way leaves nothing that looks finished.
	for _, sql := range []string{`DROP DATABASE IF EXISTS ` + name + `_begun WITH (FORCE)`, `CREATE DATABASE ` + name + `_begun`} {
		if _, err := db.Exec(ctx, sql); err != nil {
			return "", err
		}
	}
	target, err := within(base, name+"_begun")
	if err != nil {
		return "", err
	}
	if err := migrate(ctx, target); err != nil {
		return "", err
	}
	_, err = db.Exec(ctx, `ALTER DATABASE `+name+`_begun RENAME TO `+name)
	return name, err
})

func migrate(ctx context.Context, target string) error {
	s, err := store.Open(ctx, target, keys.New())
	if err != nil {
		return err
	}
	return s.Close()
}

// digestOf names the contents of the files in a few characters.
func digestOf(files fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(raw), raw)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:8]), err
}

// within returns the address of another database on the same server.
func within(base, name string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// tell runs one statement on a connection of its own.
func tell(base, sql string) error {
	ctx := context.Background()
	db, err := pgx.Connect(ctx, base)
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	_, err = db.Exec(ctx, sql)
	return err
}
