package chaos

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// f14: five rows that cannot be carried: a contact that does not open, a name of a megabyte, a name that is only a
// template, one of control characters, and an address that is no number. Each fails alone.
var f14 = scenario{
	id: "F14", title: "poison rows",
	plan: func(people int) plan {
		return plan{scene: scene{people: people}, script: script{latency: 20 * time.Millisecond, rate: people / 6, receipt: someReceipts}}
	},
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.poison(ctx); err != nil {
			return bite{}, err
		}
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		s.faulted()
		if err := s.rest(ctx, 60*time.Second); err != nil {
			return bite{}, err
		}
		for _, l := range s.workers {
			if !l.proc.alive() {
				return bite{}, fmt.Errorf("%s ended", l.name)
			}
		}
		failed, err := s.db.number(ctx, `SELECT count(*) FROM delivery WHERE state = 'failed' AND reason <> ''`)
		if err != nil {
			return bite{}, err
		}
		tried, err := s.db.number(ctx, `SELECT max(tries) FROM delivery`)
		if err != nil {
			return bite{}, err
		}
		others, err := s.db.number(ctx, `SELECT count(*) FROM delivery WHERE state NOT IN ('accepted','delivered','merged','failed')`)
		if err != nil {
			return bite{}, err
		}
		if tried > 3 || others > 0 {
			return bite{}, fmt.Errorf("%d tries at most; %d others did not leave", tried, others)
		}
		return bite{failed >= 2, fmt.Sprintf("%d failed alone", failed)}, nil
	},
}

// poison spoils people that live alone: the 101st, 201st and so on.
func (s *stage) poison(ctx context.Context) error {
	for i, spoil := range []struct {
		query string
		value any
	}{
		{`UPDATE contact SET sealed = $1 WHERE addr_index = $2`, []byte{0, 255, 0, 255}},
		{`UPDATE person SET name = $1 WHERE id IN (SELECT person_id FROM contact WHERE addr_index = $2)`, strings.Repeat("A", 1<<20)},
		{`UPDATE person SET name = $1 WHERE id IN (SELECT person_id FROM contact WHERE addr_index = $2)`, "{{unit}} {{name}} %s ${x}"},
		{`UPDATE person SET name = $1 WHERE id IN (SELECT person_id FROM contact WHERE addr_index = $2)`, "\x01\x02\"\\\u202e"},
		{`UPDATE person SET name = $1 WHERE id IN (SELECT person_id FROM contact WHERE addr_index = $2)`, ""},
	} {
		if err := s.db.exec(ctx, spoil.query, spoil.value, s.plan.scene.index(number(101+100*i))); err != nil {
			return err
		}
	}
	return nil
}
