package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/loaphuong/loa/campaigns"
)

func bulkPlace(id campaigns.BulkID, n int) string { return "bulkrow|" + string(id) + "|" + itoa(n) }

// CreateBulk records a bulk send with its rows, in their order.
func (s *Store) CreateBulk(ctx context.Context, b campaigns.BulkSend, rows []campaigns.BulkRow) (campaigns.BulkSend, error) {
	b.ID, b.State, b.Total = campaigns.BulkID(newID()), "running", len(rows)
	err := s.write(ctx, "create a bulk send", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		b.CreatedAt = now.Raw
		if _, err := tx.ExecContext(ctx, `INSERT INTO bulk_send (id, service_id, key_kind, kind, version_id, name, state, total, actor, created_at)
			VALUES ($1,$2,$3,$4,$5,$6,'running',$7,$8,$9)`, b.ID, b.ServiceID, b.KeyKind, string(b.Kind), b.VersionID, b.Name, b.Total, b.Actor, now.Raw.UnixMilli()); err != nil {
			return err
		}
		list := newBulk(col{"n", asInt}, col{"sealed", asBytes})
		for i, r := range rows {
			list.add(int64(i+1), s.ring.Seal(bulkPlace(b.ID, i+1), asJSON(r)))
		}
		return s.exec(ctx, tx, list, func(v string) string {
			return `INSERT INTO bulk_row (bulk_id, n, sealed) SELECT $1, v.n, v.sealed FROM ` + v
		}, string(b.ID))
	})
	return b, err
}

const bulkColumns = `b.id, b.service_id, b.key_kind, b.kind, b.version_id, v.template_id, b.name, b.state, b.total, b.taken, b.refused, b.actor, b.created_at, b.finished_at`

const bulkFrom = ` FROM bulk_send b JOIN template_version v ON v.id = b.version_id`

func scanBulk(row scanner) (b campaigns.BulkSend, err error) {
	var created int64
	var finished sql.NullInt64
	err = row.Scan(&b.ID, &b.ServiceID, &b.KeyKind, &b.Kind, &b.VersionID, &b.Template, &b.Name, &b.State, &b.Total, &b.Taken, &b.Refused, &b.Actor, &created, &finished)
	b.CreatedAt, b.FinishedAt = ms(created), msNull(finished)
	return b, err
}

// BulkSend returns a bulk send.
func (s *Store) BulkSend(ctx context.Context, id campaigns.BulkID) (campaigns.BulkSend, error) {
	b, err := scanBulk(s.r.QueryRowContext(ctx, `SELECT `+bulkColumns+bulkFrom+` WHERE b.id = $1`, id))
	return b, wrap("bulk send", err)
}

// RunningBulks lists the bulk sends that have rows left, oldest first.
func (s *Store) RunningBulks(ctx context.Context, limit int) ([]campaigns.BulkSend, error) {
	list, err := collect(ctx, s.r, scanBulk, `SELECT `+bulkColumns+bulkFrom+` WHERE b.state = 'running' ORDER BY b.id LIMIT $1`, limit)
	return list, wrap("list bulk sends", err)
}

// BulkRows lists rows of a bulk send after the n-th, with what became of them and without what the sender gave.
func (s *Store) BulkRows(ctx context.Context, id campaigns.BulkID, after, limit int) ([]campaigns.BulkRow, error) {
	list, err := collect(ctx, s.r, func(row scanner) (r campaigns.BulkRow, err error) {
		return r, row.Scan(&r.N, &r.Message, &r.Fault, &r.Fields, &r.State, &r.Reason)
	}, `SELECT r.n, COALESCE(r.message_id, ''), r.fault, r.fields, COALESCE(d.state, m.simulated, ''), COALESCE(d.reason, '')
		FROM bulk_row r LEFT JOIN message m ON m.id = r.message_id LEFT JOIN delivery d ON d.notice_id = m.notice_id AND d.rank = 1
		WHERE r.bulk_id = $1 AND r.n > $2 ORDER BY r.n LIMIT $3`, id, after, limit)
	return list, wrap("rows of a bulk send", err)
}

