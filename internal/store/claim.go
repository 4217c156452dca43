package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// ClaimRequest asks for one window of a channel in a lane.
type ClaimRequest struct {
	Lane    campaigns.Lane
	Channel string
	Medium  string
	Window  int           // deliveries on the wire at once
	Lease   time.Duration // provider timeout plus a margin
}

// Candidate is a due delivery with all the facts that decide about it.
type Candidate struct {
	Job   notifier.Job
	Facts campaigns.Facts
	// Address is the blind index of the address, for household merging.
	Address string
	// Broken is set when the row cannot be read, such as a contact that does not open: it fails alone.
	Broken error
	// stray is a sibling that lies outside the claimed chunk or beyond the window.
	stray bool
}

// Verdict is what shall become of a candidate. State is Sending, Suppressed, Expired, Cancelled, Failed, Merged, Queued to
// postpone until NextAt, or Unknown for a keyed re-send that must not be asked again.
type Verdict struct {
	State      notifier.State
	Reason     campaigns.Reason
	NextAt     time.Time
	MergedInto campaigns.NoticeID
	BodyHash   []byte
	Locale     string
	Version    string
	Parts      int
	TokenHash  []byte // set where the text carries the answer token
	Counts     bool   // counts against the caps
}

// Claimed is the result of Claim for a delivery that goes on the wire now: its generation, the moment of the intent and
// the chunk under which it is on its way.
type Claimed struct {
	Gen      int
	IntentAt time.Time
	Chunk    ChunkID
}

// Claim takes one window: due rows are read with all their facts, judged, and moved to sending (the committed intent) or
// to what else judge says, while no other claim decides about anything. It returns, for each candidate in the order
// judge saw them, its claim; zero for those that do not go on the wire, also because somebody changed them meanwhile.
// Nothing is left when list is empty. judge may run more than once and must not keep state between runs.
func (s *Store) Claim(ctx context.Context, p Planner, req ClaimRequest, judge func(now Clock, list []Candidate) []Verdict) (list []Candidate, out []Claimed, err error) {
	err = s.deciding(ctx, "claim "+req.Channel, func(q querier, write func(func(tx *sql.Tx) error) error) error {
		list, out = nil, nil
		now, err := s.clock(ctx, q)
		if err != nil {
			return err
		}
		var c chunk
		for len(list) == 0 {
			if c, err = s.dueChunk(ctx, q, req, now); errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			if list, err = s.candidates(ctx, q, req, c, now); err != nil {
				return err
			}
			if len(list) == 0 {
				if err := write(func(tx *sql.Tx) error { return deleteChunk(ctx, tx, c.id) }); err != nil {
					return err
				}
			}
		}
		verdicts := judge(now, list)
		return write(func(tx *sql.Tx) error {
			var err error
			if out, err = s.settle(ctx, tx, req, c, list, verdicts, now); err != nil {
				return err
			}
			var failed []campaigns.DeliveryID
			for i, v := range verdicts {
				if v.State == notifier.Failed {
					failed = append(failed, list[i].Job.ID)
				}
			}
			return s.nextRanks(ctx, tx, p, failed, now)
		})
	})
	return list, out, err
}

// deciding runs f while no other claim runs, so that siblings and caps never meet halfway; the wire, which takes the time,
// is not inside. On PostgreSQL all is one transaction under one lock. On SQLite, which one process owns, reading happens
// beside the writer: what another writer changes meanwhile is found by the guards of the update.
func (s *Store) deciding(ctx context.Context, what string, f func(q querier, write func(func(tx *sql.Tx) error) error) error) error {
	if s.d == sqliteDialect {
		s.claims.Lock()
		defer s.claims.Unlock()
		return f(s.r, func(g func(tx *sql.Tx) error) error { return s.write(ctx, what, g) })
	}
	return s.write(ctx, what, func(tx *sql.Tx) error {
		if err := s.d.lock(ctx, tx, []int64{subject("claim")}); err != nil {
			return err
		}
		return f(tx, func(g func(tx *sql.Tx) error) error { return g(tx) })
	})
}

