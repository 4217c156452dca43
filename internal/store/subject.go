package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/access"
)

const subjectColumns = `id, unit_id, person_id, kind, state, way, sealed, taken_by, taken_name, received_at, answer_due, finish_due, extended, answered_at, decided_by, ended_at, why`

func (s *Store) scanSubject(row scanner) (r campaigns.SubjectRequest, err error) {
	var sealed []byte
	var received, answer, finish int64
	var answered, ended sql.NullInt64
	if err = row.Scan(&r.ID, &r.UnitID, &r.PersonID, &r.Kind, &r.State, &r.Way, &sealed, &r.TakenBy, &r.TakenName, &received, &answer, &finish, &r.Extended,
		&answered, &r.DecidedBy, &ended, &r.Why); err != nil {
		return r, err
	}
	r.ReceivedAt, r.AnswerDue, r.FinishDue, r.AnsweredAt, r.EndedAt = ms(received), ms(answer), ms(finish), msNull(answered), msNull(ended)
	r.Note, err = s.ring.Open(subjectPlace(r.ID), sealed)
	return r, err
}

func subjectPlace(id string) string { return "subject_request|" + id }

// TakeSubjectRequest takes in what a person asks about their own data, and sets the clocks of the law.
func (s *Store) TakeSubjectRequest(ctx context.Context, r campaigns.SubjectRequest, by access.Who) (campaigns.SubjectRequest, error) {
	if err := r.Validate(); err != nil {
		return r, err
	}
	err := s.write(ctx, "take a request in", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT p.unit_id FROM person p WHERE p.id = $1 AND p.erased_at IS NULL`, string(r.PersonID)).Scan(&r.UnitID); err != nil {
			return err
		}
		r.ID, r.State, r.ReceivedAt, r.TakenBy, r.TakenName = newID(), campaigns.SubjectReceived, now.Policy, by.Self(), by.Name
		r.AnswerDue, r.FinishDue = r.Kind.Due(now.Policy, workday)
		if _, err := tx.ExecContext(ctx, `INSERT INTO subject_request (id, unit_id, person_id, kind, state, way, sealed, taken_by, taken_name, received_at, answer_due, finish_due)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`, r.ID, string(r.UnitID), string(r.PersonID), string(r.Kind), string(r.State), r.Way,
			s.ring.Seal(subjectPlace(r.ID), r.Note), r.TakenBy, r.TakenName, now.Policy.UnixMilli(), r.AnswerDue.UnixMilli(), r.FinishDue.UnixMilli()); err != nil {
			return err
		}
		return s.audit(ctx, tx, subjectEntry(r, by, access.RequestTaken))
	})
	return r, err
}

// workday says on which days the offices are open.
func workday(year int, month time.Month, day int) bool {
	return vn.IsWorkday(vn.Date{Year: year, Month: int(month), Day: day})
}

func subjectEntry(r campaigns.SubjectRequest, by access.Who, verb access.Verb) access.Entry {
	return access.Entry{Unit: r.UnitID, Who: by, Verb: verb, Object: "request", ObjectID: r.ID, Reason: r.Why, Person: r.PersonID,
		After: map[string]any{"kind": r.Kind, "state": r.State, "finish_due": r.FinishDue}}
}

// SubjectRequest returns one request.
func (s *Store) SubjectRequest(ctx context.Context, id string) (campaigns.SubjectRequest, error) {
	r, err := s.scanSubject(s.r.QueryRowContext(ctx, `SELECT `+subjectColumns+` FROM subject_request WHERE id = $1`, id))
	return r, wrap("request", err)
}

// SubjectRequests lists the requests of units under paths, the newest first before a cursor; open leaves out what has ended.
func (s *Store) SubjectRequests(ctx context.Context, paths []string, open bool, before string, limit int) ([]campaigns.SubjectRequest, error) {
	list, err := collect(ctx, s.r, s.scanSubject, `SELECT `+subjectColumns+` FROM subject_request q
		WHERE ($2 = '' OR q.id < $2) AND ($3 = 0 OR q.ended_at IS NULL) AND EXISTS (SELECT 1 FROM unit u CROSS JOIN `+s.d.set(1, "v", col{"path", asText})+`
			WHERE u.id = q.unit_id AND substr(u.path, 1, length(v.path)) = v.path)
		ORDER BY q.id DESC LIMIT $4`, asJSON(wrapEach(paths)), before, bit(open), limit)
	return list, wrap("list requests", err)
}

// subjectVerbs are the verbs of the states that a request comes to.
var subjectVerbs = map[campaigns.SubjectState]access.Verb{
	campaigns.SubjectAccepted: access.RequestAccepted, campaigns.SubjectDone: access.RequestDone, campaigns.SubjectRefused: access.RequestRefused,
}

// DecideSubjectRequest moves a request and carries out what being done means: erased, restricted, corrected. why is the
// reason of a refusal.
func (s *Store) DecideSubjectRequest(ctx context.Context, id string, to campaigns.SubjectState, why string, c campaigns.Correction, by access.Who) (campaigns.SubjectRequest, error) {
	var r campaigns.SubjectRequest
	work := func() error {
		return s.write(ctx, "decide a request", func(tx *sql.Tx) (err error) {
			r, err = s.decideSubject(ctx, tx, id, to, why, c, by)
			return err
		})
	}
	if to == campaigns.SubjectDone {
		return r, s.wiping(ctx, work)
	}
	return r, work()
}

func (s *Store) decideSubject(ctx context.Context, tx *sql.Tx, id string, to campaigns.SubjectState, why string, c campaigns.Correction, by access.Who) (campaigns.SubjectRequest, error) {
	r, err := s.scanSubject(tx.QueryRowContext(ctx, `SELECT `+subjectColumns+` FROM subject_request WHERE id = $1`+s.d.forUpdate, id))
	if err != nil {
		return r, err
	}
	if !r.State.May(to) {
		return r, campaigns.ErrSubjectMove
	}
	if to != campaigns.SubjectAccepted {
		if err := r.Decides(by.Self()); err != nil {
			return r, err
		}
	}
	now, err := s.clock(ctx, tx)
	if err != nil {
		return r, err
	}
	r.State, r.Why, r.DecidedBy = to, why, by.Name
	if r.AnsweredAt.IsZero() {
		r.AnsweredAt = now.Policy
	}
	if to != campaigns.SubjectAccepted {
		r.EndedAt = now.Policy
	}
	if _, err := tx.ExecContext(ctx, `UPDATE subject_request SET state = $2, why = $3, decided_by = $4, answered_at = $5, ended_at = $6 WHERE id = $1`,
		r.ID, string(r.State), r.Why, r.DecidedBy, nullMS(r.AnsweredAt), nullMS(r.EndedAt)); err != nil {
		return r, err
	}
	if to == campaigns.SubjectDone {
		if err := s.carryOut(ctx, tx, &r, c, by, now); err != nil {
			return r, err
		}
	}
	return r, s.audit(ctx, tx, subjectEntry(r, by, subjectVerbs[to]))
}

// carryOut does what a request asked for.
func (s *Store) carryOut(ctx context.Context, tx *sql.Tx, r *campaigns.SubjectRequest, c campaigns.Correction, by access.Who, now Clock) error {
	switch r.Kind {
	case campaigns.AskErasure:
		people, err := s.samePerson(ctx, tx, r.PersonID)
		if err != nil {
			return err
		}
		r.Note = ""
		return s.eraseAsked(ctx, tx, people, by, r.ID)
	case campaigns.AskRestriction, campaigns.AskObjection:
		return s.restrict(ctx, tx, r.PersonID, true, string(r.Kind), by, now)
	case campaigns.AskCorrection:
		return s.correct(ctx, tx, r.PersonID, c, r.ID, by, now)
	}
	return nil
}

// ExtendSubjectRequest gives a request its one longer time.
func (s *Store) ExtendSubjectRequest(ctx context.Context, id, why string, by access.Who) (campaigns.SubjectRequest, error) {
	var r campaigns.SubjectRequest
	err := s.write(ctx, "extend a request", func(tx *sql.Tx) (err error) {
		if r, err = s.scanSubject(tx.QueryRowContext(ctx, `SELECT `+subjectColumns+` FROM subject_request WHERE id = $1`+s.d.forUpdate, id)); err != nil {
			return err
		}
		if r.FinishDue, err = r.Extend(); err != nil {
			return err
		}
		r.Extended, r.Why = true, why
		if _, err := tx.ExecContext(ctx, `UPDATE subject_request SET extended = 1, finish_due = $2, why = $3 WHERE id = $1`, r.ID, r.FinishDue.UnixMilli(), r.Why); err != nil {
			return err
		}
		return s.audit(ctx, tx, subjectEntry(r, by, access.RequestExtended))
	})
	return r, err
}

// Restrict keeps somebody's data from being used, or frees them again: while they are restricted nothing is sent to them.
func (s *Store) Restrict(ctx context.Context, id campaigns.PersonID, on bool, why string, by access.Who) error {
	return s.write(ctx, "restrict a person", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		return s.restrict(ctx, tx, id, on, why, by, now)
	})
}

func (s *Store) restrict(ctx context.Context, tx *sql.Tx, id campaigns.PersonID, on bool, why string, by access.Who, now Clock) error {
	verb, at := access.PersonRestricted, any(now.Policy.UnixMilli())
	if !on {
		verb, at = access.PersonFreed, nil
	}
	var unit campaigns.UnitID
	err := tx.QueryRowContext(ctx, `UPDATE person SET restricted_at = $2 WHERE id = $1 AND erased_at IS NULL RETURNING unit_id`, string(id), at).Scan(&unit)
	if errors.Is(err, sql.ErrNoRows) {
		return campaigns.ErrNotFound
	}
	if err != nil {
		return err
	}
	return s.audit(ctx, tx, access.Entry{Unit: unit, Who: by, Verb: verb, Object: "person", ObjectID: string(id), Person: id, Reason: why})
}
