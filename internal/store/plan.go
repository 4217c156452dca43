package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// StepPlan is a step that is due, with what its plan needs.
type StepPlan struct {
	Campaign campaigns.Campaign
	Run      campaigns.Run
	StepNo   int
	Cursor   string
	DueAt    time.Time
}

// Planner decides how the notices of a step start; it is pure and given by the worker.
type Planner interface {
	// Reaches returns the channels of a step of a campaign.
	Reaches(c campaigns.Campaign, stepNo int) []campaigns.ChannelReach
}

// planChunk is how many persons one transaction plans.
const planChunk = 500

// PlanDueStep plans the next chunk of one due step: a notice and its first delivery for every person of the audience.
// It returns how many notices it planned; 0 with more=false when no step is due. Two planners never plan the same
// chunk, and if they did the unique keys would stop the second.
func (s *Store) PlanDueStep(ctx context.Context, p Planner) (planned int, more bool, err error) {
	ended := false
	err = s.write(ctx, "plan a step", func(tx *sql.Tx) error {
		planned, more, ended = 0, false, false
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.skipSteps(ctx, tx, now); err != nil {
			return err
		}
		step, err := s.dueStep(ctx, tx, now)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		more = true
		people, ids, err := s.planPeople(ctx, tx, step)
		if err != nil {
			return err
		}
		planned = len(people)
		if err := s.insertNotices(ctx, tx, p, step, people, now); err != nil {
			return err
		}
		ended = len(ids) < planChunk
		return s.advanceStep(ctx, tx, step, ids, now)
	})
	if err == nil && ended {
		s.Analyze(ctx)
	}
	return planned, more, err
}

// skipSteps leaves out steps that a later one of the same launch has overtaken, after a long pause or because both hang
// on a deadline that is near: nobody is to be reminded twice on one day.
func (s *Store) skipSteps(ctx context.Context, tx *sql.Tx, now Clock) error {
	_, err := tx.ExecContext(ctx, `UPDATE step SET state = 'skipped' WHERE state = 'waiting' AND due_at <= $1 AND cursor = ''
		AND EXISTS (SELECT 1 FROM step later WHERE later.launch_id = step.launch_id AND later.step_no > step.step_no AND later.state = 'waiting' AND later.due_at <= $1)
		AND launch_id IN (SELECT id FROM launch WHERE state = 'running')`, now.Policy.UnixMilli())
	return err
}

