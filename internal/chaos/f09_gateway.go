package chaos

import (
	"context"
	"fmt"
	"time"
)

// f09: the gateway refuses, asks to wait, breaks off after taking, hangs and talks nonsense; then it refuses everything.
// What was refused for good goes on to the next channel of the ladder, what is unknown never does.
var f09 = scenario{
	id: "F9", title: "a gateway that does everything wrong", within: 60 * time.Second,
	plan: func(people int) plan {
		return plan{scene: scene{people: people, wards: 2, rate: 120}, ladder: []string{"sms.http", "visit.task"},
			script: script{latency: 20 * time.Millisecond, rate: people / 6, receipt: someReceipts, shares: badDay}}
	},
	unknown: func(s *stage) int { return s.unclear() },
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.badDay(ctx); err != nil {
			return bite{}, err
		}
		sc := s.plan.script
		sc.down = true
		s.sink.set(sc)
		before := s.sink.effects.Load()
		if err := s.launch(ctx, 1); err != nil {
			return bite{}, err
		}
		s.faulted()
		if err := s.rest(ctx, 90*time.Second); err != nil {
			return bite{}, fmt.Errorf("with the gateway down: %w", err)
		}
		if n := s.sink.effects.Load() - before; n > 0 {
			return bite{}, fmt.Errorf("%d texts left a gateway that was down", n)
		}
		moved, err := s.db.number(ctx, `SELECT count(*) FROM delivery n JOIN delivery d ON d.notice_id = n.notice_id AND d.rank < n.rank
			WHERE EXISTS (SELECT 1 FROM chaos_event e WHERE e.delivery_id = d.id AND e.to_state = 'unknown')`)
		if err != nil {
			return bite{}, err
		}
		if moved > 0 {
			return bite{}, fmt.Errorf("%d unknown ones went on to another channel", moved)
		}
		visits, err := s.db.number(ctx, `SELECT count(*) FROM delivery WHERE channel = 'visit.task'`)
		if err != nil {
			return bite{}, err
		}
		if visits < s.share(40) {
			return bite{}, fmt.Errorf("only %d went on to a visit when texts could not leave", visits)
		}
		return s.seen(), nil
	},
}

// f09Keyed: the same day on a keyed gateway that never reports: asking again with the same key settles what was unclear.
var f09Keyed = scenario{
	id: "F9K", title: "the same on a keyed gateway", within: 60 * time.Second,
	plan: func(people int) plan {
		return plan{scene: scene{people: people, rate: 120}, script: script{latency: 20 * time.Millisecond, rate: people / 6, keyed: true, shares: badDay}}
	},
	unknown: func(s *stage) int { return s.unclear() },
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.badDay(ctx); err != nil {
			return bite{}, err
		}
		b := s.seen()
		b.ok = b.ok && s.sink.count(knowsIt) > 0
		b.says += fmt.Sprintf(", %d known", s.sink.count(knowsIt))
		return b, nil
	},
}

var badDay = map[behaviour]int{refuses: 200, busy: 100, drops: 50, hangs: 30, garbles: 10, badWords: 10}

// badDay launches with the breaker overridden: so many errors would close the account for minutes, and what is to be seen
// here is what becomes of each single answer. F9B is about the breaker.
func (s *stage) badDay(ctx context.Context) error {
	if _, err := s.command(ctx, "channel", "override", "sms.http", "on", "--reason", "drill", "--actor", author); err != nil {
		return err
	}
	if err := s.launch(ctx, 0); err != nil {
		return err
	}
	// The tail are repeats: up to five refusals in a row, each waited for twice as long.
	return s.rest(ctx, 90*time.Second)
}

// unclear is how many requests ended so that nobody could know.
func (s *stage) unclear() int {
	return int(s.sink.count(drops) + s.sink.count(hangs) + s.sink.count(garbles))
}

// seen says which of the gateway's tempers came up; all must.
func (s *stage) seen() bite {
	b := bite{ok: true}
	for _, did := range []behaviour{refuses, busy, drops, hangs, garbles, badWords} {
		n := s.sink.count(did)
		b.ok = b.ok && n > 0
		b.says += fmt.Sprintf("%d %s, ", n, did)
	}
	b.says = b.says[:len(b.says)-2]
	return b
}
