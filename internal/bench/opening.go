package bench

import (
	"context"
	"log/slog"
	"os"

	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
)

// opening is what a job needs to open Loa on a database.
type opening struct {
	Database, Dir, Ring, Channels string
}

func (b *Bench) opening(target, channels string) opening {
	return opening{Database: target, Dir: b.dir, Ring: b.ringFile(), Channels: channels}
}

// open opens Loa without starting it. The databases of a bench are all marked as tests: no message ever leaves the machine.
func (o opening) open(ctx context.Context, f func(*app.App) error) error {
	dir, err := os.MkdirTemp(o.Dir, "job-*")
	if err != nil {
		return err
	}
	cfg := config.Config{DatabaseURL: o.Database, DataDir: dir, Keyring: o.Ring, Channels: o.Channels, LogLevel: "error"}
	a, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler), app.Options{Purpose: store.Test})
	if err != nil {
		return err
	}
	defer a.Close()
	return f(a)
}