func (s *Store) dueStep(ctx context.Context, tx *sql.Tx, now Clock) (StepPlan, error) {
	var st StepPlan
	var due int64
	lock := ""
	if s.d == postgresDialect {
		lock = " FOR UPDATE OF s SKIP LOCKED"
	}
	var audience campaigns.AudienceID
	err := tx.QueryRowContext(ctx, `SELECT s.launch_id, s.step_no, s.cursor, s.due_at, l.campaign_id, l.lane, l.audience_id
		FROM step s JOIN launch l ON l.id = s.launch_id
		WHERE s.state = 'waiting' AND s.due_at <= $1 AND l.state = 'running'
		ORDER BY s.due_at, s.launch_id, s.step_no LIMIT 1`+lock, now.Policy.UnixMilli()).
		Scan(&st.Run.ID, &st.StepNo, &st.Cursor, &due, &st.Run.CampaignID, &st.Run.Lane, &audience)
	if err != nil {
		return st, err
	}
	st.DueAt = ms(due)
	st.Campaign, err = scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaign WHERE id = $1`, st.Run.CampaignID))
	st.Campaign.AudienceID = audience
	return st, err
}

func (s *Store) planPeople(ctx context.Context, tx *sql.Tx, step StepPlan) (people []campaigns.Person, ids []campaigns.PersonID, err error) {
	ids, err = collect(ctx, tx, scanOne[campaigns.PersonID], `SELECT person_id FROM member
		WHERE audience_id = $1 AND person_id > $2 ORDER BY person_id LIMIT $3`, step.Campaign.AudienceID, step.Cursor, planChunk)
	if err != nil || len(ids) == 0 {
		return nil, nil, err
	}
	people, err = s.peopleForPlan(ctx, tx, ids, step.Run.ID)
	return people, ids, err
}

// peopleForPlan loads what campaigns.Plan looks at: contacts with their opt-outs, and the answers of this launch.
func (s *Store) peopleForPlan(ctx context.Context, q querier, ids []campaigns.PersonID, launch campaigns.LaunchID) ([]campaigns.Person, error) {
	set := asJSON(wrapEach(ids))
	var people []campaigns.Person
	at := map[campaigns.PersonID]int{}
	people, err := collect(ctx, q, func(row scanner) (p campaigns.Person, err error) {
		var erased sql.NullInt64
		err = row.Scan(&p.ID, &p.UnitID, &p.ClassID, &p.Country, &p.Away, &p.Locale, &p.Card, &p.EID, &erased)
		p.ErasedAt = msNull(erased)
		return p, err
	}, `SELECT p.id, p.unit_id, COALESCE(p.class_id, ''), p.country, p.away, p.locale, p.card_verified, p.eid_verified, p.erased_at
		FROM `+s.d.set(1, "v", col{"id", asText})+` JOIN person p ON p.id = v.id ORDER BY p.id`, set)
	if err != nil {
		return nil, err
	}
	for i, p := range people {
		at[p.ID] = i
	}
	if err := s.planContacts(ctx, q, set, people, at); err != nil {
		return nil, err
	}
	return people, s.planAnswers(ctx, q, set, launch, people, at)
}

func (s *Store) planContacts(ctx context.Context, q querier, set string, people []campaigns.Person, at map[campaigns.PersonID]int) error {
	type owned struct {
		person campaigns.PersonID
		campaigns.Contact
	}
	contacts, err := collect(ctx, q, func(row scanner) (c owned, err error) {
		err = row.Scan(&c.person, &c.ID, &c.Medium, &c.Kind, &c.Owner, &c.Index, &c.Consented, &c.Wrong, &c.OptedOut)
		return c, err
	}, `SELECT c.person_id, c.id, c.medium, c.kind, c.owner, c.addr_index, c.consented,
		CASE WHEN c.wrong_at IS NULL THEN 0 ELSE 1 END, CASE WHEN o.addr_index IS NULL THEN 0 ELSE 1 END
		FROM `+s.d.set(1, "v", col{"id", asText})+` JOIN contact c ON c.person_id = v.id
		LEFT JOIN opt_out o ON o.addr_index = c.addr_index ORDER BY c.id DESC`, set)
	if err != nil {
		return err
	}
	for _, c := range contacts {
		i := at[c.person]
		people[i].Contacts = append(people[i].Contacts, c.Contact)
	}
	return nil
}

func (s *Store) planAnswers(ctx context.Context, q querier, set string, launch campaigns.LaunchID, people []campaigns.Person, at map[campaigns.PersonID]int) error {
	type said struct {
		person campaigns.PersonID
		kind   campaigns.AnswerKind
	}
	answers, err := collect(ctx, q, func(row scanner) (a said, err error) {
		return a, row.Scan(&a.person, &a.kind)
	}, `SELECT r.person_id, r.kind FROM `+s.d.set(1, "v", col{"id", asText})+` CROSS JOIN response r
		WHERE r.person_id = v.id AND r.launch_id = $2 AND r.refuted_at IS NULL ORDER BY r.at DESC, r.id DESC`, set, launch)
	if err != nil {
		return err
	}
	for _, a := range answers {
		i := at[a.person]
		people[i].OpenAnswers = append(people[i].OpenAnswers, a.kind)
	}
	return nil
}

// insertNotices writes a notice and its first delivery for each person.
func (s *Store) insertNotices(ctx context.Context, tx *sql.Tx, p Planner, step StepPlan, people []campaigns.Person, now Clock) error {
	if len(people) == 0 {
		return nil
	}
	channels, fact := p.Reaches(step.Campaign, step.StepNo), step.Campaign.Fact
	notices := make([][]any, 0, len(people))
	deliveries := make([][]any, 0, len(people))
	for _, person := range people {
		plan := campaigns.Plan(person, person.Has(fact), channels, 1)
		notice := s.keys.Next()
		notices = append(notices, []any{notice, person.ID})
		deliveries = append(deliveries, s.newDelivery(notice, person, plan))
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO notice (id, launch_id, person_id, step_no, planned_at)
		SELECT v.id, $2, v.person, CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM `+s.d.set(1, "v", col{"id", asInt}, col{"person", asText})+`
		WHERE TRUE ON CONFLICT (launch_id, person_id, step_no) DO NOTHING`,
		asJSON(notices), step.Run.ID, step.StepNo, now.Policy.UnixMilli()); err != nil {
		return err
	}
	return s.insertDeliveries(ctx, tx, deliveries, step.Run.ID, step.StepNo, step.Run.Lane, notifier.Planned, step.DueAt, now)
}

// newDelivery is one row for insertDeliveries.
func (s *Store) newDelivery(notice int64, person campaigns.Person, plan campaigns.Planned) []any {
	var contact, index any
	if plan.Contact != nil {
		contact, index = plan.Contact.ID, hex.EncodeToString(plan.Contact.Index)
	}
	return []any{s.keys.Next(), notice, plan.Rank, person.UnitID, person.ID, plan.Channel, contact, index, plan.Refused}
}

