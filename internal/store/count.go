package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// counted is a launch whose figures are asked for.
type counted struct {
	launch     campaigns.LaunchID
	audience   campaigns.AudienceID
	fact       campaigns.Fact
	total      int // persons of the audience
	launchedAt time.Time
}

// personFacts is what became of one person of a launch. A merged sibling mirrors the delivery that carried the common
// text (rulings.md 4). A relay or visit counts as sent once ticked, a provider's channel once accepted (rulings.md 26).
type personFacts struct {
	unit                                            campaigns.UnitID
	card                                            bool
	eid                                             int
	sent, delivered, reached, taken, unsure, moving bool
	handed, failed, receipts                        bool
	answer                                          campaigns.AnswerKind
	answered, claimed                               bool
	reason                                          campaigns.Reason // the last word
}

// byHand says whether people carry a channel's notices, so that only their tick means sent.
func byHand(channel string) bool {
	return strings.HasPrefix(channel, "relay.") || strings.HasPrefix(channel, "visit.")
}

// left says whether a delivery in this state counts as sent.
func left(channel string, state notifier.State) bool {
	switch state {
	case notifier.Delivered, notifier.Undelivered:
		return true
	case notifier.Accepted, notifier.NoReceipt, notifier.Unknown, notifier.UnknownFinal:
		return !byHand(channel)
	}
	return false
}

// see takes in one delivery of the person, in the order of their steps and ranks.
func (p *personFacts) see(channel string, state notifier.State, reason campaigns.Reason, onDay bool) {
	hand, moving := byHand(channel), false
	switch state {
	case notifier.Planned, notifier.Queued, notifier.Claimed, notifier.Sending:
		moving = true
	case notifier.Accepted, notifier.NoReceipt:
		p.handed, p.taken = p.handed || hand, p.taken || !hand
	case notifier.Delivered:
		p.reached, p.delivered = true, p.delivered || !hand
	case notifier.Unknown, notifier.UnknownFinal:
		p.unsure = true
	case notifier.Failed, notifier.Undelivered:
		p.failed = true
	}
	p.moving = p.moving || moving
	p.sent = p.sent || left(channel, state)
	p.receipts = p.receipts || onDay && !hand && !moving
	if reason != "" && reason != campaigns.HouseholdMerged {
		p.reason = reason
	}
}

// hear takes in one answer of the person, in their order.
func (p *personFacts) hear(kind campaigns.AnswerKind, refuted bool) {
	p.answered = true
	if !refuted {
		p.answer, p.claimed = kind, p.claimed || kind == campaigns.AlreadyDone
	}
}

// person counts one person.
func (f figures) person(p *personFacts, fact campaigns.Fact) {
	l, done := f.unit(p.unit), campaigns.Person{Card: p.card, EID: p.eid}.Has(fact)
	l.N[nMeant]++
	switch {
	case p.sent:
		l.N[nSent]++
	case p.moving || p.handed:
		l.N[nWaiting]++
	case p.failed:
		l.N[nFailed]++
	case p.reason != "":
		l.suppress(p.reason, 1)
	default:
		l.N[nWaiting]++ // the first step is not planned yet
	}
	l.also(nReceipts, p.receipts)
	l.also(nDelivered, p.delivered)
	l.also(nUnknown, p.unsure && !p.delivered && !p.taken)
	l.also(nAnswered, p.answered)
	l.also(nClaimed, p.claimed)
	l.also(nVerified, done)
	if !done {
		f.Left[p.why()]++
	}
}

func (l *line) also(at int, is bool) {
	if is {
		l.N[at]++
	}
}

// deliveries counts n deliveries of a channel.
func (f figures) deliveries(channel string, state notifier.State, n int) {
	c := f.channel(channel)
	c[chDeliveries] += n
	if left(channel, state) {
		c[chSent] += n
	}
	switch state {
	case notifier.Delivered:
		c[chDelivered] += n
	case notifier.Failed, notifier.Undelivered:
		c[chFailed] += n
	case notifier.Unknown, notifier.UnknownFinal:
		c[chUnknown] += n
	}
}

// why says why a person who is not done is left, the strongest cause first.
func (p personFacts) why() campaigns.Reason {
	if r := p.answer.Holds(); r != "" {
		return r
	}
	switch p.answer {
	case campaigns.OtherDate:
		return campaigns.AskedDate
	case campaigns.NeedHelp:
		return campaigns.AskedHelp
	case campaigns.WillCome:
		return campaigns.SaidComing
	}
	switch {
	case p.reached:
		return campaigns.NotCome
	case p.moving:
		return campaigns.NotSentYet
	case p.handed:
		return campaigns.NotTicked
	case p.taken:
		return campaigns.NotCome
	case p.unsure:
		return campaigns.NobodyKnow
	case p.reason != "":
		return p.reason
	}
	return campaigns.NotSentYet
}

