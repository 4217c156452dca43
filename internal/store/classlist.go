package store

import (
	"context"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// ClassTask is a relay that a class was asked for.
type ClassTask struct {
	ID       campaigns.TaskID
	Campaign campaigns.CampaignID
	Launch   campaigns.LaunchID
	Step     int
	Open     int // parents that were not told yet
	Since    time.Time
}

// ClassTasks lists the relays of a class whose campaign still runs, newest first.
func (s *Store) ClassTasks(ctx context.Context, class campaigns.UnitID) ([]ClassTask, error) {
	list, err := collect(ctx, s.r, func(row scanner) (t ClassTask, err error) {
		var since int64
		err = row.Scan(&t.ID, &t.Campaign, &t.Launch, &t.Step, &t.Open, &since)
		t.Since = ms(since)
		return t, err
	}, `SELECT t.id, l.campaign_id, l.id, t.step_no, (SELECT count(*) FROM task_item i WHERE i.task_id = t.id AND i.result = ''), t.created_at
		FROM task t JOIN launch l ON l.id = t.launch_id WHERE t.holder_id = $1 AND t.kind = 'relay' AND l.state IN ('running','paused') ORDER BY t.id DESC LIMIT 20`, class)
	return list, wrap("relays of a class", err)
}

// ClassPerson is a pupil of a class whom a launch means: only what their teacher needs to know.
type ClassPerson struct {
	ID     campaigns.PersonID
	Name   string
	Done   bool
	Answer campaigns.AnswerKind
}

// ClassPeople lists the pupils of a class whom a launch means, by name.
func (s *Store) ClassPeople(ctx context.Context, class campaigns.UnitID, launch campaigns.LaunchID, fact campaigns.Fact) ([]ClassPerson, error) {
	list, err := collect(ctx, s.r, func(row scanner) (p ClassPerson, err error) {
		return p, row.Scan(&p.ID, &p.Name, &p.Done, &p.Answer)
	}, `SELECT p.id, p.name, `+doneOf+`, `+newestAnswer+` FROM launch l JOIN member m ON m.audience_id = l.audience_id JOIN person p ON p.id = m.person_id
		WHERE l.id = $2 AND p.class_id = $1 AND p.erased_at IS NULL ORDER BY p.name_key, p.id LIMIT 200`, class, launch, string(fact))
	return list, wrap("pupils of a class", err)
}

// OverdueByUnit counts the chores of the units under a path that are older than a moment.
func (s *Store) OverdueByUnit(ctx context.Context, path string, old time.Time) (map[campaigns.UnitID]int, error) {
	out, err := s.countByUnit(ctx, `SELECT t.unit_id, count(*) FROM task t JOIN unit u ON u.id = t.unit_id
		WHERE t.state = 'open' AND t.created_at < $2 AND substr(u.path, 1, length($1)) = $1 GROUP BY t.unit_id`, path, old.UnixMilli())
	return out, wrap("count overdue chores", err)
}
