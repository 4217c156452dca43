package chaos

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgres is a server of the harness: as shipped, except where it listens.
type postgres struct {
	kids     *nursery
	bin, dir string
	user     string // account it runs as, "" = ours
	port     int
	secret   string
	proc     *process
}

// newSecret returns 16 random bytes in hex.
func newSecret() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails (crypto/rand since Go 1.24)
	return hex.EncodeToString(raw)
}

// postgresBin finds the newest installed server.
func postgresBin() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	sort.Slice(found, func(i, j int) bool { return majorOf(found[i]) < majorOf(found[j]) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("PostgreSQL is not installed (initdb was not found)")
	}
	return filepath.Dir(path), nil
}

func majorOf(initdb string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	return n
}

// startPostgres makes a cluster in dir and starts it. The server refuses to run as root: then it runs as postgres.
func startPostgres(ctx context.Context, kids *nursery, dir string) (*postgres, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	pg := &postgres{kids: kids, bin: bin, dir: dir, secret: newSecret()}
	if os.Getuid() == 0 {
		pg.user = "postgres"
	}
	if pg.port, err = freePort(); err != nil {
		return nil, err
	}
	if err := pg.initialise(ctx); err != nil {
		return nil, err
	}
	if err := pg.start(); err != nil {
		return nil, err
	}
	return pg, pg.ready(ctx, 20*time.Second)
}

func (pg *postgres) initialise(ctx context.Context) error {
	if err := os.MkdirAll(pg.dir, 0o700); err != nil {
		return err
	}
	password := filepath.Join(pg.dir, "password")
	if err := os.WriteFile(password, []byte(pg.secret+"\n"), 0o600); err != nil {
		return err
	}
	if pg.user != "" {
		uid, gid, err := accountOf(pg.user)
		if err != nil {
			return err
		}
		for _, path := range []string{pg.dir, password} {
			if err := os.Chown(path, uid, gid); err != nil {
				return err
			}
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(pg.bin, "initdb"), "-D", pg.data(), "-U", "loa", "--pwfile="+password,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8")
	cmd.Dir = pg.dir
	if err := tether(cmd, pg.user); err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return os.Remove(password)
}

func (pg *postgres) data() string { return filepath.Join(pg.dir, "data") }

func (pg *postgres) start() (err error) {
	pg.proc, err = pg.kids.start("postgres", filepath.Join(filepath.Dir(pg.dir), "postgres.log"), pg.user, os.Environ(),
		filepath.Join(pg.bin, "postgres"), "-D", pg.data(), "-h", "127.0.0.1", "-p", strconv.Itoa(pg.port), "-k", "", "-c", "max_connections=200")
	return err
}

// url addresses a database; app names the process, so that events can say who wrote them.
func (pg *postgres) url(database, app string) string {
	return fmt.Sprintf("postgres://loa:%s@127.0.0.1:%d/%s?sslmode=disable&application_name=%s", pg.secret, pg.port, database, app)
}

func (pg *postgres) ready(ctx context.Context, patience time.Duration) error {
	return until(ctx, patience, "PostgreSQL to answer", func() (bool, error) {
		c, err := pgx.Connect(ctx, pg.url("postgres", "chaos"))
		if err != nil {
			return false, errors.New("it does not answer: " + tail(pg.proc.log, 400))
		}
		return true, c.Close(ctx)
	})
}

// create makes an empty database.
func (pg *postgres) create(ctx context.Context, name string) error {
	c, err := pgx.Connect(ctx, pg.url("postgres", "chaos"))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(ctx) }()
	_, err = c.Exec(ctx, "CREATE DATABASE "+name)
	return err
}

// crash is what -m immediate does: no checkpoint, recovery at the next start.
func (pg *postgres) crash() {
	pg.proc.signal(syscall.SIGQUIT)
	select {
	case <-pg.proc.done:
	case <-time.After(10 * time.Second):
		pg.proc.kill()
	}
}

// backends are the pids of the server's processes, the postmaster first.
func (pg *postgres) backends() []int {
	pids := []int{pg.proc.pid()}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pids[0], pids[0]))
	if err != nil {
		return pids
	}
	for _, field := range strings.Fields(string(raw)) {
		if pid, err := strconv.Atoi(field); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
