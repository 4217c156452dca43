package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/keys"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	w, r   pool // writer and reader connections
	d      *dialect
	ring   *keys.Ring
	keys   *campaigns.KeyMaker
	claims sync.Mutex // one claim of this process decides at a time
	turns  turns
	file   string // path of the SQLite file, "" on PostgreSQL
	now    func() time.Time

	receipts    *group[receiptPost, receiptsKept]
	answers     *group[answerPut, bool]
	invitations *group[[]byte, *Invitation]
	audits      *group[access.Entry, struct{}]
	cards       cards
	codes       codeBook

	bounds                bounds
	blockFirst, blockRows int
	blockQuiet            time.Duration
	blockTook             atomic.Int64 // how long a block took to count lately
	counting              sync.Mutex   // on SQLite: one block is counted at a time
}

// Open connects to target, a postgres:// URL or the path of an SQLite file, and brings the schema up to date.
func Open(ctx context.Context, target string, ring *keys.Ring) (*Store, error) {
	s, err := connect(target)
	if err != nil {
		return nil, err
	}
	s.ring, s.now = ring, time.Now
	s.keys = campaigns.NewKeyMaker(0, s.now)
	s.receipts, s.answers, s.invitations = s.newReceiptGroup(), s.newAnswerGroup(), s.newInvitationGroup()
	s.audits = s.newAuditGroup()
	s.CutBlocks(blockFirst, blockRows, blockQuiet)
	if err := s.Migrate(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// IsPostgres says whether target names a PostgreSQL database.
func IsPostgres(target string) bool {
	return strings.HasPrefix(target, "postgres://") || strings.HasPrefix(target, "postgresql://")
}

func connect(target string) (*Store, error) {
	if IsPostgres(target) {
		return connectPostgres(target)
	}
	return connectSQLite(strings.TrimPrefix(target, "sqlite:"))
}

func connectPostgres(target string) (*Store, error) {
	cfg, err := pgx.ParseConfig(target)
	if err != nil {
		return nil, fmt.Errorf("store: the database address cannot be read: %w", redact(err))
	}
	cfg.ConnectTimeout = 5 * time.Second
	for k, v := range map[string]string{
		"application_name": "loa", "synchronous_commit": "on", "lock_timeout": "5000",
		// A worker that freezes inside a claim holds up the others until its session ends.
		"idle_in_transaction_session_timeout": "5000",
		// Just after planning the estimates are wild: a claim that takes a millisecond would be compiled for half a second.
		"jit": "off",
	} {
		if _, set := cfg.RuntimeParams[k]; !set {
			cfg.RuntimeParams[k] = v
		}
	}
	r := pool{engine: stdlib.OpenDB(*cfg), desk: newDesk(*cfg)}
	limit(r.engine, 8)
	limit(r.desk, 8)
	// Everything a writer looks for has an index. Without this, a plan made while a table was empty reads the whole of it
	// when it is full, until the database's own housekeeping comes by.
	write := cfg.Copy()
	write.RuntimeParams["enable_seqscan"] = "off"
	write.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	w := pool{engine: stdlib.OpenDB(*write), desk: newDesk(*write)}
	limit(w.engine, 16)
	limit(w.desk, 8)
	return &Store{w: w, r: r, d: postgresDialect}, nil
}

func limit(db *sql.DB, conns int) {
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxLifetime(30 * time.Minute)
}

// redact drops the text of errors that may repeat a password from the address.
func redact(error) error { return errors.New("expected postgres://user:password@host/database") }

func connectSQLite(path string) (*Store, error) {
	if path == "" {
		return nil, errors.New("store: the path of the SQLite file is empty")
	}
	if strings.Contains(path, "://") {
		return nil, errors.New("store: LOA_DATABASE_URL is neither the path of an SQLite file nor a postgres:// address")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	// The file is made before SQLite makes it, for its owner only; SQLite gives its companions the same rights.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	open := func(extra string, conns int) (*sql.DB, error) {
		// A question mark or a hash in the path must not start the query part.
		dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
			"&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)" + extra
		c, err := newSQLiteConnector(dsn)
		if err != nil {
			return nil, err
		}
		db := sql.OpenDB(c)
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
		return db, nil
	}
	w, err := open("&_txlock=immediate&_pragma=cache_size(-65536)", 1)
	if err != nil {
		return nil, err
	}
	r, err := open("&_pragma=query_only(ON)&_pragma=cache_size(-16384)", 4)
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	return &Store{w: pool{engine: w}, r: pool{engine: r}, d: sqliteDialect, file: path}, nil
}

// Close closes the connections.
func (s *Store) Close() error {
	return errors.Join(s.r.Close(), s.w.Close())
}

// Dialect names the database, for logs and doctor.
func (s *Store) Dialect() string { return s.d.name }

// Migrate brings the schema up to date; several processes may do so at once.
func (s *Store) Migrate(ctx context.Context) error { return s.migrateTo(ctx, goose.MaxVersion) }

// migrateTo brings the schema up to a version.
func (s *Store) migrateTo(ctx context.Context, version int64) error {
	sub, err := fs.Sub(migrations, "migrations/"+s.d.name)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if s.d == postgresDialect {
		conn, err := s.w.Conn(ctx)
		if err != nil {
			return fmt.Errorf("store: the database does not answer: %w", err)
		}
		defer conn.Close()
		const key = 7_276_225_011 // any number, the same in every Loa
		// Whoever starts beside a process that migrates waits for it, for longer than any other lock; each schema has its own.
		if _, err := conn.ExecContext(ctx, `SET lock_timeout = '60s'`); err != nil {
			return fmt.Errorf("store: migrate: %w", err)
		}
		if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1 # hashtext(current_schema())::bigint)`, int64(key)); err != nil {
			return fmt.Errorf("store: migrate: %w", err)
		}
		defer func() {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1 # hashtext(current_schema())::bigint)`, int64(key))
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), `RESET lock_timeout`)
		}()
	}
	p, err := goose.NewProvider(s.d.goose, s.w.engine, sub, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

// Analyze lets the database look at its tables after many rows came at once: without figures of its own PostgreSQL
// reads whole tables for a claim until its own housekeeping comes by, which takes a minute. A failure costs only speed.
func (s *Store) Analyze(ctx context.Context) {
	if s.d == postgresDialect { // SQLite plans by the shape of the indexes alone, and well
		_, _ = s.w.ExecContext(ctx, `ANALYZE person, contact, member, notice, delivery, attempt`)
	}
}

// Version returns the schema version, for doctor.
func (s *Store) Version(ctx context.Context) (int64, error) {
	var v int64
	err := s.r.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&v)
	return v, wrap("schema version", err)
}

// Ping answers within ctx whether the database can be read and written to.
func (s *Store) Ping(ctx context.Context) error {
	var n int
	if err := s.r.QueryRowContext(ctx, `SELECT 1`).Scan(&n); err != nil {
		return wrap("ping", err)
	}
	return nil
}

// UseClock lets fault injection give this process a wrong clock: keys are made by it, from the next TakeNode on. Nothing
// else in the store looks at a local clock.
func (s *Store) UseClock(now func() time.Time) { s.now = now }

// nodes is how many processes may make keys at the same time; node 0 belongs to verbs of the command line, which make
// none that matter.
const nodes = 1023

// TakeNode gets this process a number of its own, so that its keys meet nobody else's. Every process that plans, carries
// or takes receipts does so when it starts.
func (s *Store) TakeNode(ctx context.Context) error {
	var n int64
	err := s.w.QueryRowContext(ctx, `INSERT INTO meta (key, value) VALUES ('node','1')
		ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT) RETURNING CAST(value AS BIGINT)`).Scan(&n)
	if err != nil {
		return wrap("take a node number", err)
	}
	s.keys = campaigns.NewKeyMaker(1+(n-1)%nodes, s.now)
	return nil
}

// newID returns a UUIDv7: unique, and in order of making.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
