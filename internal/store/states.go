package store

import (
	"context"

	"github.com/loaphuong/loa/campaigns"
)

// DeliveryStates counts the deliveries of a campaign by state and reason, such as "suppressed opted_out": for progress
// and for tests.
func (s *Store) DeliveryStates(ctx context.Context, id campaigns.CampaignID) (map[string]int, error) {
	out := map[string]int{}
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var state, reason string
		var n int
		err := row.Scan(&state, &reason, &n)
		if reason != "" {
			state += " " + reason
		}
		out[state] = n
		return struct{}{}, err
	}, `SELECT d.state, d.reason, count(*) FROM delivery d JOIN launch l ON l.id = d.launch_id WHERE l.campaign_id = $1 GROUP BY d.state, d.reason`, id)
	return out, wrap("count deliveries", err)
}

// Busy counts, by chunks, about how many deliveries that the engine still has to do something about now: due and not at rest.
func (s *Store) Busy(ctx context.Context) (n int, err error) {
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return 0, wrap("count due work", err)
	}
	err = s.r.QueryRowContext(ctx, `SELECT
		(SELECT COALESCE(sum(c.n), 0) FROM chunk c JOIN launch l ON l.id = c.launch_id
			WHERE c.kind IN ('planned','queued','resend') AND c.next_at <= $1 AND l.state = 'running')
		+ (SELECT COALESCE(sum(c.n), 0) FROM chunk c WHERE c.kind = 'out')
		+ (SELECT count(*) FROM step s JOIN launch l ON l.id = s.launch_id WHERE s.state = 'waiting' AND s.due_at <= $1 AND l.state = 'running')`,
		now.Policy.UnixMilli()).Scan(&n)
	return n, wrap("count due work", err)
}

// AttemptTrace is what the record knows of an attempt at a provider.
type AttemptTrace struct {
	State    string // accepted, rejected, unknown
	Notice   campaigns.NoticeID
	Delivery string // state of the delivery
}

// AttemptTraces returns every attempt at a provider by its idempotency key, to be compared with the log of a simulated
// provider.
func (s *Store) AttemptTraces(ctx context.Context) (map[string]AttemptTrace, error) {
	out := map[string]AttemptTrace{}
	_, err := collect(ctx, s.r, func(row scanner) (struct{}, error) {
		var key string
		var t AttemptTrace
		err := row.Scan(&key, &t.State, &t.Notice, &t.Delivery)
		out[key] = t
		return struct{}{}, err
	}, `SELECT a.idem_key, a.state, d.notice_id, d.state FROM attempt a JOIN delivery d ON d.id = a.delivery_id
		WHERE a.channel NOT LIKE 'relay.%' AND a.channel NOT LIKE 'visit.%'
			AND a.channel NOT LIKE 'print.%' AND a.channel NOT LIKE 'speech.%'`)
	return out, wrap("list attempts", err)
}
