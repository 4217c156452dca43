package bench

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrNoServers means that PostgreSQL or Redis is not installed.
var ErrNoServers = errors.New("bench: PostgreSQL and Redis are not both installed here")

// Servers are a PostgreSQL and a Redis of the bench's own: in a temporary folder, on ports of the loopback that nobody
// else uses, with the settings that they ship with. Durability is theirs: nothing is switched off.
type Servers struct {
	Postgres, Redis string // addresses
	dir             string
	running         []*child // in the order they were started
}

// StartServers starts both. Without them it returns ErrNoServers.
func StartServers(ctx context.Context) (s *Servers, err error) {
	bin, redis := postgresFolder(), findProgram("redis-server")
	if bin == "" || redis == "" {
		return nil, ErrNoServers
	}
	s = &Servers{}
	if s.dir, err = os.MkdirTemp("", "loa-bench-servers-*"); err != nil {
		return nil, err
	}
	if err := errors.Join(s.startPostgres(ctx, bin), s.startRedis(ctx, redis)); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// Stop ends both and removes what they wrote.
func (s *Servers) Stop() error {
	if s == nil {
		return nil
	}
	var errs []error
	for _, c := range slices.Backward(s.running) {
		errs = append(errs, c.stop())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// postgresFolder is where the newest PostgreSQL's programs are, "" where none is installed.
func postgresFolder() string {
	if p := findProgram("initdb"); p != "" {
		return filepath.Dir(p)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian keeps them out of PATH
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1])
}

func findProgram(name string) string {
	p, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return p
}

func (s *Servers) startPostgres(ctx context.Context, bin string) error {
	as, err := ordinaryUser("postgres") // PostgreSQL does not run as root
	if err != nil {
		return err
	}
	data := filepath.Join(s.dir, "postgres")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := as.own(s.dir, data); err != nil {
		return err
	}
	// --no-sync concerns the empty database only: the server writes as durably as it ships.
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "loa", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	as.be(initdb)
	initdb.Dir = s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("bench: initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
	as.be(cmd)
	c, err := startChild(cmd, s.dir, syscall.SIGINT) // a fast shutdown
	if err != nil {
		return err
	}
	s.running = append(s.running, c)
	s.Postgres = "postgres://loa@127.0.0.1:" + port + "/postgres"
	return c.until(ctx, func() error {
		db, err := sql.Open("pgx", s.Postgres)
		if err != nil {
			return err
		}
		defer db.Close()
		return db.PingContext(ctx)
	})
}

func (s *Servers) startRedis(ctx context.Context, program string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	c, err := startChild(exec.Command(program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", s.dir), s.dir, syscall.SIGTERM)
	if err != nil {
		return err
	}
	s.running = append(s.running, c)
	s.Redis = "redis://127.0.0.1:" + port + "/0"
	return c.until(ctx, func() error { return ping("127.0.0.1:" + port) })
}

// ping asks a Redis whether it is there.
func ping(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return err
	}
	answer := make([]byte, 7)
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "+PONG\r\n" {
		return errors.Join(fmt.Errorf("bench: Redis says %q", answer), err)
	}
	return nil
}

func freePort() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	return port, errors.Join(err, ln.Close())
}

// child is a server that the bench has started.
type child struct {
	cmd    *exec.Cmd
	said   bytes.Buffer
	asking syscall.Signal
	done   chan error
}

// startChild starts a server. It ends with the bench even when that is killed, where the system can do so; the thread
// that started it stays, because some systems tie the two.
func startChild(cmd *exec.Cmd, dir string, asking syscall.Signal) (*child, error) {
	c := &child{cmd: cmd, asking: asking, done: make(chan error, 1)}
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = dir, &c.said, &c.said, withoutLoa(os.Environ())
	endWithParent(cmd, asking)
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.done <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("bench: %s cannot be started: %w", filepath.Base(cmd.Path), err)
	}
	return c, nil
}

// until waits for a server to answer.
func (c *child) until(ctx context.Context, answers func() error) (err error) {
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-c.done:
			c.done <- err
			return fmt.Errorf("bench: %s ended at once: %s", filepath.Base(c.cmd.Path), strings.TrimSpace(c.said.String()))
		default:
		}
		if err = answers(); err == nil {
			return nil
		}
	}
	return errors.Join(ctx.Err(), fmt.Errorf("bench: %s does not come up: %w", filepath.Base(c.cmd.Path), err))
}

// stop ends a server by its pid and waits.
func (c *child) stop() error {
	if err := c.cmd.Process.Signal(c.asking); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-c.done: //nolint:errcheck // it says how the program ended, and it was asked to
		return nil
	case <-time.After(stopWithin):
		return errors.Join(fmt.Errorf("bench: %s did not end when asked", filepath.Base(c.cmd.Path)), c.cmd.Process.Kill())
	}
}
