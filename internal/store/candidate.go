package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// Candidate is a due delivery with all the facts that decide about it.
type Candidate struct {
	Job   notifier.Job
	Facts campaigns.Facts
	// Address is the blind index of the address, for household merging.
	Address string
	// Calendar says when a phone of the person's unit may ring; Budget what the campaign may still spend.
	Calendar campaigns.Calendar
	Budget   campaigns.Budget
	// WordsID names the words of a campaign whose words staff write, "" for shipped ones; Words is what they are, as JSON.
	WordsID campaigns.TemplateVersionID
	Words   string
	// Broken is set when the row cannot be read, such as a contact that does not open: it fails alone.
	Broken error
	// stray is a sibling that lies outside the claimed chunk or beyond the window.
	stray bool
}

// sentStates are the states of a delivery that has reached somebody's phone or may have.
const sentStates = `('sending','accepted','delivered','undelivered','unknown','unknown_final','no_receipt')`

// heard says that the delivery x, or the one that carried it, reached the wire.
const heard = `(x.state IN ` + sentStates + ` OR x.state = 'merged' AND EXISTS (SELECT 1 FROM notice mn JOIN delivery mc ON mc.notice_id = mn.merged_into
	WHERE mn.id = x.notice_id AND mc.state IN ` + sentStates + `))`

// candidates reads the facts of the due deliveries of a chunk, at most a window of them, and of their siblings elsewhere
// (same launch, step, channel and address), so that one text can carry them all.
func (s *Store) candidates(ctx context.Context, q querier, req ClaimRequest, c chunk, now Clock) ([]Candidate, error) {
	f, err := s.launchFacts(ctx, q, c)
	if err != nil {
		return nil, err
	}
	list, around, err := s.readCandidates(ctx, q, req, c, f, now, `d.id BETWEEN $7 AND $8`, max(req.Window, 1), c.lo, c.hi)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if strays := missing(around, list); len(strays) > 0 {
		more, _, err := s.readCandidates(ctx, q, req, c, f, now, `d.id IN (SELECT v.id FROM `+s.d.set(7, "v", col{"id", asInt})+`)`,
			len(strays), asJSON(wrapEach(strays)))
		if err != nil {
			return nil, err
		}
		for i := range more {
			more[i].stray = true
		}
		list = append(list, more...)
	}
	if err := s.addPlaces(ctx, q, list, f.session); err != nil {
		return nil, err
	}
	if f.appointment > 0 {
		if err := s.addAppointments(ctx, q, list, c.launch, f.appointment); err != nil {
			return nil, err
		}
	}
	if f.service != "" {
		if err := s.addMessages(ctx, q, list); err != nil {
			return nil, err
		}
	}
	return list, s.addSiblingNames(ctx, q, list)
}

