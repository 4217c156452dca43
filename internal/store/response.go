package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/loaphuong/loa/campaigns"
)

// ErrUnknownToken means that a token is unknown, expired or of an erased person: one answer for all (security.md T17).
var ErrUnknownToken = errors.New("store: unknown answer token")

// Heard says what became of a citizen's word.
type Heard struct {
	Kind    campaigns.AnswerKind // "" when it went to the inbox
	Inbox   string               // why a human must read it: unclear, several_people, nobody, secret
	Repeat  bool                 // the same event was heard before
	Stopped bool
}

// answerWindowDays is how long a notice is open for a text without a name (rulings.md 20).
const answerWindowDays = 30

// HearText records an inbound text from the address with this blind index. text must be masked already where it held
// a secret. kind is "" when the words were not understood.
func (s *Store) HearText(ctx context.Context, channel, eventKey string, index []byte, kind campaigns.AnswerKind, why, text string) (Heard, error) {
	var h Heard
	err := s.write(ctx, "hear a text", func(tx *sql.Tx) error {
		h = Heard{}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if h.Repeat, err = heardBefore(ctx, tx, channel, eventKey); err != nil || h.Repeat {
			return err
		}
		who, err := s.noticesAt(ctx, tx, index, now)
		if err != nil {
			return err
		}
		if kind == campaigns.Stop {
			h.Stopped = true
			if err := s.optOut(ctx, tx, index, "text", now); err != nil {
				return err
			}
		}
		switch {
		case kind == "":
			h.Inbox = why
		case len(who) == 0 && kind != campaigns.Stop:
			h.Inbox = "nobody"
		case severalPeople(who) && kind != campaigns.Stop:
			h.Inbox = "several_people"
		}
		if h.Inbox != "" {
			return s.toInbox(ctx, tx, channel, eventKey, index, who, h.Inbox, text, now)
		}
		h.Kind = kind
		if len(who) == 0 {
			return nil
		}
		return s.respond(ctx, tx, response{launch: who[0].launch, person: who[0].person, notice: who[0].notice, kind: kind,
			source: "text", event: channel + "|" + eventKey, addresses: [][]byte{index}}, now)
	})
	return h, err
}

func heardBefore(ctx context.Context, tx *sql.Tx, channel, eventKey string) (seen bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM response WHERE event_key = $1) OR EXISTS (SELECT 1 FROM inbox WHERE channel = $2 AND event_key = $3)`,
		channel+"|"+eventKey, channel, eventKey).Scan(&seen)
	return seen, err
}

type openNotice struct {
	notice int64
	launch campaigns.LaunchID
	person campaigns.PersonID
}

// noticesAt returns the notices of the last 30 days that reached the address, newest first, merged siblings included.
func (s *Store) noticesAt(ctx context.Context, tx *sql.Tx, index []byte, now Clock) ([]openNotice, error) {
	return collect(ctx, tx, func(row scanner) (o openNotice, err error) {
		return o, row.Scan(&o.notice, &o.launch, &o.person)
	}, `SELECT d.notice_id, d.launch_id, d.person_id FROM delivery d
		WHERE d.addr_index = $1 AND d.sent_on > $2 AND (d.state = 'merged' OR d.state IN `+sentStates+`)
		ORDER BY d.sent_on DESC, d.id DESC`, index, campaigns.Day(now.Policy)-answerWindowDays)
}

func severalPeople(who []openNotice) bool {
	for _, w := range who {
		if w.person != who[0].person {
			return true
		}
	}
	return false
}

func (s *Store) toInbox(ctx context.Context, tx *sql.Tx, channel, eventKey string, index []byte, who []openNotice, why, text string, now Clock) error {
	var person any
	if len(who) > 0 && !severalPeople(who) {
		person = who[0].person
	}
	if text == "" {
		text = " " // an empty text is sealed as nothing, and every row has a text
	}
	id := newID()
	_, err := tx.ExecContext(ctx, `INSERT INTO inbox (id, channel, event_key, addr_index, person_id, why, sealed, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (channel, event_key) DO NOTHING`, id, channel, eventKey, index, person, why, s.ring.Seal("inbox|"+id, text), now.Policy.UnixMilli())
	return err
}

// response is one answer to be recorded.
type response struct {
	launch campaigns.LaunchID
	person campaigns.PersonID
	notice int64
	kind   campaigns.AnswerKind
	source string
	event  string
	// addresses are those it came from or belongs to; a stop and a wrong person concern all of them.
	addresses [][]byte
}

// addressesOf finds where a launch reached a person, and the newest notice. Where nothing was sent to an address, as by a
// relay or a visit, it is every phone of the person: whoever says stop there means them.
func (s *Store) addressesOf(ctx context.Context, tx *sql.Tx, launch campaigns.LaunchID, person campaigns.PersonID) (notice int64, out [][]byte, err error) {
	var newest sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT max(id) FROM notice WHERE launch_id = $1 AND person_id = $2`, launch, person).Scan(&newest); err != nil {
		return 0, nil, err
	}
	out, err = collect(ctx, tx, scanOne[[]byte], `SELECT DISTINCT addr_index FROM delivery
		WHERE launch_id = $1 AND person_id = $2 AND addr_index IS NOT NULL AND sent_on IS NOT NULL`, launch, person)
	if err == nil && len(out) == 0 {
		out, err = collect(ctx, tx, scanOne[[]byte], `SELECT DISTINCT addr_index FROM contact WHERE person_id = $1 AND medium = 'phone'`, person)
	}
	return newest.Int64, out, err
}

