package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// whereabouts finds the paths of the units that an object belongs to. A person belongs to the unit that looks after them
// and to their village, school and class; a task to its unit and to who holds it. A text that nobody could be found for
// belongs to everybody who reads the inbox: path "". A unit is found by its id or, in all its versions, by its code.
var whereabouts = map[campaigns.Noun]string{
	campaigns.UnitNoun: `SELECT u.path FROM unit u WHERE u.id = $1 OR u.code = $1`,
	campaigns.PersonNoun: `SELECT p.unit_path FROM person p WHERE p.id = $1
		UNION ALL SELECT u.path FROM person p JOIN unit u ON u.id = p.village_id WHERE p.id = $1
		UNION ALL SELECT u.path FROM person p JOIN unit u ON u.id = p.school_id WHERE p.id = $1
		UNION ALL SELECT u.path FROM person p JOIN unit u ON u.id = p.class_id WHERE p.id = $1`,
	campaigns.RosterNoun:   `SELECT u.path FROM roster x JOIN unit u ON u.id = x.unit_id WHERE x.id = $1`,
	campaigns.CampaignNoun: `SELECT u.path FROM campaign x JOIN unit u ON u.id = x.unit_id WHERE x.id = $1`,
	campaigns.TemplateNoun: `SELECT u.path FROM template x JOIN unit u ON u.id = x.unit_id WHERE x.id = $1`,
	campaigns.TaskNoun: `SELECT u.path FROM task t JOIN unit u ON u.id = t.unit_id WHERE t.id = $1
		UNION ALL SELECT u.path FROM task t JOIN unit u ON u.id = t.holder_id WHERE t.id = $1`,
	campaigns.InboxNoun:      `SELECT COALESCE(p.unit_path, '') FROM inbox x LEFT JOIN person p ON p.id = x.person_id WHERE x.id = $1`,
	campaigns.ComparisonNoun: `SELECT u.path FROM comparison x JOIN unit u ON u.id = x.unit_id WHERE x.id = $1`,
	campaigns.WebhookNoun:    `SELECT u.path FROM webhook x JOIN unit u ON u.id = x.unit_id WHERE x.id = $1`,
}

// Whereabouts returns the paths of the units that an object belongs to; campaigns.ErrNotFound where there is none.
func (s *Store) Whereabouts(ctx context.Context, noun campaigns.Noun, id string) ([]string, error) {
	query, known := whereabouts[noun]
	if !known {
		return nil, fmt.Errorf("whereabouts: %q is no noun that belongs to units", string(noun))
	}
	list, err := collect(ctx, s.r, scanOne[string], query, id)
	if err == nil && len(list) == 0 {
		err = campaigns.ErrNotFound
	}
	return list, wrap("whereabouts", err)
}

// within is a condition: a path stands under one of these. No path is nowhere.
func (c *compiler) within(column string, paths []string) string {
	if len(paths) == 0 {
		return "1 = 0"
	}
	parts := make([]string, len(paths))
	for i, path := range paths {
		at := c.arg(path)
		parts[i] = `substr(` + column + `, 1, length(` + at + `)) = ` + at
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// belongs is a condition: person p belongs to a unit under one of these paths, as whereabouts says it.
func (c *compiler) belongs(paths []string) string {
	return "(" + c.within("p.unit_path", paths) + ` OR EXISTS (SELECT 1 FROM unit b WHERE b.id IN (p.village_id, p.school_id, p.class_id) AND ` + c.within("b.path", paths) + "))"
}

// around is within, or above one of these: what a unit above does concerns those below it, too.
func (c *compiler) around(column string, paths []string) string {
	parts := []string{c.within(column, paths)}
	for _, path := range paths {
		at := c.arg(path)
		parts = append(parts, `substr(`+at+`, 1, length(`+column+`)) = `+column)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}
