package app

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

// Short leases make a slow provider look like a dead worker: no production process may be started with them by mistake.
func TestSettingsOfFaultInjection(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Test = config.Test{Lease: 4 * time.Second, Tick: time.Second}
	_, err := Open(context.Background(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)), Options{})
	require.ErrorIs(t, err, ErrTestSettings)

	cfg.DataDir = apptest.DataDir(t)
	a := openApp(t, cfg, Options{Purpose: store.Test, Timing: work.Timing{Sweep: 3 * time.Second}})
	defer func() { require.NoError(t, a.Close()) }()
	got, err := a.timing(context.Background(), work.Timing{Sweep: 3 * time.Second})
	require.NoError(t, err)
	require.Equal(t, work.Timing{Lease: 4 * time.Second, Tick: time.Second, Sweep: 3 * time.Second}, got)
}