// countRange counts the persons of a block from their deliveries, answers and attempts; it holds them all in memory.
func (s *Store) countRange(ctx context.Context, q querier, l counted, b block) (figures, error) {
	f := newFigures()
	people, at, err := s.personFacts(ctx, q, l, b, f)
	if err != nil {
		return f, err
	}
	if err := s.addAnswers(ctx, q, l, b, people, at); err != nil {
		return f, err
	}
	for i := range people {
		f.person(&people[i], l.fact)
	}
	if err := s.countMerged(ctx, q, l, b, f); err != nil {
		return f, err
	}
	return f, s.countParts(ctx, q, l, b, f)
}

// in is the condition that a column of persons lies in the block, as parameters $2 and $3.
func (b block) in(column string) string {
	cond := column + ` > $2`
	if b.hi != "" {
		cond += ` AND ` + column + ` <= $3`
	}
	return cond
}

// args are the parameters of a query about the block: $1, the bounds, and what comes after them.
func (b block) args(first any) []any {
	if b.hi == "" {
		return []any{first, b.lo}
	}
	return []any{first, b.lo, b.hi}
}

// personFacts reads the persons of a block with the deliveries that carried their notices, and counts those deliveries by
// channel where they are their own.
func (s *Store) personFacts(ctx context.Context, q querier, l counted, b block, f figures) (people []personFacts, at map[campaigns.PersonID]int, err error) {
	at = map[campaigns.PersonID]int{}
	args := append(b.args(l.audience), l.launch)
	_, err = collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		var id campaigns.PersonID
		var p personFacts
		var own, onDay bool
		var channel, state, reason sql.NullString
		if err = row.Scan(&id, &p.unit, &p.card, &p.eid, &own, &channel, &state, &reason, &onDay); err != nil {
			return struct{}{}, err
		}
		i, known := at[id]
		if !known {
			i, at[id] = len(people), len(people)
			people = append(people, p)
		}
		if channel.Valid {
			people[i].see(channel.String, notifier.State(state.String), campaigns.Reason(reason.String), onDay)
		}
		if channel.Valid && own {
			f.deliveries(channel.String, notifier.State(state.String), 1)
		}
		return struct{}{}, nil
	}, `SELECT m.person_id, p.unit_id, p.card_verified, p.eid_verified, CASE WHEN n.merged_into IS NULL THEN 1 ELSE 0 END,
			d.channel, d.state, d.reason, CASE WHEN d.sent_on IS NULL THEN 0 ELSE 1 END
		FROM member m JOIN person p ON p.id = m.person_id
		LEFT JOIN notice n ON n.launch_id = $`+itoa(len(args))+` AND n.person_id = m.person_id
		LEFT JOIN delivery d ON d.notice_id = COALESCE(n.merged_into, n.id)
		WHERE m.audience_id = $1 AND `+b.in("m.person_id")+` ORDER BY m.person_id, n.step_no, d.rank`, args...)
	return people, at, err
}

func (s *Store) addAnswers(ctx context.Context, q querier, l counted, b block, people []personFacts, at map[campaigns.PersonID]int) error {
	_, err := collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		var id campaigns.PersonID
		var kind campaigns.AnswerKind
		var refuted bool
		if err = row.Scan(&id, &kind, &refuted); err == nil {
			if i, ok := at[id]; ok {
				people[i].hear(kind, refuted)
			}
		}
		return struct{}{}, err
		// The concatenation keeps both databases from reading all the answers of the launch for each block.
	}, `SELECT r.person_id, r.kind, CASE WHEN r.refuted_at IS NULL THEN 0 ELSE 1 END FROM response r
		WHERE r.launch_id || '' = $1 AND `+b.in("r.person_id")+` ORDER BY r.at, r.id`, b.args(l.launch)...)
	return err
}

// countMerged counts by channel the deliveries of notices that others carried: they were seen through their carriers.
func (s *Store) countMerged(ctx context.Context, q querier, l counted, b block, f figures) error {
	_, err := collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		var channel string
		var state notifier.State
		var n int
		if err = row.Scan(&channel, &state, &n); err == nil {
			f.deliveries(channel, state, n)
		}
		return struct{}{}, err
	}, `SELECT d.channel, d.state, count(*) FROM notice n JOIN delivery d ON d.notice_id = n.id
		WHERE n.launch_id = $1 AND `+b.in("n.person_id")+` AND n.merged_into IS NOT NULL GROUP BY d.channel, d.state`, b.args(l.launch)...)
	return err
}

// countParts counts the parts that were billed, by the unit of the delivery and by channel.
func (s *Store) countParts(ctx context.Context, q querier, l counted, b block, f figures) error {
	_, err := collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		var unit campaigns.UnitID
		var channel string
		var n int
		if err = row.Scan(&unit, &channel, &n); err != nil || n == 0 {
			return struct{}{}, err
		}
		f.channel(channel)[chParts] += n
		if strings.HasPrefix(channel, "sms.") {
			f.unit(unit).N[nParts] += n
		}
		return struct{}{}, nil
	}, `SELECT d.unit_id, a.channel, sum(a.parts) FROM notice n JOIN delivery d ON d.notice_id = n.id JOIN attempt a ON a.delivery_id = d.id
		WHERE n.launch_id = $1 AND `+b.in("n.person_id")+` AND a.state IN ('accepted','unknown') GROUP BY d.unit_id, a.channel`, b.args(l.launch)...)
	return err
}
