package store

import (
	"context"
	"math"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// FindAudit lists the rows of a unit's chain that a filter means, the newest first.
func (s *Store) FindAudit(ctx context.Context, f access.AuditFilter, limit int) ([]access.Row, error) {
	verbs := make([][]string, len(f.Verbs))
	for i, v := range f.Verbs {
		verbs[i] = []string{string(v)}
	}
	// A person stands in a row as its person, or among those whom somebody has looked at, as a JSON string.
	named := ""
	if f.Person != "" {
		named = "%" + likeText.Replace(asJSON(string(f.Person))) + "%"
	}
	before, until := f.Before, f.Until.UnixMilli()
	if before == 0 {
		before = math.MaxInt64
	}
	if f.Until.IsZero() {
		until = math.MaxInt64
	}
	list, err := collect(ctx, s.r, scanAudit, `SELECT `+auditColumns+` FROM audit WHERE unit_id = $1 AND n < $2
		AND ($3 = 0 OR verb IN (SELECT v.verb FROM `+s.d.set(11, "v", col{"verb", asText})+`))
		AND ($4 = '' OR by_id = $4 OR lower(by_name) LIKE $5 ESCAPE '!')
		AND ($6 = '' OR person_id = $6 OR detail LIKE $7 ESCAPE '!')
		AND at >= $8 AND at < $9 ORDER BY n DESC LIMIT $10`,
		string(f.Unit), before, len(verbs), f.By, "%"+likeText.Replace(strings.ToLower(f.By))+"%", string(f.Person), named, f.From.UnixMilli(), until, limit, asJSON(verbs))
	return list, wrap("search the audit log", err)
}

// likeText takes from a text what LIKE would read otherwise.
var likeText = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// TextUse is one text that a campaign has sent: which version, by which channel, to how many.
type TextUse struct {
	StepNo          int
	Channel, Locale string
	Version         string
	Sent, Parts     int
	First, Last     int64 // milliseconds
}

// TextUses lists the texts that a campaign has sent.
func (s *Store) TextUses(ctx context.Context, id campaigns.CampaignID) ([]TextUse, error) {
	list, err := collect(ctx, s.r, func(row scanner) (u TextUse, err error) {
		err = row.Scan(&u.StepNo, &u.Channel, &u.Locale, &u.Version, &u.Sent, &u.Parts, &u.First, &u.Last)
		return u, err
	}, `SELECT d.step_no, d.channel, d.locale, d.version, count(*), sum(d.parts), min(d.intent_at), max(d.intent_at)
		FROM launch l JOIN delivery d ON d.launch_id = l.id WHERE l.campaign_id = $1 AND d.state IN `+sentStates+` AND d.intent_at IS NOT NULL
		GROUP BY d.step_no, d.channel, d.locale, d.version ORDER BY d.step_no, d.channel, d.locale, d.version`, id)
	return list, wrap("list the texts of a campaign", err)
}
