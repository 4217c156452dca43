package chaos

import (
	"context"
	"fmt"
	"time"
)

// f01Mail: workers are killed while mails go through a server that greylists, refuses mailboxes, breaks off after it took
// a mail, and falls silent. SMTP has no keys and no receipts: whatever is unclear stays unknown.
var f01Mail = scenario{
	id: "F1E", title: "kill -9 while mails flow by SMTP", within: 30 * time.Second,
	plan: func(people int) plan {
		return plan{scene: scene{people: people, mail: true, rate: 120}, ladder: []string{"email.smtp"},
			script: script{rate: people / 10, shares: map[behaviour]int{busy: 150, drops: 20, hangs: 10, garbles: 10, badWords: 20}}}
	},
	unknown: func(s *stage) int { return s.unclear() + s.kills*s.window },
	run: func(ctx context.Context, s *stage) (bite, error) {
		// So many broken connections would close the account for minutes; F9B is about that.
		if _, err := s.command(ctx, "channel", "override", "email.smtp", "on", "--reason", "drill", "--actor", author); err != nil {
			return bite{}, err
		}
		b, err := killWorkers(ctx, s)
		for _, did := range []behaviour{busy, drops, hangs, garbles, badWords} {
			n := s.sink.count(did)
			b.ok = b.ok && n > 0
			b.says += fmt.Sprintf(", %d %s", n, did)
		}
		return b, err
	},
}
