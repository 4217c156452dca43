package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// settle writes the verdicts: one statement for the intents, one for each other fate; then the chunk is cut up by what
// became of its deliveries.
func (s *Store) settle(ctx context.Context, tx *sql.Tx, req ClaimRequest, c chunk, list []Candidate, verdicts []Verdict, now Clock) ([]Claimed, error) {
	sent, err := s.settleSending(ctx, tx, req, list, verdicts, now)
	if err != nil {
		return nil, err
	}
	if err := s.spend(ctx, tx, c.launch, verdicts, sent); err != nil {
		return nil, err
	}
	verdicts = keepOrphans(list, verdicts, sent, now)
	if err := s.settleRest(ctx, tx, list, verdicts, now); err != nil {
		return nil, err
	}
	if err := s.markSettled(ctx, tx, list, verdicts); err != nil {
		return nil, err
	}
	return s.cut(ctx, tx, req, c, list, verdicts, sent, now)
}

// keepOrphans lets the siblings of a carrier that somebody changed meanwhile wait on: the text that was to name them does
// not leave.
func keepOrphans(list []Candidate, verdicts []Verdict, sent map[int]bool, now Clock) []Verdict {
	leaves := map[campaigns.NoticeID]bool{}
	for i := range sent {
		leaves[list[i].Job.Notice] = true
	}
	out := slices.Clone(verdicts)
	for i, v := range out {
		if v.State == notifier.Merged && !leaves[v.MergedInto] {
			out[i] = Verdict{State: notifier.Queued, NextAt: now.Policy}
		}
	}
	return out
}

// settleSending writes the intents; sent says whose is written, by place in the list.
func (s *Store) settleSending(ctx context.Context, tx *sql.Tx, req ClaimRequest, list []Candidate, verdicts []Verdict, now Clock) (sent map[int]bool, err error) {
	b := newBulk(col{"id", asInt}, col{"hash", asBytes}, col{"locale", asText}, col{"version", asText}, col{"parts", asInt}, col{"day", asInt})
	tokens := newBulk(col{"hash", asBytes}, col{"launch", asText}, col{"person", asText})
	var at []int
	for i, v := range verdicts {
		if v.State != notifier.Sending {
			continue
		}
		j := list[i].Job
		at = append(at, i)
		b.add(int64(j.ID), v.BodyHash, v.Locale, v.Version, int64(v.Parts), day(v.Counts, now))
		if v.TokenHash != nil {
			tokens.add(v.TokenHash, string(j.Launch), string(j.Person))
		}
	}
	moved, err := s.moved(ctx, tx, b, func(v string) string {
		return `UPDATE delivery SET state = 'sending', gen = gen + 1, lease_until = $1, intent_at = $2, reason = '',
			body_hash = v.hash, locale = v.locale, version = v.version, parts = v.parts, sent_on = v.day, moved_at = $3
			FROM ` + v + ` WHERE delivery.id = v.id AND delivery.state = 'queued'`
	}, now.Raw.Add(req.Lease).UnixMilli(), now.Raw.UnixMilli(), now.Policy.UnixMilli())
	if err != nil {
		return nil, err
	}
	sent = map[int]bool{}
	for k, ok := range moved {
		if ok {
			sent[at[k]] = true
		}
	}
	return sent, s.exec(ctx, tx, tokens, func(v string) string {
		return `INSERT INTO answer_token (hash, launch_id, person_id) SELECT v.hash, v.launch, v.person FROM ` + v + ` WHERE TRUE ON CONFLICT (hash) DO NOTHING`
	})
}

