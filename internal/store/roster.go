package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Roster is one imported list.
type Roster struct {
	ID            campaigns.RosterID
	UnitID        campaigns.UnitID
	FileName      string
	Fingerprint   string
	Authoritative bool   // its "has a card" is a fact (rulings.md 11)
	ConsentRef    string // where the relatives' consent is on record
	Layout        string // JSON: how the file was read
	State         string // reading, done, failed
	Actor         string
	Counts        Counts
	StartedAt     time.Time
	FinishedAt    time.Time
	UndoneAt      time.Time // zero: it stands
	UndoneBy      string
	Undone        Undone

	earlier campaigns.RosterID // the same file for the same unit, imported before with other settings
}

// Counts say what became of a roster's rows. People are counted once, however many rows name them.
type Counts struct {
	Rows         int            `json:"rows"`
	Accepted     int            `json:"accepted"`      // rows that made a new person
	WithFindings int            `json:"with_findings"` // rows not rejected that a human should look at
	Duplicates   int            `json:"duplicates"`    // rows about somebody known before, from this file or another
	InFile       int            `json:"in_file"`       // of these, about somebody whom an earlier row of this file named
	Rejected     int            `json:"rejected"`
	New          int            `json:"new"`
	Known        int            `json:"known"` // people known before this roster
	Changed      int            `json:"changed"`
	UnitsCreated int            `json:"units_created"`
	Findings     map[string]int `json:"findings,omitempty"`
	Remarks      []Remark       `json:"remarks,omitempty"`
	Failure      string         `json:"failure,omitempty"` // why reading stopped
}

// Unchanged returns how many people were known and stay as they are.
func (c Counts) Unchanged() int { return c.Known - c.Changed }

// Remark is something about the file as a whole; it names no person.
type Remark struct {
	Code   string `json:"code"`
	Sheet  string `json:"sheet,omitempty"`
	Row    int    `json:"row,omitempty"`
	Count  int    `json:"count,omitempty"`
	Detail string `json:"detail,omitempty"`
}

const rosterColumns = `r.id, r.unit_id, r.file_name, r.fingerprint, r.authoritative, r.consent_ref, r.layout, r.counts, r.state, r.actor,
	r.started_at, r.finished_at, r.undone_at, r.undone_by, r.undone`

func scanRoster(row scanner) (r Roster, err error) {
	var counts, undone string
	var started int64
	var finished, undoneAt sql.NullInt64
	if err = row.Scan(&r.ID, &r.UnitID, &r.FileName, &r.Fingerprint, &r.Authoritative, &r.ConsentRef, &r.Layout, &counts, &r.State, &r.Actor,
		&started, &finished, &undoneAt, &r.UndoneBy, &undone); err != nil {
		return r, err
	}
	r.StartedAt, r.FinishedAt, r.UndoneAt = ms(started), msNull(finished), msNull(undoneAt)
	if undone != "" {
		if err := decodeJSON(undone, &r.Undone); err != nil {
			return r, err
		}
	}
	return r, json.Unmarshal([]byte(counts), &r.Counts)
}

// Roster returns one roster.
func (s *Store) Roster(ctx context.Context, id campaigns.RosterID) (Roster, error) {
	r, err := scanRoster(s.r.QueryRowContext(ctx, `SELECT `+rosterColumns+` FROM roster r WHERE r.id = $1`, id))
	return r, wrap("roster", err)
}

// Rosters lists the rosters of a unit, newest first, before a cursor ("" for the newest).
func (s *Store) Rosters(ctx context.Context, unit campaigns.UnitID, before campaigns.RosterID, limit int) ([]Roster, error) {
	if before == "" {
		before = "~"
	}
	list, err := collect(ctx, s.r, scanRoster, `SELECT `+rosterColumns+` FROM roster r WHERE r.unit_id = $1 AND r.id < $2
		ORDER BY r.id DESC LIMIT $3`, unit, before, limit)
	return list, wrap("list rosters", err)
}

// Errors of an import.
var (
	ErrOvertaken = errors.New("store: this roster is being imported by somebody else")
	ErrUnitKind  = errors.New("store: a roster belongs to a province, a ward or a unit within a ward")
)

