// Package api is the JSON API for officers' tools and integrators, described by OpenAPI 3.1 at /openapi.json. A handler
// parses, calls one use case and presents; problem.go is the only place that knows which error is which status. Names,
// numbers and texts of people never stand in an address, an error or a log line: searches and marks are POST bodies,
// and the access log writes the pattern of a route, never its path.
package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Version is the version of the interface, not of the program.
const Version = "1"

// Record is what the API asks of the engine's record, noun by noun.
type Record interface {
	Places
	Units
	Rosters
	People
	Campaigns
	Launches
	Audiences
	SamePeople
	Comparisons
	Reviews
	Reports
	Targets
	Closings
	Budgets
	Emergencies
	UnitHours
	Receptions
	UnitTargets
	Links
	Appointments
	Deliveries
	Tasks
	Sheets
	Answers
	Inbox
	Outcomes
	OptOuts
	Asked
	Audit
	Submissions
	Tests
	Webhooks
	Templates
	Services
	Sends
	Sights
	Desk
	Exports
	Retentions
	// PolicyNow is the moment by which rules and readers compare days.
	PolicyNow(ctx context.Context) (time.Time, error)
}

// Lines says which channels are open.
type Lines interface {
	Has(channel string) bool
	Carries(medium string) string // name of the channel that carries a medium, "" where none does
	MediumOf(channel string) string
}

// Options are the parts of the API. Record, Keys, Lines and Log are needed; without Import no roster can be uploaded.
type Options struct {
	Record   Record
	Keys     Keys
	Office   *access.Office // signs staff in; nil: keys only
	Lines    Lines
	Texts    Texts
	Import   func(ctx context.Context, f RosterFile) (Roster, error)
	FileText func(w io.Writer, lang string, f campaigns.PersonFile) error // writes a person's own data as a text
	Aside    func(f func(ctx context.Context))                            // runs what outlives its request until the process stops; nil: requests wait
	Wake     func(ctx context.Context, lane campaigns.Lane)               // a launch has begun: ring the bell
	Health   Health
	TestSend func(ctx context.Context, t TestAsk) (TestSend, error) // nil: nobody can send a test
	Accounts Accounts                                               // nil where no channel has a provider
	Events   Events                                                 // bounds of the streams
	Rate     Rate                                                   // of one key
	Clock    func() time.Time                                       // of the rates; nil is time.Now
	Patience time.Duration                                          // how long an upload waits for its import before it is answered 202; 0 is two seconds
	Metrics  http.Handler
	Away     func(error) bool // whether an error means that the database is away
	TempDir  string           // where uploads wait, "" = the system's
	Log      *slog.Logger
	Release  string // version of the program, for /api/v1/me

	PlainCookie bool     // the staff address is plain http on loopback: its cookies cannot be Secure
	Proxies     []string // proxies whose X-Forwarded-For is believed
}

// API holds what the operations share.
type API struct {
	Options
}

// Config returns the Fiber settings of the staff app (rulings.md 31): bodies are streamed, so that a declared length
// takes no memory, each operation bounds what it reads, and there is no write time out because reports may be long.
func Config(log *slog.Logger) fiber.Config {
	return fiber.Config{
		Immutable:                    true, // without it strings are overwritten by the next request
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		BodyLimit:                    64 << 10,
		ReadBufferSize:               8 << 10,
		ReadTimeout:                  60 * time.Second,
		IdleTimeout:                  60 * time.Second,
		CaseSensitive:                true,
		StrictRouting:                true, // an id left empty is not the list
		DisableStartupMessage:        true,
		ErrorHandler:                 errorHandler(log),
	}
}

// New returns a Fiber app of its own with the API on it.
func New(o Options) *fiber.App {
	app := fiber.New(Config(o.Log))
	Mount(app, o)
	return app
}

