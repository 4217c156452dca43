package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/loaphuong/loa/notifier/channel"
)

// f10: receipts come before the answer, three times, in the wrong order, or not at all; a thousand at once for texts that
// nobody knows; and some that were not signed by the gateway.
var f10 = scenario{
	id: "F10", title: "receipts in every wrong way",
	plan: func(people int) plan {
		return plan{scene: scene{people: people}, script: script{latency: 100 * time.Millisecond, rate: people / 8,
			receipt: receiptPlan{after: 1500 * time.Millisecond, spread: 2 * time.Second, never: 50, copies: 3, early: 200, reversed: true}}}
	},
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		if err := s.sent(ctx, s.share(40), 60*time.Second); err != nil {
			return bite{}, err
		}
		forged, err := s.forge(ctx)
		if err != nil {
			return bite{}, err
		}
		if err := s.sink.post.send(ctx, foreign(1000)); err != nil {
			return bite{}, fmt.Errorf("a thousand receipts at once: %w", err)
		}
		s.faulted()
		if err := s.rest(ctx, 60*time.Second); err != nil {
			return bite{}, err
		}
		return s.receiptsHeld(ctx, forged)
	},
}

// foreign makes receipts of texts that are not Loa's.
func foreign(n int) []report {
	out := make([]report, n)
	for i := range out {
		id := fmt.Sprintf("foreign-%d", i)
		out[i] = report{Event: id, ID: id, Status: "DELIVRD"}
	}
	return out
}

// forge sends receipts that must not be believed and returns how many were refused.
func (s *stage) forge(ctx context.Context) (int, error) {
	body, err := json.Marshal([]report{{Event: "forged", ID: "forged", Status: "UNDELIV"}})
	if err != nil {
		return 0, err
	}
	old := channel.Sign(s.sink.secret, time.Now().Add(-time.Hour), body)
	for what, header := range map[string]http.Header{"unsigned": {}, "signed by another": channel.Sign(newSecret(), time.Now(), body), "an hour old": old} {
		status, err := s.sink.post.deliver(ctx, body, header)
		if err != nil || status != http.StatusUnauthorized {
			return 0, fmt.Errorf("a receipt that was %s: HTTP %d %w, not 401", what, status, err)
		}
	}
	return 3, nil
}

// receiptsHeld looks at what became of them.
func (s *stage) receiptsHeld(ctx context.Context, forged int) (bite, error) {
	var parked, early, none, slowest, kept int
	for _, q := range []struct {
		into  *int
		query string
	}{
		{&parked, `SELECT count(*) FROM receipt WHERE applied_at IS NULL`},
		{&kept, `SELECT count(*) FROM receipt WHERE event_key = '' OR provider_msg_id = 'forged'`},
		{&none, `SELECT count(*) FROM delivery WHERE state = 'accepted'`},
		// Early ones went straight from sending to accepted to delivered; how long they were parked after the answer was written.
		{&early, `SELECT count(*) FROM receipt WHERE effect = 'none'`},
		{&slowest, `SELECT max(b.at - a.at) FROM chaos_event a JOIN chaos_event b ON b.delivery_id = a.delivery_id AND b.to_state = 'delivered'
			JOIN receipt r ON r.delivery_id = a.delivery_id AND r.effect = 'delivered' JOIN chaos_event c ON c.delivery_id = a.delivery_id AND c.to_state = 'sending'
			WHERE a.to_state = 'accepted' AND b.at - c.at < 1500`},
	} {
		n, err := s.db.number(ctx, q.query)
		if err != nil {
			return bite{}, err
		}
		*q.into = n
	}
	switch {
	case parked != 1000:
		return bite{}, fmt.Errorf("%d receipts are parked, not the 1000 foreign ones", parked)
	case kept > 0:
		return bite{}, fmt.Errorf("%d forged receipts were kept", kept)
	case slowest > 3000: // the tick of 2 s and a second for what it does
		return bite{}, fmt.Errorf("a parked receipt waited %d ms", slowest)
	}
	ok := none > 0 && early > 0 && forged == 3
	return bite{ok, fmt.Sprintf("%d without receipt, %d without effect, %d foreign, %d forged, parked at most %d ms", none, early, parked, forged, slowest)}, nil
}
