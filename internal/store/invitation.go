package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"strconv"
	"sync"
	"time"

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
}

// tokenGraceDays is how long after a campaign's end its tokens still answer (delivery.md T16: 30 days).
const tokenGraceDays = 30

// tokenHolds says that a token v.hash still answers; $1 is the policy time before which ended campaigns are over.
const tokenHolds = `answer_token t JOIN launch l ON l.id = t.launch_id JOIN campaign c ON c.id = l.campaign_id JOIN person p ON p.id = t.person_id
	WHERE t.hash = v.hash AND p.erased_at IS NULL AND (l.state IN ('running','paused') OR c.updated_at > $1)`

// lastAnswer and countAnswers are what the holder of the token t said so far.
const (
	lastAnswer   = `COALESCE((SELECT r.kind FROM response r WHERE r.person_id = t.person_id AND r.launch_id = t.launch_id ORDER BY r.at DESC, r.id DESC LIMIT 1), '')`
	countAnswers = `(SELECT count(*) FROM response r WHERE r.person_id = t.person_id AND r.launch_id = t.launch_id)`
)

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
	b := newBulk(col{"i", asInt}, col{"hash", asBytes})
	for i, h := range hashes {
		b.add(int64(i), h)
	}
	type holder struct {
		at   int
		card cardKey
		inv  *Invitation
	}
	list, err := read(ctx, s, s.r.engine, b, func(row scanner) (h holder, err error) {
		h.inv = &Invitation{}
		return h, row.Scan(&h.at, &h.inv.LaunchID, &h.card.unit, &h.inv.PersonID, &h.inv.Name, &h.inv.Locale, &h.inv.Answered)
	}, func(v string) string {
		return `SELECT v.i, t.launch_id, p.unit_id, p.id, p.name, p.locale,
			` + lastAnswer + ` FROM ` + v + ` CROSS JOIN answer_token t JOIN person p ON p.id = t.person_id WHERE t.hash = v.hash AND p.erased_at IS NULL`
	})
	if err != nil {
		return nil, err
	}
	out := make([]*Invitation, len(hashes))
	for _, h := range list {
		h.card.launch = h.inv.LaunchID
		c, err := s.card(ctx, h.card)
		if err != nil {
			return nil, err
		}
		if c.holds {
			h.inv.CampaignID, h.inv.Kind, h.inv.Unit, h.inv.Phone, h.inv.Fields = c.campaign, c.kind, c.unit, c.phone, c.fields
			out[h.at] = h.inv
		}
	}
	return out, nil
}

// cardKey names what a whole crowd is shown: one launch by one unit.
type cardKey struct {
	launch campaigns.LaunchID
	unit   campaigns.UnitID
}

// card is that part of an invitation.
type card struct {
	campaign campaigns.CampaignID
	kind     string
	unit     string
	phone    string
	fields   map[string]string
	holds    bool // tokens of the launch still answer
	until    time.Time
}

// cardFor is how long a card is shown before it is read again: a correction by staff shows after at most this long. An
// answer is always judged by the record itself.
const cardFor = time.Second

// cardsKept bounds the cards in memory.
const cardsKept = 4096

// cards are those read lately.
type cards struct {
	mu sync.Mutex
	by map[cardKey]card
}

func (c *cards) get(k cardKey) (card, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, ok := c.by[k]
	return one, ok && time.Now().Before(one.until)
}

func (c *cards) put(k cardKey, one card) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil || len(c.by) >= cardsKept {
		c.by = map[cardKey]card{}
	}
	c.by[k] = one
}

// drop forgets all of them, when policy time was set.
func (c *cards) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by = nil
}

