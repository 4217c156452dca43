package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// DeliveryLine is one delivery as staff see it: no address, no name.
type DeliveryLine struct {
	ID      campaigns.DeliveryID
	Notice  campaigns.NoticeID
	Person  campaigns.PersonID
	Unit    campaigns.UnitID
	StepNo  int
	Rank    int
	Channel string
	State   notifier.State
	Reason  campaigns.Reason
	Tries   int
	Parts   int
	NextAt  time.Time // when it is due, policy time
	MovedAt time.Time // when it came to its state, policy time
	SentAt  time.Time // when the wire was last about to be tried, database time; zero before that
}

// Deliveries lists the deliveries of a campaign after a cursor; state "" means all states.
func (s *Store) Deliveries(ctx context.Context, id campaigns.CampaignID, state string, after campaigns.DeliveryID, limit int) ([]DeliveryLine, error) {
	list, err := collect(ctx, s.r, func(row scanner) (d DeliveryLine, err error) {
		var next, moved int64
		var sent sql.NullInt64
		err = row.Scan(&d.ID, &d.Notice, &d.Person, &d.Unit, &d.StepNo, &d.Rank, &d.Channel, &d.State, &d.Reason, &d.Tries, &d.Parts,
			&next, &moved, &sent)
		d.NextAt, d.MovedAt, d.SentAt = ms(next), ms(moved), msNull(sent)
		return d, err
	}, `SELECT d.id, d.notice_id, d.person_id, d.unit_id, d.step_no, d.rank, d.channel, d.state, d.reason, d.tries, d.parts,
			d.next_at, d.moved_at, d.intent_at
		FROM delivery d JOIN launch l ON l.id = d.launch_id
		WHERE l.campaign_id = $1 AND d.id > $2 AND ($3 = '' OR d.state = $3) ORDER BY d.id LIMIT $4`, id, after, state, limit)
	return list, wrap("list deliveries", err)
}

// HandleInbox records that somebody has dealt with a text; campaigns.ErrNotFound when there is none, and a text dealt
// with before stays as it is.
func (s *Store) HandleInbox(ctx context.Context, id, actor string) error {
	return s.write(ctx, "handle an inbox text", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		var handled sql.NullInt64
		if err := tx.QueryRowContext(ctx, `SELECT handled_at FROM inbox WHERE id = $1`+s.d.forUpdate, id).Scan(&handled); err != nil || handled.Valid {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE inbox SET handled_at = $2, handled_by = $3 WHERE id = $1`, id, now.Policy.UnixMilli(), actor)
		return err
	})
}

// HasTask says whether a task exists, open or done.
func (s *Store) HasTask(ctx context.Context, id campaigns.TaskID) (bool, error) {
	var has bool
	err := s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM task WHERE id = $1)`, id).Scan(&has)
	return has, wrap("find a task", err)
}

// CountAnswers returns how many answers of a person in a launch are on record.
func (s *Store) CountAnswers(ctx context.Context, launch campaigns.LaunchID, person campaigns.PersonID) (n int, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT count(*) FROM response WHERE launch_id = $1 AND person_id = $2`, launch, person).Scan(&n)
	return n, wrap("count answers", err)
}

// Unavailable says whether err means that the database is away or overrun, so that the same question may be asked
// again later.
func Unavailable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return unavailableCode(pg.Code)
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_INTERRUPT:
			return true
		}
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error // also a deadline that passed while the database did not answer, or no connection was free
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || err != nil && pgconn.SafeToRetry(err)
}

// unavailableCode reads PostgreSQL's codes: a standby that took over and is not ready to write, a server that stops or
// starts, a statement that was stopped for its time, no room, a lock that did not come free.
func unavailableCode(code string) bool {
	for _, class := range []string{"08", "53", "57", "58", "40"} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return code == "55P03" || code == "25006"
}