// StartRoster opens a roster for reading. The same file for the same unit with the same settings is not opened twice:
// one that stopped half way is taken up again where it stopped (Counts.Rows), one that is done is returned as it is
// (State done), so that a repeated task or a second upload adds nobody.
func (s *Store) StartRoster(ctx context.Context, r Roster) (Roster, error) {
	err := s.write(ctx, "start a roster", func(tx *sql.Tx) error {
		if err := s.lockImports(ctx, tx); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		same, err := collect(ctx, tx, scanRoster, `SELECT `+rosterColumns+` FROM roster r WHERE r.unit_id = $1 AND r.fingerprint = $2 AND r.undone_at IS NULL
			ORDER BY r.id DESC`, r.UnitID, r.Fingerprint)
		if err != nil {
			return err
		}
		var earlier campaigns.RosterID
		for _, old := range same {
			if old.Authoritative == r.Authoritative && old.ConsentRef == r.ConsentRef && old.Layout == r.Layout {
				r = old
			} else if old.State == "done" && earlier == "" {
				earlier = old.ID
			}
			if r.ID != "" {
				break
			}
		}
		r.earlier = earlier
		if r.ID != "" {
			if r.State == "failed" {
				r.State, r.Counts.Failure = "reading", ""
				return s.putRoster(ctx, tx, r)
			}
			return nil
		}
		r.ID, r.State, r.StartedAt = campaigns.RosterID(newID()), "reading", now.Policy
		_, err = tx.ExecContext(ctx, `INSERT INTO roster (id, unit_id, file_name, fingerprint, authoritative, consent_ref, layout, state, actor, started_at)
			VALUES ($1,$2,$3,$4,$5,$6,$7,'reading',$8,$9)`,
			r.ID, r.UnitID, r.FileName, r.Fingerprint, bit(r.Authoritative), r.ConsentRef, r.Layout, r.Actor, now.Policy.UnixMilli())
		return err
	})
	return r, err
}

// putRoster writes state and counts.
func (s *Store) putRoster(ctx context.Context, tx *sql.Tx, r Roster) error {
	c := r.Counts
	_, err := tx.ExecContext(ctx, `UPDATE roster SET state = $2, counts = $3, accepted = $4, with_findings = $5, duplicates = $6, rejected = $7,
		people_new = $8, people_changed = $9, finished_at = $10 WHERE id = $1`,
		r.ID, r.State, asJSON(c), c.Accepted, c.WithFindings, c.Duplicates, c.Rejected, c.New, c.Changed, nullMS(r.FinishedAt))
	return err
}

// sharedPhone is how many people may share a phone before the file is remarked on: a village head, a shop, a made-up
// number (domain.md §3).
const sharedPhone = 5

// FinishRoster closes a roster that was read to its end.
func (s *Store) FinishRoster(ctx context.Context, id campaigns.RosterID, remarks []Remark) (Roster, error) {
	rec, err := s.closeRoster(ctx, id, func(tx *sql.Tx, r *Roster) error {
		if r.State == "done" {
			return nil
		}
		shared, err := collect(ctx, tx, scanOne[int], `SELECT count(DISTINCT c.person_id) FROM roster_row x JOIN contact c ON c.person_id = x.person_id
			WHERE x.roster_id = $1 AND c.medium = 'phone' GROUP BY c.addr_index HAVING count(DISTINCT c.person_id) > $2`, id, sharedPhone)
		if err != nil {
			return err
		}
		if len(shared) > 0 {
			remarks = append(remarks, Remark{Code: "phone_shared_by_many", Count: len(shared)})
		}
		r.State, r.Counts.Remarks = "done", remarks
		return s.forgetBefore(ctx, tx)
	})
	if err == nil {
		s.Analyze(ctx)
	}
	return rec, err
}

// FailRoster records why reading stopped; what was imported stays, and the same file can be taken up again.
func (s *Store) FailRoster(ctx context.Context, id campaigns.RosterID, code string) (Roster, error) {
	return s.closeRoster(ctx, id, func(_ *sql.Tx, r *Roster) error {
		if r.State == "reading" {
			r.State, r.Counts.Failure = "failed", code
		}
		return nil
	})
}

func (s *Store) closeRoster(ctx context.Context, id campaigns.RosterID, change func(tx *sql.Tx, r *Roster) error) (Roster, error) {
	var r Roster
	err := s.write(ctx, "close a roster", func(tx *sql.Tx) error {
		var err error
		if r, err = scanRoster(tx.QueryRowContext(ctx, `SELECT `+rosterColumns+` FROM roster r WHERE r.id = $1`+s.d.forUpdate, id)); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if err := change(tx, &r); err != nil {
			return err
		}
		if r.FinishedAt.IsZero() {
			r.FinishedAt = now.Policy
		}
		return s.putRoster(ctx, tx, r)
	})
	return r, err
}

// lockImports lets one batch in at a time: two batches that meet the same person at once must not both make them.
func (s *Store) lockImports(ctx context.Context, tx *sql.Tx) error {
	if s.d == postgresDialect {
		// Waiting for other imports, a batch of each at most, is no fault: it may take longer than a lock usually does.
		if _, err := tx.ExecContext(ctx, `SELECT set_config('lock_timeout','60000',true)`); err != nil {
			return err
		}
	}
	const key = 7_276_225_012 // any number, the same in every Loa
	return s.d.lock(ctx, tx, []int64{key})
}
