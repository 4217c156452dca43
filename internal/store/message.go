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

// messageSealed is what is sealed of a message: all that the service gave.
type messageSealed struct {
	To        string            `json:"to,omitempty"`
	Lines     []string          `json:"lines,omitempty"`
	Values    map[string]string `json:"values,omitempty"`
	Reference string            `json:"reference,omitempty"`
	Leave     string            `json:"leave,omitempty"`
}

func messagePlace(id campaigns.MessageID) string { return "message|" + string(id) }

// standingKind is the kind of the campaigns that carry messages: words of staff, of which two are never put into one text.
const standingKind = "custom"

// noFact is the outcome that such a campaign waits for: none, so that nobody is ever done.
const noFact = "none"

// SendMessages records messages of one service and hands them to the engine. A message whose request was heard before is
// the one that it was, and says so; campaigns.ErrAsked when it held something else then. Those of a test key are
// recorded and not sent.
func (s *Store) SendMessages(ctx context.Context, v campaigns.Service, list []campaigns.Message) ([]campaigns.Message, error) {
	out := slices.Clone(list)
	err := s.write(ctx, "send messages", func(tx *sql.Tx) error {
		return s.sendMessages(ctx, tx, v, list, out)
	})
	return out, err
}

func (s *Store) sendMessages(ctx context.Context, tx *sql.Tx, v campaigns.Service, list, out []campaigns.Message) error {
	if err := s.d.lock(ctx, tx, []int64{subject("service|" + string(v.ID))}); err != nil {
		return err
	}
	now, err := s.clock(ctx, tx)
	if err != nil {
		return err
	}
	for i, m := range list {
		m.ID, m.ServiceID, m.CreatedAt = campaigns.MessageID(newID()), v.ID, now.Raw
		if before, found, err := s.askedBefore(ctx, tx, m); err != nil || found {
			if out[i] = before; err != nil {
				return err
			}
			continue
		}
		var notice int64
		if m.Simulated == "" {
			if notice, err = s.carryMessage(ctx, tx, v, &m, now); err != nil {
				return err
			}
		}
		if err := s.insertMessage(ctx, tx, v, m, notice, now); err != nil {
			return err
		}
		out[i] = m
	}
	return nil
}

// askedBefore finds the message that the same request made.
func (s *Store) askedBefore(ctx context.Context, tx *sql.Tx, m campaigns.Message) (before campaigns.Message, found bool, err error) {
	if m.Asked == nil {
		return before, false, nil
	}
	var id campaigns.MessageID
	var same bool
	err = tx.QueryRowContext(ctx, `SELECT id, print = $3 FROM message WHERE service_id = $1 AND asked = $2`, m.ServiceID, m.Asked, m.Print).Scan(&id, &same)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return before, false, nil
	case err != nil:
		return before, false, err
	case !same:
		return before, false, campaigns.ErrAsked
	}
	before, err = s.scanMessage(tx.QueryRowContext(ctx, messageQuery+` WHERE m.id = $1`, id))
	before.Repeated = true
	return before, true, err
}

