package store

import (
	"context"
	"database/sql"
	"sort"

	"github.com/loaphuong/loa/campaigns"
)

// persons derives, for each person of a launch, what became of them: one row a person. A merged sibling mirrors the
// delivery that carried the common text (rulings.md 4). A relay or visit counts as sent once ticked, a provider's
// channel once accepted (rulings.md 26).
const persons = `
	SELECT m.person_id, p.unit_id, p.card_verified, p.eid_verified,
		MAX(CASE WHEN c.state IN ('delivered','undelivered') OR (c.channel NOT LIKE 'relay.%' AND c.channel NOT LIKE 'visit.%'
			AND c.state IN ('accepted','no_receipt','unknown','unknown_final')) THEN 1 ELSE 0 END) AS sent,
		MAX(CASE WHEN c.state = 'delivered' AND c.channel NOT LIKE 'relay.%' AND c.channel NOT LIKE 'visit.%' THEN 1 ELSE 0 END) AS delivered,
		MAX(CASE WHEN c.state = 'delivered' THEN 1 ELSE 0 END) AS reached,
		MAX(CASE WHEN c.state IN ('accepted','no_receipt') AND c.channel NOT LIKE 'relay.%' AND c.channel NOT LIKE 'visit.%' THEN 1 ELSE 0 END) AS taken,
		MAX(CASE WHEN c.state IN ('unknown','unknown_final') THEN 1 ELSE 0 END) AS unsure,
		MAX(CASE WHEN c.state IN ('planned','queued','claimed','sending') THEN 1 ELSE 0 END) AS moving,
		MAX(CASE WHEN c.state IN ('accepted','no_receipt') AND (c.channel LIKE 'relay.%' OR c.channel LIKE 'visit.%') THEN 1 ELSE 0 END) AS handed,
		MAX(CASE WHEN c.state IN ('failed','undelivered') THEN 1 ELSE 0 END) AS failed,
		MAX(CASE WHEN c.channel NOT LIKE 'relay.%' AND c.channel NOT LIKE 'visit.%' AND c.sent_on IS NOT NULL THEN 1 ELSE 0 END) AS receipts
	FROM member m
	JOIN person p ON p.id = m.person_id
	LEFT JOIN notice n ON n.launch_id = $1 AND n.person_id = m.person_id
	LEFT JOIN delivery c ON c.notice_id = COALESCE(n.merged_into, n.id)
	WHERE m.audience_id = $2
	GROUP BY m.person_id, p.unit_id, p.card_verified, p.eid_verified`

// personFacts is one row of persons with the person's answers and the last reason.
type personFacts struct {
	person                                          campaigns.PersonID
	unit                                            campaigns.UnitID
	card                                            bool
	eid                                             int
	sent, delivered, reached, taken, unsure, moving bool
	handed, failed, receipts                        bool
	answer                                          campaigns.AnswerKind
	answered, claimed                               bool
	reason                                          campaigns.Reason
}

// Report adds up one campaign.
func (s *Store) Report(ctx context.Context, id campaigns.CampaignID, mediumOf func(channel string) string) (campaigns.CampaignReport, error) {
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return campaigns.CampaignReport{}, err
	}
	r := campaigns.CampaignReport{ID: c.ID, Name: c.Name, Kind: c.Kind, State: c.State, Fact: c.Fact, Steps: len(c.Ladder)}
	runs, err := s.Runs(ctx, id)
	if err != nil || len(runs) == 0 {
		return r, err
	}
	people, err := s.personFacts(ctx, runs[0].ID, c.AudienceID)
	if err != nil {
		return r, wrap("report", err)
	}
	if err := s.reportUnits(ctx, &r, people, c.Fact); err != nil {
		return r, wrap("report", err)
	}
	if err := s.reportChannels(ctx, &r, runs[0].ID, mediumOf); err != nil {
		return r, wrap("report", err)
	}
	err = s.r.QueryRowContext(ctx, `SELECT count(*) FROM step WHERE launch_id = $1 AND state <> 'waiting'`, runs[0].ID).Scan(&r.Planned)
	return r, wrap("report", err)
}

