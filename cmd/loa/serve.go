package main

import (
	"context"
	"fmt"
	"io"

	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/store"
)

type serveCmd struct {
	Role string `name:"role" env:"LOA_ROLE" default:"all" enum:"all,api,worker" help:"What this process does: all, api or worker. api and worker need PostgreSQL and Redis."`
}

// Run serves until the process is asked to stop; what is on the wire then is still carried and recorded.
func (s *serveCmd) Run(ctx context.Context, c *cli) error {
	if err := c.Validate(s.Role); err != nil {
		return err
	}
	log := c.Logger()
	a, err := app.Open(ctx, c.Config, log, app.Options{Release: version})
	if err != nil {
		return err
	}
	if err := a.Start(ctx, s.Role); err != nil {
		_ = a.Close()
		return err
	}
	log.Info("loa is serving", "role", s.Role, "database", a.Store.Dialect(), "bell", a.BellKind(), "api", a.APIAddr(), "pages", a.PublicAddr(), "providers", a.InboundAddr())
	<-ctx.Done()
	log.Info("stopping: no new work, what is on the wire is finished")
	stop, cancel := app.StopContext()
	defer cancel()
	return a.Stop(stop)
}

type migrateCmd struct{}

// Run migrates by opening.
func (m *migrateCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	if err := c.Validate("all"); err != nil {
		return err
	}
	s, err := store.Open(ctx, c.Database(), nil) // migrating reads no sealed field
	if err != nil {
		return err
	}
	defer s.Close()
	v, err := s.Version(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "The %s database is at schema version %d.\n", s.Dialect(), v)
	return err
}