func (s *Store) settleRest(ctx context.Context, tx *sql.Tx, list []Candidate, verdicts []Verdict, now Clock) error {
	rest := newBulk(col{"id", asInt}, col{"state", asText}, col{"reason", asText}, col{"day", asInt})
	postponed := newBulk(col{"id", asInt}, col{"next", asInt}, col{"reason", asText})
	again := newBulk(col{"id", asInt}, col{"reason", asText})
	merged := newBulk(col{"id", asInt}, col{"into_id", asInt})
	for i, v := range verdicts {
		j := list[i].Job
		switch v.State {
		case notifier.Sending:
		case notifier.Queued:
			postponed.add(int64(j.ID), v.NextAt.UnixMilli(), string(v.Reason))
		case notifier.Unknown:
			again.add(int64(j.ID), string(v.Reason))
		case notifier.Merged:
			merged.add(int64(j.Notice), int64(v.MergedInto))
			rest.add(int64(j.ID), string(v.State), string(v.Reason), day(true, now))
		default:
			rest.add(int64(j.ID), string(v.State), string(v.Reason), nil)
		}
	}
	const guard = ` WHERE delivery.id = v.id AND delivery.state = 'queued'`
	policy := now.Policy.UnixMilli()
	return errors.Join(
		s.exec(ctx, tx, postponed, func(v string) string {
			return `UPDATE delivery SET next_at = v.next, reason = v.reason FROM ` + v + guard
		}),
		s.exec(ctx, tx, rest, func(v string) string {
			return `UPDATE delivery SET state = v.state, reason = v.reason, sent_on = v.day, moved_at = $1 FROM ` + v + guard
		}, policy),
		s.exec(ctx, tx, again, func(v string) string {
			return `UPDATE delivery SET state = 'unknown', reason = v.reason, next_at = $1, moved_at = $2 FROM ` + v + guard
		}, now.Policy.Add(finalAfter).UnixMilli(), policy),
		s.exec(ctx, tx, merged, func(v string) string {
			return `UPDATE notice SET merged_into = v.into_id FROM ` + v + ` WHERE notice.id = v.id`
		}))
}

// cut replaces the claimed chunk by chunks for what is on the wire now, what was postponed, and what was left for the
// next window. A sibling from elsewhere that goes on the wire gets a chunk of its own.
func (s *Store) cut(ctx context.Context, tx *sql.Tx, req ClaimRequest, c chunk, list []Candidate, verdicts []Verdict, sent map[int]bool, now Clock) ([]Claimed, error) {
	var parts ranges
	lease := now.Raw.Add(req.Lease)
	on := func(kind string, next time.Time) chunk {
		return chunk{kind: kind, lane: c.lane, channel: c.channel, launch: c.launch, step: c.step, nextAt: next}
	}
	last, own, at := int64(0), 0, make([]int, len(list))
	for i, v := range verdicts {
		id := list[i].Job.ID
		apart := ChunkID(0)
		if list[i].stray {
			apart = ChunkID(id)
		} else {
			last, own = max(last, int64(id)), own+1
		}
		switch {
		case sent[i]:
			out := on(chunkOut, now.Policy)
			out.lease = lease
			at[i] = parts.put(out, apart, id)
		case v.State == notifier.Queued:
			parts.put(on(c.kind, v.NextAt), apart, id)
		case v.State == notifier.Unknown:
			parts.put(on(chunkWait, now.Policy.Add(finalAfter)), apart, id)
		}
	}
	if own >= req.Window && last < c.hi {
		rest := on(c.kind, c.nextAt)
		rest.lo, rest.hi, rest.n = last+1, c.hi, max(c.n-own, 1)
		parts.list = append(parts.list, rest)
	}
	for i := range parts.list {
		parts.list[i].id = ChunkID(s.keys.Next())
	}
	if err := s.insertChunks(ctx, tx, parts.list); err != nil {
		return nil, err
	}
	claims := make([]Claimed, len(list))
	for i := range list {
		if sent[i] {
			claims[i] = Claimed{Gen: list[i].Job.Gen + 1, IntentAt: now.Raw, Chunk: parts.list[at[i]].id}
		}
	}
	return claims, deleteChunk(ctx, tx, c.id)
}

func day(counts bool, now Clock) any {
	if !counts {
		return nil
	}
	return campaigns.Day(now.Policy)
}