// dueChunk finds the first due chunk of a running launch.
func (s *Store) dueChunk(ctx context.Context, q querier, req ClaimRequest, now Clock) (chunk, error) {
	// One branch for each kind, so that both databases walk the index in its order.
	branch := func(kind string) string {
		return `SELECT * FROM (SELECT ` + chunkColumns + ` FROM chunk c JOIN launch l ON l.id = c.launch_id
			WHERE c.kind = '` + kind + `' AND c.lane = $1 AND c.channel = $2 AND c.next_at <= $3 AND l.state = 'running'
			ORDER BY c.next_at, c.id LIMIT 1) ` + kind
	}
	return scanChunk(q.QueryRowContext(ctx, branch(chunkQueued)+` UNION ALL `+branch(chunkResend)+` ORDER BY 10, 1 LIMIT 1`,
		req.Lane, req.Channel, now.Policy.UnixMilli()))
}

// subject is the lock number of a name (FNV-1a).
func subject(name string) int64 {
	var h uint64 = 14695981039346656037
	for i := 0; i < len(name); i++ {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return int64(h)
}

// sentStates are the states of a delivery that has reached somebody's phone or may have.
const sentStates = `('sending','accepted','delivered','undelivered','unknown','unknown_final','no_receipt')`

// heard says that the delivery x, or the one that carried it, reached the wire.
const heard = `(x.state IN ` + sentStates + ` OR x.state = 'merged' AND EXISTS (SELECT 1 FROM notice mn JOIN delivery mc ON mc.notice_id = mn.merged_into
	WHERE mn.id = x.notice_id AND mc.state IN ` + sentStates + `))`

// candidates reads the facts of the due deliveries of a chunk, at most a window of them, and of their siblings elsewhere
// (same launch, step, channel and address), so that one text can carry them all.
func (s *Store) candidates(ctx context.Context, q querier, req ClaimRequest, c chunk, now Clock) ([]Candidate, error) {
	f, err := s.launchFacts(ctx, q, c)
	if err != nil {
		return nil, err
	}
	list, around, err := s.readCandidates(ctx, q, req, c, f, now, `d.id BETWEEN $7 AND $8`, max(req.Window, 1), c.lo, c.hi)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if strays := missing(around, list); len(strays) > 0 {
		more, _, err := s.readCandidates(ctx, q, req, c, f, now, `d.id IN (SELECT v.id FROM `+s.d.set(7, "v", col{"id", asInt})+`)`,
			len(strays), asJSON(wrapEach(strays)))
		if err != nil {
			return nil, err
		}
		for i := range more {
			more[i].stray = true
		}
		list = append(list, more...)
	}
	if err := s.addPlaces(ctx, q, list); err != nil {
		return nil, err
	}
	return list, s.addSiblingNames(ctx, q, list)
}

// missing returns the ids, each once, that no candidate has.
func missing(ids []int64, list []Candidate) (out []int64) {
	if len(ids) == 0 {
		return nil
	}
	seen := make(map[int64]bool, len(list))
	for _, c := range list {
		seen[int64(c.Job.ID)] = true
	}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// launchFacts is what all deliveries of a chunk share.
type launchFacts struct {
	kind, basis, state string
	fact               campaigns.Fact
	stepName           string
	fields             map[string]string
	deadline           time.Time
	broken             error
}

func (s *Store) launchFacts(ctx context.Context, q querier, c chunk) (f launchFacts, err error) {
	var ladder, fields, deadline string
	err = q.QueryRowContext(ctx, `SELECT c.kind, c.basis, c.fact, c.ladder, c.fields, c.deadline_on, l.state
		FROM launch l JOIN campaign c ON c.id = l.campaign_id WHERE l.id = $1`, c.launch).
		Scan(&f.kind, &f.basis, &f.fact, &ladder, &fields, &deadline, &f.state)
	if err != nil {
		return f, err
	}
	f.deadline = endOfDay(deadline)
	var steps campaigns.Ladder
	f.broken = errors.Join(json.Unmarshal([]byte(ladder), &steps), json.Unmarshal([]byte(fields), &f.fields))
	if c.step >= 1 && c.step <= len(steps) {
		f.stepName = steps[c.step-1].Name
	}
	return f, nil
}

// readCandidates reads candidates and the ids of their siblings. The concatenation keeps PostgreSQL from the index on
// launches: just after planning it believes that a launch has few deliveries. Counts leave out the notice itself: a
// fallback to the next channel is not a second notice.
func (s *Store) readCandidates(ctx context.Context, q querier, req ClaimRequest, c chunk, f launchFacts, now Clock, which string, args ...any) (list []Candidate, siblings []int64, err error) {
	// One look at the address gives its texts of today, as "s", and its siblings, as their ids.
	address := `''`
	if needsAddress(req.Medium) {
		address = `COALESCE((SELECT ` + s.joined(`CASE WHEN x.sent_on = $5 AND x.state IN `+sentStates+` THEN 's'
			WHEN x.state = 'queued' AND x.launch_id = d.launch_id AND x.step_no = d.step_no AND x.channel = d.channel AND x.next_at <= $4 THEN CAST(x.id AS TEXT) END`) + `
			FROM delivery x WHERE x.addr_index = d.addr_index AND x.id <> d.id), '')`
	}
	list, err = collect(ctx, q, func(row scanner) (Candidate, error) {
		one, around, err := s.scanCandidate(row, req, c, f)
		siblings = append(siblings, around...)
		return one, err
	}, `SELECT d.id, d.gen, d.notice_id, d.person_id, d.unit_id, d.tries, d.resends, d.addr_index, COALESCE(d.intent_at, 0),
			p.name, p.locale, COALESCE(p.class_id, ''), COALESCE(p.village_id, ''), CASE WHEN p.erased_at IS NULL THEN 0 ELSE 1 END,
			p.card_verified, p.eid_verified, p.sex, p.born,
			COALESCE(t.id, ''), t.sealed, CASE WHEN t.wrong_at IS NULL THEN 0 ELSE 1 END,
			CASE WHEN t.owner = 'relative' AND t.consented = 0 THEN 1 ELSE 0 END,
			CASE WHEN o.addr_index IS NULL THEN 0 ELSE 1 END,
			COALESCE((SELECT sum(CASE WHEN x.sent_on = $5 THEN 10001 ELSE 1 END) FROM delivery x WHERE x.person_id = d.person_id
				AND x.sent_on > $5 - 30 AND x.notice_id <> d.notice_id AND `+heard+`), 0),
			`+address+`,
			COALESCE((SELECT `+s.joined("r.kind")+` FROM response r WHERE r.person_id = d.person_id AND r.launch_id = d.launch_id
				AND r.refuted_at IS NULL), '')
		FROM delivery d
		JOIN person p ON p.id = d.person_id
		LEFT JOIN contact t ON t.id = d.contact_id
		LEFT JOIN opt_out o ON o.addr_index = d.addr_index
		WHERE d.launch_id || '' = $1 AND d.channel = $2 AND d.step_no + 0 = $3 AND d.state = 'queued' AND d.next_at <= $4 AND `+which+`
		ORDER BY d.id LIMIT $6`, append([]any{c.launch, c.channel, c.step, now.Policy.UnixMilli(), campaigns.Day(now.Policy)}, args...)...)
	return list, siblings, err
}

func needsAddress(medium string) bool { return medium != "relay" && medium != "visit" }

// addPlaces names the unit, class and village of each candidate; a window knows few of them.
func (s *Store) addPlaces(ctx context.Context, q querier, list []Candidate) error {
	type place struct{ name, short, phone string }
	places := map[string]*place{}
	for _, c := range list {
		for _, id := range []string{string(c.Job.Unit), c.Job.Class, c.Job.Village} {
			if id != "" {
				places[id] = &place{}
			}
		}
	}
	_, err := collect(ctx, q, func(row scanner) (struct{}, error) {
		var id string
		var p place
		err := row.Scan(&id, &p.name, &p.short, &p.phone)
		places[id] = &p
		return struct{}{}, err
	}, `SELECT u.id, u.name, u.short_name, u.phone FROM `+s.d.set(1, "v", col{"id", asText})+` JOIN unit u ON u.id = v.id`,
		asJSON(wrapEach(slices.Collect(maps.Keys(places)))))
	if err != nil {
		return err
	}
	places[""] = &place{}
	fields := map[campaigns.UnitID]map[string]string{}
	for i := range list {
		j := &list[i].Job
		if fields[j.Unit] == nil {
			u := places[string(j.Unit)]
			of := make(map[string]string, len(j.Fields)+3)
			maps.Copy(of, j.Fields)
			of["unit"], of["unit_short"], of["phone"] = u.name, u.short, u.phone
			fields[j.Unit] = of
		}
		j.Fields, j.Class, j.Village = fields[j.Unit], places[j.Class].name, places[j.Village].name
	}
	return nil
}

// addSiblingNames gives a re-send the names that its first asking carried: the same key, the same words.
func (s *Store) addSiblingNames(ctx context.Context, q querier, list []Candidate) error {
	at := map[int64]int{}
	var ids []int64
	for i, c := range list {
		if c.Job.Resends > 0 {
			at[int64(c.Job.ID)] = i
			ids = append(ids, int64(c.Job.ID))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := collect(ctx, q, func(row scanner) (struct{}, error) {
		var id int64
		var name string
		err := row.Scan(&id, &name)
		if i, ok := at[id]; ok && err == nil {
			list[i].Job.Names = append(list[i].Job.Names, name)
		}
		return struct{}{}, err
	}, `SELECT d.id, p.name FROM `+s.d.set(1, "v", col{"id", asInt})+` JOIN delivery d ON d.id = v.id
		CROSS JOIN notice n JOIN person p ON p.id = n.person_id
		WHERE d.resends > 0 AND n.merged_into = d.notice_id ORDER BY n.id`, asJSON(wrapEach(ids)))
	return err
}

// joined puts the values of a group together with commas.
func (s *Store) joined(value string) string {
	if s.d == postgresDialect {
		return "string_agg(" + value + ", ',')"
	}
	return "group_concat(" + value + ", ',')"
}

func (s *Store) scanCandidate(row scanner, req ClaimRequest, ch chunk, l launchFacts) (c Candidate, around []int64, err error) {
	var addr, sealed sql.RawBytes
	var name, contact, address, answers string
	var who campaigns.Person
	var intent int64
	var history int
	j, f := &c.Job, &c.Facts
	if err := row.Scan(&j.ID, &j.Gen, &j.Notice, &j.Person, &j.Unit, &j.Tries, &j.Resends, &addr, &intent,
		&name, &j.Locale, &j.ClassID, &j.Village, &f.Erased, &who.Card, &who.EID, &j.Sex, &j.Born,
		&contact, &sealed, &f.WrongPerson, &f.NoConsent, &f.OptedOut, &history, &address, &answers); err != nil {
		return c, nil, err
	}
	j.Launch, j.StepNo, j.StepName, j.Kind, j.Fields, j.Class = ch.launch, ch.step, l.stepName, l.kind, l.fields, string(j.ClassID)
	c.Address, c.Broken = string(addr), l.broken
	f.Basis, f.Launch, f.DeadlineAt, f.Done = l.basis, l.state, l.deadline, who.Has(l.fact)
	f.Medium, j.Names = req.Medium, []string{name}
	f.NeedsAddress = needsAddress(req.Medium)
	f.HasAddress = len(sealed) > 0
	f.PersonDay, f.PersonMonth = history/10_000, history%10_000
	f.AddressDay, around = countAround(address)
	f.Answers, f.AskedVisit = splitAnswers(answers)
	j.IntentAt = ms(intent)
	if f.NeedsAddress && f.HasAddress && c.Broken == nil {
		j.Address, c.Broken = s.ring.Open("contact|"+contact, sealed)
	}
	return c, around, nil
}

// countAround reads what stands at an address: an "s" for each text of today, an id for each sibling.
func countAround(joined string) (texts int, ids []int64) {
	for joined != "" {
		var one string
		one, joined, _ = strings.Cut(joined, ",")
		if one == "s" {
			texts++
			continue
		}
		if id, err := strconv.ParseInt(one, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return texts, ids
}

func splitAnswers(joined string) (out []campaigns.AnswerKind, visit bool) {
	for joined != "" {
		var one string
		one, joined, _ = strings.Cut(joined, ",")
		kind := campaigns.AnswerKind(one)
		out = append(out, kind)
		visit = visit || kind == campaigns.HomeVisit
	}
	return out, visit
}

// endOfDay returns the last moment of an ISO date in Vietnamese time, zero for "".
func endOfDay(iso string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, iso, campaigns.Zone)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, 1).Add(-time.Millisecond)
}

// settle writes the verdicts: one statement for the intents, one for each other fate; then the chunk is cut up by what
// became of its deliveries.
func (s *Store) settle(ctx context.Context, tx *sql.Tx, req ClaimRequest, c chunk, list []Candidate, verdicts []Verdict, now Clock) ([]Claimed, error) {
	sent, err := s.settleSending(ctx, tx, req, list, verdicts, now)
	if err != nil {
		return nil, err
	}
	if err := s.settleRest(ctx, tx, list, verdicts, now); err != nil {
		return nil, err
	}
	if err := s.markSettled(ctx, tx, list, verdicts); err != nil {
		return nil, err
	}
	return s.cut(ctx, tx, req, c, list, verdicts, sent, now)
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