func (s *Store) card(ctx context.Context, k cardKey) (card, error) {
	if one, ok := s.cards.get(k); ok {
		return one, nil
	}
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return card{}, err
	}
	one := card{until: time.Now().Add(cardFor)}
	var fields string
	if err := s.r.QueryRowContext(ctx, `SELECT c.id, c.kind, c.fields, u.name, u.phone, (l.state IN ('running','paused') OR c.updated_at > $3)
		FROM launch l JOIN campaign c ON c.id = l.campaign_id JOIN unit u ON u.id = $2 WHERE l.id = $1`, k.launch, k.unit, graceFrom(now)).
		Scan(&one.campaign, &one.kind, &fields, &one.unit, &one.phone, &one.holds); err != nil {
		return card{}, err
	}
	if err := decodeJSON(fields, &one.fields); err != nil {
		return card{}, err
	}
	s.cards.put(k, one)
	return one, nil
}

// answerPut is one answer on its way into the record.
type answerPut struct {
	hash []byte
	kind campaigns.AnswerKind
}

// AnswerByToken records the answer of a token's holder; answers that come at the same time share a transaction. One that
// says what the last on record says changes nothing: a double click is one answer, and a citizen may come back to an
// earlier one.
func (s *Store) AnswerByToken(ctx context.Context, hash []byte, kind campaigns.AnswerKind) error {
	known, err := s.answers.put(ctx, answerPut{hash, kind})
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
			now, err := s.clock(ctx, tx)
			if err != nil {
				return err
			}
			who, err := s.answering(ctx, tx, list, now)
			if err != nil {
				return err
			}
			known = make([]bool, len(list))
			for i, w := range who {
				known[i] = w != nil
			}
			return s.respond(ctx, tx, newAnswers(list, who), now)
		})
		if err == nil || !s.d.retry(err) {
			break
		}
	}
	return known, err
}

// answerer is who answers.
type answerer struct {
	launch  campaigns.LaunchID
	person  campaigns.PersonID
	notice  int64
	last    campaigns.AnswerKind
	answers int
}

// pageEvent names an answer of a page: the token by half its hash, and the place of the answer, so that two processes record
// a double click once.
func pageEvent(hash []byte, kind campaigns.AnswerKind, answers int) string {
	return "page|" + base64.RawURLEncoding.EncodeToString(hash[:16]) + "|" + string(kind) + "|" + strconv.Itoa(answers)
}

// newAnswers leaves out unknown tokens and what says nothing new.
func newAnswers(list []answerPut, who []*answerer) []response {
	var out []response
	for i, w := range who {
		if w == nil || w.last == list[i].kind {
			continue
		}
		out = append(out, response{launch: w.launch, person: w.person, notice: w.notice, kind: list[i].kind, source: "page",
			event: pageEvent(list[i].hash, list[i].kind, w.answers)})
		w.last, w.answers = list[i].kind, w.answers+1
	}
	return out
}

// answering finds who answers, one and the same answerer for one and the same token; nil for an unknown one.
func (s *Store) answering(ctx context.Context, tx *sql.Tx, list []answerPut, now Clock) ([]*answerer, error) {
	b := newBulk(col{"hash", asBytes})
	known := make(map[string]*answerer, len(list))
	for _, a := range list {
		if _, seen := known[string(a.hash)]; !seen {
			known[string(a.hash)] = nil
			b.add(a.hash)
		}
	}
	_, err := read(ctx, s, tx, b, func(row scanner) (_ struct{}, err error) {
		var hash []byte
		var notice sql.NullInt64
		w := &answerer{}
		if err = row.Scan(&hash, &w.launch, &w.person, &notice, &w.last, &w.answers); err == nil {
			w.notice = notice.Int64
			known[string(hash)] = w
		}
		return struct{}{}, err
	}, func(v string) string {
		return `SELECT v.hash, t.launch_id, t.person_id, (SELECT max(n.id) FROM notice n WHERE n.launch_id = t.launch_id AND n.person_id = t.person_id), ` +
			lastAnswer + `, ` + countAnswers + ` FROM ` + v + ` CROSS JOIN ` + tokenHolds
	}, graceFrom(now))
	out := make([]*answerer, len(list))
	for i, a := range list {
		out[i] = known[string(a.hash)]
	}
	return out, err
}
