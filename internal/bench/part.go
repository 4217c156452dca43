package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// part is a child process of the bench. It ends when its standard input does, so that nothing is left over when the
// bench itself is killed.
type part struct {
	cmd   *exec.Cmd
	stdin io.Closer
	done  chan error
}

// start starts a part; what it prints goes to out, what it logs to log.
func (b *Bench) start(ctx context.Context, env []string, out, log io.Writer, args ...string) (*part, error) {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), b.opt.Program, args...)
	cmd.Env = append(withoutLoa(os.Environ()), env...)
	cmd.Stdout, cmd.Stderr = out, log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("bench: a part cannot be started: %w", err)
	}
	p := &part{cmd: cmd, stdin: stdin, done: make(chan error, 1)}
	go func() { p.done <- cmd.Wait() }()
	return p, nil
}

// withoutLoa leaves the settings of the person who measures out: what is measured is what ships.
func withoutLoa(env []string) []string {
	out := make([]string, 0, len(env))
	for _, e := range env {
		if !strings.HasPrefix(e, "LOA_") {
			out = append(out, e)
		}
	}
	return out
}

func (p *part) pid() int { return p.cmd.Process.Pid }

// stopWithin is how long a part may take to end when asked.
const stopWithin = 50 * time.Second

// stop asks the part to end, by its pid, and waits.
func (p *part) stop() error {
	if p == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.stdin.Close()
	select {
	case err := <-p.done:
		return err
	case <-time.After(stopWithin):
		return errors.Join(errors.New("bench: a part did not end when asked"), p.cmd.Process.Kill())
	}
}

// sinkPart is the sink in its own process.
type sinkPart struct {
	*part
	Addresses
}

func (b *Bench) startSink(ctx context.Context) (*sinkPart, error) {
	a, p, err := b.startTelling(ctx, "sink")
	return &sinkPart{p, a}, err
}

// startTelling starts a part that tells its addresses first.
func (b *Bench) startTelling(ctx context.Context, kind string) (a Addresses, p *part, err error) {
	out, in := io.Pipe()
	if p, err = b.start(ctx, nil, in, os.Stderr, "bench-part", kind); err != nil {
		return a, nil, err
	}
	if err := json.NewDecoder(out).Decode(&a); err != nil {
		return a, nil, errors.Join(fmt.Errorf("bench: the %s does not answer: %w", kind, err), p.stop())
	}
	return a, p, nil
}

func (s *sinkPart) url() string { return "http://" + s.Sink + "/send" }

func (s *sinkPart) ask(ctx context.Context, path string, q url.Values) (st SinkStats, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Control+path+"?"+q.Encode(), nil)
	if err != nil {
		return st, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return st, err
	}
	defer res.Body.Close()
	return st, json.NewDecoder(res.Body).Decode(&st)
}

func (s *sinkPart) reset(ctx context.Context, latency time.Duration) error {
	_, err := s.ask(ctx, "/reset", url.Values{"latency": {latency.String()}})
	return err
}

func (s *sinkPart) stats(ctx context.Context) (SinkStats, error) { return s.ask(ctx, "/stats", nil) }

// stalled is how long a sink may hear nothing before the round is given up.
const stalled = 60 * time.Second

// wait returns when n messages came.
func (s *sinkPart) wait(ctx context.Context, n int) (SinkStats, error) {
	for last, heard := int64(-1), time.Now(); ; {
		st, err := s.ask(ctx, "/wait", url.Values{"n": {fmt.Sprint(n)}})
		if err != nil || st.Count >= int64(n) {
			return st, err
		}
		if st.Count != last {
			last, heard = st.Count, time.Now()
		}
		if time.Since(heard) > stalled {
			return st, fmt.Errorf("bench: %d of %d messages came, then none for %s", st.Count, n, stalled)
		}
	}
}

// server is `loa serve` in its own process.
type server struct {
	*part
	API, Pages, Providers string // addresses
	Key                   string // the first API key
	log                   string // file
}

// complaint is the last error that the server has logged, "" where there is none.
func (s *server) complaint() (last string) {
	raw, _ := os.ReadFile(s.log)
	for line := range strings.Lines(string(raw)) {
		if strings.Contains(line, "level=ERROR") {
			last = strings.TrimSpace(line)
		}
	}
	return last
}

// serve starts Loa with its shipped settings on a database; what is in extra overrides.
func (b *Bench) serve(ctx context.Context, s serveJob) (*server, error) {
	dir, err := os.MkdirTemp(b.dir, "serve-*")
	if err != nil {
		return nil, err
	}
	log, err := os.Create(dir + "/log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	env := []string{"LOA_DATA_DIR=" + dir, "LOA_DATABASE_URL=" + s.Database, "LOA_KEYRING_FILE=" + b.ringFile(), "LOA_CHANNELS_FILE=" + s.Channels,
		"LOA_LISTEN=127.0.0.1:0", "LOA_PUBLIC_LISTEN=127.0.0.1:0", "LOA_INBOUND_LISTEN=127.0.0.1:0", "LOA_REDIS_URL=" + s.Redis}
	env = append(env, s.Env...)
	args := append([]string{"bench-part", "serve", "--role", s.role()}, b.profileFlag(s.Profile)...)
	p, err := b.start(ctx, env, nil, log, args...)
	if err != nil {
		return nil, err
	}
	sv := &server{part: p, log: log.Name()}
	if err := sv.ready(ctx, log.Name()); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	if s.role() != "worker" {
		key, err := os.ReadFile(dir + "/api-key.txt")
		if err != nil {
			return nil, errors.Join(err, p.stop())
		}
		sv.Key = strings.TrimSpace(string(key))
	}
	return sv, nil
}

// serveJob is what a server is started with.
type serveJob struct {
	Database, Redis, Channels string
	Role                      string // "" is all
	Profile                   string // name of the profile, where profiles are asked for; "" is none
	Env                       []string
}

func (s serveJob) role() string {
	if s.Role == "" {
		return "all"
	}
	return s.Role
}

// ready waits until the server's log says that it serves, and reads the addresses there.
func (s *server) ready(ctx context.Context, log string) error {
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until) && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		raw, err := os.ReadFile(log)
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(bytes.NewReader(raw))
		for lines.Scan() {
			if strings.Contains(lines.Text(), "loa is serving") {
				s.API, s.Pages, s.Providers = attr(lines.Text(), "api="), attr(lines.Text(), "pages="), attr(lines.Text(), "providers=")
				return nil
			}
		}
		select {
		case err := <-s.done:
			s.done <- err
			return fmt.Errorf("bench: loa serve ended at once: %s", raw)
		default:
		}
	}
	raw, _ := os.ReadFile(log)
	return errors.Join(ctx.Err(), fmt.Errorf("bench: loa serve did not come up: %s", raw))
}

func attr(line, name string) string {
	_, rest, found := strings.Cut(line, " "+name)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, " ")
	return strings.Trim(value, `"`)
}

// call asks the staff API; in and out may be nil.
func (s *server) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+s.API+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+s.Key)
	req.Header.Set("Loa-Actor", approver)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("bench: %s %s: %s: %s", method, path, res.Status, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}
