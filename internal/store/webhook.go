package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// CreateWebhook records an address.
func (s *Store) CreateWebhook(ctx context.Context, w campaigns.Webhook) (campaigns.Webhook, error) {
	err := s.write(ctx, "create a webhook", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		w.ID, w.CreatedAt = campaigns.WebhookID(newID()), now.Policy
		_, err = tx.ExecContext(ctx, `INSERT INTO webhook (id, unit_id, url, kinds, sealed, created_by, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
			w.ID, w.UnitID, w.URL, asJSON(w.Kinds), s.sealSecrets(w), w.CreatedBy, now.Policy.UnixMilli())
		return err
	})
	return w, err
}

func (s *Store) sealSecrets(w campaigns.Webhook) []byte {
	return s.ring.Seal("webhook|"+string(w.ID), asJSON(w.Secrets))
}

// SetWebhook changes what may change of an address: kinds, secrets, whether it is told.
func (s *Store) SetWebhook(ctx context.Context, id campaigns.WebhookID, change func(w *campaigns.Webhook) error) (campaigns.Webhook, error) {
	var w campaigns.Webhook
	err := s.write(ctx, "change a webhook", func(tx *sql.Tx) (err error) {
		if w, err = s.scanWebhook(tx.QueryRowContext(ctx, `SELECT `+webhookColumns+` FROM webhook w WHERE w.id = $1`+s.d.forUpdate, id)); err != nil {
			return err
		}
		if err := change(&w); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE webhook SET kinds = $2, sealed = $3, disabled = $4 WHERE id = $1`, id, asJSON(w.Kinds), s.sealSecrets(w), w.Disabled)
		return err
	})
	return w, err
}

const webhookColumns = `w.id, w.unit_id, w.url, w.kinds, w.sealed, w.disabled, w.created_by, w.created_at`

func (s *Store) scanWebhook(row scanner) (w campaigns.Webhook, err error) {
	return s.readWebhook(row)
}

// readWebhook scans the columns of an address, and what follows them into more.
func (s *Store) readWebhook(row scanner, more ...any) (w campaigns.Webhook, err error) {
	var kinds string
	var sealed []byte
	var created int64
	if err := row.Scan(append([]any{&w.ID, &w.UnitID, &w.URL, &kinds, &sealed, &w.Disabled, &w.CreatedBy, &created}, more...)...); err != nil {
		return w, err
	}
	w.CreatedAt = ms(created)
	secrets, err := s.ring.Open("webhook|"+string(w.ID), sealed)
	if err != nil {
		return w, err
	}
	if err := decodeJSON(secrets, &w.Secrets); err != nil {
		return w, err
	}
	return w, decodeJSON(kinds, &w.Kinds)
}

// Webhooks lists the addresses of a unit, oldest first.
func (s *Store) Webhooks(ctx context.Context, unit campaigns.UnitID, after campaigns.WebhookID, limit int) ([]campaigns.Webhook, error) {
	list, err := collect(ctx, s.r, s.scanWebhook, `SELECT `+webhookColumns+` FROM webhook w WHERE w.unit_id = $1 AND w.id > $2 ORDER BY w.id LIMIT $3`, unit, after, limit)
	return list, wrap("list webhooks", err)
}

// Webhook returns one address.
func (s *Store) Webhook(ctx context.Context, id campaigns.WebhookID) (campaigns.Webhook, error) {
	w, err := s.scanWebhook(s.r.QueryRowContext(ctx, `SELECT `+webhookColumns+` FROM webhook w WHERE w.id = $1`, id))
	return w, wrap("find a webhook", err)
}

// tell writes an event for every address that wants events of this kind about this unit, inside the transaction of what
// happened. The ids in what are all that is told.
func (s *Store) tell(ctx context.Context, tx *sql.Tx, kind campaigns.EventKind, unit campaigns.UnitID, what map[string]string) error {
	list, err := collect(ctx, tx, scanOne[campaigns.WebhookID], `SELECT w.id FROM webhook w JOIN unit u ON u.id = w.unit_id JOIN unit mine ON mine.id = $1
		WHERE w.disabled = '' AND substr(mine.path, 1, length(u.path)) = u.path AND w.kinds LIKE $2`, unit, `%"`+string(kind)+`"%`)
	if err != nil || len(list) == 0 {
		return err
	}
	return s.putEvent(ctx, tx, kind, what, list...)
}

