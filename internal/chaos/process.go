package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// process is a child that is ended by its pid, whatever happens to the harness.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string // file with stdout and stderr of all its lives
	done chan struct{}
	err  error // of Wait, after done
}

// nursery knows every child, so that none outlives the harness.
type nursery struct {
	mu   sync.Mutex
	kids []*process
}

// start runs a program. user is the account to run as, "" = ours.
func (n *nursery) start(name, logFile, user string, env []string, program string, args ...string) (*process, error) {
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.Dir = env, out, out, filepath.Dir(logFile)
	if err := tether(cmd, user); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, log: logFile, done: make(chan struct{})}
	go func() { p.err = cmd.Wait(); close(p.done) }()
	n.mu.Lock()
	n.kids = append(n.kids, p)
	n.mu.Unlock()
	return p, nil
}

// endAll kills what still runs, youngest first, and waits.
func (n *nursery) endAll() {
	n.mu.Lock()
	kids := slices.Clone(n.kids)
	n.kids = nil
	n.mu.Unlock()
	slices.Reverse(kids)
	for _, p := range kids {
		p.kill()
	}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) signal(s os.Signal) { _ = p.cmd.Process.Signal(s) }

func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// kill is SIGKILL; it returns when the process is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// end asks politely and returns how long it took and how it ended; after patience it kills.
func (p *process) end(patience time.Duration) (time.Duration, error) {
	began := time.Now()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return time.Since(began), p.err
	case <-time.After(patience):
		p.kill()
		return time.Since(began), fmt.Errorf("%s did not stop within %s", p.name, patience)
	}
}

// tail returns the last bytes of a child's log, for the report of a failure.
func tail(file string, n int) string {
	raw, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return tailOf(string(raw), n)
}

func tailOf(text string, n int) string { return text[max(len(text)-n, 0):] }

// freePort asks the system for a port of the loopback that nobody uses.
func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}

// errOver says that what is waited for cannot come any more.
var errOver = errors.New("it is over")

// until asks every few milliseconds until ok says yes, or says what did not come in time.
func until(ctx context.Context, patience time.Duration, what string, ok func() (bool, error)) error {
	end := time.Now().Add(patience)
	var last error
	for {
		yes, err := ok()
		if yes {
			return nil
		}
		last = err
		if errors.Is(err, errOver) {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("waited %s for %s: %w", patience, what, orNothing(last))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func orNothing(err error) error {
	if err == nil {
		return fmt.Errorf("it did not come")
	}
	return err
}
