package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// f16: the embedded database is lost half way through a campaign and a copy from earlier is put in its place. The process
// must hold, because the copy does not know who was told since; the gateway's log tells it, and then it goes on
// (rulings.md 33, security.md T46). Events of the lost hour are gone, so the moves of that time cannot be held against
// the table; the gateway's log is whole.
var f16 = scenario{
	id: "F16", title: "a restored copy: HOLD, reconcile, release", within: 30 * time.Second,
	plan: func(people int) plan {
		return plan{sqlite: true, scene: scene{people: people}, script: script{latency: 50 * time.Millisecond, rate: people / 10, receipt: someReceipts}}
	},
	// What the copy had on the wire is on nobody's wire: it is unknown until the log tells.
	unknown: func(s *stage) int { return 2 * s.window },
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		if err := s.sent(ctx, s.share(20), 60*time.Second); err != nil {
			return bite{}, err
		}
		backup := filepath.Join(s.dir, "backup.db")
		if err := s.db.exec(ctx, `VACUUM INTO ?`, backup); err != nil {
			return bite{}, err
		}
		if err := s.sent(ctx, s.share(55), 60*time.Second); err != nil {
			return bite{}, err
		}
		s.workers[0].proc.kill()
		if err := s.restore(backup); err != nil {
			return bite{}, err
		}
		before := s.sink.effects.Load()
		if err := s.api.start(ctx); err != nil {
			return bite{}, err
		}
		if err := s.says(ctx, "HOLD"); err != nil {
			return bite{}, err
		}
		if err := pause(ctx, 2*leaseMargin+2*time.Second); err != nil { // longer than a lease, a sweep and several ticks
			return bite{}, err
		}
		if n := s.sink.effects.Load() - before; n > 0 {
			return bite{}, fmt.Errorf("%d texts left while held", n)
		}
		if out, err := s.command(ctx, "hold", "release", "--reason", "drill", "--actor", approver); err == nil {
			return bite{}, fmt.Errorf("it was released without the gateway's log: %s", out)
		}
		told, err := s.command(ctx, "hold", "reconcile", "--log", s.sink.log.file.Name())
		if err != nil {
			return bite{}, err
		}
		if _, err := s.command(ctx, "hold", "release", "--reason", "drill", "--actor", approver); err != nil {
			return bite{}, err
		}
		s.faulted()
		if err := s.rest(ctx, 60*time.Second); err != nil {
			return bite{}, err
		}
		lines := strings.Split(strings.TrimSpace(told), "\n")
		return bite{strings.Contains(told, "accepted now") && !strings.Contains(told, "accepted now 0,"), lines[min(1, len(lines)-1)]}, nil
	},
}

// restore puts a copy in the place of the database of a process that does not run.
func (s *stage) restore(backup string) error {
	// The watch may look meanwhile: it takes an error for a database that is away.
	if err := s.db.close(); err != nil {
		return err
	}
	for _, part := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(s.target + part); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(backup, s.target); err != nil {
		return err
	}
	return s.db.reopen(s.target)
}

// command runs a verb of the program beside the running process, with its settings.
func (s *stage) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.world.program, args...)
	cmd.Env = s.api.environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("loa %s: %w: %s", strings.Join(args[:2], " "), err, tailOf(string(out), 300))
	}
	return string(out), nil
}
