package store

import (
	"context"
	"sort"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// StoryLine is one thing that happened with a person: a notice on its way, an answer, a verified fact, a line of a task.
type StoryLine struct {
	At       time.Time // policy time
	What     string    // delivery, answer, outcome, task, appointment
	Campaign string    // its name, "" where there is none
	Kind     string    // state of a delivery, kind of an answer or task, fact of an outcome, date, time and place of an appointment
	Channel  string
	Reason   campaigns.Reason
	Step     int
	Actor    string
	Ref      string
}

// storyMost bounds what is read of one person.
const storyMost = 200

// Story lists what happened with a person, newest first.
func (s *Store) Story(ctx context.Context, person campaigns.PersonID) ([]StoryLine, error) {
	var out []StoryLine
	for _, q := range []string{
		`SELECT d.moved_at, 'delivery', c.name, d.state, d.channel, d.reason, d.step_no, '', '' FROM delivery d JOIN launch l ON l.id = d.launch_id
			JOIN campaign c ON c.id = l.campaign_id WHERE d.person_id = $1 ORDER BY d.id DESC LIMIT $2`,
		`SELECT r.at, 'answer', COALESCE(c.name, ''), r.kind, '', '', 0, r.source, '' FROM response r LEFT JOIN launch l ON l.id = r.launch_id
			LEFT JOIN campaign c ON c.id = l.campaign_id WHERE r.person_id = $1 ORDER BY r.id DESC LIMIT $2`,
		`SELECT o.at, 'outcome', '', o.fact, '', '', 0, o.by_actor, o.ref FROM outcome o WHERE o.person_id = $1 ORDER BY o.id DESC LIMIT $2`,
		`SELECT COALESCE(i.at, t.created_at), 'task', '', t.kind, '', i.result, t.step_no, t.done_by, t.code FROM task_item i JOIN task t ON t.id = i.task_id
			WHERE i.person_id = $1 ORDER BY t.id DESC LIMIT $2`,
		`SELECT a.created_at, 'appointment', COALESCE(c.name, ''), a.on_date || ' ' || a.at_time || ' ' || a.place, '', '', 0, a.created_by, a.code FROM appointment a
			JOIN launch l ON l.id = a.launch_id JOIN campaign c ON c.id = l.campaign_id WHERE a.person_id = $1 AND a.state = 'open' ORDER BY a.id DESC LIMIT $2`,
	} {
		lines, err := collect(ctx, s.r, func(row scanner) (l StoryLine, err error) {
			var at int64
			err = row.Scan(&at, &l.What, &l.Campaign, &l.Kind, &l.Channel, &l.Reason, &l.Step, &l.Actor, &l.Ref)
			l.At = ms(at)
			return l, err
		}, q, person, storyMost)
		if err != nil {
			return nil, wrap("story of a person", err)
		}
		out = append(out, lines...)
	}
	sort.SliceStable(out, func(i, k int) bool { return out[i].At.After(out[k].At) })
	return out, nil
}

// CampaignOf is a campaign that means a person.
type CampaignOf struct {
	ID     campaigns.CampaignID
	Name   string
	State  campaigns.CampaignState
	Fact   campaigns.Fact
	Launch campaigns.LaunchID
}

// CampaignsOf lists the campaigns with a notice for a person, newest first.
func (s *Store) CampaignsOf(ctx context.Context, person campaigns.PersonID) ([]CampaignOf, error) {
	list, err := collect(ctx, s.r, func(row scanner) (c CampaignOf, err error) {
		return c, row.Scan(&c.ID, &c.Name, &c.State, &c.Fact, &c.Launch)
	}, `SELECT c.id, c.name, c.state, c.fact, l.id FROM launch l JOIN campaign c ON c.id = l.campaign_id
		WHERE EXISTS (SELECT 1 FROM notice n WHERE n.launch_id = l.id AND n.person_id = $1)
			AND NOT EXISTS (SELECT 1 FROM launch x WHERE x.campaign_id = c.id AND x.n > l.n) ORDER BY c.id DESC LIMIT 20`, person)
	return list, wrap("campaigns of a person", err)
}

// PersonPath is the path of the unit that looks after a person.
func (s *Store) PersonPath(ctx context.Context, person campaigns.PersonID) (path string, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT unit_path FROM person WHERE id = $1`, person).Scan(&path)
	return path, wrap("path of a person", err)
}
