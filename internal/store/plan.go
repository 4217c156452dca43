package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
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

// PlanDueStep plans the next block of one due step: a notice and its first delivery for every person of it.
// It returns how many notices it planned; 0 with more=false when no step is due. Two planners never plan the same
// chunk, and if they did the unique keys would stop the second.
func (s *Store) PlanDueStep(ctx context.Context, p Planner) (planned int, more bool, err error) {
	err = s.write(ctx, "plan a step", func(tx *sql.Tx) error {
		planned, more = 0, false
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
		people, last, err := s.planPeople(ctx, tx, step)
		if err != nil {
			return err
		}
		planned = len(people)
		if err := s.insertNotices(ctx, tx, p, step, people, now); err != nil {
			return err
		}
		return s.advanceStep(ctx, tx, step, last, now)
	})
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

// dueStep finds the step to plan next. A launch that is held plans its first block, the canary, and no more.
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
		WHERE s.state = 'waiting' AND s.due_at <= $1 AND l.state = 'running' AND (l.canary <> 'held' OR l.release_at <= $1
			OR NOT EXISTS (SELECT 1 FROM step o WHERE o.launch_id = s.launch_id AND (o.cursor <> '' OR o.state = 'planned')))
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

// planPeople loads the next persons of a step; last is the cursor after them, "" at the end.
func (s *Store) planPeople(ctx context.Context, tx *sql.Tx, step StepPlan) (people []campaigns.Person, last string, err error) {
	b, err := s.nextBlock(ctx, tx, step.Run.ID, step.Cursor)
	if err != nil {
		return nil, "", err
	}
	last = string(b.hi)
	of, args := `(SELECT person_id AS id FROM member WHERE audience_id = $1 AND person_id > $2) AS v`, []any{step.Campaign.AudienceID, step.Cursor}
	if last != "" {
		of, args = `(SELECT person_id AS id FROM member WHERE audience_id = $1 AND person_id > $2 AND person_id <= $3) AS v`, append(args, last)
	}
	if people, err = s.peopleForPlan(ctx, tx, s.blockRows, of, args, step.Run.ID); err != nil {
		return nil, "", err
	}
	return people, last, s.knowMore(ctx, tx, step, b, people)
}

// peopleForPlan loads what campaigns.Plan looks at: contacts with their opt-outs, and the answers of this launch. of is
// a FROM item called v with the ids, about as many as about says.
func (s *Store) peopleForPlan(ctx context.Context, q querier, about int, of string, args []any, launch campaigns.LaunchID) ([]campaigns.Person, error) {
	var launched int64
	if err := q.QueryRowContext(ctx, `SELECT launched_at FROM launch WHERE id = $1`, launch).Scan(&launched); err != nil {
		return nil, err
	}
	var erased sql.NullInt64
	people, err := fill(ctx, q, about, func(row scanner, p *campaigns.Person) error {
		err := row.Scan(&p.ID, &p.UnitID, &p.ClassID, &p.Country, &p.Away, &p.Locale, &p.Card, &p.EID, &p.Handed, &p.Matched, &p.CardDueOn, &erased, &p.NeedsVisit)
		p.ErasedAt, p.Card = msNull(erased), p.Card && campaigns.CardStands(p.CardDueOn, ms(launched))
		return err
	}, `SELECT p.id, p.unit_id, COALESCE(p.class_id, ''), p.country, p.away, p.locale, `+factColumns+`, p.erased_at, p.needs_visit
		FROM `+of+` JOIN person p ON p.id = v.id ORDER BY p.id`, args...)
	if err != nil {
		return nil, err
	}
	at := make(map[campaigns.PersonID]int, len(people))
	for i, p := range people {
		at[p.ID] = i
	}
	if err := s.planContacts(ctx, q, of, args, people, at); err != nil {
		return nil, err
	}
	return people, s.planAnswers(ctx, q, of, args, launch, people, at)
}

func (s *Store) planContacts(ctx context.Context, q querier, of string, args []any, people []campaigns.Person, at map[campaigns.PersonID]int) error {
	type owned struct {
		person campaigns.PersonID
		campaigns.Contact
	}
	contacts, err := collect(ctx, q, func(row scanner) (c owned, err error) {
		err = row.Scan(&c.person, &c.ID, &c.Medium, &c.Kind, &c.Owner, &c.Index, &c.Consented, &c.Wrong, &c.OptedOut)
		return c, err
	}, `SELECT c.person_id, c.id, c.medium, c.kind, c.owner, c.addr_index, c.consented,
		CASE WHEN c.wrong_at IS NULL THEN 0 ELSE 1 END, CASE WHEN o.addr_index IS NULL THEN 0 ELSE 1 END
		FROM `+of+` JOIN contact c ON c.person_id = v.id
		LEFT JOIN opt_out o ON o.addr_index = c.addr_index ORDER BY c.id DESC`, args...)
	if err != nil {
		return err
	}
	for _, c := range contacts {
		i := at[c.person]
		people[i].Contacts = append(people[i].Contacts, c.Contact)
	}
	return nil
}

func (s *Store) planAnswers(ctx context.Context, q querier, of string, args []any, launch campaigns.LaunchID, people []campaigns.Person, at map[campaigns.PersonID]int) error {
	type said struct {
		person campaigns.PersonID
		kind   campaigns.AnswerKind
	}
	answers, err := collect(ctx, q, func(row scanner) (a said, err error) {
		return a, row.Scan(&a.person, &a.kind)
	}, `SELECT r.person_id, r.kind FROM `+of+` CROSS JOIN response r
		WHERE r.person_id = v.id AND r.launch_id = $`+itoa(len(args)+1)+` AND r.refuted_at IS NULL ORDER BY r.at DESC, r.id DESC`, append(args[:len(args):len(args)], launch)...)
	if err != nil {
		return err
	}
	for _, a := range answers {
		i := at[a.person]
		people[i].OpenAnswers = append(people[i].OpenAnswers, a.kind)
	}
	return nil
}

// newDelivery is a delivery to be written: its notice exists or is written first.
type newDelivery struct {
	id     int64
	notice int64
	person campaigns.Person
	plan   campaigns.Planned
}

// insertNotices writes a notice and its first delivery for each person of a block.
func (s *Store) insertNotices(ctx context.Context, tx *sql.Tx, p Planner, step StepPlan, people []campaigns.Person, now Clock) error {
	deliveries, err := s.writeNotices(ctx, tx, p, step, people, now)
	if err != nil {
		return err
	}
	return s.keepPlanned(ctx, tx, step, deliveries, now)
}

// writeNotices writes a notice and its first delivery for each person.
func (s *Store) writeNotices(ctx context.Context, tx *sql.Tx, p Planner, step StepPlan, people []campaigns.Person, now Clock) ([]*newDelivery, error) {
	channels, fact := p.Reaches(step.Campaign, step.StepNo), step.Campaign.Fact
	rung, _ := step.Campaign.Ladder.At(step.StepNo)
	notices := newBulk(col{"id", asInt}, col{"person", asText})
	deliveries := make([]*newDelivery, len(people))
	for i, person := range people {
		d := &newDelivery{notice: s.keys.Next(), person: person, plan: campaigns.Plan(person, person.Has(fact), channels, 1)}
		if d.plan.Refused == "" {
			d.plan.Refused = rung.LeavesOut(person, now.Policy)
		}
		notices.add(d.notice, string(person.ID))
		deliveries[i] = d
	}
	if err := s.exec(ctx, tx, notices, func(v string) string {
		return `INSERT INTO notice (id, launch_id, person_id, step_no, planned_at)
			SELECT v.id, $1, v.person, CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM ` + v + ` WHERE TRUE`
	}, string(step.Run.ID), step.StepNo, now.Policy.UnixMilli()); err != nil {
		return nil, err
	}
	return deliveries, s.insertDeliveries(ctx, tx, deliveries, step.Run.ID, step.StepNo, step.Run.Lane, step.DueAt, now)
}

// insertDeliveries writes deliveries whose notices exist, and the chunks that say when they are due. Deliveries of a
// channel and of one address lie side by side, so that a chunk is one range and siblings mostly meet in one window.
// Refused ones are suppressed at once with their reason.
func (s *Store) insertDeliveries(ctx context.Context, tx *sql.Tx, list []*newDelivery, launch campaigns.LaunchID, stepNo int, lane campaigns.Lane, due time.Time, now Clock) error {
	state, kind := string(notifier.Queued), chunkQueued
	if due.After(now.Policy) {
		state, kind = string(notifier.Planned), chunkPlanned
	}
	slices.SortStableFunc(list, func(a, b *newDelivery) int {
		return cmp.Or(cmp.Compare(a.plan.Channel, b.plan.Channel), bytes.Compare(a.address(), b.address()))
	})
	b := newBulk(col{"id", asInt}, col{"notice", asInt}, col{"rank", asInt}, col{"unit", asText}, col{"person", asText},
		col{"channel", asText}, col{"contact", asText}, col{"addr", asBytes}, col{"state", asText}, col{"reason", asText})
	var chunks []chunk
	for _, d := range list {
		d.id = s.keys.Next()
		b.add(d.row(state)...)
		if d.plan.Refused != "" {
			continue
		}
		last := len(chunks) - 1
		if last < 0 || chunks[last].channel != d.plan.Channel || chunks[last].n >= chunkRows {
			chunks = append(chunks, chunk{kind: kind, lane: lane, channel: d.plan.Channel, launch: launch, step: stepNo, lo: d.id, nextAt: due})
			last++
		}
		chunks[last].hi, chunks[last].n = d.id, chunks[last].n+1
	}
	if err := s.exec(ctx, tx, b, func(v string) string {
		return `INSERT INTO delivery (id, notice_id, rank, unit_id, launch_id, person_id, step_no, lane, channel,
				contact_id, addr_index, state, next_at, reason, moved_at)
			SELECT v.id, v.notice, v.rank, v.unit, $1, v.person, CAST($2 AS BIGINT), $3, v.channel, v.contact, v.addr,
				v.state, CAST($4 AS BIGINT), v.reason, CAST($5 AS BIGINT) FROM ` + v + ` WHERE TRUE`
	}, string(launch), stepNo, string(lane), due.UnixMilli(), now.Policy.UnixMilli()); err != nil {
		return err
	}
	return s.insertChunks(ctx, tx, chunks)
}

func (d *newDelivery) address() []byte {
	if d.plan.Contact == nil {
		return nil
	}
	return d.plan.Contact.Index
}

// row is one row for insertDeliveries.
func (d *newDelivery) row(state string) []any {
	var contact, index any
	if d.plan.Contact != nil {
		contact, index = string(d.plan.Contact.ID), d.plan.Contact.Index
	}
	if d.plan.Refused != "" {
		state = string(notifier.Suppressed)
	}
	return []any{d.id, d.notice, int64(d.plan.Rank), string(d.person.UnitID), string(d.person.ID), d.plan.Channel, contact, index, state, string(d.plan.Refused)}
}

func (s *Store) advanceStep(ctx context.Context, tx *sql.Tx, step StepPlan, last string, now Clock) error {
	if last == "" {
		_, err := tx.ExecContext(ctx, `UPDATE step SET state = 'planned', planned_at = $3 WHERE launch_id = $1 AND step_no = $2`,
			step.Run.ID, step.StepNo, now.Policy.UnixMilli())
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE step SET cursor = $3 WHERE launch_id = $1 AND step_no = $2`, step.Run.ID, step.StepNo, last)
	return err
}

// promoteAtOnce bounds how many chunks one transaction promotes.
const promoteAtOnce = 100

// QueueDue promotes planned deliveries whose time has come, ends what waited past its campaign's deadline, and returns
// the lanes that have due work, with about how much.
func (s *Store) QueueDue(ctx context.Context) (lanes map[campaigns.Lane]int, err error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return nil, wrap("queue what is due", err)
	}
	if err := s.promote(ctx, now); err != nil {
		return nil, err
	}
	if err := s.expire(ctx, now); err != nil {
		return nil, err
	}
	lanes = map[campaigns.Lane]int{}
	_, err = collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var lane campaigns.Lane
		var n int
		err := row.Scan(&lane, &n)
		lanes[lane] = n
		return struct{}{}, err
	}, `SELECT c.lane, sum(c.n) FROM chunk c JOIN launch l ON l.id = c.launch_id
		WHERE c.kind IN ('queued','resend') AND c.next_at <= $1 AND l.state = 'running' GROUP BY c.lane`, now.Policy.UnixMilli())
	return lanes, wrap("count what is due", err)
}

// promote queues what falls due. Looking costs no writer; a planned chunk is rare, since a step is planned when it is due.
func (s *Store) promote(ctx context.Context, now Clock) error {
	const due = `SELECT ` + chunkColumns + ` FROM chunk c JOIN launch l ON l.id = c.launch_id
		WHERE c.kind = 'planned' AND c.next_at <= $1 AND l.state = 'running' ORDER BY c.id LIMIT $2`
	list, err := collect(ctx, s.r, scanChunk, due, now.Policy.UnixMilli(), 1)
	if err != nil || len(list) == 0 {
		return wrap("queue what is due", err)
	}
	return s.write(ctx, "queue what is due", func(tx *sql.Tx) error {
		list, err := collect(ctx, tx, scanChunk, due+s.d.chunkLock, now.Policy.UnixMilli(), promoteAtOnce)
		if err != nil {
			return err
		}
		for _, c := range list {
			if _, err := tx.ExecContext(ctx, `UPDATE delivery SET state = 'queued', moved_at = $1 WHERE id BETWEEN $2 AND $3
				AND launch_id || '' = $4 AND channel = $5 AND state = 'planned' AND next_at <= $1`, now.Policy.UnixMilli(), c.lo, c.hi, c.launch, c.channel); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE chunk SET kind = 'queued' WHERE id = $1`, int64(c.id)); err != nil {
				return err
			}
		}
		return nil
	})
}

