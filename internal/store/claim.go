package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
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
	Worker  string
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

// Claimed is the result of Claim for a delivery that goes on the wire now: its generation and the moment of the intent.
type Claimed struct {
	Gen      int
	IntentAt time.Time
}

// Claim takes one window: due rows are locked, judged inside the transaction, and moved to sending (the committed
// intent) or to what else judge says. It returns, for each candidate in the order judge saw them, its claim; zero for
// those that do not go on the wire. judge may run more than once and must not keep state between runs.
func (s *Store) Claim(ctx context.Context, p Planner, req ClaimRequest, judge func(now Clock, list []Candidate) []Verdict) (list []Candidate, out []Claimed, err error) {
	err = s.write(ctx, "claim "+req.Channel, func(tx *sql.Tx) error {
		list, out = nil, nil
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		// One worker after the other decides about a channel: siblings and caps then never meet halfway, and the wire, which
		// takes the time, is not inside.
		if err := s.d.lock(ctx, tx, []int64{subject(string(req.Lane) + "|" + req.Channel)}); err != nil {
			return err
		}
		ids, err := s.dueIDs(ctx, tx, req, now)
		if err != nil || len(ids) == 0 {
			return err
		}
		if list, err = s.candidates(ctx, tx, ids, req, now); err != nil {
			return err
		}
		verdicts := judge(now, list)
		if out, err = s.settle(ctx, tx, req, list, verdicts, now); err != nil {
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
	return list, out, err
}

type dueRow struct {
	id      int64
	person  string
	launch  string
	step    int
	address []byte
}

func scanDue(row scanner) (d dueRow, err error) {
	return d, row.Scan(&d.id, &d.person, &d.launch, &d.step, &d.address)
}

// dueIDs locks the due rows of the window and, on PostgreSQL, the people and addresses they concern, so that caps and
// household merging see what another worker is deciding at the same moment.
func (s *Store) dueIDs(ctx context.Context, tx *sql.Tx, req ClaimRequest, now Clock) ([]int64, error) {
	rows, err := collect(ctx, tx, scanDue, `SELECT d.id, d.person_id, d.launch_id, d.step_no, d.addr_index FROM delivery d JOIN launch l ON l.id = d.launch_id
		WHERE d.lane = $1 AND d.channel = $2 AND d.state = 'queued' AND d.next_at <= $3 AND l.state = 'running'
		ORDER BY d.next_at, d.id LIMIT $4`+s.d.skipLocked, req.Lane, req.Channel, now.Policy.UnixMilli(), req.Window)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	if req.Medium != "relay" && req.Medium != "visit" {
		if rows, err = s.withSiblings(ctx, tx, rows, req, now); err != nil {
			return nil, err
		}
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.id
	}
	return ids, s.d.lock(ctx, tx, subjects(rows))
}

// withSiblings adds the siblings of the rows (same launch, step, channel and address) even beyond the window, so that
// one text can carry them all; one that somebody is changing is waited for. The concatenations keep the databases from every index but the one on addresses: just
// after planning they believe that nothing is queued and would take any.
func (s *Store) withSiblings(ctx context.Context, tx *sql.Tx, rows []dueRow, req ClaimRequest, now Clock) ([]dueRow, error) {
	seen := make(map[int64]bool, len(rows))
	homes := map[string]bool{}
	var set [][]any
	for _, r := range rows {
		seen[r.id] = true
		if home := r.launch + string(r.address) + strconv.Itoa(r.step); len(r.address) > 0 && !homes[home] {
			homes[home] = true
			set = append(set, []any{r.launch, r.step, hex.EncodeToString(r.address)})
		}
	}
	if len(set) == 0 {
		return rows, nil
	}
	siblings, err := collect(ctx, tx, scanDue, `SELECT d.id, d.person_id, d.launch_id, d.step_no, d.addr_index
		FROM `+s.d.set(1, "v", col{"launch", asText}, col{"step", asInt}, col{"addr", asBytes})+` CROSS JOIN delivery d
		WHERE d.addr_index = v.addr AND d.state = 'queued' AND d.launch_id || '' = v.launch AND d.step_no + 0 = v.step
			AND d.channel || '' = $2 AND d.next_at + 0 <= $3`+s.d.waitLocked, asJSON(set), req.Channel, now.Policy.UnixMilli())
	if err != nil {
		return nil, err
	}
	for _, r := range siblings {
		if !seen[r.id] {
			seen[r.id] = true
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// subjects turns persons and addresses into lock numbers.
func subjects(rows []dueRow) []int64 {
	out := make([]int64, 0, 2*len(rows))
	for _, r := range rows {
		out = append(out, subject(r.person))
		if len(r.address) >= 8 {
			out = append(out, int64(binary.BigEndian.Uint64(r.address)))
		}
	}
	return out
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

// candidates reads the facts. Counts leave out the notice itself: a fallback to the next channel is not a second notice.
func (s *Store) candidates(ctx context.Context, tx *sql.Tx, ids []int64, req ClaimRequest, now Clock) ([]Candidate, error) {
	today := campaigns.Day(now.Policy)
	list, err := collect(ctx, tx, func(row scanner) (Candidate, error) { return s.scanCandidate(row, req) }, `
		SELECT d.id, d.gen, d.notice_id, d.launch_id, d.person_id, d.unit_id, d.step_no, d.tries, d.resends, d.addr_index,
			p.name, p.locale, COALESCE(p.class_id, ''), CASE WHEN p.erased_at IS NULL THEN 0 ELSE 1 END, p.card_verified, p.eid_verified,
			c.kind, c.basis, c.fact, c.ladder, c.fields, c.deadline_on, l.state,
			COALESCE(t.id, ''), t.sealed, CASE WHEN t.wrong_at IS NULL THEN 0 ELSE 1 END,
			CASE WHEN t.owner = 'relative' AND t.consented = 0 THEN 1 ELSE 0 END,
			CASE WHEN o.addr_index IS NULL THEN 0 ELSE 1 END,
			(SELECT count(*) FROM delivery x WHERE x.person_id = d.person_id AND x.sent_on = $2 AND x.notice_id <> d.notice_id
				AND `+heard+`),
			(SELECT count(*) FROM delivery x WHERE x.person_id = d.person_id AND x.sent_on > $2 - 30 AND x.notice_id <> d.notice_id
				AND `+heard+`),
			(SELECT count(*) FROM delivery x WHERE x.addr_index = d.addr_index AND x.sent_on = $2 AND x.id <> d.id AND x.state IN `+sentStates+`),
			COALESCE((SELECT `+s.answersAgg()+` FROM response r WHERE r.person_id = d.person_id AND r.launch_id = d.launch_id
				AND r.refuted_at IS NULL), ''),
			COALESCE(d.intent_at, 0), u.name, u.short_name, u.phone, p.sex, p.born, COALESCE(cl.name, ''), COALESCE(vl.name, '')
		FROM `+s.d.set(1, "v", col{"id", asInt})+`
		JOIN delivery d ON d.id = v.id
		JOIN person p ON p.id = d.person_id
		JOIN launch l ON l.id = d.launch_id
		JOIN campaign c ON c.id = l.campaign_id
		JOIN unit u ON u.id = d.unit_id
		LEFT JOIN unit cl ON cl.id = p.class_id
		LEFT JOIN unit vl ON vl.id = p.village_id
		LEFT JOIN contact t ON t.id = d.contact_id
		LEFT JOIN opt_out o ON o.addr_index = d.addr_index
		WHERE d.state = 'queued' ORDER BY d.next_at, d.id`, asJSON(wrapEach(ids)), today)
	if err != nil {
		return nil, err
	}
	return list, s.addSiblingNames(ctx, tx, ids, list)
}

// addSiblingNames gives a re-send the names that its first asking carried: the same key, the same words.
func (s *Store) addSiblingNames(ctx context.Context, tx *sql.Tx, ids []int64, list []Candidate) error {
	at := make(map[int64]int, len(list))
	for i, c := range list {
		at[int64(c.Job.ID)] = i
	}
	_, err := collect(ctx, tx, func(row scanner) (struct{}, error) {
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

// answersAgg joins the kinds of answers into one text.
func (s *Store) answersAgg() string {
	if s.d == postgresDialect {
		return "string_agg(r.kind, ',')"
	}
	return "group_concat(r.kind, ',')"
}

func (s *Store) scanCandidate(row scanner, req ClaimRequest) (Candidate, error) {
	var c Candidate
	var addr, sealed []byte
	var name, ladder, fields, deadline, contact, answers, unitName, unitShort, unitPhone string
	var who campaigns.Person
	var fact campaigns.Fact
	var intent int64
	j, f := &c.Job, &c.Facts
	err := row.Scan(&j.ID, &j.Gen, &j.Notice, &j.Launch, &j.Person, &j.Unit, &j.StepNo, &j.Tries, &j.Resends, &addr,
		&name, &j.Locale, &j.ClassID, &f.Erased, &who.Card, &who.EID,
		&j.Kind, &f.Basis, &fact, &ladder, &fields, &deadline, &f.Launch,
		&contact, &sealed, &f.WrongPerson, &f.NoConsent, &f.OptedOut, &f.PersonDay, &f.PersonMonth, &f.AddressDay, &answers,
		&intent, &unitName, &unitShort, &unitPhone, &j.Sex, &j.Born, &j.Class, &j.Village)
	if err != nil {
		return c, err
	}
	c.Address = string(addr)
	f.Medium, j.Names = req.Medium, []string{name}
	f.NeedsAddress = req.Medium != "relay" && req.Medium != "visit"
	f.HasAddress = len(sealed) > 0
	f.Done = who.Has(fact)
	f.Answers, f.AskedVisit = splitAnswers(answers)
	f.DeadlineAt = endOfDay(deadline)
	j.IntentAt = ms(intent)
	if f.NeedsAddress && f.HasAddress {
		j.Address, c.Broken = s.ring.Open("contact|"+contact, sealed)
	}
	if err := fillJob(j, ladder, fields, unitName, unitShort, unitPhone); err != nil {
		c.Broken = err
	}
	return c, nil
}

// fillJob adds what rendering needs: the step's wording and the fields of campaign and unit.
func fillJob(j *notifier.Job, ladder, fields, unitName, unitShort, unitPhone string) error {
	var steps campaigns.Ladder
	if err := json.Unmarshal([]byte(ladder), &steps); err != nil {
		return err
	}
	if j.StepNo >= 1 && j.StepNo <= len(steps) {
		j.StepName = steps[j.StepNo-1].Name
	}
	if err := json.Unmarshal([]byte(fields), &j.Fields); err != nil {
		return err
	}
	if j.Fields == nil {
		j.Fields = map[string]string{}
	}
	j.Fields["unit"], j.Fields["unit_short"], j.Fields["phone"] = unitName, unitShort, unitPhone
	return nil
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

// settle writes the verdicts: one statement for the intents, one for the rest.
func (s *Store) settle(ctx context.Context, tx *sql.Tx, req ClaimRequest, list []Candidate, verdicts []Verdict, now Clock) ([]Claimed, error) {
	lease := now.Raw.Add(req.Lease)
	out := make([]Claimed, len(list))
	var sending, rest, postponed, merged, tokens, again [][]any
	for i, v := range verdicts {
		j := list[i].Job
		switch v.State {
		case notifier.Sending:
			out[i] = Claimed{Gen: j.Gen + 1, IntentAt: now.Raw}
			sending = append(sending, []any{j.ID, hex.EncodeToString(v.BodyHash), v.Locale, v.Version, v.Parts, day(v.Counts, now)})
			if v.TokenHash != nil {
				tokens = append(tokens, []any{hex.EncodeToString(v.TokenHash), j.Launch, j.Person})
			}
		case notifier.Queued:
			postponed = append(postponed, []any{j.ID, v.NextAt.UnixMilli(), v.Reason})
		case notifier.Unknown:
			again = append(again, []any{j.ID, v.Reason})
		case notifier.Merged:
			merged = append(merged, []any{j.Notice, int64(v.MergedInto)})
			rest = append(rest, []any{j.ID, v.State, v.Reason, day(true, now)})
		default:
			rest = append(rest, []any{j.ID, v.State, v.Reason, nil})
		}
	}
	for _, q := range []struct {
		rows  [][]any
		query string
		args  []any
	}{
		{sending, `UPDATE delivery SET state = 'sending', gen = gen + 1, claimed_by = $2, lease_until = $3, intent_at = $4, reason = '',
			body_hash = v.hash, locale = v.locale, version = v.version, parts = v.parts, sent_on = v.day, moved_at = $5
			FROM ` + s.d.set(1, "v", col{"id", asInt}, col{"hash", asBytes}, col{"locale", asText}, col{"version", asText}, col{"parts", asInt}, col{"day", asInt}) +
			` WHERE delivery.id = v.id AND delivery.state = 'queued'`, []any{req.Worker, lease.UnixMilli(), now.Raw.UnixMilli(), now.Policy.UnixMilli()}},
		{postponed, `UPDATE delivery SET next_at = v.next, reason = v.reason FROM ` +
			s.d.set(1, "v", col{"id", asInt}, col{"next", asInt}, col{"reason", asText}) + ` WHERE delivery.id = v.id AND delivery.state = 'queued'`, nil},
		{rest, `UPDATE delivery SET state = v.state, reason = v.reason, sent_on = v.day, moved_at = $2 FROM ` +
			s.d.set(1, "v", col{"id", asInt}, col{"state", asText}, col{"reason", asText}, col{"day", asInt}) +
			` WHERE delivery.id = v.id AND delivery.state = 'queued'`, []any{now.Policy.UnixMilli()}},
		{again, `UPDATE delivery SET state = 'unknown', reason = v.reason, next_at = $2, moved_at = $3 FROM ` +
			s.d.set(1, "v", col{"id", asInt}, col{"reason", asText}) + ` WHERE delivery.id = v.id AND delivery.state = 'queued'`,
			[]any{now.Policy.Add(finalAfter).UnixMilli(), now.Policy.UnixMilli()}},
		{merged, `UPDATE notice SET merged_into = v.into_id FROM ` + s.d.set(1, "v", col{"id", asInt}, col{"into_id", asInt}) + ` WHERE notice.id = v.id`, nil},
		{tokens, `INSERT INTO answer_token (hash, launch_id, person_id) SELECT v.hash, v.launch, v.person FROM ` +
			s.d.set(1, "v", col{"hash", asBytes}, col{"launch", asText}, col{"person", asText}) + ` WHERE TRUE ON CONFLICT (hash) DO NOTHING`, nil},
	} {
		if len(q.rows) == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, q.query, append([]any{asJSON(q.rows)}, q.args...)...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func day(counts bool, now Clock) any {
	if !counts {
		return nil
	}
	return campaigns.Day(now.Policy)
}