// respond records an answer and what follows from it: an opt-out, a wrong number, a claim to verify, a visit to make.
func (s *Store) respond(ctx context.Context, tx *sql.Tx, r response, now Clock) error {
	n, err := affected(tx.ExecContext(ctx, `INSERT INTO response (id, launch_id, person_id, notice_id, kind, source, event_key, at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (event_key) DO NOTHING`,
		newID(), r.launch, r.person, nullInt(r.notice), string(r.kind), r.source, r.event, now.Policy.UnixMilli()))
	if err != nil || n == 0 {
		return err
	}
	if err := s.markPersons(ctx, tx, r.launch, r.person); err != nil {
		return err
	}
	switch r.kind {
	case campaigns.Stop:
		for _, a := range r.addresses {
			if err := s.optOut(ctx, tx, a, r.source, now); err != nil {
				return err
			}
		}
	case campaigns.WrongAnswer:
		for _, a := range r.addresses {
			if _, err := tx.ExecContext(ctx, `UPDATE contact SET wrong_at = $3 WHERE person_id = $1 AND addr_index = $2 AND wrong_at IS NULL`,
				r.person, a, now.Policy.UnixMilli()); err != nil {
				return err
			}
		}
	case campaigns.AlreadyDone:
		return s.openTask(ctx, tx, "verify", r.launch, r.person, now)
	case campaigns.HomeVisit:
		return s.openTask(ctx, tx, "visit", r.launch, r.person, now)
	}
	return err
}

func nullInt(v int64) any {
	if v == 0 {
		return nil
	}
	return v
}

