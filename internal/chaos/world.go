package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
)

// world is what all scenarios of a run share: a folder, the program under test, one PostgreSQL with a database for each.
type world struct {
	dir     string
	program string
	kids    *nursery
	pg      *postgres
}

// openWorld makes a temporary folder and builds the program from the sources at root.
func openWorld(ctx context.Context, root string) (*world, error) {
	dir, err := os.MkdirTemp("", "loa-chaos-")
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir, program: filepath.Join(dir, "loa"), kids: &nursery{}}
	if err := os.Chmod(dir, 0o755); err != nil { // the account that PostgreSQL runs as must pass through
		return nil, errors.Join(err, w.close())
	}
	return w, errors.Join(build(ctx, root, w.program))
}

// build compiles the program; the sources need not be those of the harness.
func build(ctx context.Context, root, program string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/loa")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// postgres starts the server when the first scenario needs it.
func (w *world) postgres(ctx context.Context) (*postgres, error) {
	if w.pg != nil {
		return w.pg, nil
	}
	pg, err := startPostgres(ctx, w.kids, filepath.Join(w.dir, "postgres"))
	if err != nil {
		return nil, err
	}
	w.pg = pg
	return pg, nil
}

func (w *world) close() error {
	w.kids.endAll()
	return os.RemoveAll(w.dir)
}

// windowOf is how many deliveries of a channel one process has in hand with these settings: what one kill can leave unknown.
func windowOf(name string, set notifier.Settings) (int, error) {
	spec, ok := channel.Named(channel.Deps{}, name)
	if !ok {
		return 0, fmt.Errorf("there is no channel %s", name)
	}
	_, spec, err := spec.Open(set)
	return spec.Limits.Window, err
}
