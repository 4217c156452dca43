package chaos

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// database looks at the record from outside, beside the processes that write it.
type database struct {
	postgres bool
	pool     atomic.Pointer[sql.DB] // another one after a copy was restored
}

// openDatabase opens what the processes have open; target is a postgres:// URL or the path of an SQLite file.
func openDatabase(target string) (*database, error) {
	d := &database{postgres: strings.HasPrefix(target, "postgres://")}
	return d, d.reopen(target)
}

func (d *database) reopen(target string) error {
	driver := "pgx"
	if !d.postgres {
		driver, target = "sqlite", "file:"+target+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, target)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(4)
	d.pool.Store(db)
	return nil
}

func (d *database) close() error { return d.pool.Load().Close() }

// exec changes the record behind the engine's back.
func (d *database) exec(ctx context.Context, query string, args ...any) error {
	_, err := d.pool.Load().ExecContext(ctx, query, args...)
	return err
}

// number asks for one number; NULL is 0.
func (d *database) number(ctx context.Context, query string, args ...any) (int, error) {
	var n sql.NullInt64
	err := d.pool.Load().QueryRowContext(ctx, query, args...).Scan(&n)
	return int(n.Int64), err
}

// text asks for one text, "" where there is no row.
func (d *database) text(ctx context.Context, query string, args ...any) (string, error) {
	var s sql.NullString
	err := d.pool.Load().QueryRowContext(ctx, query, args...).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return s.String, err
}

// Event tables exist only while chaos runs (rulings.md 2): who moved which delivery, and who planned.
const eventsPostgres = `
CREATE TABLE chaos_event (id BIGSERIAL PRIMARY KEY, delivery_id BIGINT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL, gen BIGINT NOT NULL, writer TEXT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE chaos_plan (writer TEXT NOT NULL, at BIGINT NOT NULL);
CREATE FUNCTION chaos_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO chaos_event (delivery_id, from_state, to_state, gen, writer, at)
	VALUES (NEW.id, OLD.state, NEW.state, NEW.gen, current_setting('application_name'), (extract(epoch FROM clock_timestamp())*1000)::bigint);
	RETURN NULL; END $$;
CREATE FUNCTION chaos_planned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO chaos_plan VALUES (current_setting('application_name'), (extract(epoch FROM clock_timestamp())*1000)::bigint);
	RETURN NULL; END $$;
CREATE TRIGGER chaos_moved AFTER UPDATE OF state ON delivery FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION chaos_moved();
CREATE TRIGGER chaos_planned AFTER INSERT ON notice FOR EACH STATEMENT EXECUTE FUNCTION chaos_planned();`

const eventsSQLite = `
CREATE TABLE chaos_event (id INTEGER PRIMARY KEY, delivery_id BIGINT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL, gen BIGINT NOT NULL, writer TEXT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE chaos_plan (writer TEXT NOT NULL, at BIGINT NOT NULL);
CREATE TRIGGER chaos_moved AFTER UPDATE OF state ON delivery WHEN OLD.state <> NEW.state BEGIN
	INSERT INTO chaos_event (delivery_id, from_state, to_state, gen, writer, at)
	VALUES (NEW.id, OLD.state, NEW.state, NEW.gen, '', CAST(unixepoch('subsec')*1000 AS INTEGER)); END;
CREATE TRIGGER chaos_planned AFTER INSERT ON notice BEGIN
	INSERT INTO chaos_plan VALUES ('', CAST(unixepoch('subsec')*1000 AS INTEGER)); END;`

// recordEvents installs the triggers.
func (d *database) recordEvents(ctx context.Context) error {
	query := eventsSQLite
	if d.postgres {
		query = eventsPostgres
	}
	if err := d.exec(ctx, query); err != nil {
		return fmt.Errorf("install the event triggers: %w", err)
	}
	return nil
}

// slowPlanning lets every planned chunk take a fifth of a second longer before it is committed; SQLite has one planner.
func (d *database) slowPlanning(ctx context.Context) error {
	if !d.postgres {
		return nil
	}
	return d.exec(ctx, `CREATE OR REPLACE FUNCTION chaos_planned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO chaos_plan VALUES (current_setting('application_name'), (extract(epoch FROM clock_timestamp())*1000)::bigint);
		PERFORM pg_sleep(0.2);
		RETURN NULL; END $$`)
}

// busy counts what the engine still has to do something about, whenever it falls due. On a keyed channel an unknown
// that was asked once only waits for its re-send.
func (d *database) busy(ctx context.Context, keyed bool) (int, error) {
	resends := "0"
	if keyed {
		resends = `(SELECT count(*) FROM delivery WHERE state = 'unknown' AND resends = 0)`
	}
	return d.number(ctx, `SELECT (SELECT count(*) FROM delivery d JOIN launch l ON l.id = d.launch_id WHERE d.state IN ('planned','queued') AND l.state <> 'paused')
		+ (SELECT count(*) FROM delivery WHERE state IN ('claimed','sending'))
		+ (SELECT count(*) FROM step s JOIN launch l ON l.id = s.launch_id WHERE s.state = 'waiting' AND l.state = 'running') + `+resends)
}
