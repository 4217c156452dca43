package chaos

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// loa is one process of the program under test, through all its lives.
type loa struct {
	kids    *nursery
	program string
	name    string
	role    string
	dir     string // of logs
	env     map[string]string
	health  string // address of /readyz and /metrics
	proc    *process
}

// start begins a life and waits until it is ready.
func (l *loa) start(ctx context.Context) error {
	if err := l.spawn(); err != nil {
		return err
	}
	return until(ctx, 20*time.Second, l.name+" to be ready", func() (bool, error) {
		if !l.proc.alive() {
			return false, fmt.Errorf("%w: %s ended: %s", errOver, l.name, tail(l.logFile(), 600))
		}
		status, _, err := l.get(ctx, "/healthz")
		return status == http.StatusOK, err
	})
}

func (l *loa) spawn() (err error) {
	l.proc, err = l.kids.start(l.name, l.logFile(), "", l.environ(), l.program, "serve", "--role", l.role)
	return err
}

// environ are the settings of the process; nothing of ours reaches it.
func (l *loa) environ() []string {
	env := []string{"PATH=/usr/bin:/bin", "HOME=" + l.dir}
	for _, name := range slices.Sorted(maps.Keys(l.env)) {
		env = append(env, name+"="+l.env[name])
	}
	return env
}

func (l *loa) logFile() string { return filepath.Join(l.dir, l.name+".log") }

func (l *loa) get(ctx context.Context, path string) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.health+path, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return res.StatusCode, string(raw), err
}

// metric adds up the samples of a metric whose labels hold all of want, such as kind="unknown".
func (l *loa) metric(ctx context.Context, name string, want ...string) float64 {
	_, text, err := l.get(ctx, "/metrics")
	if err != nil {
		return 0
	}
	sum := 0.0
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), name)
		if !ok || rest == "" || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		fits := true
		for _, w := range want {
			fits = fits && strings.Contains(rest, w)
		}
		v, err := strconv.ParseFloat(rest[strings.LastIndexByte(rest, ' ')+1:], 64)
		if fits && err == nil {
			sum += v
		}
	}
	return sum
}