// Mount adds the API, its description, /healthz, /readyz and /metrics to an app made with Config. Pages of others may
// be mounted beside it.
func Mount(app *fiber.App, o Options) huma.API {
	if o.Away == nil {
		o.Away = func(error) bool { return false }
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	a := &API{Options: o}
	app.Use(requestID, a.accessLog, recoverPanics, closeUnread)
	a.mountHealth(app)
	app.Use("/api", a.visiting, a.authenticate, newLimiter(o.Rate, o.Clock).limit, deadline, versions)
	h := humafiber.New(app, humaConfig())
	for _, register := range []func(huma.API){
		a.me,
		a.units,
		a.rosters,
		a.same,
		a.people,
		a.kinds,
		a.campaigns,
		a.audiences,
		a.comparisons,
		a.reviews,
		a.verbs,
		a.launches,
		a.submissions,
		a.closings,
		a.budgets,
		a.emergencies,
		a.hours,
		a.receptions,
		a.unitTargets,
		a.links,
		a.appointments,
		a.targets,
		a.reports,
		a.deliveries,
		a.events,
		a.tasks,
		a.sheets,
		a.channels,
		a.answers,
		a.inbox,
		a.outcomes,
		a.optOuts,
		a.signIn,
		a.passkeys,
		a.staff,
		a.staffLinks,
		a.keys,
		a.audit,
		a.webhooks,
		a.templates,
		a.services,
		a.sends,
		a.reveals,
		a.desk,
		a.exports,
		a.retention,
		a.testSends,
	} {
		register(h)
	}
	describe(h.OpenAPI())
	mountDocs(app, h.OpenAPI())
	return h
}

var setErrors sync.Once

func humaConfig() huma.Config {
	setErrors.Do(func() { huma.NewError = newError }) // one for the whole process: huma has no other place for it
	cfg := huma.DefaultConfig("Loa", Version)
	cfg.Info.Description = "Outreach for public notices: rosters, campaigns, deliveries, answers, outcomes. " +
		"64-bit identifiers are strings. Verbs that change something need the header Loa-Actor, the name of the person who acts."
	formats := map[string]huma.Format{}
	for media, f := range cfg.Formats {
		formats[media] = f
		if media == "application/json" || media == "json" {
			formats[media] = strictJSON(f)
		}
	}
	cfg.Formats = formats
	cfg.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	cfg.Servers = []*huma.Server{{URL: "/", Description: "the process that serves this description"}}
	cfg.DocsPath = ""     // the page would load scripts from elsewhere
	cfg.SchemasPath = ""  // no $schema built from the Host header
	cfg.CreateHooks = nil // no Link headers either
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":     {Type: "http", Scheme: "bearer", Description: "API key, loa_live_..., loa_team_... or loa_test_..."},
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-loa", Description: "Session of a person who has signed in, with the header Loa-CSRF on whatever changes something; on plain loopback http the cookie is named loa."},
	}
	cfg.Security = []map[string][]string{{"key": {}}, {"session": {}}}
	return cfg
}

// root is the path under which all operations stand.
const root = "/api/v1"

// route is one operation: what a table of routes would say of it.
type route struct {
	method, path string
	id           string
	summary      string
	tag          string
	status       int                      // of success, 0 = 200 (204 without a body)
	body         int64                    // most bytes of a body, 0 = 1 MiB
	slow         bool                     // counts or changes what many people make: 30 s instead of 3
	version      demand                   // what is asked of If-Match
	describe     func(op *huma.Operation) // completes what huma cannot read off the types
}

// register adds an operation and sends its errors through problem.go.
func register[I, O any](a *API, h huma.API, r route, f func(ctx context.Context, in *I) (*O, error)) {
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: root + r.path, Summary: r.summary, Tags: []string{r.tag},
		DefaultStatus: r.status, MaxBodyBytes: r.body, BodyReadTimeout: 30 * time.Second,
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}
	op.Middlewares = huma.Middlewares{admission(op.OperationID)}
	if r.method == http.MethodPost {
		op.Parameters = append(op.Parameters, onceParam())
		op.Middlewares = append(op.Middlewares, a.once)
	}
	huma.Register(h, op, func(ctx context.Context, in *I) (*O, error) {
		if !r.slow {
			quick, cancel := context.WithTimeout(ctx, answerTime)
			defer cancel()
			ctx = quick
		}
		var out *O
		err := a.reach(ctx, op.OperationID, in)
		if err == nil {
			ctx, err = r.version.expecting(ctx)
		}
		if err == nil {
			out, err = f(ctx, in)
		}
		if err != nil {
			return nil, a.problem(ctx, op.OperationID, err)
		}
		if p, ok := any(out).(interface{ page() (string, bool) }); ok {
			marksOf(ctx).next, marksOf(ctx).paged = p.page()
		}
		return out, nil
	})
	paged := false
	if p, ok := any(new(O)).(interface{ page() (string, bool) }); ok {
		_, paged = p.page()
	}
	item := h.OpenAPI().Paths[op.Path]
	for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete} {
		if op != nil && op.OperationID == r.id {
			describeVersions(op, r.version, paged)
			if r.describe != nil {
				r.describe(op)
			}
		}
	}
}

// Body is an answer with a body and nothing else.
type Body[T any] struct{ Body T }

// page returns the cursor of the page that follows, and whether the body is a page at all.
func (b *Body[T]) page() (next string, paged bool) {
	p, paged := any(b.Body).(interface{ cursor() string })
	if paged {
		next = p.cursor()
	}
	return next, paged
}

// body returns an answer, or the error.
func body[T any](v T, err error) (*Body[T], error) {
	if err != nil {
		return nil, err
	}
	return &Body[T]{Body: v}, nil
}

// writerTo streams an answer whose size nobody knows before.
type writerTo func(ctx context.Context, w io.Writer) error
