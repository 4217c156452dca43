package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// Recipient is one person of an audience with the last word of every kind.
type Recipient struct {
	ID       campaigns.PersonID
	Name     string
	Born     string
	Place    string // village, else class
	Verified bool
	Channel  string
	State    notifier.State // of the newest delivery, "" where there is none
	Reason   campaigns.Reason
	MovedAt  time.Time
	Answer   campaigns.AnswerKind // the newest, "" where there is none
}

// RecipientFilter says which persons of an audience are looked for.
type RecipientFilter struct {
	Campaign campaigns.CampaignID
	Path     string // only persons of units under this path
	Group    string // one of RecipientGroups, "" for all
	NameKey  string // folded, anywhere in the name
	After    campaigns.PersonID
	Limit    int
}

// doneOf says in SQL whether the fact $3 is verified for person p.
const doneOf = `($3 = 'card' AND p.card_verified = 1 OR $3 = 'eid1' AND p.eid_verified >= 1 OR $3 = 'eid2' AND p.eid_verified >= 2
	OR EXISTS (SELECT 1 FROM outcome o WHERE o.person_id = p.id AND o.fact = $3))`

const (
	answeredOf   = `EXISTS (SELECT 1 FROM response r WHERE r.person_id = p.id AND r.launch_id = $2)`
	newestAnswer = `COALESCE((SELECT r.kind FROM response r WHERE r.person_id = p.id AND r.launch_id = $2 ORDER BY r.id DESC LIMIT 1), '')`
	carriedOf    = `EXISTS (SELECT 1 FROM delivery d WHERE d.person_id = p.id AND d.launch_id = $2 AND d.state IN ('accepted','delivered','unknown','unknown_final','no_receipt','merged'))`
)

// recipientGroups are the groups that a list can be narrowed to.
var recipientGroups = map[string]string{
	"verified":    doneOf,
	"left":        `NOT ` + doneOf,
	"answered":    answeredOf,
	"silent":      `NOT ` + doneOf + ` AND ` + carriedOf + ` AND NOT ` + answeredOf,
	"not_reached": `NOT ` + doneOf + ` AND NOT ` + carriedOf,
	"coming":      `NOT ` + doneOf + ` AND ` + newestAnswer + ` = 'will_come'`,
	"claimed":     `NOT ` + doneOf + ` AND ` + newestAnswer + ` = 'already_done'`,
	"help":        `NOT ` + doneOf + ` AND ` + newestAnswer + ` IN ('need_help','other_date','home_visit')`,
	"wrong":       newestAnswer + ` = 'wrong_person'`,
	"stopped":     newestAnswer + ` = 'stop'`,
}

// Recipients lists persons of a campaign's audience in order of id; the last id is the next cursor.
func (s *Store) Recipients(ctx context.Context, f RecipientFilter) ([]Recipient, error) {
	c, err := s.Campaign(ctx, f.Campaign)
	if err != nil {
		return nil, err
	}
	var launch campaigns.LaunchID
	runs, err := s.Runs(ctx, f.Campaign)
	if err != nil {
		return nil, err
	}
	if len(runs) > 0 {
		launch = runs[0].ID
	}
	where := "TRUE"
	if cond := recipientGroups[f.Group]; cond != "" {
		where = cond
	}
	list, err := collect(ctx, s.r, scanRecipient, `SELECT p.id, p.name, p.born, COALESCE(v.name, ''), `+doneOf+`, `+newestAnswer+`
		FROM member m JOIN person p ON p.id = m.person_id LEFT JOIN unit v ON v.id = COALESCE(p.village_id, p.class_id)
		WHERE m.audience_id = $1 AND p.id > $4 AND substr(p.unit_path, 1, length($5)) = $5 AND ($6 = '' OR p.name_key LIKE '%' || $6 || '%')
			AND `+where+` ORDER BY m.person_id LIMIT $7`, c.AudienceID, launch, string(c.Fact), f.After, f.Path, f.NameKey, f.Limit)
	if err != nil || len(list) == 0 {
		return list, wrap("list recipients", err)
	}
	return list, wrap("last deliveries of recipients", s.lastDeliveries(ctx, launch, list))
}

func scanRecipient(row scanner) (r Recipient, err error) {
	return r, row.Scan(&r.ID, &r.Name, &r.Born, &r.Place, &r.Verified, &r.Answer)
}

// lastDeliveries gives each recipient their newest delivery.
func (s *Store) lastDeliveries(ctx context.Context, launch campaigns.LaunchID, list []Recipient) error {
	at, ids := map[campaigns.PersonID]int{}, make([]campaigns.PersonID, len(list))
	for i, r := range list {
		at[r.ID], ids[i] = i, r.ID
	}
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var id campaigns.PersonID
		var moved sql.NullInt64
		var r Recipient
		if err := row.Scan(&id, &r.Channel, &r.State, &r.Reason, &moved); err != nil {
			return struct{}{}, err
		}
		to := &list[at[id]]
		to.Channel, to.State, to.Reason, to.MovedAt = r.Channel, r.State, r.Reason, msNull(moved)
		return struct{}{}, nil
	}, `SELECT d.person_id, d.channel, d.state, d.reason, d.moved_at FROM `+s.d.set(1, "v", col{"id", asText})+` JOIN delivery d ON d.person_id = v.id
		WHERE d.launch_id = $2 ORDER BY d.id`, asJSON(wrapEach(ids)), launch)
	return err
}
