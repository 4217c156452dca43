package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/loaphuong/loa/campaigns"
)

// The second wall. On PostgreSQL, what staff and programs ask under a scope (campaigns.WithScope) goes by connections of
// their own, under a role that row-level security binds: a query that forgets whose rows it may see finds none of others'.
// The engine, which asks without a scope, and migrations go by the owner's connections, which the policies let through by
// the constant true: claims and plans pay nothing. SQLite has no such wall.
//
// It stands around person, contact, campaign, campaign_event, roster, roster_row, comparison, comparison_row, template,
// template_version, task, task_item, task_sheet, response, outcome, review, appointment, person_event, inbox and audit.
// It does not stand around unit (the tree is public), staff, keys and webhooks (their use cases ask), nor around what names
// people by id only: audience, launch, notice, delivery, attempt, tally.

// deskRole is the role of those connections; migration 00022 makes it.
const deskRole = "loa_desk"

// pool is connections to the database: the engine's, and those of whoever asks under a scope, nil without a wall.
type pool struct {
	engine, desk *sql.DB
}

func (p pool) of(ctx context.Context) *sql.DB {
	if _, bounded := campaigns.ScopeOf(ctx); bounded && p.desk != nil {
		return p.desk
	}
	return p.engine
}

// QueryContext implements querier.
func (p pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return p.of(ctx).QueryContext(ctx, query, args...)
}

// QueryRowContext implements querier.
func (p pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return p.of(ctx).QueryRowContext(ctx, query, args...)
}

// ExecContext runs one statement.
func (p pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.of(ctx).ExecContext(ctx, query, args...)
}

// BeginTx begins a transaction.
func (p pool) BeginTx(ctx context.Context, o *sql.TxOptions) (*sql.Tx, error) {
	return p.of(ctx).BeginTx(ctx, o)
}

// Conn takes a connection of the engine.
func (p pool) Conn(ctx context.Context) (*sql.Conn, error) { return p.engine.Conn(ctx) }

// Close closes the connections.
func (p pool) Close() error {
	if p.desk == nil {
		return p.engine.Close()
	}
	return errors.Join(p.desk.Close(), p.engine.Close())
}

// deskConnector opens connections under the role of the desk.
type deskConnector struct{ driver.Connector }

func newDesk(cfg pgx.ConnConfig) *sql.DB { return sql.OpenDB(deskConnector{stdlib.GetConnector(cfg)}) }

// Connect implements driver.Connector.
func (c deskConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	desk := &deskConn{Conn: conn.(*stdlib.Conn)} //nolint:forcetypeassert // the connector's only type
	if _, err := desk.Conn.ExecContext(ctx, `SET ROLE `+deskRole, nil); err != nil {
		_ = desk.Close()
		return nil, err
	}
	return desk, nil
}

// deskConn tells the database whose scope it is, whenever that changes from one question to the next.
type deskConn struct {
	*stdlib.Conn
	scope string
}

// look sets the scope of a context. A path ends with a slash and holds nothing that LIKE would read as a pattern.
func (c *deskConn) look(ctx context.Context) error {
	paths, bounded := campaigns.ScopeOf(ctx)
	if !bounded {
		return nil // the rest of a transaction
	}
	patterns := make([]string, len(paths))
	for i, p := range paths {
		patterns[i] = p + "%"
	}
	scope := strings.Join(patterns, " ")
	if scope == c.scope {
		return nil
	}
	if _, err := c.Conn.ExecContext(ctx, `SELECT set_config('loa.scope', $1, false)`, []driver.NamedValue{{Ordinal: 1, Value: scope}}); err != nil {
		return err
	}
	c.scope = scope
	return nil
}

// QueryContext implements driver.QueryerContext.
func (c *deskConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.look(ctx); err != nil {
		return nil, err
	}
	return c.Conn.QueryContext(ctx, query, args)
}

// ExecContext implements driver.ExecerContext.
func (c *deskConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.look(ctx); err != nil {
		return nil, err
	}
	return c.Conn.ExecContext(ctx, query, args)
}

// BeginTx implements driver.ConnBeginTx. The scope is set before: a rollback would take it back.
func (c *deskConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.look(ctx); err != nil {
		return nil, err
	}
	return c.Conn.BeginTx(ctx, o)
}

// beyond lifts the scope for what a deed makes of itself in other units (figures of a whole campaign, a stop on an address
// that several share), where the object it begins with can be seen.
func (s *Store) beyond(ctx context.Context, noun campaigns.Noun, id string) (context.Context, error) {
	if _, bounded := campaigns.ScopeOf(ctx); !bounded || s.r.desk == nil {
		return ctx, nil
	}
	if _, err := s.Whereabouts(ctx, noun, id); err != nil {
		return ctx, err
	}
	return campaigns.WithoutScope(ctx), nil
}
