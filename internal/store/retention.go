package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Keeps are for how long what is personal is kept (rulings.md 29, domain.md §6.2).
const (
	keepPeople  = 180 * 24 * time.Hour // after the last campaign of a person has ended and a list has named them last
	keepUnmeant = 730 * 24 * time.Hour // of whom no campaign ever meant, after a list has named them last
	keepRaw     = 180 * 24 * time.Hour // what came as it came: rows of lists, receipts, texts of the inbox, letters
	keepDrafts  = 90 * 24 * time.Hour
	keepAnswers = 3 * 24 * time.Hour // for requests with an Idempotency-Key
	keepBrief   = 24 * time.Hour     // sessions, brakes
	keepEvents  = 30 * 24 * time.Hour
	keepDesk    = 730 * 24 * time.Hour // what a citizen wrote to the desk, after the request has ended
)

// retention is how long one table keeps what is personal. since is the moment, in milliseconds, from which a row's time
// runs; holds says that a row still has something to lose; end takes it away, the row or what is personal in it.
type retention struct {
	name  string
	table string
	keys  []string
	keep  time.Duration
	raw   bool // counted by raw database time, not by policy time
	since string
	holds string
	end   string
}

// retentions is the whole of what is kept for how long. People are in it for the report; purge.go erases them.
var retentions = []retention{
	{name: "people", table: "person", keys: []string{"id"}, keep: keepPeople, since: "person.updated_at", holds: holdsPerson + ` AND EXISTS (SELECT 1 FROM delivery d WHERE d.person_id = person.id)`},
	{name: "people no campaign meant", table: "person", keys: []string{"id"}, keep: keepUnmeant, since: "person.updated_at",
		holds: holdsPerson + ` AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.person_id = person.id)`},
	{name: "rows of lists as they came", table: "roster_row", keys: []string{"roster_id", "sheet", "row_no"}, keep: keepRaw,
		since: "(SELECT COALESCE(r.finished_at, r.started_at) FROM roster r WHERE r.id = roster_row.roster_id)", holds: "length(sealed) > 0", end: "UPDATE roster_row SET sealed = ?none?"},
	{name: "receipts as they came", table: "receipt", keys: []string{"id"}, keep: keepRaw, since: "received_at", holds: "length(raw_sealed) > 0", end: "UPDATE receipt SET raw_sealed = ?none?"},
	{name: "texts of the inbox", table: "inbox", keys: []string{"id"}, keep: keepRaw, since: "at", holds: "TRUE", end: "DELETE FROM inbox"},
	{name: "comparisons of lists", table: "comparison_row", keys: []string{"comparison_id", "n"}, keep: keepRaw,
		since: "(SELECT c.at FROM comparison c WHERE c.id = comparison_row.comparison_id)", holds: "length(sealed) > 0", end: "UPDATE comparison_row SET sealed = ?none?"},
	{name: "letters and scripts", table: "task_sheet", keys: []string{"task_id", "part"}, keep: keepRaw,
		since: "(SELECT t.created_at FROM task t WHERE t.id = task_sheet.task_id)", holds: "TRUE", end: "DELETE FROM task_sheet"},
	{name: "answer tokens", table: "answer_token", keys: []string{"hash"}, keep: keepRaw,
		since: "COALESCE((SELECT l.stopped_at FROM launch l WHERE l.id = answer_token.launch_id), ?now?)", holds: "TRUE", end: "DELETE FROM answer_token"},
	{name: "requests to the desk", table: "subject_request", keys: []string{"id"}, keep: keepDesk, since: "ended_at", holds: "sealed IS NOT NULL AND ended_at IS NOT NULL",
		end: "UPDATE subject_request SET sealed = NULL"},
	{name: "messages of services", table: "message", keys: []string{"id"}, keep: keepRaw, raw: true, since: "created_at", holds: "length(sealed) > 0",
		end: "UPDATE message SET sealed = ?none?, ref_index = NULL, addr_index = NULL"},
	{name: "rows of bulk sends", table: "bulk_row", keys: []string{"bulk_id", "n"}, keep: keepRaw, raw: true,
		since: "(SELECT b.created_at FROM bulk_send b WHERE b.id = bulk_row.bulk_id)", holds: "sealed IS NOT NULL", end: "UPDATE bulk_row SET sealed = NULL"},
	{name: "parts of uploads that were not finished", table: "upload_part", keys: []string{"upload_id", "n"}, keep: keepBrief,
		since: "(SELECT u.at FROM upload u WHERE u.id = upload_part.upload_id)", holds: "TRUE", end: "DELETE FROM upload_part"},
	{name: "uploads that were not finished", table: "upload", keys: []string{"id"}, keep: keepBrief, since: "at",
		holds: "NOT EXISTS (SELECT 1 FROM upload_part x WHERE x.upload_id = upload.id)", end: "DELETE FROM upload"},
	{name: "what stood before a list", table: "roster_before", keys: []string{"roster_id", "person_id"}, keep: keepBrief,
		since: "(SELECT r.started_at FROM roster r WHERE r.id = roster_before.roster_id)", holds: "TRUE", end: "DELETE FROM roster_before"},
	{name: "tests of texts", table: "test_send", keys: []string{"id"}, keep: keepDrafts, since: "at", holds: "TRUE", end: "DELETE FROM test_send"},
	{name: "steps of signing in", table: "ceremony", keys: []string{"hash"}, keep: keepBrief, raw: true, since: "expires_at", holds: "TRUE", end: "DELETE FROM ceremony"},
	{name: "drafts of forms", table: "form_draft", keys: []string{"id"}, keep: keepDrafts, since: "updated_at", holds: "TRUE", end: "DELETE FROM form_draft"},
	{name: "answers to repeated requests", table: "asked", keys: []string{"caller", "key"}, keep: keepAnswers, raw: true, since: "at", holds: "TRUE", end: "DELETE FROM asked"},
	{name: "sessions", table: "session", keys: []string{"hash"}, keep: keepBrief, raw: true, since: "created_at", holds: "TRUE", end: "DELETE FROM session"},
	{name: "start codes", table: "staff_start", keys: []string{"hash"}, keep: keepBrief, raw: true, since: "expires_at", holds: "TRUE", end: "DELETE FROM staff_start"},
	{name: "known devices", table: "staff_device", keys: []string{"staff_id", "hash"}, keep: keepRaw, raw: true, since: "used_at", holds: "TRUE", end: "DELETE FROM staff_device"},
	{name: "brakes of signing in", table: "throttle", keys: []string{"key_index"}, keep: keepBrief, raw: true, since: "last_at", holds: "TRUE", end: "DELETE FROM throttle"},
	{name: "tellings of webhooks", table: "telling", keys: []string{"webhook_id", "event_id"}, keep: keepEvents, raw: true,
		since: "(SELECT e.at FROM event e WHERE e.id = telling.event_id)", holds: "TRUE", end: "DELETE FROM telling"},
	{name: "events of webhooks", table: "event", keys: []string{"id"}, keep: keepEvents, raw: true, since: "at",
		holds: "NOT EXISTS (SELECT 1 FROM telling t WHERE t.event_id = event.id)", end: "DELETE FROM event"},
	{name: "whom staff looked at, for the day's budget", table: "person_view", keys: []string{"by_id", "kind", "day", "person_id"}, keep: sightsKept * 24 * time.Hour,
		since: "(day + 1) * 86400000", holds: "TRUE", end: "DELETE FROM person_view"},
}

