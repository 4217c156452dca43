package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// UndoWithin is how long a roster can be undone.
const UndoWithin = 24 * time.Hour

// Reasons why a roster cannot be undone.
var (
	ErrUndone   = errors.New("store: this roster was undone before")
	ErrUndoLate = errors.New("store: this roster is too old to be undone")
)

// Undone says what undoing a roster took back and what stayed.
type Undone struct {
	People   int `json:"people"`   // brought by it alone, and taken out again
	Restored int `json:"restored"` // known before it, and given back what it changed
	Told     int `json:"told"`     // left as they are: a launched campaign means them
	Kept     int `json:"kept"`     // left as they are: another list names them, or somebody has worked with them since
}

// meantByLaunch says that a launched campaign means a person p; the second half is for launches of which nothing is planned yet.
const meantByLaunch = `(EXISTS (SELECT 1 FROM launch l JOIN notice n ON n.launch_id = l.id AND n.person_id = p.id)
	OR EXISTS (SELECT 1 FROM launch l CROSS JOIN member m WHERE m.audience_id = l.audience_id AND m.person_id = p.id))`

// worked says that something else than the roster in $1 speaks of a person p.
const worked = `(EXISTS (SELECT 1 FROM roster_row y WHERE y.person_id = p.id AND y.roster_id <> $1)
	OR EXISTS (SELECT 1 FROM response r WHERE r.person_id = p.id) OR EXISTS (SELECT 1 FROM task_item i WHERE i.person_id = p.id)
	OR EXISTS (SELECT 1 FROM outcome o WHERE o.person_id = p.id AND NOT (o.source = 'roster' AND o.ref = $1))
	OR EXISTS (SELECT 1 FROM review v WHERE v.person_id = p.id) OR EXISTS (SELECT 1 FROM person_event e WHERE e.person_id = p.id OR e.other_id = p.id)
	OR EXISTS (SELECT 1 FROM inbox b WHERE b.person_id = p.id) OR p.erased_at IS NOT NULL)`