// expire ends deliveries that still wait when their campaign's deadline has passed, also on channels that nobody drains.
// A keyed re-send is not ended: it goes its own way to unknown.
func (s *Store) expire(ctx context.Context, now Clock) error {
	const past = `SELECT l.id FROM launch l JOIN campaign c ON c.id = l.campaign_id WHERE l.state = 'running' AND c.deadline_on <> '' AND c.deadline_on < $1`
	today := now.Policy.In(campaigns.Zone).Format(time.DateOnly)
	var any bool
	if err := s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM chunk c WHERE c.kind IN ('planned','queued') AND c.launch_id IN (`+past+`))`, today).Scan(&any); err != nil || !any {
		return wrap("expire", err)
	}
	return s.write(ctx, "expire", func(tx *sql.Tx) error {
		list, err := s.waitingChunks(ctx, tx, past, today)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(c chunk) bool { return c.kind == chunkResend })
		_, err = s.endChunks(ctx, tx, list, `UPDATE delivery SET state = 'expired', reason = $1, moved_at = $2`,
			`state IN ('planned','queued') AND resends = 0`, string(campaigns.DeadlinePassed), now.Policy.UnixMilli())
		return err
	})
}

// wrapEach makes a set of one column.
func wrapEach[T any](vs []T) [][]any {
	out := make([][]any, len(vs))
	for i, v := range vs {
		out[i] = []any{v}
	}
	return out
}
