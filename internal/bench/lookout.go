package bench

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// lookout reads the record beside the running engine.
type lookout struct {
	db *sql.DB
}

func (b *Bench) lookout(g *ground, target string) (*lookout, error) {
	db, err := g.open(target)
	return &lookout{db: db}, err
}

func (l *lookout) close() { _ = l.db.Close() }

// rest returns when nothing waits and nothing is on the wire: every result is in the record.
func (l *lookout) rest(ctx context.Context) error {
	for last, heard := int64(-1), time.Now(); ; {
		var moving int64
		if err := l.db.QueryRowContext(ctx, `SELECT count(*) FROM delivery WHERE state IN ('planned','queued','claimed','sending')`).Scan(&moving); err != nil {
			return err
		}
		if moving == 0 {
			return nil
		}
		if moving != last {
			last, heard = moving, time.Now()
		}
		if time.Since(heard) > stalled {
			return errors.New("bench: deliveries stay on the wire for a minute")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// redis is the bell of a ground: SQLite has the one inside the process.
func (b *Bench) redis(g *ground) string {
	if g.pg() {
		return b.opt.Redis
	}
	return ""
}

// applied returns when n deliveries are delivered, or when nothing has moved for a while, and counts those that are not.
func (l *lookout) applied(ctx context.Context, n int) (int64, error) {
	return l.reach(ctx, n, `SELECT count(*) FROM delivery WHERE state = 'delivered'`)
}

// answered counts the answers that are not in the record.
func (l *lookout) answered(ctx context.Context, n int) (missing int64, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT count(DISTINCT person_id) FROM response WHERE source = 'page'`).Scan(&missing)
	return int64(n) - missing, err
}

// restless is how long a count may stand still before it is taken as it is.
const restless = 10 * time.Second

func (l *lookout) reach(ctx context.Context, n int, query string) (int64, error) {
	for last, heard := int64(-1), time.Now(); ; {
		var count int64
		if err := l.db.QueryRowContext(ctx, query).Scan(&count); err != nil {
			return 0, err
		}
		if count != last {
			last, heard = count, time.Now()
		}
		if count >= int64(n) || time.Since(heard) > restless {
			return int64(n) - count, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// unaccounted counts the people without exactly one notice and one delivery that a gateway took.
func (l *lookout) unaccounted(ctx context.Context, people int) (int64, error) {
	var well, all int64
	err := l.db.QueryRowContext(ctx, `SELECT count(*), (SELECT count(*) FROM attempt) FROM (SELECT n.person_id FROM notice n
		JOIN delivery d ON d.notice_id = n.id AND d.state IN ('accepted','delivered') JOIN attempt a ON a.delivery_id = d.id AND a.state = 'accepted'
		GROUP BY n.person_id HAVING count(*) = 1) s`).Scan(&well, &all)
	return max(int64(people)-well, all-int64(people)), err
}
