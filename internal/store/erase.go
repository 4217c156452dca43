package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/notifier"
)

// ErasePerson takes out of the record who somebody is, with every record that was merged into theirs: names, numbers,
// addresses, what lists and messages said of them, and the key of their values in the audit log. What stays is the
// skeleton that figures are counted by: that a notice was sent to somebody of a unit and what became of it. An address
// stays where it said stop, as a blind index. What has not left is not sent. It returns who was erased; nobody where it was
// done before.
func (s *Store) ErasePerson(ctx context.Context, id campaigns.PersonID, by access.Who, request string) (erased []campaigns.PersonID, err error) {
	err = s.wiping(ctx, func() error {
		return s.write(ctx, "erase a person", func(tx *sql.Tx) (err error) {
			if erased, err = s.samePerson(ctx, tx, id); err != nil {
				return err
			}
			return s.eraseAsked(ctx, tx, erased, by, request)
		})
	})
	return erased, err
}

// eraseAsked erases people on request: ledger and audit log know of it.
func (s *Store) eraseAsked(ctx context.Context, tx *sql.Tx, people []campaigns.PersonID, by access.Who, request string) error {
	if len(people) == 0 {
		return nil
	}
	// A list that is being read would write back what it has read.
	if err := s.lockImports(ctx, tx); err != nil {
		return err
	}
	now, err := s.clock(ctx, tx)
	if err != nil {
		return err
	}
	var unit campaigns.UnitID
	if err := tx.QueryRowContext(ctx, `SELECT unit_id FROM person WHERE id = $1`, string(people[0])).Scan(&unit); err != nil {
		return err
	}
	if err := s.erase(ctx, tx, people, now); err != nil {
		return err
	}
	for _, p := range people {
		if err := s.noteErasure(ctx, tx, campaigns.Erasure{Person: p, At: now.Raw, By: by.Name, Request: request}); err != nil {
			return err
		}
	}
	return s.audit(ctx, tx, access.Entry{Unit: unit, Who: by, Verb: access.PersonErased, Object: "person", ObjectID: string(people[0]),
		After: map[string]any{"people": people, "request": request}})
}

// samePerson lists the records of one person: the one that was named, the one it was merged into, and all that were merged
// into that; those that still hold something.
func (s *Store) samePerson(ctx context.Context, q querier, id campaigns.PersonID) ([]campaigns.PersonID, error) {
	var root campaigns.PersonID
	if err := q.QueryRowContext(ctx, `SELECT COALESCE(merged_into, id) FROM person WHERE id = $1`, string(id)).Scan(&root); err != nil {
		return nil, err
	}
	return collect(ctx, q, scanOne[campaigns.PersonID], `SELECT p.id FROM person p WHERE (p.id = $1 OR p.merged_into = $1) AND `+holdsData+
		` ORDER BY CASE WHEN p.id = $1 THEN 0 ELSE 1 END, p.id`, string(root))
}

// holdsData says that a record p was not erased: one that was merged into another counts as erased elsewhere and is not.
const holdsData = `(p.name <> '' OR p.erased_at IS NULL)`

// erasing are the statements that take people out, in their order. ?who? is the set of people, ?now? policy time, ?none? no
// bytes. Whatever table begins to hold something of a person gets a line here, and one in retention.go.
var erasing = []string{
	// An address that somebody else shares stays theirs, and so does what came from it and was not this person's.
	`UPDATE inbox SET sealed = ?none?, addr_index = ?none?, handled_at = COALESCE(handled_at, ?now?) WHERE person_id ?who?
		OR addr_index IN (SELECT c.addr_index FROM contact c WHERE c.person_id ?who? AND NOT EXISTS
			(SELECT 1 FROM contact o WHERE o.addr_index = c.addr_index AND NOT o.person_id ?who?))`,
	`UPDATE delivery SET contact_id = NULL, addr_index = NULL WHERE person_id ?who?`,
	`DELETE FROM contact WHERE person_id ?who?`,
	`UPDATE roster_row SET sealed = ?none? WHERE person_id ?who?`,
	`DELETE FROM answer_token WHERE person_id ?who?`,
	`DELETE FROM task_sheet WHERE part ?who?`,
	`DELETE FROM review WHERE person_id ?who?`,
	`UPDATE comparison_row SET sealed = ?none? WHERE person_a ?who? OR person_b ?who?`,
	`UPDATE person_event SET reason = ?none? WHERE person_id ?who? OR other_id ?who?`,
	`UPDATE appointment SET place = '', at_time = '', remind_at = NULL WHERE person_id ?who?`,
	`UPDATE outcome SET ref = '' WHERE person_id ?who?`,
	`DELETE FROM person_view WHERE person_id ?who?`,
	`DELETE FROM roster_before WHERE person_id ?who?`,
	`UPDATE message SET sealed = ?none?, ref_index = NULL, addr_index = NULL WHERE person_id ?who?`,
	`UPDATE subject_request SET sealed = NULL WHERE person_id ?who?`,
	`DELETE FROM audit_key WHERE person_id ?who?`,
	// Of the day on which a card must be changed the month stays: a report asks whether a card stood when the campaign began.
	`UPDATE person SET name = '', name_key = '', born = '', birth_year = NULL, sex = '', id_sealed = NULL, id_index = NULL, id_tail = '',
		legacy_sealed = NULL, legacy_index = NULL, address_sealed = NULL, guardian = '', guardian_key = '', relative = '', country = '', returns_on = '',
		card_claim = NULL, eid_claim = NULL, needs_visit = 0, no_smartphone = 0, away = 0, locale = 'vi', village_id = NULL, school_id = NULL,
		class_id = NULL, roster_id = NULL, reach = 0, card_issued_on = '', card_expires_on = '', card_ready_on = '', turns_14_on = '', mismatch = 0,
		card_due_on = CASE WHEN card_due_on = '' THEN '' ELSE substr(card_due_on, 1, 7) || '-01' END, restricted_at = NULL,
		erased_at = COALESCE(erased_at, ?now?), updated_at = ?now? WHERE id ?who?`,
}

