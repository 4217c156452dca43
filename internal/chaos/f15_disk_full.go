package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// f15: the disk under the embedded database fills up while texts leave, and is freed again. Writes are answered 503, and
// nothing that was said to be done is missing.
var f15 = scenario{
	id: "F15", title: "disk full under SQLite", within: 25 * time.Second,
	plan: func(people int) plan {
		return plan{sqlite: true, scene: scene{people: people}, script: script{latency: 20 * time.Millisecond, rate: people / 12, receipt: someReceipts}, mount: 32 << 20}
	},
	// What could not be recorded in time.
	unknown: func(s *stage) int { return 8 * s.window },
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		if err := s.sent(ctx, s.share(20), 60*time.Second); err != nil {
			return bite{}, err
		}
		h := s.swing(ctx, 2)
		defer h.stop()
		ballast, err := fillDisk(s.plan.dataDir)
		if err != nil {
			return bite{}, err
		}
		if err := until(ctx, 20*time.Second, "the API to refuse writes", func() (bool, error) {
			return s.client.answers(500, 599) > 10, nil
		}); err != nil {
			return bite{}, err
		}
		if err := pause(ctx, 5*time.Second); err != nil {
			return bite{}, err
		}
		if n := s.client.answers(http.StatusInternalServerError, http.StatusInternalServerError); n > 0 {
			return bite{}, fmt.Errorf("%d writes were answered 500, not 503 or 507", n)
		}
		if err := os.Remove(ballast); err != nil {
			return bite{}, err
		}
		freed := time.Now()
		s.faulted()
		if err := until(ctx, 10*time.Second, "writes to succeed again", func() (bool, error) { return h.after(freed) < time.Hour, nil }); err != nil {
			return bite{}, err
		}
		h.stop()
		if err := s.rest(ctx, 60*time.Second); err != nil {
			return bite{}, err
		}
		if !s.api.proc.alive() {
			return bite{}, errors.New("the process ended")
		}
		whole, err := s.db.text(ctx, `PRAGMA integrity_check`)
		if err != nil || whole != "ok" {
			return bite{}, fmt.Errorf("integrity_check: %s %w", whole, err)
		}
		return bite{len(h.failed) > 0, fmt.Sprintf("%d writes refused, back after %.1f s", len(h.failed), h.after(freed).Seconds())}, nil
	},
}

// fillDisk writes until the disk takes no more.
func fillDisk(dir string) (string, error) {
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		return path, err
	}
	defer f.Close()
	for size := 1 << 20; size >= 512; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	if err == nil {
		return path, errors.New("the disk takes everything")
	}
	return path, nil
}