// carryMessage plans the notice of a message: of the person whose address it is, otherwise of an addressee.
func (s *Store) carryMessage(ctx context.Context, tx *sql.Tx, v campaigns.Service, m *campaigns.Message, now Clock) (notice int64, err error) {
	if m.Launch, err = s.standingLaunch(ctx, tx, v, *m, now); err != nil {
		return 0, err
	}
	person, contact, err := s.addressee(ctx, tx, v, *m, now)
	if err != nil {
		return 0, err
	}
	// Each message of the same words to the same person is a step of its own, since a notice is one step for one person.
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(max(step_no), 0) + 1 FROM notice WHERE launch_id = $1 AND person_id = $2`, m.Launch, person).Scan(&m.StepNo); err != nil {
		return 0, err
	}
	m.Person, notice = person, s.keys.Next()
	if _, err := tx.ExecContext(ctx, `INSERT INTO notice (id, launch_id, person_id, step_no, planned_at) VALUES ($1,$2,$3,$4,$5)`,
		notice, m.Launch, person, m.StepNo, now.Policy.UnixMilli()); err != nil {
		return 0, err
	}
	m.State = string(notifier.Queued)
	d := newDelivery{notice: notice, person: campaigns.Person{ID: person, UnitID: v.UnitID}, plan: campaigns.Planned{Rank: 1, Channel: m.Channel, Contact: contact}}
	return notice, s.insertDeliveries(ctx, tx, []*newDelivery{&d}, m.Launch, m.StepNo, campaigns.Normal, now.Policy, now)
}

func (s *Store) insertMessage(ctx context.Context, tx *sql.Tx, v campaigns.Service, m campaigns.Message, notice int64, now Clock) error {
	sealed := s.ring.Seal(messagePlace(m.ID), asJSON(messageSealed{To: m.To, Lines: m.Lines, Values: m.Values, Reference: m.Reference, Leave: m.Leave}))
	var ref, addr, tell any
	if m.Reference != "" {
		ref = s.referenceIndex(v.ID, m.Reference)
	}
	if m.To != "" {
		addr = s.AddressIndex(mediumOfAddress(m.Kind), m.To)
	}
	if v.Receipts.URL != "" {
		tell = now.Raw.UnixMilli()
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO message (id, service_id, key_kind, kind, version_id, launch_id, step_no, person_id, notice_id, simulated, ref_index, addr_index,
			asked, print, job_id, sealed, tell_at, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)`,
		m.ID, m.ServiceID, m.KeyKind, string(m.Kind), m.VersionID, m.Launch, m.StepNo, m.Person, nullInt(notice), m.Simulated, ref, addr,
		blob(m.Asked), blob(m.Print), m.Job, sealed, tell, now.Raw.UnixMilli())
	return err
}

func (s *Store) referenceIndex(id campaigns.ServiceID, reference string) []byte {
	return s.ring.Index("reference", string(id)+"|"+reference)
}

func mediumOfAddress(k campaigns.MessageKind) string {
	if k == campaigns.Text {
		return "phone"
	}
	return string(k)
}

const messageQuery = `SELECT m.id, m.service_id, m.key_kind, m.kind, m.version_id, v.template_id, v.n, m.launch_id, m.step_no, m.simulated, m.job_id, m.sealed, m.created_at,
		COALESCE(d.state, ''), COALESCE(d.reason, ''), COALESCE(d.channel, ''), COALESCE(d.parts, 0), d.intent_at, COALESCE(d.moved_at, m.created_at)
	FROM message m JOIN template_version v ON v.id = m.version_id LEFT JOIN delivery d ON d.notice_id = m.notice_id AND d.rank = 1`

func (s *Store) scanMessage(row scanner) (m campaigns.Message, err error) {
	var sealed []byte
	var created, moved int64
	var sent sql.NullInt64
	if err := row.Scan(&m.ID, &m.ServiceID, &m.KeyKind, &m.Kind, &m.VersionID, &m.Template, &m.N, &m.Launch, &m.StepNo, &m.Simulated, &m.Job, &sealed, &created,
		&m.State, &m.Reason, &m.Channel, &m.Parts, &sent, &moved); err != nil {
		return m, err
	}
	m.CreatedAt, m.SentAt, m.MovedAt = ms(created), msNull(sent), ms(moved)
	pretend(&m)
	in, err := s.openMessage(m.ID, sealed)
	m.To, m.Lines, m.Values, m.Reference, m.Leave = in.To, in.Lines, in.Values, in.Reference, in.Leave
	return m, err
}

// openMessage reads what a service gave; nothing where that was erased.
func (s *Store) openMessage(id campaigns.MessageID, sealed []byte) (in messageSealed, err error) {
	if len(sealed) == 0 {
		return in, nil
	}
	plain, err := s.ring.Open(messagePlace(id), sealed)
	if err != nil {
		return in, err
	}
	return in, decodeJSON(plain, &in)
}

// Message returns one message of a service.
func (s *Store) Message(ctx context.Context, service campaigns.ServiceID, id campaigns.MessageID) (campaigns.Message, error) {
	m, err := s.scanMessage(s.r.QueryRowContext(ctx, messageQuery+` WHERE m.id = $1 AND m.service_id = $2`, id, service))
	return m, wrap("message", err)
}