// UndoRoster takes back what a roster alone has brought: people, contacts, values, facts. Whoever is meant by a launched
// campaign stays as they are, and so does whoever another list names or somebody has worked with; a value that was changed
// again since stays, too. Units that the roster made stay. The same file can be imported anew afterwards.
func (s *Store) UndoRoster(ctx context.Context, id campaigns.RosterID, who access.Who) (Undone, error) {
	var out Undone
	err := s.write(ctx, "undo a roster", func(tx *sql.Tx) error {
		out = Undone{}
		if err := s.lockImports(ctx, tx); err != nil {
			return err
		}
		r, err := scanRoster(tx.QueryRowContext(ctx, `SELECT `+rosterColumns+` FROM roster r WHERE r.id = $1`+s.d.forUpdate, id))
		if err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		switch {
		case !r.UndoneAt.IsZero():
			return ErrUndone
		case r.State == "reading":
			return campaigns.ErrConflict
		case now.Policy.Sub(r.StartedAt) > UndoWithin:
			return ErrUndoLate
		}
		if err := s.takeOut(ctx, tx, id, &out); err != nil {
			return err
		}
		if err := s.giveBack(ctx, tx, id, &out, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE roster SET undone_at = $2, undone_by = $3, undone = $4 WHERE id = $1`, id, now.Policy.UnixMilli(), who.Name, asJSON(out)); err != nil {
			return err
		}
		return s.audit(ctx, tx, access.Entry{Unit: r.UnitID, Who: who, Verb: access.RosterUndone, Object: "roster", ObjectID: string(id),
			After: map[string]any{"people": out.People, "restored": out.Restored, "told": out.Told, "kept": out.Kept}})
	})
	return out, err
}

// takeOut deletes the people whom the roster made and nobody else speaks of.
func (s *Store) takeOut(ctx context.Context, tx *sql.Tx, id campaigns.RosterID, out *Undone) error {
	var gone keySet
	_, err := collect(ctx, tx, func(row scanner) (bool, error) {
		var person string
		var isTold, isWorked bool
		err := row.Scan(&person, &isTold, &isWorked)
		switch {
		case isTold:
			out.Told++
		case isWorked:
			out.Kept++
		default:
			gone.text(person)
			out.People++
		}
		return true, err
	}, `SELECT p.id, `+yes(meantByLaunch)+`, `+yes(worked)+` FROM (SELECT DISTINCT x.person_id AS id FROM roster_row x WHERE x.roster_id = $1) x JOIN person p ON p.id = x.id WHERE p.roster_id = $1`, id)
	if err != nil || gone.n == 0 {
		return err
	}
	in := ` IN (SELECT v.k FROM ` + s.textKeys() + `)`
	for _, statement := range []string{
		// Nobody who waits for approval is left without being counted.
		`UPDATE audience SET total = total - (SELECT count(*) FROM member m WHERE m.audience_id = audience.id AND m.person_id` + in + `)
			WHERE NOT EXISTS (SELECT 1 FROM launch l WHERE l.audience_id = audience.id)`,
		`DELETE FROM member WHERE person_id` + in, `DELETE FROM outcome WHERE person_id` + in, `DELETE FROM contact WHERE person_id` + in,
		`DELETE FROM roster_before WHERE person_id` + in, `UPDATE roster_row SET person_id = NULL WHERE person_id` + in, `DELETE FROM person WHERE id` + in,
	} {
		if _, err := tx.ExecContext(ctx, statement, s.keyArg(&gone)); err != nil {
			return err
		}
	}
	return nil
}

// before is how a known person was before a roster, and how the roster left them: the columns of personSet, as JSON.
type before struct {
	Was      []json.RawMessage `json:"was"`
	Became   []json.RawMessage `json:"became"`
	Contacts []contactFlags    `json:"contacts"` // those that were there before
}

type contactFlags struct {
	ID          campaigns.ContactID `json:"id"`
	Unconfirmed bool                `json:"unconfirmed"`
	Consented   bool                `json:"consented"`
}

func columnsOf(p *personRow) []json.RawMessage {
	values := make([]any, len(personSet))
	p.values(0, values)
	out := make([]json.RawMessage, len(values))
	for i, v := range values {
		if b, ok := v.([]byte); ok {
			v = hexed(b)
		}
		out[i] = json.RawMessage(asJSON(v))
	}
	return out
}

func beforePlace(id campaigns.RosterID, person campaigns.PersonID) string {
	return "roster_before|" + string(id) + "|" + string(person)
}

// keepBefore keeps how the known people were whom a batch has changed; of those changed by an earlier batch, too, how they
// were before that one.
func (s *Store) keepBefore(ctx context.Context, tx *fillTx, id campaigns.RosterID, touched []*met) error {
	var changed []*met
	for _, m := range touched {
		if m.was != nil && id != "" {
			changed = append(changed, m)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	earlier, err := s.beforeOf(ctx, tx.Tx, id)
	if err != nil {
		return err
	}
	for _, m := range changed {
		b, again := earlier[m.ID]
		if !again {
			b.Was = columnsOf(m.was)
			for _, c := range m.was.Contacts {
				b.Contacts = append(b.Contacts, contactFlags{c.ID, c.Unconfirmed, c.Consented})
			}
		}
		b.Became = columnsOf(m.personRow)
		if _, err := tx.ExecContext(ctx, `INSERT INTO roster_before (roster_id, person_id, sealed) VALUES ($1,$2,$3)
			ON CONFLICT (roster_id, person_id) DO UPDATE SET sealed = excluded.sealed`, id, m.ID, s.ring.Seal(beforePlace(id, m.ID), asJSON(b))); err != nil {
			return err
		}
	}
	return nil
}

// beforeOf reads what was kept for a roster.
func (s *Store) beforeOf(ctx context.Context, tx *sql.Tx, id campaigns.RosterID) (map[campaigns.PersonID]before, error) {
	out := map[campaigns.PersonID]before{}
	_, err := collect(ctx, tx, func(row scanner) (bool, error) {
		var person campaigns.PersonID
		var sealed []byte
		if err := row.Scan(&person, &sealed); err != nil {
			return false, err
		}
		raw, err := s.ring.Open(beforePlace(id, person), sealed)
		if err != nil {
			return false, err
		}
		var b before
		err = decodeJSON(raw, &b)
		out[person] = b
		return true, err
	}, `SELECT person_id, sealed FROM roster_before WHERE roster_id = $1`, id)
	return out, err
}

// forgetBefore forgets what can no longer be undone.
func (s *Store) forgetBefore(ctx context.Context, tx *sql.Tx) error {
	now, err := s.clock(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM roster_before WHERE roster_id IN (SELECT r.id FROM roster r WHERE r.started_at < $1 OR r.undone_at IS NOT NULL)`,
		now.Policy.Add(-UndoWithin).UnixMilli())
	return err
}

// giveBack gives people who were known before the roster what they had, and takes its facts back.
func (s *Store) giveBack(ctx context.Context, tx *sql.Tx, id campaigns.RosterID, out *Undone, now Clock) error {
	kept, err := s.beforeOf(ctx, tx, id)
	if err != nil {
		return err
	}
	people, err := collect(ctx, tx, scanPerson, `SELECT `+personColumns+` FROM roster_before b JOIN person p ON p.id = b.person_id
		WHERE b.roster_id = $1 AND p.erased_at IS NULL AND NOT `+meantByLaunch+` ORDER BY p.id`, id)
	if err != nil {
		return err
	}
	out.Restored, out.Told = len(people), out.Told+len(kept)-len(people)
	if err := s.withContacts(ctx, tx, people); err != nil {
		return err
	}
	var ids []campaigns.PersonID
	for _, p := range people {
		if err := s.restore(ctx, tx, p, kept[p.ID], now); err != nil {
			return err
		}
		ids = append(ids, p.ID)
	}
	unsaid, err := s.takeFactsBack(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := s.refreshReach(ctx, tx, ids); err != nil {
		return err
	}
	return s.markEverywhere(ctx, tx, append(ids, unsaid...)...)
}

// restore gives one person back the values that the roster has changed and nobody since, and takes its contacts away.
func (s *Store) restore(ctx context.Context, tx *sql.Tx, p *personRow, b before, now Clock) error {
	is := columnsOf(p)
	if len(b.Was) != len(is) || len(b.Became) != len(is) {
		return nil // kept by another version of the program, which knew other columns
	}
	names := setNames(personSet)
	var sets []string
	row := []any{string(p.ID)}
	cols := []col{{"id", asText}}
	for i, name := range names {
		if name == "id" || name == "updated_at" || string(b.Was[i]) == string(b.Became[i]) || string(is[i]) != string(b.Became[i]) {
			continue
		}
		sets = append(sets, name+" = v."+name)
		row, cols = append(row, b.Was[i]), append(cols, personSet[i])
	}
	if len(sets) > 0 {
		if _, err := tx.ExecContext(ctx, `UPDATE person SET `+strings.Join(sets, ", ")+`, updated_at = $2 FROM `+s.d.set(1, "v", cols...)+` WHERE person.id = v.id`,
			asJSON([][]any{row}), now.Policy.UnixMilli()); err != nil {
			return err
		}
	}
	for _, c := range p.Contacts {
		i := slices.IndexFunc(b.Contacts, func(f contactFlags) bool { return f.ID == c.ID })
		if i < 0 {
			if _, err := tx.ExecContext(ctx, `DELETE FROM contact WHERE id = $1`, c.ID); err != nil {
				return err
			}
			continue
		}
		if f := b.Contacts[i]; f.Unconfirmed != c.Unconfirmed || f.Consented != c.Consented {
			if _, err := tx.ExecContext(ctx, `UPDATE contact SET unconfirmed = $2, consented = $3 WHERE id = $1`, c.ID, bit(f.Unconfirmed), bit(f.Consented)); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeFactsBack takes back the facts that an authoritative roster has verified of people whom no launched campaign means.
func (s *Store) takeFactsBack(ctx context.Context, tx *sql.Tx, id campaigns.RosterID) ([]campaigns.PersonID, error) {
	people, err := collect(ctx, tx, scanOne[campaigns.PersonID], `SELECT DISTINCT p.id FROM (SELECT DISTINCT x.person_id AS id FROM roster_row x WHERE x.roster_id = $1) x
		JOIN person p ON p.id = x.id JOIN outcome o ON o.person_id = p.id WHERE o.source = 'roster' AND o.ref = $1 AND NOT `+meantByLaunch+` ORDER BY p.id`, id)
	for _, person := range people {
		if _, err := tx.ExecContext(ctx, `DELETE FROM outcome WHERE person_id = $1 AND source = 'roster' AND ref = $2`, person, id); err != nil {
			return nil, err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE person SET card_verified = (SELECT count(*) FROM outcome o WHERE o.person_id = $1 AND o.fact = 'card'),
			eid_verified = COALESCE((SELECT max(CASE WHEN o.fact = 'eid2' THEN 2 ELSE 1 END) FROM outcome o WHERE o.person_id = $1 AND o.fact IN ('eid1','eid2')), 0) WHERE id = $1`, person); err != nil {
			return nil, err
		}
	}
	return people, err
}
