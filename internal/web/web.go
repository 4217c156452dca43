// Package web is the pages for staff: server-rendered HTML that works as plain forms first, a little htmx where it helps
// and a live stream on the page of a running campaign. A page is a handler file, a typed view and an html file of the
// same name; layout, forms, tables, bars and charts stand in one place each. Texts come from the locales, key web.*.
// Nothing here knows SQL or the queue, and nothing personal stands in an address.
package web

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Words are the sentences of the pages.
type Words interface {
	Say(tag, key string, kv ...string) string
	Has(tag, key string) bool
	Name(tag string) string
	Direction(tag string) string
}

// Record is what the pages ask of the engine's record, noun by noun.
type Record interface {
	Campaigns
	Recipients
	People
	Todo
	Rosters
	Drafts
	Classes
	Wards
	Receptions
	Visits
	Desk
	Settled
	Hooks
	Audits
	Retention
	// RawNow is the moment by which sessions and keys end.
	RawNow(ctx context.Context) (time.Time, error)
	// PolicyNow is the moment by which rules and readers compare days.
	PolicyNow(ctx context.Context) (time.Time, error)
	Unit(ctx context.Context, id campaigns.UnitID) (campaigns.Unit, error)
}

// Lines says which channels are open.
type Lines interface {
	Has(channel string) bool
	Carries(medium string) string
	MediumOf(channel string) string
	FormOf(channel string) string
	Open() []string
}

// Options are the parts of the pages. All but those that say otherwise are needed.
type Options struct {
	Record Record
	Staff  Staff
	Words  Words
	Lines  Lines
	Texts  Texts
	Linter Linter
	// TestSend sends a notice to the number of the person who asks, and says what became of it.
	TestSend func(ctx context.Context, t TestSend, body string, by Doer) (TestSend, error)
	Import   Import

	Office   *access.Office // accounts, passkeys, providers
	Keys     Keys
	Hook     HookMaker
	Channels Channels // nil where no channel has a provider

	Aside      func(f func(ctx context.Context))              // runs what outlives its request
	Wake       func(ctx context.Context, lane campaigns.Lane) // a launch has begun: ring the bell; may be nil
	Away       func(error) bool                               // whether an error means that the database is away; may be nil
	Log        *slog.Logger
	From       func(c *fiber.Ctx) string // where a request comes from, behind a proxy; nil: the other end of the connection
	Secure     bool                      // pages are reached by https only
	AnswerTime time.Duration             // how long a page may take; 0 is five seconds
	Beat       time.Duration             // how often a live page looks for news; 0 is two seconds
	TempDir    string                    // where uploads wait, "" = the system's
	Release    string
	Kit        bool // show /ui-kit
}

// server holds the parts.
type server struct {
	Options
	pages  map[string]pageSet // by language
	assets *assets
	live   liveFigures
	counts counts
}

// Languages that every page is complete in; the first is the one a newcomer sees.
var languages = []string{"vi", "en"}

// Mount adds the pages to the staff app, after everything that answers under other paths: what nobody answers becomes a
// page that says so. endStreams ends the live pages: a server that stops does not wait for them.
func Mount(app *fiber.App, o Options) (endStreams func()) {
	if o.Away == nil {
		o.Away = func(error) bool { return false }
	}
	if o.Beat == 0 {
		o.Beat = 2 * time.Second
	}
	if o.From == nil {
		o.From = func(c *fiber.Ctx) string { return c.IP() }
	}
	if o.Wake == nil {
		o.Wake = func(context.Context, campaigns.Lane) {}
	}
	o.AnswerTime = cmp.Or(o.AnswerTime, answerTime)
	s := &server{Options: o, assets: newAssets(), live: liveFigures{end: make(chan struct{})}}
	s.pages = s.parsePages()
	app.Get(assetRoot+"*", s.assets.serve)
	for _, register := range []func(app *fiber.App){s.signIn, s.overview, s.wizard, s.campaigns, s.campaign, s.liveCampaign, s.halt, s.recipients, s.person, s.personFix,
		s.todo, s.rosters, s.importing, s.mapping, s.undo, s.approvals, s.reports, s.ownTexts, s.texts, s.class, s.wards, s.hours, s.visits, s.targets, s.desk, s.help, s.jobs, s.language,
		s.account, s.users, s.settings, s.keys, s.hooks, s.audit, s.abroad} {
		register(app)
	}
	if o.Kit {
		s.kit(app)
	}
	app.Use(s.nothingHere)
	return s.live.stop
}
