package chaos

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// leaks lists the places in which the canary was found: logs, metrics, Redis with the queue's payloads. The answer names
// the place and the form, never what stands around it.
func (s *stage) leaks(ctx context.Context) ([]string, error) {
	places := map[string]string{}
	logs, err := filepath.Glob(filepath.Join(s.dir, "*.log"))
	if err != nil {
		return nil, err
	}
	for _, path := range logs {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		places[filepath.Base(path)] = string(raw)
	}
	for _, l := range append([]*loa{s.api}, s.workers...) {
		if l.proc == nil || !l.proc.alive() {
			continue
		}
		if _, text, err := l.get(ctx, "/metrics"); err == nil {
			places["metrics of "+l.name] = text
		}
	}
	if s.redis != nil && s.redis.proc.alive() {
		if places["Redis"], err = s.redis.contents(ctx); err != nil {
			return nil, err
		}
	}
	var found []string
	for place, text := range places {
		for i, trace := range canaryTraces {
			if strings.Contains(text, trace) {
				found = append(found, place+": form "+string(rune('a'+i)))
			}
		}
	}
	return found, nil
}
