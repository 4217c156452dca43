package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

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
	Fields     map[string]string // shared by readers: not to be changed
	Answered   campaigns.AnswerKind
	Answers    int // how many answers of the person in the launch are on record
}

// tokenGraceDays is how long after a campaign's end its tokens still answer (delivery.md T16: 30 days).
const tokenGraceDays = 30

// tokenHolds says that a token v.hash still answers; $1 is the policy time before which ended campaigns are over.
const tokenHolds = `answer_token t JOIN launch l ON l.id = t.launch_id JOIN campaign c ON c.id = l.campaign_id JOIN person p ON p.id = t.person_id
	WHERE t.hash = v.hash AND p.erased_at IS NULL AND (l.state IN ('running','paused') OR c.updated_at > $1)`

func graceFrom(now Clock) int64 { return now.Policy.AddDate(0, 0, -tokenGraceDays).UnixMilli() }

// Invitation finds what a token stands for. Nothing is written; who asks at the same time shares one question to the
// database.
func (s *Store) Invitation(ctx context.Context, hash []byte) (Invitation, error) {
	inv, err := s.invitations.put(ctx, hash)
	if err == nil && inv == nil {
		err = ErrUnknownToken
	}
	if err != nil {
		return Invitation{}, wrap("find an invitation", err)
	}
	return *inv, nil
}

// newInvitationGroup gathers questions about tokens; there is no answer (nil) for an unknown one.
func (s *Store) newInvitationGroup() *group[[]byte, *Invitation] {
	return &group[[]byte, *Invitation]{do: s.findInvitations, bound: s.d.bound, most: 256, lanes: 2, size: func([]byte) int { return 1 }}
}

func (s *Store) findInvitations(ctx context.Context, hashes [][]byte) ([]*Invitation, error) {
	conn, err := s.r.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	now, err := s.clock(ctx, conn)
	if err != nil {
		return nil, err
	}
	b := newBulk(col{"i", asInt}, col{"hash", asBytes})
	for i, h := range hashes {
		b.add(int64(i), h)
	}
	out := make([]*Invitation, len(hashes))
	fields := map[string]map[string]string{}
	_, err = read(ctx, s, conn, b, func(row scanner) (_ struct{}, err error) {
		var at int
		var i Invitation
		var raw string
		if err = row.Scan(&at, &i.LaunchID, &i.PersonID, &i.CampaignID, &i.Kind, &i.Unit, &i.Phone, &i.Name, &i.Locale, &raw, &i.Answered, &i.Answers); err != nil {
			return struct{}{}, err
		}
		if fields[raw] == nil {
			var one map[string]string
			if err = decodeJSON(raw, &one); err != nil {
				return struct{}{}, err
			}
			fields[raw] = one
		}
		i.Fields, out[at] = fields[raw], &i
		return struct{}{}, nil
	}, func(v string) string {
		return `SELECT v.i, t.launch_id, t.person_id, c.id, c.kind, (SELECT u.name FROM unit u WHERE u.id = p.unit_id), (SELECT u.phone FROM unit u WHERE u.id = p.unit_id),
			p.name, p.locale, c.fields,
			COALESCE((SELECT r.kind FROM response r WHERE r.person_id = t.person_id AND r.launch_id = t.launch_id ORDER BY r.at DESC, r.id DESC LIMIT 1), ''),
			(SELECT count(*) FROM response r WHERE r.person_id = t.person_id AND r.launch_id = t.launch_id)
			FROM ` + v + ` CROSS JOIN ` + tokenHolds
	}, graceFrom(now))
	return out, err
}

// answerPut is one answer on its way into the record.
type answerPut struct {
	hash  []byte
	kind  campaigns.AnswerKind
	event string
}

// AnswerByToken records the answer of a token's holder; answers that come at the same time share a transaction. eventKey
// makes a repeated submission one answer.
func (s *Store) AnswerByToken(ctx context.Context, hash []byte, kind campaigns.AnswerKind, eventKey string) error {
	known, err := s.answers.put(ctx, answerPut{hash, kind, "page|" + eventKey})
	if err == nil && !known {
		err = ErrUnknownToken
	}
	return wrap("record an answer", err)
}

// newAnswerGroup gathers answers; false stands for an unknown token.
func (s *Store) newAnswerGroup() *group[answerPut, bool] {
	return &group[answerPut, bool]{do: s.saveAnswers, bound: s.d.bound, most: 256, lanes: 1, size: func(answerPut) int { return 1 }}
}

func (s *Store) saveAnswers(ctx context.Context, list []answerPut) (known []bool, err error) {
	for range 3 {
		err = s.once(ctx, func(tx *sql.Tx) error {
			known = make([]bool, len(list))
			now, err := s.clock(ctx, tx)
			if err != nil {
				return err
			}
			who, err := s.answering(ctx, tx, list, now)
			if err != nil {
				return err
			}
			var responses []response
			for i, r := range who {
				if known[i] = r != nil; known[i] {
					responses = append(responses, *r)
				}
			}
			return s.respond(ctx, tx, responses, now)
		})
		if err == nil || !s.d.retry(err) {
			break
		}
	}
	return known, err
}

// answering finds who answers; nil for an unknown token.
func (s *Store) answering(ctx context.Context, tx *sql.Tx, list []answerPut, now Clock) ([]*response, error) {
	b := newBulk(col{"i", asInt}, col{"hash", asBytes})
	for i, a := range list {
		b.add(int64(i), a.hash)
	}
	out := make([]*response, len(list))
	_, err := read(ctx, s, tx, b, func(row scanner) (_ struct{}, err error) {
		var i int
		var notice sql.NullInt64
		r := &response{source: "page"}
		if err = row.Scan(&i, &r.launch, &r.person, &notice); err == nil {
			r.kind, r.event, r.notice = list[i].kind, list[i].event, notice.Int64
			out[i] = r
		}
		return struct{}{}, err
	}, func(v string) string {
		return `SELECT v.i, t.launch_id, t.person_id, (SELECT max(n.id) FROM notice n WHERE n.launch_id = t.launch_id AND n.person_id = t.person_id)
			FROM ` + v + ` CROSS JOIN ` + tokenHolds
	}, graceFrom(now))
	return out, err
}
