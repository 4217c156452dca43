// Command loa is the whole of Loa in one program: the server, the demonstration, and the verbs of an operator.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

// version is set by the build: -ldflags "-X main.version=1.0".
var version = "development"

// Exit codes: what a script may rely on.
const (
	exitOK       = 0
	exitFailed   = 1 // it could not be done; the message says why
	exitUsage    = 2 // the command line or a setting is wrong
	exitRefused  = 3 // a rule forbids it: not approved, no audience, a second person is needed
	exitNotFound = 4
)

// cli is the command line.
type cli struct {
	config.Config `embed:""`

	ConfigFile settingsFile     `name:"config" help:"JSON file with these settings, named like the flags." placeholder:"FILE"`
	Version    kong.VersionFlag `help:"Print the version and stop."`

	Serve    serveCmd    `cmd:"" help:"Run the API, the answer pages and the workers."`
	Demo     demoCmd     `cmd:"" help:"Play the main job from end to end with a simulated provider and invented people."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database up to date and stop."`
	Import   importCmd   `cmd:"" help:"Import a roster (CSV, TSV or XLSX) for a ward, school or village."`
	Units    unitsCmd    `cmd:"" help:"Provinces, wards, villages, schools."`
	Campaign campaignCmd `cmd:"" help:"The everyday verbs of campaigns."`
	Doctor   doctorCmd   `cmd:"" help:"Check database, Redis, clock, keys and channels, and say what to do."`
	Hold     holdCmd     `cmd:"" help:"After a restore: whether this database may be sent from, and letting it."`
	Channel  channelCmd  `cmd:"" help:"The accounts at providers: how they are, and an officer's decision over one."`
	Keys     keysCmd     `cmd:"" help:"Key rings."`
	Staff    staffCmd    `cmd:"" help:"The accounts of people who work with Loa."`
	Key      keyCmd      `cmd:"" help:"The API keys of other programs."`
	Audit    auditCmd    `cmd:"" help:"The log of who did what."`

	Backup    backupCmd    `cmd:"" help:"Write a copy of the database that only the holder of the backup key can read."`
	Restore   restoreCmd   `cmd:"" help:"Put a backup back where there is no database; it starts in HOLD."`
	Exposed   exposedCmd   `cmd:"" help:"After a loss: whom an account, a key, a session, a file or a list has exposed."`
	Retention retentionCmd `cmd:"" help:"For how long what is personal is kept, and the purge of what is kept too long."`

	Bench     benchCmd     `cmd:"" help:"Measure how fast each path is against its own limit on this machine."`
	BenchPart benchPartCmd `cmd:"" hidden:""`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main with its edges given, for tests.
func run(args []string, out, errOut io.Writer) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("loa"), kong.Writers(out, errOut), kong.Vars{"version": "loa " + version},
		kong.Exit(func(code int) { exited = code }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.Description("Loa carries public notices to citizens and follows what becomes of them. Settings come from flags, from LOA_* in the "+
			"environment and from a JSON file, in this order of strength."))
	if err != nil {
		fmt.Fprintln(errOut, "loa:", err)
		return exitUsage
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(errOut, "loa:", err)
		return exitUsage
	}
	k.BindTo(ctx, (*context.Context)(nil))
	k.BindTo(out, (*io.Writer)(nil))
	k.Bind(campaigns.Verb(k.Selected().Name)) // a verb of campaign is named after what it does
	if err := k.Run(&c); err != nil {
		fmt.Fprintln(errOut, "loa:", err)
		return exitCode(err)
	}
	return exitOK
}

func exitCode(err error) int {
	var mistake *config.Mistake
	switch {
	case errors.As(err, &mistake):
		return exitUsage
	case errors.Is(err, campaigns.ErrNotFound):
		return exitNotFound
	case errors.Is(err, campaigns.ErrIllegalMove), errors.Is(err, campaigns.ErrSecondPerson), errors.Is(err, campaigns.ErrHigherRank), errors.Is(err, campaigns.ErrEmptyAudience),
		errors.Is(err, campaigns.ErrNoShortName),
		errors.Is(err, campaigns.ErrLeft), errors.Is(err, campaigns.ErrNotHeld), errors.Is(err, campaigns.ErrNotApprover), errors.Is(err, campaigns.ErrPast),
		errors.Is(err, campaigns.ErrNoPhone), errors.Is(err, campaigns.ErrMissingFields), errors.Is(err, campaigns.ErrWords),
		errors.Is(err, access.ErrRole), errors.Is(err, access.ErrTaken), errors.Is(err, app.ErrNotHeld), errors.Is(err, errInUse), errors.Is(err, keys.ErrActive), errors.Is(err, keys.ErrFresh), errors.Is(err, store.ErrNotEmpty), errors.Is(err, errNoLog), errors.Is(err, errOrphans):
		return exitRefused
	}
	return exitFailed
}
