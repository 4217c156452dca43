package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/loaphuong/loa/campaigns"
)

// knowMore completes the persons of a block with what the rules of a step look at, in one question each, and none where
// nobody has answered and no rule asks.
func (s *Store) knowMore(ctx context.Context, tx *sql.Tx, step StepPlan, b block, people []campaigns.Person) error {
	at := make(map[campaigns.PersonID]*campaigns.Person, len(people))
	answered := false
	for i := range people {
		p := &people[i]
		at[p.ID] = p
		if step.Campaign.Emergency {
			p.OpenAnswers = slices.DeleteFunc(p.OpenAnswers, func(a campaigns.AnswerKind) bool { return a == campaigns.Stop })
		}
		answered = answered || len(p.OpenAnswers) > 0
	}
	if answered {
		if err := s.whenComing(ctx, tx, step, b, at); err != nil {
			return err
		}
	}
	if rung, _ := step.Campaign.Ladder.At(step.StepNo); !rung.Needs("reached") {
		return nil
	}
	return s.whoWasReached(ctx, tx, b, at)
}

// whenComing finds the days on which persons mean to come: their appointment, or for who will come the session.
func (s *Store) whenComing(ctx context.Context, tx *sql.Tx, step StepPlan, b block, at map[campaigns.PersonID]*campaigns.Person) error {
	if session := campaigns.SessionDay(step.Campaign.Fields); session != "" {
		for _, p := range at {
			if slices.Contains(p.OpenAnswers, campaigns.WillCome) {
				p.ComingOn = session
			}
		}
	}
	within, args := b.within("a.launch_id", "a.person_id", b.launch)
	_, err := collect(ctx, tx, func(row scanner) (_ struct{}, err error) {
		var id campaigns.PersonID
		var day string
		if err = row.Scan(&id, &day); err == nil && at[id] != nil {
			at[id].ComingOn = day
		}
		return struct{}{}, err
	}, `SELECT a.person_id, a.on_date FROM appointment a WHERE `+within+` AND a.state = 'open'`, args...)
	return err
}

func (s *Store) whoWasReached(ctx context.Context, tx *sql.Tx, b block, at map[campaigns.PersonID]*campaigns.Person) error {
	within, args := b.within("n.launch_id", "n.person_id", b.launch)
	_, err := collect(ctx, tx, func(row scanner) (_ struct{}, err error) {
		var id campaigns.PersonID
		if err = row.Scan(&id); err == nil && at[id] != nil {
			at[id].Reached = true
		}
		return struct{}{}, err
	}, `SELECT DISTINCT n.person_id FROM notice n JOIN delivery d ON d.notice_id = COALESCE(n.merged_into, n.id)
		WHERE `+within+` AND d.state = 'delivered'`, args...)
	return err
}
