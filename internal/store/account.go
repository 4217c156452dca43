package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// Accounts returns the health of every account that was ever anything but perfectly well, by name, and the moment by the
// policy clock, which in production is the database clock: a demonstration whose days pass in seconds pauses as briefly.
func (s *Store) Accounts(ctx context.Context) (map[string]notifier.Health, time.Time, error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return nil, now.Policy, wrap("read the accounts", err)
	}
	out, err := s.healths(ctx, s.r, "")
	return out, now.Policy, wrap("read the accounts", err)
}

func (s *Store) healths(ctx context.Context, q querier, lock string) (map[string]notifier.Health, error) {
	out := map[string]notifier.Health{}
	_, err := collect(ctx, q, func(row scanner) (struct{}, error) {
		var name, raw string
		if err := row.Scan(&name, &raw); err != nil {
			return struct{}{}, err
		}
		var h notifier.Health
		if err := json.Unmarshal([]byte(raw), &h); err != nil {
			return struct{}{}, fmt.Errorf("the health of account %s is damaged: %w", name, err)
		}
		out[name] = h
		return struct{}{}, nil
	}, `SELECT name, health FROM account ORDER BY name`+lock)
	return out, err
}

// account changes the health of one account while nobody else does.
func (s *Store) account(ctx context.Context, what, name string, f func(now time.Time, h notifier.Health) notifier.Health) error {
	return s.write(ctx, what, func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO account (name, updated_at) VALUES ($1,$2) ON CONFLICT (name) DO NOTHING`, name, now.Policy.UnixMilli()); err != nil {
			return err
		}
		var raw string
		if err := tx.QueryRowContext(ctx, `SELECT health FROM account WHERE name = $1`+s.d.forUpdate, name).Scan(&raw); err != nil {
			return err
		}
		var h notifier.Health
		if err := json.Unmarshal([]byte(raw), &h); err != nil {
			h = notifier.Health{} // damaged: better to begin anew than to stand still
		}
		return putHealth(ctx, tx, name, f(now.Policy, h), now)
	})
}

func putHealth(ctx context.Context, tx *sql.Tx, name string, h notifier.Health, now Clock) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO account (name, health, updated_at) VALUES ($1,$2,$3)
		ON CONFLICT (name) DO UPDATE SET health = excluded.health, updated_at = excluded.updated_at`, name, asJSON(h), now.Policy.UnixMilli())
	return err
}

// Take asks an account how many of want messages may leave now, at rate messages a second for all workers together, 0
// for no limit.
func (s *Store) Take(ctx context.Context, name string, rate float64, want int) (notifier.Health, notifier.Taken, error) {
	var taken notifier.Taken
	var after notifier.Health
	err := s.account(ctx, "ask an account", name, func(now time.Time, h notifier.Health) notifier.Health {
		after, taken = h.Take(now, rate, want)
		return after
	})
	return after, taken, err
}

// NoteOutcomes tells an account what became of messages and returns how it stands.
func (s *Store) NoteOutcomes(ctx context.Context, name string, o notifier.Outcomes) (notifier.Health, error) {
	var after notifier.Health
	err := s.account(ctx, "note outcomes", name, func(now time.Time, h notifier.Health) notifier.Health {
		after = h.After(now, o)
		return after
	})
	return after, err
}

// OverrideAccount puts an officer's decision over the breaker of an account; NoOverride takes it back.
func (s *Store) OverrideAccount(ctx context.Context, name string, o notifier.Override, reason, actor string) error {
	return s.account(ctx, "override an account", name, func(now time.Time, h notifier.Health) notifier.Health {
		h.Override, h.Reason, h.Actor, h.SetAt = o, reason, actor, now.UnixMilli()
		if o == notifier.NoOverride { // and the breaker begins anew
			h.Breaker, h.OpenUntil, h.Trips, h.Probes, h.Seen = notifier.BreakerClosed, 0, 0, 0, nil
		}
		return h
	})
}

