package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"sort"

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
		return s.respond(ctx, tx, []response{{launch: who[0].launch, person: who[0].person, notice: who[0].notice, kind: kind,
			source: "text", event: channel + "|" + eventKey, addresses: [][]byte{index}}}, now)
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

// response is one answer to be recorded.
type response struct {
	launch campaigns.LaunchID
	person campaigns.PersonID
	notice int64
	kind   campaigns.AnswerKind
	source string
	event  string
	// addresses are those it came from; nil stands for those the launch reached the person at. A stop and a wrong person
	// concern all of them.
	addresses [][]byte
	meeting   campaigns.Meeting // the day that the answer names, if any
	office    campaigns.UnitID  // whose seat it takes, "" for none
	by        string            // who agreed to it, "" where the citizen chose it
}

// newestNotice is the newest notice of a launch to a person, 0 for none.
func newestNotice(ctx context.Context, tx *sql.Tx, launch campaigns.LaunchID, person campaigns.PersonID) (int64, error) {
	var newest sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT max(id) FROM notice WHERE launch_id = $1 AND person_id = $2`, launch, person).Scan(&newest)
	return newest.Int64, err
}

// addressesOf fills in where a launch reached the persons. Where nothing was sent to an address, as by a relay or a
// visit, it is every phone of the person: whoever says stop there means them.
func (s *Store) addressesOf(ctx context.Context, tx *sql.Tx, list []*response) error {
	b := newBulk(col{"i", asInt}, col{"launch", asText}, col{"person", asText})
	for i, r := range list {
		if r.addresses == nil {
			b.add(int64(i), string(r.launch), string(r.person))
		}
	}
	fill := func(row scanner) (_ struct{}, err error) {
		var i int
		var index []byte
		if err = row.Scan(&i, &index); err == nil {
			list[i].addresses = append(list[i].addresses, index)
		}
		return struct{}{}, err
	}
	if _, err := read(ctx, s, tx, b, fill, func(v string) string {
		return `SELECT DISTINCT v.i, d.addr_index FROM ` + v + ` CROSS JOIN delivery d
			WHERE d.person_id = v.person AND d.launch_id = v.launch AND d.addr_index IS NOT NULL AND d.sent_on IS NOT NULL`
	}); err != nil {
		return err
	}
	phones := newBulk(b.cols...)
	for i, r := range list {
		if len(r.addresses) == 0 {
			phones.add(int64(i), string(r.launch), string(r.person))
		}
	}
	_, err := read(ctx, s, tx, phones, fill, func(v string) string {
		return `SELECT DISTINCT v.i, c.addr_index FROM ` + v + ` CROSS JOIN contact c WHERE c.person_id = v.person AND c.medium = 'phone'`
	})
	return err
}

// respond records answers and what follows from them: an opt-out, a wrong number, a claim to verify, a visit to make. An
// event that was recorded before changes nothing.
func (s *Store) respond(ctx context.Context, tx *sql.Tx, list []response, now Clock) error {
	fresh, err := s.insertResponses(ctx, tx, list, now)
	if err != nil {
		return err
	}
	if err := s.markAnswered(ctx, tx, fresh); err != nil {
		return err
	}
	if err := s.tellResponses(ctx, tx, fresh); err != nil {
		return err
	}
	var refused, asked []*response
	for _, r := range fresh {
		switch r.kind {
		case campaigns.Stop, campaigns.WrongAnswer:
			refused = append(refused, r)
		case campaigns.AlreadyDone, campaigns.HomeVisit:
			asked = append(asked, r)
		}
	}
	if err := s.refuse(ctx, tx, refused, now); err != nil {
		return err
	}
	if err := s.book(ctx, tx, fresh, now); err != nil {
		return err
	}
	return s.openTasks(ctx, tx, asked, now)
}

// insertResponses returns those that are new.
func (s *Store) insertResponses(ctx context.Context, tx *sql.Tx, list []response, now Clock) (fresh []*response, err error) {
	b := newBulk(col{"id", asText}, col{"launch", asText}, col{"person", asText}, col{"notice", asInt}, col{"kind", asText}, col{"source", asText}, col{"event", asText})
	for _, r := range list {
		b.add(newID(), string(r.launch), string(r.person), nullInt(r.notice), string(r.kind), r.source, r.event)
	}
	wrote, err := s.wrote(ctx, tx, b, "id", func(v string) string {
		return `INSERT INTO response (id, launch_id, person_id, notice_id, kind, source, event_key, at)
			SELECT v.id, v.launch, v.person, v.notice, v.kind, v.source, v.event, CAST($1 AS BIGINT) FROM ` + v + `
			WHERE TRUE ON CONFLICT (event_key) DO NOTHING`
	}, now.Policy.UnixMilli())
	for i, ok := range wrote {
		if ok {
			fresh = append(fresh, &list[i])
		}
	}
	return fresh, err
}

// refuse carries out stops and wrong persons.
func (s *Store) refuse(ctx context.Context, tx *sql.Tx, list []*response, now Clock) error {
	if len(list) == 0 {
		return nil
	}
	if err := s.addressesOf(ctx, tx, list); err != nil {
		return err
	}
	var strayed []campaigns.PersonID
	stops, wrong := newBulk(col{"addr", asBytes}, col{"source", asText}), newBulk(col{"person", asText}, col{"addr", asBytes})
	for _, r := range list {
		for _, a := range r.addresses {
			if r.kind == campaigns.Stop {
				stops.add(a, r.source)
				continue
			}
			wrong.add(string(r.person), a)
			strayed = append(strayed, r.person)
		}
	}
	if err := s.optOutAll(ctx, tx, stops, now); err != nil {
		return err
	}
	if err := s.exec(ctx, tx, wrong, func(v string) string {
		return `UPDATE contact SET wrong_at = $1 FROM ` + v + ` WHERE contact.person_id = v.person AND contact.addr_index = v.addr AND contact.wrong_at IS NULL`
	}, now.Policy.UnixMilli()); err != nil {
		return err
	}
	if err := s.refreshReach(ctx, tx, strayed); err != nil {
		return err
	}
	return s.markEverywhere(ctx, tx, strayed...) // who cannot be reached is hard to win, in every campaign
}

func nullInt(v int64) any {
	if v == 0 {
		return nil
	}
	return v
}

func (s *Store) optOut(ctx context.Context, tx *sql.Tx, index []byte, source string, now Clock) error {
	b := newBulk(col{"addr", asBytes}, col{"source", asText})
	b.add(index, source)
	return s.optOutAll(ctx, tx, b, now)
}

// optOutAll stops addresses, in an order that is the same for all who write.
func (s *Store) optOutAll(ctx context.Context, tx *sql.Tx, b *bulk, now Clock) error {
	sort.Slice(b.rows, func(i, k int) bool { return bytes.Compare(b.rows[i][0].([]byte), b.rows[k][0].([]byte)) < 0 })
	return s.exec(ctx, tx, b, func(v string) string {
		return `INSERT INTO opt_out (addr_index, source, at, effective_at) SELECT v.addr, v.source, CAST($1 AS BIGINT), CAST($2 AS BIGINT) FROM ` + v + `
			WHERE TRUE ON CONFLICT (addr_index) DO NOTHING`
	}, now.Policy.UnixMilli(), now.Raw.UnixMilli())
}

// AnswerByStaff records what a citizen told an officer or a teacher.
func (s *Store) AnswerByStaff(ctx context.Context, launch campaigns.LaunchID, person campaigns.PersonID, kind campaigns.AnswerKind, source, eventKey string) error {
	return s.answerByStaff(ctx, response{launch: launch, person: person, kind: kind, source: source, event: source + "|" + eventKey})
}

// BookByStaff is AnswerByStaff for an answer that names a day: the appointment is recorded with it. actor is who agreed.
func (s *Store) BookByStaff(ctx context.Context, launch campaigns.LaunchID, person campaigns.PersonID, kind campaigns.AnswerKind, m campaigns.Meeting, source, eventKey, actor string) error {
	return s.answerByStaff(ctx, response{launch: launch, person: person, kind: kind, source: source, event: source + "|" + eventKey,
		meeting: m, by: actor})
}

func (s *Store) answerByStaff(ctx context.Context, r response) error {
	ctx, err := s.beyond(ctx, campaigns.PersonNoun, string(r.person))
	if err != nil {
		return err
	}
	return s.write(ctx, "record an answer", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if r.meeting != (campaigns.Meeting{}) {
			if err := r.meeting.Validate(now.Policy); err != nil {
				return err
			}
		}
		var member bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM notice WHERE launch_id = $1 AND person_id = $2)`, r.launch, r.person).Scan(&member); err != nil {
			return err
		}
		if !member {
			return campaigns.ErrNotFound
		}
		if r.notice, err = newestNotice(ctx, tx, r.launch, r.person); err != nil {
			return err
		}
		return s.respond(ctx, tx, []response{r}, now)
	})
}