// MessageByID returns a message whosever it is, for the link in a mail.
func (s *Store) MessageByID(ctx context.Context, id campaigns.MessageID) (campaigns.Message, error) {
	m, err := s.scanMessage(s.r.QueryRowContext(ctx, messageQuery+` WHERE m.id = $1`, id))
	return m, wrap("message", err)
}

// Messages lists messages of a service, newest first.
func (s *Store) Messages(ctx context.Context, f campaigns.MessageFilter) ([]campaigns.Message, error) {
	var ref any
	if f.Reference != "" {
		ref = s.referenceIndex(f.Service, f.Reference)
	}
	kinds, states := asJSON(wrapEach(f.Kinds)), asJSON(wrapEach(f.States))
	before := string(f.Before)
	if before == "" {
		before = "~" // after every id
	}
	query := messageQuery + ` WHERE m.service_id = $1 AND m.id < $2 AND ($2 = '~' OR EXISTS (SELECT 1 FROM message b WHERE b.id = $2 AND b.service_id = $1)) AND m.key_kind = $3 AND ($4 = 1 OR m.job_id = '')
		AND ($5 = 0 OR m.kind IN (SELECT k.id FROM ` + s.d.set(6, "k", col{"id", asText}) + `))
		AND ($7 = 0 OR COALESCE(d.state, m.simulated) IN (SELECT t.id FROM ` + s.d.set(8, "t", col{"id", asText}) + `))`
	args := []any{f.Service, before, f.KeyKind, bit(f.Jobs), len(f.Kinds), kinds, len(f.States), states, f.Limit}
	if ref != nil {
		query += ` AND m.ref_index = $10`
		args = append(args, ref)
	}
	list, err := collect(ctx, s.r, s.scanMessage, query+` ORDER BY m.id DESC LIMIT $9`, args...)
	return list, wrap("list messages", err)
}

// addMessages puts what services gave into the jobs of their messages. Words that are marked as transactional may use the
// outer hours (rulings.md 10).
func (s *Store) addMessages(ctx context.Context, q querier, list []Candidate) error {
	at, ids := make(map[int64]*Candidate, len(list)), make([]campaigns.NoticeID, len(list))
	for i := range list {
		ids[i] = list[i].Job.Notice
		at[int64(ids[i])] = &list[i]
		list[i].Broken = errors.Join(list[i].Broken, errNoMessage) // until it is found
	}
	_, err := collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		var notice int64
		var id campaigns.MessageID
		var sealed []byte
		var outer bool
		if err := row.Scan(&notice, &id, &sealed, &outer); err != nil {
			return struct{}{}, err
		}
		c := at[notice]
		if c == nil {
			return struct{}{}, nil
		}
		in, err := s.openMessage(id, sealed)
		if c.Broken = err; outer {
			c.Calendar.Hours = campaigns.OuterHours
		}
		c.Job.ForService(in.Values)
		return struct{}{}, nil
	}, `SELECT m.notice_id, m.id, m.sealed, t.transactional FROM `+s.d.set(1, "v", col{"id", asInt})+` JOIN message m ON m.notice_id = v.id
		JOIN template_version x ON x.id = m.version_id JOIN template t ON t.id = x.template_id`, asJSON(wrapEach(ids)))
	return err
}

var errNoMessage = errors.New("the message of a notice is gone")

// since is how long after a message an answer from its address is still heard as one to its service.
const since = answerWindowDays * 24 * time.Hour

// pretend gives a test key's message the fate that it asked for.
func pretend(m *campaigns.Message) {
	if m.Simulated == "" {
		return
	}
	m.SentAt, m.State = m.CreatedAt, string(notifier.Delivered)
	switch m.Simulated {
	case campaigns.PretendTemporary:
		m.State, m.Reason = string(notifier.Undelivered), notifier.NumberUnreachable
	case campaigns.PretendPermanent:
		m.State, m.Reason = string(notifier.Undelivered), notifier.NumberInvalid
	}
}
