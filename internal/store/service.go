package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// serviceSealed is what is sealed of a service.
type serviceSealed struct {
	Team     []string           `json:"team,omitempty"`
	Receipts campaigns.Callback `json:"receipts"`
	Texts    campaigns.Callback `json:"texts"`
}

// What a service is called back about, as bits.
const (
	tellReceipts = 1
	tellTexts    = 2
)

func servicePlace(id campaigns.ServiceID) string { return "service|" + string(id) }

func (s *Store) sealService(v campaigns.Service) (sealed []byte, told int) {
	if v.Receipts.URL != "" {
		told |= tellReceipts
	}
	if v.Texts.URL != "" {
		told |= tellTexts
	}
	return s.ring.Seal(servicePlace(v.ID), asJSON(serviceSealed{Team: v.Team, Receipts: v.Receipts, Texts: v.Texts})), told
}

// CreateService records a program that sends for a unit.
func (s *Store) CreateService(ctx context.Context, v campaigns.Service, by access.Who) (campaigns.Service, error) {
	err := s.write(ctx, "create a service", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		v.ID, v.CreatedAt, v.CreatedBy = campaigns.ServiceID(newID()), now.Raw, by.ID
		sealed, told := s.sealService(v)
		if _, err := tx.ExecContext(ctx, `INSERT INTO service (id, unit_id, name, basis, sealed, told, created_by, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
			v.ID, v.UnitID, v.Name, v.Basis, sealed, told, v.CreatedBy, now.Raw.UnixMilli()); err != nil {
			return err
		}
		return s.auditService(ctx, tx, access.ServiceMade, v, by)
	})
	return v, err
}

// SetService changes what may change of a service: name, team, callbacks, and whether it still sends.
func (s *Store) SetService(ctx context.Context, id campaigns.ServiceID, by access.Who, change func(v *campaigns.Service) error) (campaigns.Service, error) {
	var v campaigns.Service
	err := s.write(ctx, "change a service", func(tx *sql.Tx) (err error) {
		if v, err = s.scanService(tx.QueryRowContext(ctx, `SELECT `+serviceColumns+` FROM service v WHERE v.id = $1`+s.d.forUpdate, id)); err != nil {
			return err
		}
		archived := !v.ArchivedAt.IsZero()
		if err := change(&v); err != nil {
			return err
		}
		if !archived && !v.ArchivedAt.IsZero() {
			now, err := s.clock(ctx, tx)
			if err != nil {
				return err
			}
			v.ArchivedAt = now.Raw
		}
		sealed, told := s.sealService(v)
		if _, err := tx.ExecContext(ctx, `UPDATE service SET name = $2, sealed = $3, told = $4, archived_at = $5 WHERE id = $1`, id, v.Name, sealed, told, nullMS(v.ArchivedAt)); err != nil {
			return err
		}
		return s.auditService(ctx, tx, access.ServiceSet, v, by)
	})
	return v, err
}

// auditService notes what a service is, without its team and its tokens.
func (s *Store) auditService(ctx context.Context, tx *sql.Tx, verb access.Verb, v campaigns.Service, by access.Who) error {
	return s.audit(ctx, tx, access.Entry{Who: by, Verb: verb, Object: "service", ObjectID: string(v.ID), Unit: v.UnitID, After: map[string]any{
		"basis": v.Basis, "team": len(v.Team), "receipts": v.Receipts.URL != "", "texts": v.Texts.URL != "", "archived": !v.ArchivedAt.IsZero()}})
}

const serviceColumns = `v.id, v.unit_id, v.name, v.basis, v.sealed, v.created_by, v.created_at, v.archived_at`

func (s *Store) scanService(row scanner) (v campaigns.Service, err error) {
	var sealed []byte
	var created int64
	var archived sql.NullInt64
	if err := row.Scan(&v.ID, &v.UnitID, &v.Name, &v.Basis, &sealed, &v.CreatedBy, &created, &archived); err != nil {
		return v, err
	}
	v.CreatedAt, v.ArchivedAt = ms(created), msNull(archived)
	plain, err := s.ring.Open(servicePlace(v.ID), sealed)
	if err != nil {
		return v, err
	}
	var in serviceSealed
	err = decodeJSON(plain, &in)
	v.Team, v.Receipts, v.Texts = in.Team, in.Receipts, in.Texts
	return v, err
}

// Service returns one service; campaigns.ErrNotFound for an unknown one.
func (s *Store) Service(ctx context.Context, id campaigns.ServiceID) (campaigns.Service, error) {
	v, err := s.scanService(s.r.QueryRowContext(ctx, `SELECT `+serviceColumns+` FROM service v WHERE v.id = $1`, id))
	return v, wrap("service", err)
}

// ServicesUnder lists the services of units under paths after a cursor, oldest first.
func (s *Store) ServicesUnder(ctx context.Context, paths []string, after campaigns.ServiceID, limit int) ([]campaigns.Service, error) {
	list, err := collect(ctx, s.r, s.scanService, `SELECT `+serviceColumns+` FROM service v JOIN unit u ON u.id = v.unit_id
		WHERE v.id > $2 AND `+s.underPaths()+` ORDER BY v.id LIMIT $3`, asJSON(wrapEach(paths)), after, limit)
	return list, wrap("list services", err)
}

// IssueServiceKey records a key of a service: an API key like any other, and the secret that its program signs with.
func (s *Store) IssueServiceKey(ctx context.Context, id campaigns.ServiceID, spec access.KeySpec, hash []byte, secret string, by access.Who) (k access.Key, err error) {
	err = s.write(ctx, "issue a service's key", func(tx *sql.Tx) error {
		if k, err = s.insertKey(ctx, tx, spec, hash, "", by); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO service_key (key_id, service_id, sealed) VALUES ($1,$2,$3)`, k.ID, id, s.ring.Seal("servicekey|"+k.ID, secret)); err != nil {
			return err
		}
		return s.auditKeyChange(ctx, tx, access.KeyIssued, k, by, map[string]any{"kind": k.Kind, "service": string(id), "day_cap": k.DayCap})
	})
	return k, err
}

// ServiceKeys lists all keys of a service, ended ones too, with the secrets that they sign with, and says what time it is.
func (s *Store) ServiceKeys(ctx context.Context, id campaigns.ServiceID) (list []access.ServiceKey, now time.Time, err error) {
	clock, err := s.Clock(ctx)
	if err != nil {
		return nil, now, err
	}
	list, err = collect(ctx, s.r, func(row scanner) (k access.ServiceKey, err error) {
		var sealed []byte
		if k.Key, err = scanKey(row, &sealed); err != nil {
			return k, err
		}
		k.Secret, err = s.ring.Open("servicekey|"+k.ID, sealed)
		return k, err
	}, `SELECT `+keyColumns+`, x.sealed FROM service_key x JOIN api_key k ON k.id = x.key_id WHERE x.service_id = $1 ORDER BY k.id DESC`, id)
	return list, clock.Raw, wrap("keys of a service", err)
}