// insertDeliveries writes deliveries whose notices exist; refused ones are suppressed at once with their reason.
func (s *Store) insertDeliveries(ctx context.Context, tx *sql.Tx, rows [][]any, launch campaigns.LaunchID, stepNo int, lane campaigns.Lane, state notifier.State, due time.Time, now Clock) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO delivery (id, notice_id, rank, unit_id, launch_id, person_id, step_no, lane, channel,
			contact_id, addr_index, state, next_at, reason, moved_at)
		SELECT v.id, v.notice, v.rank, v.unit, $2, v.person, CAST($3 AS BIGINT), $4, v.channel, v.contact, v.addr,
			CASE WHEN v.reason = '' THEN $5 ELSE 'suppressed' END, CAST($6 AS BIGINT), v.reason, CAST($7 AS BIGINT)
		FROM `+s.d.set(1, "v", col{"id", asInt}, col{"notice", asInt}, col{"rank", asInt}, col{"unit", asText}, col{"person", asText},
		col{"channel", asText}, col{"contact", asText}, col{"addr", asBytes}, col{"reason", asText})+`
		JOIN notice n ON n.id = v.notice WHERE TRUE ON CONFLICT (notice_id, rank) DO NOTHING`,
		asJSON(rows), launch, stepNo, lane, string(state), due.UnixMilli(), now.Policy.UnixMilli())
	return err
}

func (s *Store) advanceStep(ctx context.Context, tx *sql.Tx, step StepPlan, ids []campaigns.PersonID, now Clock) error {
	if len(ids) < planChunk {
		_, err := tx.ExecContext(ctx, `UPDATE step SET state = 'planned', planned_at = $3 WHERE launch_id = $1 AND step_no = $2`,
			step.Run.ID, step.StepNo, now.Policy.UnixMilli())
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE step SET cursor = $3 WHERE launch_id = $1 AND step_no = $2`,
		step.Run.ID, step.StepNo, ids[len(ids)-1])
	return err
}

// promoteAtOnce bounds how many deliveries one transaction promotes, so that a launch of a million does not hold others up.
const promoteAtOnce = 20_000

// countDueUpTo bounds what the figures of a lane cost: more than this is simply a lot.
const countDueUpTo = 10_000

// QueueDue promotes planned deliveries whose time has come, ends what waited past its campaign's deadline, and returns
// the lanes that have due work, counted up to countDueUpTo.
func (s *Store) QueueDue(ctx context.Context) (lanes map[campaigns.Lane]int, err error) {
	lanes = map[campaigns.Lane]int{}
	err = s.write(ctx, "queue what is due", func(tx *sql.Tx) error {
		clear(lanes)
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE delivery SET state = 'queued', moved_at = $1 WHERE id IN (
			SELECT id FROM delivery WHERE state = 'planned' AND next_at <= $1
				AND launch_id IN (SELECT id FROM launch WHERE state = 'running') LIMIT $2) AND state = 'planned'`, now.Policy.UnixMilli(), promoteAtOnce); err != nil {
			return err
		}
		if err := s.expire(ctx, tx, now); err != nil {
			return err
		}
		for _, lane := range campaigns.Lanes {
			var n int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM delivery d JOIN launch l ON l.id = d.launch_id
				WHERE d.lane = $1 AND d.state = 'queued' AND d.next_at <= $2 AND l.state = 'running' LIMIT $3) due`,
				lane, now.Policy.UnixMilli(), countDueUpTo).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				lanes[lane] = n
			}
		}
		return nil
	})
	return lanes, err
}

// expire ends deliveries that still wait when their campaign's deadline has passed, also on channels that nobody drains.
func (s *Store) expire(ctx context.Context, tx *sql.Tx, now Clock) error {
	today := now.Policy.In(campaigns.Zone).Format(time.DateOnly)
	_, err := tx.ExecContext(ctx, `UPDATE delivery SET state = 'expired', reason = $1, moved_at = $2
		WHERE state IN ('planned','queued') AND resends = 0 AND launch_id IN (SELECT l.id FROM launch l JOIN campaign c ON c.id = l.campaign_id
			WHERE l.state = 'running' AND c.deadline_on <> '' AND c.deadline_on < $3)`, campaigns.DeadlinePassed, now.Policy.UnixMilli(), today)
	return err
}

// wrapEach makes a set of one column.
func wrapEach[T any](vs []T) [][]any {
	out := make([][]any, len(vs))
	for i, v := range vs {
		out[i] = []any{v}
	}
	return out
}
