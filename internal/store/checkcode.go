package store

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Genuine is what we have said under a check code: enough to show the official text again, and nothing of one person.
type Genuine struct {
	What       string // notice, visit, appointment
	CampaignID campaigns.CampaignID
	Kind       string
	WordsID    campaigns.TemplateVersionID
	Fields     map[string]string
	Step       campaigns.Step
	Unit       campaigns.Unit // who sent it
	SentAt     time.Time      // policy time at which its sending began
}

// Check codes answer for so long after their notice; a code book is made anew when it is older than bookFor.
const (
	codesDays = 180
	bookFor   = 5 * time.Second
	mostCodes = 50_000
)

// coded names what a code stands for.
type coded struct {
	what   string
	launch campaigns.LaunchID
	step   int
	unit   campaigns.UnitID // of the person, "" where the notice is everybody's
	at     int64
}

// codeBook knows the codes of all notices of the last half year. They are computed and not kept in the database: there is
// one for a step of a launch, and a thousand of them cost a millisecond.
type codeBook struct {
	mu   sync.Mutex
	by   map[string]coded
	made time.Time
}

// drop forgets them, when policy time was set.
func (b *codeBook) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.by = nil
}

// FindCode finds what a check code stands for; campaigns.ErrNotFound where it stands for nothing that was sent.
func (s *Store) FindCode(ctx context.Context, code string) (Genuine, error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return Genuine{}, wrap("find a check code", err)
	}
	c, err := s.noticeCode(ctx, code, now)
	if err == nil && c.launch == "" {
		c, err = s.ownCode(ctx, code, now)
	}
	if err == nil && c.launch == "" {
		err = campaigns.ErrNotFound
	}
	if err != nil {
		return Genuine{}, wrap("find a check code", err)
	}
	g, err := s.genuine(ctx, c)
	return g, wrap("find a check code", err)
}

// noticeCode looks among the codes that all who get a notice share.
func (s *Store) noticeCode(ctx context.Context, code string, now Clock) (coded, error) {
	s.codes.mu.Lock()
	defer s.codes.mu.Unlock()
	if s.codes.by == nil || time.Since(s.codes.made) > bookFor {
		list, err := collect(ctx, s.r, func(row scanner) (c coded, err error) {
			c.what = "notice"
			return c, row.Scan(&c.launch, &c.step, &c.at)
		}, `SELECT launch_id, step_no, COALESCE(planned_at, due_at) FROM step WHERE state = 'planned' AND due_at > $1 ORDER BY due_at DESC LIMIT $2`,
			now.Policy.AddDate(0, 0, -codesDays).UnixMilli(), mostCodes)
		if err != nil {
			return coded{}, err
		}
		s.codes.by, s.codes.made = make(map[string]coded, len(list)), time.Now()
		for _, c := range list {
			s.codes.by[s.ring.Code("notice|"+string(c.launch)+"|"+strconv.Itoa(c.step), 6)] = c
		}
	}
	return s.codes.by[code], nil
}

// ownCode looks among the codes of visits and appointments, which are one person's own.
func (s *Store) ownCode(ctx context.Context, code string, now Clock) (coded, error) {
	list, err := collect(ctx, s.r, func(row scanner) (c coded, err error) {
		return c, row.Scan(&c.what, &c.launch, &c.step, &c.unit, &c.at)
	}, `SELECT 'visit', t.launch_id, t.step_no, t.unit_id, t.created_at FROM task t WHERE t.code = $1 AND t.kind = 'visit' AND t.launch_id IS NOT NULL AND t.created_at > $2
		UNION ALL SELECT 'appointment', a.launch_id, 0, p.unit_id, a.created_at FROM appointment a JOIN person p ON p.id = a.person_id WHERE a.code = $1 AND a.created_at > $2
		ORDER BY 5 DESC LIMIT 1`, code, now.Policy.AddDate(0, 0, -codesDays).UnixMilli())
	if err != nil || len(list) == 0 {
		return coded{}, err
	}
	return list[0], nil
}

// genuine completes what a code stands for. What was sent to a whole province came from each ward for its own people: the
// unit is then the one that launched.
func (s *Store) genuine(ctx context.Context, c coded) (Genuine, error) {
	g := Genuine{What: c.what, SentAt: ms(c.at)}
	var fields, ladder string
	var sender campaigns.UnitID
	if err := s.r.QueryRowContext(ctx, `SELECT c.id, c.kind, c.words_id, c.fields, c.ladder, l.unit_id FROM launch l JOIN campaign c ON c.id = l.campaign_id
		WHERE l.id = $1`, c.launch).Scan(&g.CampaignID, &g.Kind, &g.WordsID, &fields, &ladder, &sender); err != nil {
		return g, err
	}
	if err := decodeJSON(fields, &g.Fields); err != nil {
		return g, err
	}
	var steps campaigns.Ladder
	if err := decodeJSON(ladder, &steps); err != nil {
		return g, err
	}
	if c.step >= 1 && c.step <= len(steps) {
		g.Step = steps[c.step-1]
	}
	if c.unit != "" {
		sender = c.unit
	}
	var err error
	g.Unit, err = unitByID(ctx, s.r, sender)
	return g, err
}
