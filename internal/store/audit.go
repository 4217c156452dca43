package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/keys"
)

// RecordAudit writes an entry of the audit log that belongs to no other write: a view, an export. Whoever comes at the same
// time shares one transaction, so that a unit's chain holds up nobody.
func (s *Store) RecordAudit(ctx context.Context, e access.Entry) error {
	_, err := s.audits.put(ctx, e)
	return wrap("write the audit log", err)
}

func (s *Store) newAuditGroup() *group[access.Entry, struct{}] {
	return &group[access.Entry, struct{}]{do: s.recordAll, bound: s.d.bound, most: 256, lanes: 1, size: func(access.Entry) int { return 1 }}
}

func (s *Store) recordAll(ctx context.Context, list []access.Entry) ([]struct{}, error) {
	return make([]struct{}, len(list)), s.write(ctx, "write the audit log", func(tx *sql.Tx) error { return s.audit(ctx, tx, list...) })
}

// audit appends entries to the chains of their units in the transaction of what they tell of. It is the last statement of
// a transaction: from here on others who write to the same chain wait for the commit.
func (s *Store) audit(ctx context.Context, tx *sql.Tx, entries ...access.Entry) error {
	now, err := s.clock(ctx, tx)
	if err != nil {
		return err
	}
	// Always in the same order, so that two who write to the same chains wait for each other instead of deadlocking.
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b access.Entry) int { return strings.Compare(string(a.Unit), string(b.Unit)) })
	for len(entries) > 0 {
		n := slices.IndexFunc(entries, func(e access.Entry) bool { return e.Unit != entries[0].Unit })
		if n < 0 {
			n = len(entries)
		}
		if err := s.appendChain(ctx, tx, now, entries[:n]); err != nil {
			return err
		}
		entries = entries[n:]
	}
	return nil
}

// appendChain appends entries of one unit.
func (s *Store) appendChain(ctx context.Context, tx *sql.Tx, now Clock, entries []access.Entry) error {
	head := access.Head{Unit: entries[0].Unit}
	if _, err := tx.ExecContext(ctx, `INSERT INTO audit_head (unit_id, n, hash, seal) VALUES ($1,0,$2,$2) ON CONFLICT (unit_id) DO NOTHING`,
		string(head.Unit), []byte{}); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, `SELECT n, hash FROM audit_head WHERE unit_id = $1`+s.d.forUpdate, string(head.Unit)).
		Scan(&head.N, &head.Hash); err != nil {
		return err
	}
	for _, e := range entries {
		row := access.Row{Unit: head.Unit, N: head.N + 1, At: now.Raw, Who: e.Who, Verb: e.Verb, Object: e.Object, ObjectID: e.ObjectID, Person: e.Person}
		row.Detail = asJSON(auditDetail{Reason: e.Reason, Before: e.Before, After: e.After})
		var err error
		if row.Sealed, err = s.sealPersonal(ctx, tx, row, e.Personal); err != nil {
			return err
		}
		row.Hash = row.Sum(head.Hash)
		if err := insertAudit(ctx, tx, row); err != nil {
			return err
		}
		head.N, head.Hash = row.N, row.Hash
	}
	_, err := tx.ExecContext(ctx, `UPDATE audit_head SET n = $2, hash = $3, seal = $4 WHERE unit_id = $1`, string(head.Unit), head.N, head.Hash, s.sealHead(head))
	return err
}

// auditDetail is what of an entry is nobody's personal data.
type auditDetail struct {
	Reason string         `json:"reason,omitempty"`
	Before map[string]any `json:"before,omitempty"`
	After  map[string]any `json:"after,omitempty"`
}

func insertAudit(ctx context.Context, tx *sql.Tx, r access.Row) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit (unit_id, n, at, by_kind, by_id, by_name, by_from, verb, object, object_id, detail, person_id, sealed, hash)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)`, string(r.Unit), r.N, r.At.UnixMilli(), r.Who.Kind, r.Who.ID, r.Who.Name, r.Who.From,
		string(r.Verb), r.Object, r.ObjectID, r.Detail, string(r.Person), r.Sealed, r.Hash)
	return err
}

// sealHead is what only the holder of the key ring can put under the end of a chain: who can write into the database alone
// can make another chain, but not its seal.
func (s *Store) sealHead(h access.Head) []byte {
	return s.ring.Index("audit", fmt.Sprintf("%s|%d|%s", h.Unit, h.N, hex.EncodeToString(h.Hash)))
}

// sealPersonal seals values of a person under that person's own key. Where the key was destroyed a new one begins: what
// was sealed before stays closed.
func (s *Store) sealPersonal(ctx context.Context, tx *sql.Tx, r access.Row, values map[string]string) ([]byte, error) {
	if len(values) == 0 || r.Person == "" {
		return nil, nil
	}
	key, err := s.auditKey(ctx, tx, r.Person)
	if errors.Is(err, sql.ErrNoRows) {
		key = keys.NewSingle()
		// Of two who come at once the first one's key holds.
		if _, err := tx.ExecContext(ctx, `INSERT INTO audit_key (person_id, sealed) VALUES ($1,$2) ON CONFLICT (person_id) DO NOTHING`,
			string(r.Person), s.ring.Seal(auditKeyPlace(r.Person), string(key))); err != nil {
			return nil, err
		}
		key, err = s.auditKey(ctx, tx, r.Person)
	}
	if err != nil {
		return nil, err
	}
	return keys.SealSingle(key, auditPlace(r), []byte(asJSON(values)))
}

func (s *Store) auditKey(ctx context.Context, q querier, person campaigns.PersonID) ([]byte, error) {
	var sealed []byte
	if err := q.QueryRowContext(ctx, `SELECT sealed FROM audit_key WHERE person_id = $1`, string(person)).Scan(&sealed); err != nil {
		return nil, err
	}
	key, err := s.ring.Open(auditKeyPlace(person), sealed)
	return []byte(key), err
}

func auditKeyPlace(person campaigns.PersonID) string { return "audit_key|" + string(person) }
func auditPlace(r access.Row) string                 { return fmt.Sprintf("audit|%s|%d", r.Unit, r.N) }

// DestroyAuditKey destroys the key of a person's values in the audit log: the rows stay and the chain holds, the values
// cannot be read again by anybody.
func (s *Store) DestroyAuditKey(ctx context.Context, person campaigns.PersonID) error {
	return s.write(ctx, "destroy an audit key", func(tx *sql.Tx) error { return destroyAuditKey(ctx, tx, person) })
}

func destroyAuditKey(ctx context.Context, tx *sql.Tx, person campaigns.PersonID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM audit_key WHERE person_id = $1`, string(person))
	return err
}

// AuditPersonal opens the values of a person in a row; campaigns.ErrNotFound when they were destroyed, or there were none.
func (s *Store) AuditPersonal(ctx context.Context, r access.Row) (map[string]string, error) {
	if len(r.Sealed) == 0 {
		return nil, wrap("open an audit row", campaigns.ErrNotFound)
	}
	key, err := s.auditKey(ctx, s.r, r.Person)
	if err != nil {
		return nil, wrap("open an audit row", err)
	}
	plain, err := keys.OpenSingle(key, auditPlace(r), r.Sealed)
	if errors.Is(err, keys.ErrOpen) { // sealed under a key that was destroyed since
		return nil, wrap("open an audit row", campaigns.ErrNotFound)
	}
	if err != nil {
		return nil, wrap("open an audit row", err)
	}
	var out map[string]string
	return out, wrap("open an audit row", json.Unmarshal(plain, &out))
}
