package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

const unitTargetColumns = `t.id, t.unit_id, t.fact, t.month, t.batch, t.denominator, t.goal, t.assigned_by, t.assigned_at, COALESCE(t.replaced_at, 0), t.unit_path`

// unitTarget is a target with the path of its unit.
type unitTarget struct {
	campaigns.UnitTarget
	path string
}

func scanUnitTarget(row scanner) (t unitTarget, err error) {
	var assigned, replaced int64
	err = row.Scan(&t.ID, &t.UnitID, &t.Fact, &t.Month, &t.Batch, &t.Denominator, &t.Goal, &t.AssignedBy, &assigned, &replaced, &t.path)
	t.AssignedAt, t.ReplacedAt = ms(assigned), ms(replaced)
	return t, err
}

// SetUnitTarget assigns a target to a unit. Without a denominator it freezes how many of the unit's people lack the fact
// now. What the unit had before for the same fact, month and batch is replaced and kept; the same numbers again change
// nothing.
func (s *Store) SetUnitTarget(ctx context.Context, t campaigns.UnitTarget) (campaigns.UnitTarget, error) {
	unit, err := s.Unit(ctx, t.UnitID)
	if err != nil {
		return t, err
	}
	if t.Denominator == 0 && t.Fact.Known() {
		if t.Denominator, err = s.lacking(ctx, unit.Path, t.Fact); err != nil {
			return t, wrap("set a unit's target", err)
		}
	}
	if err := t.Validate(); err != nil {
		return t, err
	}
	return t, s.write(ctx, "set a unit's target", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := collect(ctx, tx, scanOne[string], `SELECT id FROM unit WHERE id = $1`+s.d.forUpdate, unit.ID); err != nil {
			return err
		}
		t.ID, t.UnitID, t.AssignedAt = newID(), unit.ID, now.Policy
		return s.insertUnitTarget(ctx, tx, &t, unit.Path)
	})
}

// lacking counts who of a unit has not got a fact.
func (s *Store) lacking(ctx context.Context, path string, fact campaigns.Fact) (n int, err error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return 0, err
	}
	done, err := factSQL(fact, now.Policy)
	if err != nil {
		return 0, err
	}
	err = s.r.QueryRowContext(ctx, `SELECT count(*) FROM person p WHERE p.unit_path >= $1 AND p.unit_path < $2 AND p.erased_at IS NULL AND NOT (`+done+`)`, path, path+"~").Scan(&n)
	return n, err
}

// insertUnitTarget replaces the target that holds; the unit is locked.
func (s *Store) insertUnitTarget(ctx context.Context, tx *sql.Tx, t *campaigns.UnitTarget, path string) error {
	const holds = ` WHERE unit_id = $1 AND fact = $2 AND month = $3 AND batch = $4 AND replaced_at IS NULL`
	same, err := collect(ctx, tx, scanUnitTarget, `SELECT `+unitTargetColumns+` FROM unit_target t`+holds+` AND denominator = $5 AND goal = $6`,
		t.UnitID, string(t.Fact), t.Month, t.Batch, t.Denominator, t.Goal)
	if err != nil {
		return err
	}
	if len(same) > 0 {
		*t = same[0].UnitTarget
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE unit_target SET replaced_at = $5`+holds, t.UnitID, string(t.Fact), t.Month, t.Batch, t.AssignedAt.UnixMilli()); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO unit_target (id, unit_id, unit_path, fact, month, batch, denominator, goal, assigned_by, assigned_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`, t.ID, t.UnitID, path, string(t.Fact), t.Month, t.Batch, t.Denominator, t.Goal, t.AssignedBy, t.AssignedAt.UnixMilli())
	return err
}

// UnitTargetFilter says which targets are meant.
type UnitTargetFilter struct {
	Path    string // of a unit: its own and those of the units below
	Month   string // "" for all
	Fact    campaigns.Fact
	History bool // with those that were replaced
	After   string
	Limit   int
}

// UnitTargets lists targets in the order in which they were assigned, with what has become true so far.
func (s *Store) UnitTargets(ctx context.Context, f UnitTargetFilter) ([]campaigns.UnitTarget, error) {
	list, err := collect(ctx, s.r, scanUnitTarget, `SELECT `+unitTargetColumns+` FROM unit_target t WHERE substr(t.unit_path, 1, length($1)) = $1
		AND ($2 = '' OR t.month = $2) AND ($3 = '' OR t.fact = $3) AND ($4 = 1 OR t.replaced_at IS NULL) AND t.id > $5 ORDER BY t.id LIMIT $6`,
		f.Path, f.Month, string(f.Fact), bit(f.History), f.After, f.Limit)
	if err == nil {
		err = s.unitProgress(ctx, list)
	}
	out := make([]campaigns.UnitTarget, len(list))
	for i, t := range list {
		out[i] = t.UnitTarget
	}
	return out, wrap("list the targets of units", err)
}

// became is how many persons of a unit a fact became true of, and how many of them are hard to win.
type became struct{ n, hard int }

// becameTrue counts by unit whose fact became true in a month: on its own date where that is known, else on the day it was
// recorded. It reads what became true and nobody else; and narrows down the persons p, with parameters from $5 on.
func (s *Store) becameTrue(ctx context.Context, fact campaigns.Fact, month, and string, args ...any) (map[string]became, error) {
	from, to, err := campaigns.MonthOf(month)
	if err != nil {
		return nil, err
	}
	facts := `o.fact = '` + string(fact) + `'`
	if fact == campaigns.EIDLevel1 {
		facts = `o.fact IN ('eid1','eid2')`
	}
	out := map[string]became{}
	_, err = collect(ctx, s.r, func(row scanner) (_ struct{}, err error) {
		var path string
		var b became
		err = row.Scan(&path, &b.n, &b.hard)
		out[path] = b
		return struct{}{}, err
	}, `SELECT p.unit_path, count(*), sum(`+isHardNow+`) FROM (SELECT o.person_id FROM outcome o WHERE `+facts+` AND o.done_on >= $1 AND o.done_on < $2
			UNION SELECT o.person_id FROM outcome o WHERE `+facts+` AND o.done_on = '' AND o.at >= $3 AND o.at < $4) o
		JOIN person p ON p.id = o.person_id`+and+` GROUP BY p.unit_path`,
		append([]any{from.Format(time.DateOnly), to.Format(time.DateOnly), from.UnixMilli(), to.UnixMilli()}, args...)...)
	return out, err
}

// unitProgress fills in what has become true: one question for each fact and month.
func (s *Store) unitProgress(ctx context.Context, list []unitTarget) error {
	type of struct {
		fact  campaigns.Fact
		month string
	}
	known := map[of]map[string]became{}
	for i := range list {
		t := &list[i]
		k := of{t.Fact, t.Month}
		if known[k] == nil {
			var err error
			if known[k], err = s.becameTrue(ctx, t.Fact, t.Month, ""); err != nil {
				return err
			}
		}
		t.Verified = under(known[k], t.path).n
	}
	return nil
}

// under adds up what the units under a path came to.
func under(by map[string]became, path string) (sum became) {
	for at, b := range by {
		if strings.HasPrefix(at, path) {
			sum.n, sum.hard = sum.n+b.n, sum.hard+b.hard
		}
	}
	return sum
}