// missing returns the ids, each once, that no candidate has.
func missing(ids []int64, list []Candidate) (out []int64) {
	if len(ids) == 0 {
		return nil
	}
	seen := make(map[int64]bool, len(list))
	for _, c := range list {
		seen[int64(c.Job.ID)] = true
	}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// launchFacts is what all deliveries of a chunk share.
type launchFacts struct {
	kind, basis, state string
	fact               campaigns.Fact
	stepName           string
	appointment        int // the how-manieth a reminder of an appointment is about, 0 for a step of the ladder
	fields             map[string]string
	wordsID            campaigns.TemplateVersionID
	words              string
	service            campaigns.ServiceID // whose messages the launch carries, "" for a campaign of staff
	session            string              // the day of the session that the campaign invites to
	emergency          bool
	budget             campaigns.Budget
	deadline, launched time.Time
	broken             error
}

func (s *Store) launchFacts(ctx context.Context, q querier, c chunk) (f launchFacts, err error) {
	var ladder, fields, deadline string
	var launched int64
	err = q.QueryRowContext(ctx, `SELECT c.kind, c.basis, c.fact, c.ladder, c.fields, c.deadline_on, l.state, l.launched_at,
			EXISTS (SELECT 1 FROM emergency e WHERE e.campaign_id = c.id AND e.granted_at IS NOT NULL),
			c.service_id, c.words_id, COALESCE((SELECT v.words FROM template_version v WHERE v.id = c.words_id), ''),
			COALESCE(b.counts, ''), COALESCE(b.most, 0), COALESCE(b.spent, 0), COALESCE((SELECT p.dong FROM channel_price p WHERE p.channel = $2), 0)
		FROM launch l JOIN campaign c ON c.id = l.campaign_id LEFT JOIN budget b ON b.campaign_id = c.id WHERE l.id = $1`, c.launch, c.channel).
		Scan(&f.kind, &f.basis, &f.fact, &ladder, &fields, &deadline, &f.state, &launched, &f.emergency, &f.service, &f.wordsID, &f.words, &f.budget.Counts, &f.budget.Most, &f.budget.Spent, &f.budget.Price)
	if err != nil {
		return f, err
	}
	f.launched = ms(launched)
	f.deadline = endOfDay(deadline)
	var steps campaigns.Ladder
	f.broken = errors.Join(json.Unmarshal([]byte(ladder), &steps), json.Unmarshal([]byte(fields), &f.fields))
	f.session, f.budget.Limited = campaigns.SessionDay(f.fields), f.budget.Counts != ""
	if step, ok := steps.At(c.step); ok {
		f.stepName = step.Name
	}
	if c.step > campaigns.AppointmentStep && f.service == "" {
		f.kind, f.appointment = appointmentKind, c.step-campaigns.AppointmentStep
	}
	return f, nil
}

// readCandidates reads candidates and the ids of their siblings. The concatenation keeps PostgreSQL from the index on
// launches: just after planning it believes that a launch has few deliveries. Counts leave out the notice itself: a
// fallback to the next channel is not a second notice.
func (s *Store) readCandidates(ctx context.Context, q querier, req ClaimRequest, c chunk, f launchFacts, now Clock, which string, args ...any) (list []Candidate, siblings []int64, err error) {
	// One look at the address gives its texts of today, as "s", and its siblings, as their ids.
	address := `''`
	if needsAddress(req.Medium) {
		address = `COALESCE((SELECT ` + s.joined(`CASE WHEN x.sent_on = $5 AND x.state IN `+sentStates+` THEN 's'
			WHEN x.state = 'queued' AND x.launch_id = d.launch_id AND x.step_no = d.step_no AND x.channel = d.channel AND x.next_at <= $4 THEN CAST(x.id AS TEXT) END`) + `
			FROM delivery x WHERE x.addr_index = d.addr_index AND x.id <> d.id), '')`
	}
	var raw rawCandidate
	list, err = fill(ctx, q, args[0].(int), func(row scanner, one *Candidate) error {
		around, err := s.scanCandidate(row, req, c, f, &raw, one)
		siblings = append(siblings, around...)
		return err
	}, `SELECT d.id, d.gen, d.notice_id, d.person_id, d.unit_id, d.tries, d.resends, d.addr_index, COALESCE(d.intent_at, 0),
			p.name, p.locale, COALESCE(p.class_id, ''), COALESCE(p.village_id, ''), CASE WHEN p.erased_at IS NOT NULL THEN 2 WHEN p.restricted_at IS NOT NULL THEN 1 ELSE 0 END,
			`+factColumns+`, p.sex, p.born,
			COALESCE(t.id, ''), t.sealed, CASE WHEN t.wrong_at IS NULL THEN 0 ELSE 1 END,
			CASE WHEN t.owner = 'relative' AND t.consented = 0 THEN 1 ELSE 0 END,
			CASE WHEN o.addr_index IS NULL THEN 0 ELSE 1 END,
			COALESCE((SELECT sum(CASE WHEN x.sent_on = $5 THEN 10001 ELSE 1 END) FROM delivery x WHERE x.person_id = d.person_id
				AND x.sent_on > $5 - 30 AND x.notice_id <> d.notice_id AND `+heard+`), 0),
			`+address+`,
			COALESCE((SELECT `+s.joined("r.kind")+` FROM response r WHERE r.person_id = d.person_id AND r.launch_id = d.launch_id
				AND r.refuted_at IS NULL), '')
		FROM delivery d
		JOIN person p ON p.id = d.person_id
		LEFT JOIN contact t ON t.id = d.contact_id
		LEFT JOIN opt_out o ON o.addr_index = d.addr_index
		WHERE d.launch_id || '' = $1 AND d.channel = $2 AND d.step_no + 0 = $3 AND d.state = 'queued' AND d.next_at <= $4 AND `+which+`
		ORDER BY d.id LIMIT $6`, append([]any{c.launch, c.channel, c.step, now.Policy.UnixMilli(), campaigns.Day(now.Policy)}, args...)...)
	return list, siblings, err
}

func needsAddress(medium string) bool { return !campaigns.ByHand(medium) }

// addSiblingNames gives a re-send the names that its first asking carried: the same key, the same words.
func (s *Store) addSiblingNames(ctx context.Context, q querier, list []Candidate) error {
	at := map[int64]int{}
	var ids []int64
	for i, c := range list {
		if c.Job.Resends > 0 {
			at[int64(c.Job.ID)] = i
			ids = append(ids, int64(c.Job.ID))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := collect(ctx, q, func(row scanner) (struct{}, error) {
		var id int64
		var name string
		err := row.Scan(&id, &name)
		if i, ok := at[id]; ok && err == nil && name != "" { // a sibling may have been erased meanwhile
			list[i].Job.Names = append(list[i].Job.Names, name)
		}
		return struct{}{}, err
	}, `SELECT d.id, p.name FROM `+s.d.set(1, "v", col{"id", asInt})+` JOIN delivery d ON d.id = v.id
		CROSS JOIN notice n JOIN person p ON p.id = n.person_id
		WHERE d.resends > 0 AND n.merged_into = d.notice_id ORDER BY n.id`, asJSON(wrapEach(ids)))
	return err
}

// joined puts the values of a group together with commas.
func (s *Store) joined(value string) string {
	if s.d == postgresDialect {
		return "string_agg(" + value + ", ',')"
	}
	return "group_concat(" + value + ", ',')"
}

// rawCandidate is what a row holds that a candidate does not: it is used again for the next row.
type rawCandidate struct {
	addr, sealed                    sql.RawBytes
	name, contact, address, answers string
	who                             campaigns.Person
	intent                          int64
	history, barred                 int // barred: 1 restricted, 2 erased
}

func (s *Store) scanCandidate(row scanner, req ClaimRequest, ch chunk, l launchFacts, raw *rawCandidate, c *Candidate) (around []int64, err error) {
	j, f, who := &c.Job, &c.Facts, &raw.who
	if err := row.Scan(&j.ID, &j.Gen, &j.Notice, &j.Person, &j.Unit, &j.Tries, &j.Resends, &raw.addr, &raw.intent,
		&raw.name, &j.Locale, &j.ClassID, &j.Village, &raw.barred, &who.Card, &who.EID, &who.Handed, &who.Matched, &j.CardDueOn, &j.Sex, &j.Born,
		&raw.contact, &raw.sealed, &f.WrongPerson, &f.NoConsent, &f.OptedOut, &raw.history, &raw.address, &raw.answers); err != nil {
		return nil, err
	}
	f.Erased, f.Restricted = raw.barred == 2, raw.barred == 1
	j.Launch, j.StepNo, j.StepName, j.Kind, j.Fields, j.Class = ch.launch, ch.step, l.stepName, l.kind, l.fields, string(j.ClassID)
	c.Address, c.Broken = string(raw.addr), l.broken
	who.Card = who.Card && campaigns.CardStands(j.CardDueOn, l.launched)
	f.Basis, f.Launch, f.DeadlineAt, f.Done = l.basis, l.state, l.deadline, who.Has(l.fact)
	f.Medium, j.Names = req.Medium, []string{raw.name}
	f.Emergency, f.Appointment, f.ComingOn = l.emergency, l.appointment > 0, l.session
	c.WordsID, c.Words = l.wordsID, l.words
	c.Budget, f.Broke = l.budget, l.budget.Broke(req.Medium)
	f.NeedsAddress = needsAddress(req.Medium)
	f.HasAddress = len(raw.sealed) > 0
	f.PersonDay, f.PersonMonth = raw.history/10_000, raw.history%10_000
	f.AddressDay, around = countAround(raw.address)
	f.Answers, f.AskedVisit = splitAnswers(raw.answers)
	j.IntentAt = ms(raw.intent)
	if f.NeedsAddress && f.HasAddress && c.Broken == nil {
		j.Address, c.Broken = s.ring.Open("contact|"+raw.contact, raw.sealed)
	}
	return around, nil
}

// countAround reads what stands at an address: an "s" for each text of today, an id for each sibling.
func countAround(joined string) (texts int, ids []int64) {
	for joined != "" {
		var one string
		one, joined, _ = strings.Cut(joined, ",")
		if one == "s" {
			texts++
			continue
		}
		if id, err := strconv.ParseInt(one, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return texts, ids
}

func splitAnswers(joined string) (out []campaigns.AnswerKind, visit bool) {
	for joined != "" {
		var one string
		one, joined, _ = strings.Cut(joined, ",")
		kind := campaigns.AnswerKind(one)
		out = append(out, kind)
		visit = visit || kind == campaigns.HomeVisit
	}
	return out, visit
}

// endOfDay returns the last moment of an ISO date in Vietnamese time, zero for "".
func endOfDay(iso string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, iso, campaigns.Zone)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, 1).Add(-time.Millisecond)
}