// ShiftShares moves the shares of a group as notifier.Shift says, once for all workers, and returns the group.
func (s *Store) ShiftShares(ctx context.Context, group []notifier.Account) ([]notifier.Account, error) {
	var out []notifier.Account
	err := s.write(ctx, "shift shares", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		have, err := s.healths(ctx, tx, s.d.forUpdate)
		if err != nil {
			return err
		}
		group := slices.Clone(group)
		for i := range group {
			group[i].Health = have[group[i].Name]
		}
		changed := false
		if out, changed = notifier.Shift(now.Policy, group); !changed {
			return nil
		}
		for _, a := range out {
			if err := putHealth(ctx, tx, a.Name, a.Health, now); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// routeAtOnce is how many chunks one look cuts up at most; they hold 250 deliveries each.
const (
	routeAtOnce = 200
	routeLook   = 2000
)

// routeAhead is how long before it is due a chunk is given to its accounts.
const routeAhead = time.Minute

// Route gives what waits for one account of a group to the accounts that shall carry it. Which account that is follows
// from the address, so that all notices of a household leave together. Only what was never on the wire, or was definitely
// refused, waits in such a chunk; what is unknown, and what is asked again with its key, stays with the account that has
// seen it. settled holds the chunks that were looked at with the same spread; whoever changes the spread empties it. It
// returns how many deliveries moved.
func (s *Store) Route(ctx context.Context, group []notifier.Account, spread []int, settled map[ChunkID]bool) (moved int, err error) {
	err = s.deciding(ctx, "route", func(q querier, write func(func(tx *sql.Tx) error) error) error {
		now, err := s.clock(ctx, q)
		if err != nil {
			return err
		}
		list, err := s.routable(ctx, q, group, now)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(c chunk) bool { return settled[c.id] })
		if len(list) == 0 {
			return nil
		}
		list = list[:min(len(list), routeAtOnce)]
		if err := write(func(tx *sql.Tx) error {
			moved, err = s.reroute(ctx, tx, list, group, spread)
			return err
		}); err != nil {
			return err
		}
		for _, c := range list {
			settled[c.id] = true
		}
		return nil
	})
	return moved, err
}

func (s *Store) routable(ctx context.Context, q querier, group []notifier.Account, now Clock) ([]chunk, error) {
	names := make([]string, len(group))
	for i, a := range group {
		names[i] = a.Name
	}
	return collect(ctx, q, scanChunk, `SELECT `+chunkColumns+` FROM `+s.d.set(1, "v", col{"name", asText})+` JOIN chunk c ON c.channel = v.name
		WHERE c.kind = 'queued' AND c.next_at <= $2 ORDER BY c.next_at, c.id LIMIT $3`, asJSON(wrapEach(names)), now.Policy.Add(routeAhead).UnixMilli(), routeLook)
}

// reroute cuts chunks up by account: a chunk says which channel's deliveries of its range it means, so that several may lie
// over the same range.
func (s *Store) reroute(ctx context.Context, tx *sql.Tx, list []chunk, group []notifier.Account, spread []int) (moved int, err error) {
	var added []chunk
	for _, c := range list {
		left, from := c.n, 0
		for i, a := range group {
			lo, hi := bound(from), bound(from+spread[i])
			from += spread[i]
			if a.Name == c.channel || spread[i] == 0 {
				continue
			}
			n, err := affected(tx.ExecContext(ctx, `UPDATE delivery SET channel = $1 WHERE id BETWEEN $2 AND $3 AND launch_id = $4 AND channel = $5
				AND state = 'queued' AND resends = 0 AND addr_index >= $6 AND addr_index < $7`, a.Name, c.lo, c.hi, string(c.launch), c.channel, lo, hi))
			if err != nil {
				return moved, err
			}
			if n == 0 {
				continue
			}
			part := c
			part.id, part.channel, part.n = 0, a.Name, n
			added, moved, left = append(added, part), moved+n, left-n
		}
		if _, err := tx.ExecContext(ctx, `UPDATE chunk SET n = $2 WHERE id = $1`, int64(c.id), max(left, 0)); err != nil {
			return moved, err
		}
	}
	return moved, s.insertChunks(ctx, tx, added)
}

// bound is the address index at which so many percent of all addresses end. The index is a keyed hash: it spreads evenly.
func bound(percent int) []byte {
	if percent >= 100 {
		return bytes.Repeat([]byte{0xff}, 40) // behind every index
	}
	return binary.BigEndian.AppendUint16(nil, uint16(percent*65536/100)) //nolint:gosec // below 65536
}