func (s *Store) optOut(ctx context.Context, tx *sql.Tx, index []byte, source string, now Clock) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO opt_out (addr_index, source, at, effective_at) VALUES ($1,$2,$3,$4) ON CONFLICT (addr_index) DO NOTHING`,
		index, source, now.Policy.UnixMilli(), now.Raw.UnixMilli())
	return err
}

// Invitation is what the holder of an answer token may see.
type Invitation struct {
	LaunchID   campaigns.LaunchID
	PersonID   campaigns.PersonID
	CampaignID campaigns.CampaignID
	Kind       string
	Unit       string
	Phone      string // the unit's published number
	Name       string
	Locale     string
	Fields     map[string]string
	Answered   campaigns.AnswerKind
}

// tokenGraceDays is how long after a campaign's end its tokens still answer (delivery.md T16: 30 days).
const tokenGraceDays = 30

// Invitation finds what a token stands for. Nothing is written.
func (s *Store) Invitation(ctx context.Context, hash []byte) (Invitation, error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return Invitation{}, wrap("find an invitation", err)
	}
	inv, err := s.invitation(ctx, s.r, hash, now)
	return inv, wrap("find an invitation", err)
}

func (s *Store) invitation(ctx context.Context, q querier, hash []byte, now Clock) (Invitation, error) {
	var i Invitation
	var fields string
	err := q.QueryRowContext(ctx, `SELECT t.launch_id, t.person_id, c.id, c.kind, u.name, u.phone, p.name, p.locale, c.fields,
			COALESCE((SELECT r.kind FROM response r WHERE r.person_id = t.person_id AND r.launch_id = t.launch_id ORDER BY r.at DESC, r.id DESC LIMIT 1), '')
		FROM answer_token t JOIN launch l ON l.id = t.launch_id JOIN campaign c ON c.id = l.campaign_id
		JOIN person p ON p.id = t.person_id JOIN unit u ON u.id = p.unit_id
		WHERE t.hash = $1 AND p.erased_at IS NULL
			AND (l.state IN ('running','paused') OR c.updated_at > $2)`, hash, now.Policy.AddDate(0, 0, -tokenGraceDays).UnixMilli()).
		Scan(&i.LaunchID, &i.PersonID, &i.CampaignID, &i.Kind, &i.Unit, &i.Phone, &i.Name, &i.Locale, &fields, &i.Answered)
	if errors.Is(err, sql.ErrNoRows) {
		return i, ErrUnknownToken
	}
	if err != nil {
		return i, err
	}
	return i, decodeJSON(fields, &i.Fields)
}

// AnswerByToken records the answer of a token's holder. eventKey makes a repeated submission one answer.
func (s *Store) AnswerByToken(ctx context.Context, hash []byte, kind campaigns.AnswerKind, eventKey string) error {
	return s.write(ctx, "record an answer", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		inv, err := s.invitation(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		r := response{launch: inv.LaunchID, person: inv.PersonID, kind: kind, source: "page", event: "page|" + eventKey}
		if r.notice, r.addresses, err = s.addressesOf(ctx, tx, inv.LaunchID, inv.PersonID); err != nil {
			return err
		}
		return s.respond(ctx, tx, r, now)
	})
}

// AnswerByStaff records what a citizen told an officer or a teacher.
func (s *Store) AnswerByStaff(ctx context.Context, launch campaigns.LaunchID, person campaigns.PersonID, kind campaigns.AnswerKind, source, eventKey string) error {
	return s.write(ctx, "record an answer", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		var member bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM notice WHERE launch_id = $1 AND person_id = $2)`, launch, person).Scan(&member); err != nil {
			return err
		}
		if !member {
			return campaigns.ErrNotFound
		}
		r := response{launch: launch, person: person, kind: kind, source: source, event: source + "|" + eventKey}
		if r.notice, r.addresses, err = s.addressesOf(ctx, tx, launch, person); err != nil {
			return err
		}
		return s.respond(ctx, tx, r, now)
	})
}

// InboxItem is a text that a human must read.
type InboxItem struct {
	ID      string
	Channel string
	Why     string
	Text    string
	Person  campaigns.PersonID
	At      int64
}

// Inbox lists unread texts after a cursor, oldest first.
func (s *Store) Inbox(ctx context.Context, after string, limit int) ([]InboxItem, error) {
	list, err := collect(ctx, s.r, func(row scanner) (i InboxItem, err error) {
		var sealed []byte
		if err = row.Scan(&i.ID, &i.Channel, &i.Why, &sealed, &i.Person, &i.At); err != nil {
			return i, err
		}
		i.Text, err = s.ring.Open("inbox|"+i.ID, sealed)
		return i, err
	}, `SELECT id, channel, why, sealed, COALESCE(person_id, ''), at FROM inbox WHERE handled_at IS NULL AND id > $1 ORDER BY id LIMIT $2`, after, limit)
	return list, wrap("list the inbox", err)
}