// holdsPerson says that a person is still somebody whom nothing keeps: no campaign that goes on, or ended lately, means
// them, no list has named them lately, and no request of theirs is open. Which campaigns those are is a short list, looked up for each person by key.
const holdsPerson = `person.name <> '' AND NOT EXISTS (SELECT 1 FROM campaign c CROSS JOIN member m
		WHERE m.audience_id = c.audience_id AND m.person_id = person.id AND c.state <> 'draft'
			AND (c.state NOT IN ('completed','cancelled') OR COALESCE((SELECT max(l.stopped_at) FROM launch l WHERE l.campaign_id = c.id), c.updated_at) >= ?ended?))
	AND NOT EXISTS (SELECT 1 FROM roster_row x JOIN roster r ON r.id = x.roster_id WHERE x.person_id = person.id AND r.started_at >= ?before?)
	AND NOT EXISTS (SELECT 1 FROM subject_request q WHERE q.person_id = person.id AND q.ended_at IS NULL)`

// Kept is one line of the proof that nothing is kept too long.
type Kept struct {
	Name   string
	Table  string
	Keep   time.Duration
	Rows   int       // that still hold something
	Oldest time.Time // from which the oldest one's time runs
	Due    int       // whose time is over: 0 after a purge
}

// fill puts the moments into a text of a rule.
func (r retention) fill(s *Store, now Clock) *strings.Replacer {
	at := now.Policy
	if r.raw {
		at = now.Raw
	}
	ended := at.Add(-keepPeople)
	return strings.NewReplacer("?none?", s.d.none, "?now?", fmt.Sprint(at.UnixMilli()), "?ended?", fmt.Sprint(ended.UnixMilli()),
		"?before?", fmt.Sprint(at.Add(-r.keep).UnixMilli()))
}

// RetentionReport says of every rule how much there is, how old it is and how much is due.
func (s *Store) RetentionReport(ctx context.Context) ([]Kept, error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return nil, wrap("report on retention", err)
	}
	out := make([]Kept, len(retentions))
	for i, r := range retentions {
		out[i] = Kept{Name: r.name, Table: r.table, Keep: r.keep}
		var oldest, due sql.NullInt64
		if err := s.r.QueryRowContext(ctx, r.fill(s, now).Replace(`SELECT count(*), min(x.since), sum(CASE WHEN x.since < ?before? THEN 1 ELSE 0 END)
			FROM (SELECT `+r.since+` AS since FROM `+r.table+` WHERE `+r.holds+`) x`)).Scan(&out[i].Rows, &oldest, &due); err != nil {
			return nil, wrap("report on retention of "+r.table, err)
		}
		out[i].Oldest, out[i].Due = msNull(oldest), int(due.Int64)
	}
	return out, nil
}

// PurgedAt is when the last purge came to its end, by policy time.
func (s *Store) PurgedAt(ctx context.Context) (time.Time, error) {
	v, err := s.Meta(ctx, "purged")
	if err != nil || v == "" {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, v)
	return at, wrap("read when was purged", err)
}

// duePeople lists people whose time is over, in order of id after a cursor.
func (s *Store) duePeople(ctx context.Context, r retention, now Clock, after campaigns.PersonID, limit int) ([]campaigns.PersonID, error) {
	return collect(ctx, s.r, scanOne[campaigns.PersonID], r.fill(s, now).Replace(`SELECT id FROM person WHERE id > $1 AND `+r.since+` < ?before? AND `+r.holds+` ORDER BY id LIMIT $2`),
		string(after), limit)
}
