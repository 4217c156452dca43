package chaos

import (
	"context"
	"fmt"
	"time"
)

// f13: while texts are on the wire, people say stop, are erased, and one of two campaigns is ended.
var f13 = scenario{
	id: "F13", title: "opt-outs, erasures and a stop in full flight", within: 40 * time.Second,
	plan: func(people int) plan {
		// So slow that most texts leave later than the 5 s that are allowed after a refusal.
		return plan{scene: scene{people: people, wards: 2}, timeout: 8 * time.Second, script: script{latency: 300 * time.Millisecond, rate: people / 40, receipt: someReceipts}}
	},
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx, 0, 1); err != nil {
			return bite{}, err
		}
		if err := s.sent(ctx, s.share(5), 60*time.Second); err != nil {
			return bite{}, err
		}
		most, err := s.refuse(ctx, 200, 20)
		if err != nil {
			return bite{}, err
		}
		if _, err := s.client.post(ctx, "/api/v1/campaigns/"+s.campaigns[1]+"/cancel", approver, nil, nil); err != nil {
			return bite{}, err
		}
		s.faulted()
		if err := s.rest(ctx, 60*time.Second); err != nil {
			return bite{}, err
		}
		stopped, err := s.db.number(ctx, `SELECT count(*) FROM delivery WHERE state = 'suppressed'`)
		if err != nil {
			return bite{}, err
		}
		cancelled, err := s.db.number(ctx, `SELECT count(*) FROM delivery WHERE state = 'cancelled'`)
		return bite{most > 50 && stopped > 0 && cancelled > 0, fmt.Sprintf("%d in flight, %d suppressed, %d cancelled", most, stopped, cancelled)}, err
	},
}

// refuse lets so many numbers say stop and so many people be erased, each at a random moment, and returns how many texts
// were on the wire at most meanwhile. Nothing may leave for an erased person 5 s later, which invariants cannot see
// because the record forgets them.
func (s *stage) refuse(ctx context.Context, stops, erasures int) (most int, err error) {
	numbers := s.rand.Perm(len(s.plan.scene.numbers))
	for i := range stops + erasures {
		n := s.plan.scene.numbers[numbers[i%len(numbers)]]
		if i%((stops+erasures)/erasures) == 0 {
			err = s.erase(ctx, n)
		} else {
			_, err = s.client.optOut(ctx, n, s.plan.scene.known(n))
		}
		if err != nil {
			return most, err
		}
		most = max(most, int(s.sink.inHand.Load()))
		if err := pause(ctx, time.Duration(s.rand.IntN(30))*time.Millisecond); err != nil {
			return most, err
		}
	}
	return most, nil
}

// erase marks everybody at a number as erased. There is no verb for it yet: this is what one will do first.
func (s *stage) erase(ctx context.Context, number string) error {
	err := s.db.exec(ctx, `UPDATE person SET erased_at = $1 WHERE id IN (SELECT person_id FROM contact WHERE addr_index = $2)`,
		s.now().UnixMilli(), s.plan.scene.index(number))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erased = append(s.erased, erasure{s.plan.scene.known(number), time.Now()})
	return err
}

type erasure struct {
	addr string
	at   time.Time
}

// heardErased counts texts that left for an erased person more than 5 s after the erasure.
func (s *stage) heardErased() (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.erased) == 0 {
		return 0, nil
	}
	truth, err := readSinkLog(s.sink.log.file.Name())
	if err != nil {
		return 0, err
	}
	gone := map[string]int64{}
	for _, e := range s.erased {
		gone[e.addr] = e.at.UnixMilli()
	}
	for _, e := range truth {
		if at, ok := gone[e.Addr]; ok && e.Effect && e.At > at+5000 {
			n++
		}
	}
	return n, nil
}