// erase takes people out, in the transaction of whoever asks for it. Receipts as they came are emptied where the person's
// notices are still young; older ones have been.
func (s *Store) erase(ctx context.Context, tx *sql.Tx, people []campaigns.PersonID, now Clock) error {
	var ids keySet
	for _, p := range people {
		ids.text(string(p))
	}
	fill := strings.NewReplacer("?who?", `IN (SELECT v.k FROM `+s.textKeys()+`)`, "?none?", s.d.none, "?now?", strconv.FormatInt(now.Policy.UnixMilli(), 10))
	if err := s.cancelErased(ctx, tx, fill, s.keyArg(&ids), now); err != nil {
		return err
	}
	for _, q := range erasing {
		if _, err := tx.ExecContext(ctx, fill.Replace(q), s.keyArg(&ids)); err != nil {
			return err
		}
	}
	return s.markEverywhere(ctx, tx, people...) // who has no number left is hard to win
}

// cancelErased refuses what has not left yet, and empties what providers reported of what has. A keyed re-send that waits
// may have arrived at its first asking: it is unknown, and waits no longer.
func (s *Store) cancelErased(ctx context.Context, tx *sql.Tx, fill *strings.Replacer, who any, now Clock) error {
	resends, err := collect(ctx, tx, scanOne[campaigns.DeliveryID], fill.Replace(`UPDATE delivery SET state = 'unknown', reason = '`+string(notifier.NoAnswer)+`',
		next_at = ?now?, moved_at = ?now? WHERE person_id ?who? AND state = 'queued' AND resends > 0 RETURNING id`), who)
	if err != nil {
		return err
	}
	for _, id := range resends {
		if err := s.waitFor(ctx, tx, id, now); err != nil {
			return err
		}
	}
	waiting, err := collect(ctx, tx, func(row scanner) (m meant, err error) {
		return m, row.Scan(&m.launch, &m.person)
	}, fill.Replace(`UPDATE delivery SET state = 'suppressed', reason = '`+string(campaigns.Erased)+`', moved_at = ?now?
		WHERE person_id ?who? AND state IN ('planned','queued') AND resends = 0 RETURNING launch_id, person_id`), who)
	if err != nil {
		return err
	}
	if err := s.mark(ctx, tx, waiting...); err != nil {
		return err
	}
	var first sql.NullInt64 // receipts are found by their keys, which are in order of time
	if err := tx.QueryRowContext(ctx, fill.Replace(`SELECT min(d.intent_at) FROM delivery d WHERE d.person_id ?who? AND d.intent_at IS NOT NULL`), who).Scan(&first); err != nil || !first.Valid {
		return err
	}
	_, err = tx.ExecContext(ctx, fill.Replace(`UPDATE receipt SET raw_sealed = ?none? WHERE id >= `+strconv.FormatInt(campaigns.KeyAt(ms(first.Int64).Add(-time.Hour)), 10)+
		` AND delivery_id IN (SELECT d.id FROM delivery d WHERE d.person_id ?who?)`), who)
	return err
}

// wiping runs an erasure so that SQLite overwrites what it deletes, and empties its journal afterwards: what was erased is not
// found in the file. PostgreSQL leaves it to its own vacuum.
func (s *Store) wiping(ctx context.Context, f func() error) error {
	if s.d != sqliteDialect {
		return f()
	}
	if _, err := s.w.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil { // of the one connection that writes
		return wrap("overwrite what is deleted", err)
	}
	err := f()
	_, _ = s.w.ExecContext(context.WithoutCancel(ctx), `PRAGMA secure_delete = OFF`)
	if err == nil {
		_, _ = s.w.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`) // a reader that holds it back only delays it
	}
	return err
}