// tellOfPerson tells what happened about a person, whose unit is looked up; while nobody asks, that costs one look.
func (s *Store) tellOfPerson(ctx context.Context, tx *sql.Tx, kind campaigns.EventKind, person campaigns.PersonID, what map[string]string) error {
	var unit campaigns.UnitID
	err := tx.QueryRowContext(ctx, `SELECT p.unit_id FROM person p WHERE p.id = $1 AND EXISTS (SELECT 1 FROM webhook w WHERE w.disabled = '')`, person).Scan(&unit)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	what["person_id"] = string(person)
	return s.tell(ctx, tx, kind, unit, what)
}

// tellResponses tells of answers; while nobody asks, a whole group of them costs one look.
func (s *Store) tellResponses(ctx context.Context, tx *sql.Tx, fresh []*response) error {
	if len(fresh) == 0 {
		return nil
	}
	var asked bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM webhook w WHERE w.disabled = '')`).Scan(&asked); err != nil || !asked {
		return err
	}
	for _, r := range fresh {
		if err := s.tellOfPerson(ctx, tx, campaigns.ResponseRecorded, r.person, map[string]string{"answer": string(r.kind), "launch_id": string(r.launch)}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) putEvent(ctx context.Context, tx *sql.Tx, kind campaigns.EventKind, what map[string]string, to ...campaigns.WebhookID) error {
	now, err := s.clock(ctx, tx)
	if err != nil {
		return err
	}
	id := newID()
	body, err := json.Marshal(struct {
		Type      campaigns.EventKind `json:"type"`
		Timestamp time.Time           `json:"timestamp"`
		Data      map[string]string   `json:"data"`
	}{kind, now.Policy.UTC(), what})
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO event (id, kind, body, at) VALUES ($1, $2, $3, $4)`, id, kind, string(body), now.Raw.UnixMilli()); err != nil {
		return err
	}
	for _, w := range to {
		if _, err := tx.ExecContext(ctx, `INSERT INTO telling (webhook_id, event_id, state, next_at) VALUES ($1, $2, 'waiting', $3)`, w, id, now.Raw.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

// TestWebhook writes a test event for one address, whatever it asks for.
func (s *Store) TestWebhook(ctx context.Context, id campaigns.WebhookID) error {
	return s.write(ctx, "test a webhook", func(tx *sql.Tx) error {
		if _, err := s.scanWebhook(tx.QueryRowContext(ctx, `SELECT `+webhookColumns+` FROM webhook w WHERE w.id = $1`, id)); err != nil {
			return err
		}
		return s.putEvent(ctx, tx, campaigns.WebhookTest, map[string]string{"webhook_id": string(id)}, id)
	})
}

// DueTellings takes up to limit events that are due; who takes one has it until the lease ends.
func (s *Store) DueTellings(ctx context.Context, limit int, lease time.Duration) (out []campaigns.Telling, err error) {
	err = s.write(ctx, "take what is to be told", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		due, err := collect(ctx, tx, func(row scanner) (t campaigns.Telling, err error) {
			var body string
			var at int64
			t.Webhook, err = s.readWebhook(row, &t.Event.ID, &t.Event.Kind, &body, &at, &t.Tries)
			t.Event.Body, t.Event.At = []byte(body), ms(at)
			return t, err
		}, `SELECT `+webhookColumns+`, e.id, e.kind, e.body, e.at, t.tries FROM telling t JOIN webhook w ON w.id = t.webhook_id JOIN event e ON e.id = t.event_id
			WHERE t.state = 'waiting' AND t.next_at <= $1 AND w.disabled = '' ORDER BY t.next_at, t.event_id LIMIT $2`, now.Raw.UnixMilli(), limit)
		if err != nil {
			return err
		}
		out = nil
		for _, t := range due { // another process may have taken it since it was read
			n, err := affected(tx.ExecContext(ctx, `UPDATE telling SET next_at = $4 WHERE webhook_id = $1 AND event_id = $2 AND state = 'waiting' AND next_at <= $3`,
				t.Webhook.ID, t.Event.ID, now.Raw.UnixMilli(), now.Raw.Add(lease).UnixMilli()))
			if err != nil {
				return err
			}
			if n == 1 {
				out = append(out, t)
			}
		}
		return nil
	})
	return out, err
}

// Told records what became of a try: told, dead when no further one follows, or waiting for the next. gone ends the
// address itself: it answered 410.
func (s *Store) Told(ctx context.Context, t campaigns.Telling, ok, gone bool, outcome string) error {
	return s.write(ctx, "record a telling", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		state, next := "told", now.Raw
		if !ok {
			wait, more := campaigns.NextTelling(t.Tries + 1)
			if state = "waiting"; !more || gone {
				state = "dead"
			}
			next = now.Raw.Add(wait)
		}
		if gone {
			if _, err := tx.ExecContext(ctx, `UPDATE webhook SET disabled = 'gone' WHERE id = $1`, t.Webhook.ID); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE telling SET state = $3, tries = $4, next_at = $5, outcome = $6 WHERE webhook_id = $1 AND event_id = $2 AND state = 'waiting'`,
			t.Webhook.ID, t.Event.ID, state, t.Tries+1, next.UnixMilli(), outcome)
		return err
	})
}

// Undelivered is an event that an address could not be told.
type Undelivered struct {
	EventID string
	Kind    campaigns.EventKind
	State   string // waiting, dead
	Tries   int
	Outcome string
	NextAt  time.Time
}

// Undelivered lists what an address has not been told, oldest first.
func (s *Store) Undelivered(ctx context.Context, id campaigns.WebhookID, after string, limit int) ([]Undelivered, error) {
	list, err := collect(ctx, s.r, func(row scanner) (u Undelivered, err error) {
		var next int64
		err = row.Scan(&u.EventID, &u.Kind, &u.State, &u.Tries, &u.Outcome, &next)
		u.NextAt = ms(next)
		return u, err
	}, `SELECT t.event_id, e.kind, t.state, t.tries, t.outcome, t.next_at FROM telling t JOIN event e ON e.id = t.event_id
		WHERE t.webhook_id = $1 AND t.state <> 'told' AND t.event_id > $2 ORDER BY t.event_id LIMIT $3`, id, after, limit)
	return list, wrap("list what was not told", err)
}

// Retell lets the dead events of an address be tried again, all at once or one; it returns how many.
func (s *Store) Retell(ctx context.Context, id campaigns.WebhookID, event string) (n int, err error) {
	err = s.write(ctx, "tell again", func(tx *sql.Tx) error {
		n, err = affected(tx.ExecContext(ctx, `UPDATE telling SET state = 'waiting', tries = 0, next_at = `+s.d.now+` WHERE webhook_id = $1 AND state = 'dead' AND ($2 = '' OR event_id = $2)`, id, event))
		return err
	})
	return n, err
}

// PurgeEvents deletes events that everybody has been told or that are dead and older than keep; it returns how many.
func (s *Store) PurgeEvents(ctx context.Context, keep time.Duration) (n int, err error) {
	err = s.write(ctx, "purge events", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		before := now.Raw.Add(-keep).UnixMilli()
		const old = `(SELECT e.id FROM event e WHERE e.at < $1 AND NOT EXISTS (SELECT 1 FROM telling o WHERE o.event_id = e.id AND o.state = 'waiting') ORDER BY e.id LIMIT 1000)`
		if _, err = tx.ExecContext(ctx, `DELETE FROM telling WHERE event_id IN `+old, before); err != nil {
			return err
		}
		n, err = affected(tx.ExecContext(ctx, `DELETE FROM event WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM telling t WHERE t.event_id = event.id)`, before))
		return err
	})
	return n, err
}