// CarryBulk makes messages of the next rows of a bulk send. ready says of each row what message it is, or, by an error that
// is a *campaigns.MessageError, why it is none. Rows, messages and what the sender reads of them are one transaction: a
// process that is killed leaves no row half done, and of two that try only one finds rows. more says that rows are left.
func (s *Store) CarryBulk(ctx context.Context, id campaigns.BulkID, v campaigns.Service, limit int, ready func(r campaigns.BulkRow) (campaigns.Message, error)) (more bool, err error) {
	err = s.write(ctx, "carry a bulk send", func(tx *sql.Tx) error {
		more = false
		var state string
		if err := tx.QueryRowContext(ctx, `SELECT state FROM bulk_send WHERE id = $1`+s.d.forUpdate, id).Scan(&state); err != nil || state != "running" {
			return err
		}
		rows, err := collect(ctx, tx, func(row scanner) (r campaigns.BulkRow, err error) {
			var n int
			var sealed []byte
			if err := row.Scan(&n, &sealed); err != nil {
				return r, err
			}
			plain, err := s.ring.Open(bulkPlace(id, n), sealed)
			if err == nil {
				err = decodeJSON(plain, &r)
			}
			r.N = n
			return r, err
		}, `SELECT n, sealed FROM bulk_row WHERE bulk_id = $1 AND sealed IS NOT NULL ORDER BY n LIMIT $2`, id, limit)
		if err != nil {
			return err
		}
		taken, err := s.carryRows(ctx, tx, id, v, rows, ready)
		if err != nil {
			return err
		}
		more = len(rows) == limit
		return s.countBulk(ctx, tx, id, taken, len(rows)-taken, !more)
	})
	return more, err
}

// carryRows makes messages of rows and returns of how many.
func (s *Store) carryRows(ctx context.Context, tx *sql.Tx, id campaigns.BulkID, v campaigns.Service, rows []campaigns.BulkRow, ready func(r campaigns.BulkRow) (campaigns.Message, error)) (taken int, err error) {
	var list []campaigns.Message
	var of []int
	refused, done := newBulk(col{"n", asInt}, col{"fault", asText}, col{"fields", asText}), newBulk(col{"n", asInt}, col{"message", asText})
	for _, r := range rows {
		m, err := ready(r)
		var no *campaigns.MessageError
		switch {
		case errors.As(err, &no):
			refused.add(int64(r.N), string(no.Fault), asJSON(no.Fields))
			continue
		case err != nil:
			return 0, err
		}
		m.Job, m.Reference = string(id), r.Reference
		list, of = append(list, m), append(of, r.N)
	}
	sent := make([]campaigns.Message, len(list))
	if err := s.sendMessages(ctx, tx, v, list, sent); err != nil {
		return 0, err
	}
	for i, m := range sent {
		done.add(int64(of[i]), string(m.ID))
	}
	return len(sent), errors.Join(
		s.exec(ctx, tx, refused, func(v string) string {
			return `UPDATE bulk_row SET sealed = NULL, fault = v.fault, fields = v.fields FROM ` + v + ` WHERE bulk_row.bulk_id = $1 AND bulk_row.n = v.n`
		}, string(id)),
		s.exec(ctx, tx, done, func(v string) string {
			return `UPDATE bulk_row SET sealed = NULL, message_id = v.message FROM ` + v + ` WHERE bulk_row.bulk_id = $1 AND bulk_row.n = v.n`
		}, string(id)))
}

func (s *Store) countBulk(ctx context.Context, tx *sql.Tx, id campaigns.BulkID, taken, refused int, last bool) error {
	finished := any(nil)
	state := "running"
	if last {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		state, finished = "done", now.Raw.UnixMilli()
	}
	_, err := tx.ExecContext(ctx, `UPDATE bulk_send SET taken = taken + $2, refused = refused + $3, state = $4, finished_at = $5 WHERE id = $1`, id, taken, refused, state, finished)
	return err
}

// RefuseBulk refuses all rows that are left, for a reason that concerns every one.
func (s *Store) RefuseBulk(ctx context.Context, id campaigns.BulkID, why *campaigns.MessageError) error {
	return s.write(ctx, "refuse a bulk send", func(tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, `UPDATE bulk_row SET sealed = NULL, fault = $2, fields = $3 WHERE bulk_id = $1 AND sealed IS NOT NULL`, id, string(why.Fault), asJSON(why.Fields)))
		if err != nil {
			return err
		}
		return s.countBulk(ctx, tx, id, 0, n, true)
	})
}