func (s *Store) personFacts(ctx context.Context, launch campaigns.LaunchID, audience campaigns.AudienceID) ([]personFacts, error) {
	people, err := collect(ctx, s.r, func(row scanner) (p personFacts, err error) {
		return p, row.Scan(&p.person, &p.unit, &p.card, &p.eid, &p.sent, &p.delivered, &p.reached, &p.taken, &p.unsure, &p.moving,
			&p.handed, &p.failed, &p.receipts)
	}, persons+` ORDER BY m.person_id`, launch, audience)
	if err != nil {
		return nil, err
	}
	at := make(map[campaigns.PersonID]int, len(people))
	for i, p := range people {
		at[p.person] = i
	}
	if err := s.addAnswers(ctx, launch, people, at); err != nil {
		return nil, err
	}
	return people, s.addReasons(ctx, launch, people, at)
}

func (s *Store) addAnswers(ctx context.Context, launch campaigns.LaunchID, people []personFacts, at map[campaigns.PersonID]int) error {
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var person campaigns.PersonID
		var kind campaigns.AnswerKind
		var refuted sql.NullInt64
		err := row.Scan(&person, &kind, &refuted)
		if i, ok := at[person]; ok && err == nil {
			people[i].answered = true
			if !refuted.Valid {
				people[i].answer = kind
				people[i].claimed = people[i].claimed || kind == campaigns.AlreadyDone
			}
		}
		return struct{}{}, err
	}, `SELECT person_id, kind, refuted_at FROM response WHERE launch_id = $1 ORDER BY at, id`, launch)
	return err
}

// addReasons finds the last word on each person's last notice.
func (s *Store) addReasons(ctx context.Context, launch campaigns.LaunchID, people []personFacts, at map[campaigns.PersonID]int) error {
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var person campaigns.PersonID
		var reason campaigns.Reason
		err := row.Scan(&person, &reason)
		if i, ok := at[person]; ok && err == nil && reason != "" && reason != campaigns.HouseholdMerged {
			people[i].reason = reason
		}
		return struct{}{}, err
	}, `SELECT n.person_id, d.reason FROM notice n JOIN delivery d ON d.notice_id = COALESCE(n.merged_into, n.id)
		WHERE n.launch_id = $1 ORDER BY n.step_no, d.rank, d.id`, launch)
	return err
}

func (s *Store) reportUnits(ctx context.Context, r *campaigns.CampaignReport, people []personFacts, fact campaigns.Fact) error {
	parts, err := s.partsByUnit(ctx, r.ID)
	if err != nil {
		return err
	}
	units := map[campaigns.UnitID]*campaigns.UnitReport{}
	left := map[campaigns.Reason]int{}
	r.Total.Suppressed = map[campaigns.Reason]int{}
	for _, p := range people {
		u := units[p.unit]
		if u == nil {
			u = &campaigns.UnitReport{UnitID: p.unit, Funnel: campaigns.Funnel{Suppressed: map[campaigns.Reason]int{}, Parts: parts[p.unit]}}
			units[p.unit] = u
		}
		done := campaigns.Person{Card: p.card, EID: p.eid}.Has(fact)
		p.count(&u.Funnel, done)
		p.count(&r.Total, done)
		if !done {
			left[p.why()]++
		}
	}
	for _, n := range parts {
		r.Total.Parts += n
	}
	for reason, n := range left {
		r.Residual = append(r.Residual, campaigns.Residual{Reason: reason, Action: campaigns.NextAction(reason), Count: n})
	}
	sort.Slice(r.Residual, func(i, j int) bool {
		a, b := r.Residual[i], r.Residual[j]
		return a.Count > b.Count || a.Count == b.Count && a.Reason < b.Reason
	})
	return s.nameUnits(ctx, r, units)
}

func (p personFacts) count(f *campaigns.Funnel, done bool) {
	f.Meant++
	switch {
	case p.sent:
		f.Sent++
	case p.moving || p.handed:
		f.Waiting++
	case p.failed:
		f.Failed++
	case p.reason != "":
		f.Suppressed[p.reason]++
	default:
		f.Waiting++ // the first step is not planned yet
	}
	f.Receipts = f.Receipts || p.receipts
	if p.delivered {
		f.Delivered++
	}
	if p.unsure && !p.delivered && !p.taken {
		f.Unknown++
	}
	if p.answered {
		f.Answered++
	}
	if p.claimed {
		f.Claimed++
	}
	if done {
		f.Verified++
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

func (s *Store) partsByUnit(ctx context.Context, id campaigns.CampaignID) (map[campaigns.UnitID]int, error) {
	return s.countByUnit(ctx, `SELECT d.unit_id, SUM(a.parts) FROM attempt a JOIN delivery d ON d.id = a.delivery_id JOIN launch l ON l.id = d.launch_id
		WHERE l.campaign_id = $1 AND a.state IN ('accepted','unknown') AND a.channel LIKE 'sms.%' GROUP BY d.unit_id`, id)
}

// countByUnit runs a query of units and numbers.
func (s *Store) countByUnit(ctx context.Context, query string, args ...any) (map[campaigns.UnitID]int, error) {
	out := map[campaigns.UnitID]int{}
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var unit campaigns.UnitID
		var n int
		err := row.Scan(&unit, &n)
		out[unit] = n
		return struct{}{}, err
	}, query, args...)
	return out, err
}

