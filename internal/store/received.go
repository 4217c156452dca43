package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// replyFrom joins what citizens wrote to the services that had written to their address in the 30 days before.
const replyFrom = ` FROM inbox i JOIN message m ON m.id = (SELECT max(x.id) FROM message x
		WHERE x.addr_index = i.addr_index AND x.service_id = $1 AND x.created_at > i.at - $2)
	WHERE i.addr_index IN (SELECT y.addr_index FROM message y WHERE y.service_id = $1 AND y.addr_index IS NOT NULL)`

// TextsReceived lists what citizens wrote back to a service, newest first, older than a cursor. What was understood as an
// answer or a stop is no text to be read.
func (s *Store) TextsReceived(ctx context.Context, id campaigns.ServiceID, before string, limit int) ([]campaigns.TextReceived, error) {
	if before == "" {
		before = "~"
	}
	list, err := collect(ctx, s.r, s.scanReceived, `SELECT i.id, i.sealed, i.at, m.id, m.sealed`+replyFrom+` AND i.id < $3 ORDER BY i.id DESC LIMIT $4`,
		id, since.Milliseconds(), before, limit)
	return list, wrap("list received texts", err)
}

func (s *Store) scanReceived(row scanner) (t campaigns.TextReceived, err error) {
	var body, message []byte
	var at int64
	var id campaigns.MessageID
	if err := row.Scan(&t.ID, &body, &at, &id, &message); err != nil {
		return t, err
	}
	t.At = ms(at)
	if t.Body, err = s.ring.Open("inbox|"+t.ID, body); err != nil {
		return t, err
	}
	in, err := s.openMessage(id, message)
	t.From = in.To
	return t, err
}

// Callbacks are told a few times and then given up, as Notify does.
const (
	callBackTries = 6
	callBackWait  = 5 * time.Minute
)

// DueCallBacks takes what services are to be told now; whoever took it has a lease in which nobody else does. Messages are
// told of once nothing more will happen to them.
func (s *Store) DueCallBacks(ctx context.Context, limit int, lease time.Duration) (list []campaigns.CallBack, err error) {
	err = s.write(ctx, "take callbacks", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		list, err = s.dueReceipts(ctx, tx, limit, now, lease)
		if err != nil || len(list) >= limit {
			return err
		}
		texts, err := s.dueTexts(ctx, tx, limit-len(list), now, lease)
		list = append(list, texts...)
		return err
	})
	return list, err
}

func (s *Store) dueReceipts(ctx context.Context, tx *sql.Tx, limit int, now Clock, lease time.Duration) (list []campaigns.CallBack, err error) {
	lock := ""
	if s.d == postgresDialect {
		lock = " FOR UPDATE OF m SKIP LOCKED"
	}
	messages, err := collect(ctx, tx, s.scanMessage, messageQuery+` WHERE m.tell_at <= $1
		AND (m.simulated <> '' OR d.state NOT IN ('planned','queued','claimed','sending','accepted','unknown')) ORDER BY m.tell_at LIMIT $2`+lock, now.Raw.UnixMilli(), limit)
	if err != nil {
		return nil, err
	}
	for i := range messages {
		c := campaigns.CallBack{Message: &messages[i]}
		if err := tx.QueryRowContext(ctx, `UPDATE message SET tell_at = $2, tell_tries = tell_tries + 1 WHERE id = $1 RETURNING tell_tries`,
			c.Message.ID, now.Raw.Add(lease).UnixMilli()).Scan(&c.Tries); err != nil {
			return nil, err
		}
		if c.Service, err = s.scanService(tx.QueryRowContext(ctx, `SELECT `+serviceColumns+` FROM service v WHERE v.id = $1`, c.Message.ServiceID)); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (s *Store) dueTexts(ctx context.Context, tx *sql.Tx, limit int, now Clock, lease time.Duration) (list []campaigns.CallBack, err error) {
	services, err := collect(ctx, tx, s.scanService, `SELECT `+serviceColumns+` FROM service v WHERE v.told >= $1 AND v.archived_at IS NULL`, tellTexts)
	if err != nil {
		return nil, err
	}
	for _, v := range services {
		// Only what came since the day before yesterday is looked through: a service that is new hears nothing old.
		texts, err := collect(ctx, tx, s.scanReceived, `SELECT i.id, i.sealed, i.at, m.id, m.sealed`+replyFrom+` AND i.at > $3
			AND NOT EXISTS (SELECT 1 FROM told_text t WHERE t.service_id = $1 AND t.inbox_id = i.id AND (t.tell_at IS NULL OR t.tell_at > $4)) ORDER BY i.id LIMIT $5`,
			v.ID, since.Milliseconds(), now.Policy.Add(-48*time.Hour).UnixMilli(), now.Raw.UnixMilli(), limit-len(list))
		if err != nil {
			return nil, err
		}
		for i := range texts {
			c := campaigns.CallBack{Service: v, Text: &texts[i]}
			if err := tx.QueryRowContext(ctx, `INSERT INTO told_text (service_id, inbox_id, tries, tell_at) VALUES ($1,$2,1,$3)
				ON CONFLICT (service_id, inbox_id) DO UPDATE SET tries = told_text.tries + 1, tell_at = excluded.tell_at RETURNING tries`,
				v.ID, c.Text.ID, now.Raw.Add(lease).UnixMilli()).Scan(&c.Tries); err != nil {
				return nil, err
			}
			list = append(list, c)
		}
	}
	return list, nil
}

// CalledBack notes how telling went: done, given up, or to be tried again later.
func (s *Store) CalledBack(ctx context.Context, c campaigns.CallBack, again bool) error {
	return s.write(ctx, "note a callback", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		var next any
		if again && c.Tries < callBackTries {
			next = now.Raw.Add(callBackWait).UnixMilli()
		}
		if c.Message != nil {
			_, err = tx.ExecContext(ctx, `UPDATE message SET tell_at = $2 WHERE id = $1`, c.Message.ID, next)
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE told_text SET tell_at = $3 WHERE service_id = $1 AND inbox_id = $2`, c.Service.ID, c.Text.ID, next)
		return err
	})
}
