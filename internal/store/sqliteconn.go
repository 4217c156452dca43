package store

import (
	"context"
	"database/sql/driver"
	"fmt"

	"modernc.org/sqlite"
)

// sqliteStatements is how many prepared statements a connection keeps.
const sqliteStatements = 128

// sqliteConnector opens connections that remember their prepared statements, as pgx does for PostgreSQL: preparing a
// statement with joins costs more than running it.
type sqliteConnector struct{ driver.Connector }

func newSQLiteConnector(dsn string) (driver.Connector, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return sqliteConnector{c}, nil
}

// Connect implements driver.Connector.
func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := raw.(sqliteInner)
	if !ok {
		return nil, fmt.Errorf("store: the SQLite driver's connection has changed: %T", raw)
	}
	return &sqliteConn{sqliteInner: inner, idle: map[string]*sqliteStmt{}}, nil
}

// sqliteInner is what database/sql uses of the driver's connection.
type sqliteInner interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteConn is one connection; database/sql lets one caller at a time use it.
type sqliteConn struct {
	sqliteInner
	idle map[string]*sqliteStmt // by text; a statement in use is not here
}

var _ interface {
	sqliteInner
	driver.QueryerContext
} = (*sqliteConn)(nil)

// PrepareContext hands out an idle statement of the same text, or a new one.
func (c *sqliteConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if s := c.idle[query]; s != nil {
		delete(c.idle, query)
		return s, nil
	}
	raw, err := c.sqliteInner.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	inner, ok := raw.(sqliteInnerStmt)
	if !ok {
		return nil, fmt.Errorf("store: the SQLite driver's statement has changed: %T", raw)
	}
	return &sqliteStmt{sqliteInnerStmt: inner, conn: c, text: query}, nil
}

// ExecContext runs scripts and pragmas as they are; with arguments database/sql prepares, and so finds what is kept.
func (c *sqliteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) > 0 {
		return nil, driver.ErrSkip
	}
	return c.sqliteInner.ExecContext(ctx, query, args)
}

// QueryContext lets database/sql prepare.
func (c *sqliteConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return nil, driver.ErrSkip
}

// Close closes what is kept, then the connection.
func (c *sqliteConn) Close() error {
	for text, s := range c.idle {
		delete(c.idle, text)
		_ = s.sqliteInnerStmt.Close()
	}
	return c.sqliteInner.Close()
}

// sqliteInnerStmt is what database/sql uses of the driver's statement.
type sqliteInnerStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// sqliteStmt is a statement that goes back to its connection instead of being closed. The driver has reset it by then:
// after each execution, and when the rows are closed.
type sqliteStmt struct {
	sqliteInnerStmt
	conn *sqliteConn
	text string
}

// Close keeps the statement for the next who asks.
func (s *sqliteStmt) Close() error {
	c := s.conn
	if c.idle[s.text] != nil {
		return s.sqliteInnerStmt.Close()
	}
	if len(c.idle) >= sqliteStatements {
		for text, any := range c.idle { // one of them, whichever
			delete(c.idle, text)
			if err := any.sqliteInnerStmt.Close(); err != nil {
				return err
			}
			break
		}
	}
	c.idle[s.text] = s
	return nil
}