func (s *Store) nameUnits(ctx context.Context, r *campaigns.CampaignReport, units map[campaigns.UnitID]*campaigns.UnitReport) error {
	ids := make([]campaigns.UnitID, 0, len(units))
	for id := range units {
		ids = append(ids, id)
	}
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var id campaigns.UnitID
		var name string
		var goal, denom int
		err := row.Scan(&id, &name, &goal, &denom)
		if u := units[id]; err == nil && u != nil {
			u.Name, u.Goal, u.Denom = name, goal, denom
			r.Units = append(r.Units, *u)
		}
		return struct{}{}, err
	}, `SELECT u.id, u.name, COALESCE(t.goal, 0), COALESCE(t.denominator, 0) FROM `+s.d.set(1, "v", col{"id", asText})+`
		JOIN unit u ON u.id = v.id LEFT JOIN target t ON t.unit_id = u.id AND t.campaign_id = $2 ORDER BY u.name, u.id`, asJSON(wrapEach(ids)), r.ID)
	return err
}

func (s *Store) reportChannels(ctx context.Context, r *campaigns.CampaignReport, launch campaigns.LaunchID, mediumOf func(string) string) error {
	list, err := collect(ctx, s.r, func(row scanner) (u campaigns.ChannelUse, err error) {
		return u, row.Scan(&u.Channel, &u.Sent, &u.Delivered, &u.Failed, &u.Unknown, &u.Parts)
	}, `SELECT channel,
			SUM(CASE WHEN state IN ('delivered','undelivered') OR (state IN ('accepted','no_receipt','unknown','unknown_final')
				AND channel NOT LIKE 'relay.%' AND channel NOT LIKE 'visit.%') THEN 1 ELSE 0 END),
			SUM(CASE WHEN state = 'delivered' THEN 1 ELSE 0 END),
			SUM(CASE WHEN state IN ('failed','undelivered') THEN 1 ELSE 0 END),
			SUM(CASE WHEN state IN ('unknown','unknown_final') THEN 1 ELSE 0 END),
			COALESCE((SELECT SUM(a.parts) FROM attempt a JOIN delivery x ON x.id = a.delivery_id WHERE x.launch_id = $1
				AND a.channel = delivery.channel AND a.state IN ('accepted','unknown')), 0)
		FROM delivery WHERE launch_id = $1 GROUP BY channel ORDER BY channel`, launch)
	for _, u := range list {
		u.Medium = mediumOf(u.Channel)
		r.Channels = append(r.Channels, u)
	}
	return err
}

// SetTarget freezes a ward's target for a campaign: of denominator persons, goal shall be verified. A target is
// assigned once; a later one for the same ward replaces goal and denominator and says who did it.
func (s *Store) SetTarget(ctx context.Context, unit campaigns.UnitID, id campaigns.CampaignID, fact campaigns.Fact, denominator, goal int, actor string) error {
	return s.write(ctx, "set a target", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO target (id, unit_id, campaign_id, fact, denominator, goal, assigned_by, assigned_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
			ON CONFLICT (unit_id, campaign_id) DO UPDATE SET denominator = excluded.denominator, goal = excluded.goal,
				assigned_by = excluded.assigned_by, assigned_at = excluded.assigned_at`,
			newID(), unit, id, string(fact), denominator, goal, actor, now.Policy.UnixMilli())
		return err
	})
}

// AudienceByUnit counts a frozen audience by ward, for targets.
func (s *Store) AudienceByUnit(ctx context.Context, id campaigns.AudienceID) (map[campaigns.UnitID]int, error) {
	out, err := s.countByUnit(ctx, `SELECT p.unit_id, count(*) FROM member m JOIN person p ON p.id = m.person_id WHERE m.audience_id = $1 GROUP BY p.unit_id`, id)
	return out, wrap("count an audience", err)
}
