package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

const auditColumns = `unit_id, n, at, by_kind, by_id, by_name, by_from, verb, object, object_id, detail, person_id, sealed, hash`

func scanAudit(row scanner) (r access.Row, err error) {
	var at int64
	err = row.Scan(&r.Unit, &r.N, &at, &r.Who.Kind, &r.Who.ID, &r.Who.Name, &r.Who.From, &r.Verb, &r.Object, &r.ObjectID, &r.Detail, &r.Person, &r.Sealed, &r.Hash)
	r.At = ms(at)
	return r, err
}

// AuditRows lists the rows of a unit's chain before a number, the newest first; 0 begins at its end.
func (s *Store) AuditRows(ctx context.Context, unit campaigns.UnitID, before int64, limit int) ([]access.Row, error) {
	list, err := collect(ctx, s.r, scanAudit, `SELECT `+auditColumns+` FROM audit WHERE unit_id = $1 AND ($2 = 0 OR n < $2) ORDER BY n DESC LIMIT $3`,
		string(unit), before, limit)
	return list, wrap("list the audit log", err)
}

// AuditHeads lists the ends of the chains of all units under paths; the chain of what belongs to no unit is the root's. A
// chain that has lost its end is listed, too.
func (s *Store) AuditHeads(ctx context.Context, paths []string) ([]access.Head, error) {
	list, err := collect(ctx, s.r, func(row scanner) (h access.Head, err error) {
		err = row.Scan(&h.Unit, &h.N, &h.Hash)
		return h, err
	}, `SELECT x.unit_id, COALESCE(h.n, 0), h.hash FROM (SELECT unit_id FROM audit_head UNION SELECT unit_id FROM audit) x
		LEFT JOIN audit_head h ON h.unit_id = x.unit_id LEFT JOIN unit u ON u.id = x.unit_id
		WHERE EXISTS (SELECT 1 FROM `+s.d.set(1, "v", col{"path", asText})+` WHERE substr(COALESCE(u.path, '/'), 1, length(v.path)) = v.path)
		ORDER BY x.unit_id`, asJSON(wrapEach(paths)))
	return list, wrap("list audit heads", err)
}

// auditStep is how many rows of a chain are held in memory.
const auditStep = 1000

// VerifyAudit walks along the whole chain of a unit and says whether it holds. Rows that are written meanwhile are not
// looked at.
func (s *Store) VerifyAudit(ctx context.Context, unit campaigns.UnitID) (state access.ChainState, err error) {
	_, state, err = s.walkAudit(ctx, unit, func(access.Row) error { return nil })
	return state, wrap("verify the audit log", err)
}

// walkAudit calls each for every row of a chain, in order, up to where its head now is. One moment is seen throughout.
func (s *Store) walkAudit(ctx context.Context, unit campaigns.UnitID, each func(access.Row) error) (rows int, state access.ChainState, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		head, seal := access.Head{Unit: unit}, []byte(nil)
		err := tx.QueryRowContext(ctx, `SELECT n, hash, seal FROM audit_head WHERE unit_id = $1`, string(unit)).Scan(&head.N, &head.Hash, &seal)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		sealed := err == nil && hmac.Equal(seal, s.sealHead(head)) || head.N == 0 && err != nil
		var walk access.Walk
		for after := int64(0); ; {
			list, err := collect(ctx, tx, scanAudit, `SELECT `+auditColumns+` FROM audit WHERE unit_id = $1 AND n > $2 ORDER BY n LIMIT $3`, string(unit), after, auditStep)
			if err != nil {
				return err
			}
			for _, r := range list {
				walk.Next(r)
				rows, after = rows+1, r.N
				if err := each(r); err != nil {
					return err
				}
			}
			if len(list) < auditStep {
				break
			}
		}
		state = walk.End(head, sealed)
		return nil
	})
	return rows, state, err
}

// exported is a row as others read it. Sealed values stay sealed: they are part of what the hash covers.
type exported struct {
	Unit     campaigns.UnitID   `json:"unit"`
	N        int64              `json:"n"`
	At       time.Time          `json:"at"`
	Who      access.Who         `json:"who"`
	Verb     access.Verb        `json:"verb"`
	Object   string             `json:"object"`
	ObjectID string             `json:"object_id"`
	Detail   json.RawMessage    `json:"detail"`
	Person   campaigns.PersonID `json:"person,omitempty"`
	Sealed   string             `json:"sealed,omitempty"`
	Hash     string             `json:"hash"`
}

// ExportAudit writes the chain of a unit, a JSON object a line. The last line holds the number of rows, the SHA-256 of all
// lines before it, and what a walk along the chain found.
func (s *Store) ExportAudit(ctx context.Context, unit campaigns.UnitID, w io.Writer) error {
	sum := sha256.New()
	out := json.NewEncoder(io.MultiWriter(w, sum))
	out.SetEscapeHTML(false)
	rows, state, err := s.walkAudit(ctx, unit, func(r access.Row) error {
		return out.Encode(exported{Unit: r.Unit, N: r.N, At: r.At, Who: r.Who, Verb: r.Verb, Object: r.Object, ObjectID: r.ObjectID,
			Detail: json.RawMessage(r.Detail), Person: r.Person, Sealed: hex.EncodeToString(r.Sealed), Hash: hex.EncodeToString(r.Hash)})
	})
	if err != nil {
		return wrap("export the audit log", err)
	}
	last := struct {
		Rows   int    `json:"rows"`
		SHA256 string `json:"sha256"`
		Head   string `json:"head"`
		Holds  bool   `json:"holds"`
		Why    string `json:"why,omitempty"`
	}{rows, hex.EncodeToString(sum.Sum(nil)), hex.EncodeToString(state.Hash), state.Why == "", state.Why}
	return wrap("export the audit log", json.NewEncoder(w).Encode(last))
}
