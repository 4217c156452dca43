package store

import (
	"context"
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
	unit campaigns.UnitID
	verified
	sent, delivered, reached, taken, unsure, moving bool
	handed, failed, receipts                        bool
	answer                                          campaigns.AnswerKind
	answered, claimed                               bool
	hard, reopened                                  bool
	reason                                          campaigns.Reason // the last word
}

// verified is what is verified about a person.
type verified struct {
	card, given, agreed bool // given: the card is in its holder's hands; agreed: data that differed agree
	eid                 int
}

func verifiedOf(p *campaigns.Person) verified { return verified{p.Card, p.Handed, p.Matched, p.EID} }

func (v verified) has(f campaigns.Fact) bool {
	return campaigns.Person{Card: v.card, EID: v.eid, Handed: v.given, Matched: v.agreed}.Has(f)
}

// byHand says whether people carry a channel's notices, so that only their tick means sent.
func byHand(channel string) bool {
	medium, _, _ := strings.Cut(channel, ".") // such a channel is named by its medium
	return campaigns.ByHand(medium)
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
	p.reopened = p.reopened || refuted
	if !refuted {
		p.answer, p.claimed = kind, p.claimed || kind == campaigns.AlreadyDone
	}
}

// person counts one person.
func (f figures) person(p *personFacts, fact campaigns.Fact) {
	l, done := f.unit(p.unit), p.has(fact)
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
	l.also(nHard, p.hard)
	l.also(nHardDone, p.hard && done)
	l.also(nReopened, p.reopened)
	if !done {
		f.Left[p.why()]++
	}
}

func (l *line) also(at int, is bool) {
	if is {
		l.N[at]++
	}
}

// deliveries counts n deliveries of a unit and channel with the parts that were billed for them.
func (f figures) deliveries(unit campaigns.UnitID, channel string, state notifier.State, n, parts int) {
	c := f.channel(channel)
	c[chDeliveries] += n
	c[chParts] += parts
	if parts != 0 && strings.HasPrefix(channel, "sms.") {
		f.unit(unit).N[nParts] += parts
	}
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

// countRange counts the persons of a block from their deliveries, attempts and answers; it holds them all in memory.
func (s *Store) countRange(ctx context.Context, q querier, l counted, b block) (figures, error) {
	began := time.Now()
	defer func() { s.blockTook.Store((3*s.blockTook.Load() + int64(time.Since(began))) / 4) }()
	f := newFigures()
	people, err := s.people(ctx, q, l, b)
	if err != nil {
		return f, err
	}
	if err := s.seeDeliveries(ctx, q, l, b, people, f); err != nil {
		return f, err
	}
	if err := s.countMerged(ctx, q, l, b, f); err != nil {
		return f, err
	}
	if err := s.hearAnswers(ctx, q, l, b, people); err != nil {
		return f, err
	}
	for _, p := range people {
		f.person(p, l.fact)
	}
	return f, nil
}

// within is the condition that a row of a launch or an audience lies in the block, with its parameters.
func (b block) within(of, person string, id any) (string, []any) {
	cond, args := of+` = $1 AND `+person+` > $2`, []any{id, b.lo}
	if b.hi != "" {
		cond, args = cond+` AND `+person+` <= $3`, append(args, b.hi)
	}
	return cond, args
}

func (s *Store) people(ctx context.Context, q querier, l counted, b among) (map[campaigns.PersonID]*personFacts, error) {
	people := map[campaigns.PersonID]*personFacts{}
	within, args := b.within("m.audience_id", "m.person_id", l.audience)
	_, err := collect(ctx, q, func(row scanner) (struct{}, error) {
		var id campaigns.PersonID
		p := &personFacts{}
		var due string
		err := row.Scan(&id, &p.unit, &p.card, &p.eid, &p.given, &p.agreed, &due, &p.hard)
		p.card = p.card && campaigns.CardStands(due, l.launchedAt)
		people[id] = p
		return struct{}{}, err
	}, `SELECT m.person_id, p.unit_id, `+factColumns+`, `+isHardNow+` FROM member m JOIN person p ON p.id = m.person_id WHERE `+within, args...)
	return people, err
}

// partsOf are the parts of a delivery d that were billed.
const partsOf = `COALESCE((SELECT sum(a.parts) FROM attempt a WHERE a.delivery_id = d.id AND a.state IN ('accepted','unknown')), 0)`

// seeDeliveries reads the deliveries that carried the notices of the people, and counts by channel those that are the
// notices' own.
func (s *Store) seeDeliveries(ctx context.Context, q querier, l counted, b among, people map[campaigns.PersonID]*personFacts, f figures) error {
	within, args := b.within("n.launch_id", "n.person_id", l.launch)
	_, err := collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		var id campaigns.PersonID
		var unit campaigns.UnitID
		var own, onDay bool
		var channel string
		var state notifier.State
		var reason campaigns.Reason
		var parts int
		if err = row.Scan(&id, &own, &unit, &channel, &state, &reason, &onDay, &parts); err != nil {
			return struct{}{}, err
		}
		if p := people[id]; p != nil {
			p.see(channel, state, reason, onDay)
		}
		if own {
			f.deliveries(unit, channel, state, 1, parts)
		}
		return struct{}{}, nil
	}, `SELECT n.person_id, CASE WHEN n.merged_into IS NULL THEN 1 ELSE 0 END, d.unit_id, d.channel, d.state, d.reason,
			CASE WHEN d.sent_on IS NULL THEN 0 ELSE 1 END, CASE WHEN n.merged_into IS NULL THEN `+partsOf+` ELSE 0 END
		FROM notice n JOIN delivery d ON d.notice_id = COALESCE(n.merged_into, n.id)
		WHERE `+within+` ORDER BY n.person_id, n.step_no, d.rank`, args...)
	return err
}

// countMerged counts by channel the own deliveries of notices that others carried. COALESCE keeps the databases from the
// index of all that were ever merged.
func (s *Store) countMerged(ctx context.Context, q querier, l counted, b block, f figures) error {
	within, args := b.within("n.launch_id", "n.person_id", l.launch)
	_, err := collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		var unit campaigns.UnitID
		var channel string
		var state notifier.State
		var n, parts int
		if err = row.Scan(&unit, &channel, &state, &n, &parts); err == nil {
			f.deliveries(unit, channel, state, n, parts)
		}
		return struct{}{}, err
	}, `SELECT d.unit_id, d.channel, d.state, count(*), sum(`+partsOf+`) FROM notice n JOIN delivery d ON d.notice_id = n.id
		WHERE `+within+` AND COALESCE(n.merged_into, 0) <> 0 GROUP BY d.unit_id, d.channel, d.state`, args...)
	return err
}

// hearAnswers reads the answers of the people. The concatenation keeps the databases from reading all the answers of the
// launch for each block.
func (s *Store) hearAnswers(ctx context.Context, q querier, l counted, b among, people map[campaigns.PersonID]*personFacts) error {
	within, args := b.within("r.launch_id || ''", "r.person_id", l.launch)
	_, err := collect(ctx, q, func(row scanner) (_ struct{}, err error) {
		var id campaigns.PersonID
		var kind campaigns.AnswerKind
		var refuted bool
		if err = row.Scan(&id, &kind, &refuted); err == nil && people[id] != nil {
			people[id].hear(kind, refuted)
		}
		return struct{}{}, err
	}, `SELECT r.person_id, r.kind, CASE WHEN r.refuted_at IS NULL THEN 0 ELSE 1 END FROM response r WHERE `+within+` ORDER BY r.at, r.id`, args...)
	return err
}
