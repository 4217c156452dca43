package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	_ "github.com/loaphuong/loa/internal/store" // registers both database drivers
)

// ground is a kind of database on which paths are measured. A scene is built once and copied for every round, so that
// each round begins from the same rows in the same state, and nobody has had a message yet that day.
type ground struct {
	name   string // postgres or sqlite
	base   string // address of a PostgreSQL server; "" for SQLite
	dir    string // of the SQLite files
	scenes map[sceneJob]scene
	made   []string
	count  atomic.Int64

	postmaster int // process of the server; 0 before anybody asked, -1 where it is elsewhere
}

func (g *ground) pg() bool { return g.base != "" }

// empty makes an empty database and returns its address.
func (g *ground) empty(ctx context.Context) (string, error) {
	n := g.count.Add(1)
	if !g.pg() {
		return filepath.Join(g.dir, fmt.Sprintf("db%d.sqlite", n)), nil
	}
	return g.create(ctx, n, "template0")
}

func (g *ground) create(ctx context.Context, n int64, template string) (string, error) {
	name := fmt.Sprintf("loa_bench_%d_%d", os.Getpid(), n)
	if err := g.admin(ctx, `CREATE DATABASE `+name+` TEMPLATE `+template); err != nil {
		return "", fmt.Errorf("bench: a database cannot be made (the user needs CREATEDB): %w", err)
	}
	g.made = append(g.made, name)
	u, err := url.Parse(g.base)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// clone copies a database that nobody has open.
func (g *ground) clone(ctx context.Context, target string) (string, error) {
	n := g.count.Add(1)
	if g.pg() {
		u, err := url.Parse(target)
		if err != nil {
			return "", err
		}
		made, err := g.create(ctx, n, strings.TrimPrefix(u.Path, "/"))
		if err != nil {
			return "", err
		}
		// What the copy has written goes to disk now and not while something is measured.
		return made, g.admin(ctx, `CHECKPOINT`)
	}
	made := filepath.Join(g.dir, fmt.Sprintf("db%d.sqlite", n))
	return made, copyFile(made, target)
}

func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Sync()
}

// drop removes a database.
func (g *ground) drop(ctx context.Context, target string) error {
	if g.pg() {
		u, err := url.Parse(target)
		if err != nil {
			return err
		}
		return g.admin(ctx, `DROP DATABASE IF EXISTS `+strings.TrimPrefix(u.Path, "/")+` WITH (FORCE)`)
	}
	for _, end := range []string{"", "-wal", "-shm", ".lock"} {
		if err := os.Remove(target + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// close removes what is left.
func (g *ground) close(ctx context.Context) error {
	var errs []error
	for _, name := range g.made {
		errs = append(errs, g.admin(ctx, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`))
	}
	g.made = nil
	return errors.Join(errs...)
}

func (g *ground) admin(ctx context.Context, statement string) error {
	db, err := sql.Open("pgx", g.base)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// open opens a database beside Loa, to fill it, to look at it, and for the bare statements that are the limit. The
// settings are those of Loa's own connections.
func (g *ground) open(target string) (*sql.DB, error) {
	if g.pg() {
		return sql.Open("pgx", target)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: target}).EscapedPath()+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=cache_size(-65536)&_pragma=temp_store(MEMORY)&_txlock=immediate")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}
