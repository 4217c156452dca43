package notifyv2

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Record is what the surface reads and writes.
type Record interface {
	Service(ctx context.Context, id campaigns.ServiceID) (campaigns.Service, error)
	ServiceKeys(ctx context.Context, id campaigns.ServiceID) ([]access.ServiceKey, time.Time, error)
	KeyUsed(ctx context.Context, id string) error
	Unit(ctx context.Context, id campaigns.UnitID) (campaigns.Unit, error)
	Message(ctx context.Context, service campaigns.ServiceID, id campaigns.MessageID) (campaigns.Message, error)
	MessageByID(ctx context.Context, id campaigns.MessageID) (campaigns.Message, error)
	Messages(ctx context.Context, f campaigns.MessageFilter) ([]campaigns.Message, error)
	TextsReceived(ctx context.Context, id campaigns.ServiceID, before string, limit int) ([]campaigns.TextReceived, error)
	ServiceTemplates(ctx context.Context, unit campaigns.UnitID) ([]campaigns.Template, error)
	ServiceTemplate(ctx context.Context, unit campaigns.UnitID, id campaigns.TemplateID, n int) (campaigns.Template, error)
	UnsubscribeToken(address string) string
	Unsubscribe(ctx context.Context, token string) error
}

// Post takes messages. Refusals are *campaigns.MessageError.
type Post interface {
	CheckAddress(kind campaigns.MessageKind, keyKind, to string) campaigns.Fault
	Desk(ctx context.Context, v campaigns.Service, keyKind string, kind campaigns.MessageKind, template campaigns.TemplateID) (Desk, error)
	Reopen(ctx context.Context, v campaigns.Service, m campaigns.Message) (Desk, error)
	Send(ctx context.Context, v campaigns.Service, list []campaigns.Message) ([]campaigns.Message, error)
	Kinds(words campaigns.StaffWords) []Offer
}

// Desk writes messages with the words of one template in one kind.
type Desk interface {
	Fields() []string
	Ready(to string, lines []string, raw map[string]string) (campaigns.Message, error)
	Write(m campaigns.Message) (campaigns.Written, error)
}

// Offer is a kind in which words can be sent, with the words themselves and what a sender must give.
type Offer struct {
	Kind   campaigns.MessageKind
	Text   string
	Fields []string
}

// Spender counts messages against a key's day; access.ErrKeyCap when that is more than it may.
type Spender interface {
	Spend(ctx context.Context, c access.Caller, n int) error
}

// Letter writes a letter as a PDF.
type Letter func(w io.Writer, lines []string, body string) error

// Options are the parts of the surface.
type Options struct {
	Record    Record
	Post      Post
	Keys      Spender
	Letter    Letter
	Simulated func(kind campaigns.MessageKind, to string) bool // addresses for which nothing is kept
	PerMinute int                                              // requests of one kind of key, 0: Notify's 3000
	Clock     func() time.Time                                 // of the rates; nil is time.Now
	Proxies   []string                                         // whose X-Forwarded-For is believed
	Log       *slog.Logger
}

type server struct {
	Options
	rates *rates
}

// Mount adds the surface to an app that streams its bodies.
func Mount(app *fiber.App, o Options) {
	if o.PerMinute == 0 {
		o.PerMinute = 3000
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &server{Options: o, rates: newRates(o.PerMinute)}
	app.Post("/unsubscribe/:id/:token", s.plain(s.unsubscribe))
	v2 := app.Group("/v2")
	v2.Post("/notifications/sms", s.signed(s.sendText))
	v2.Post("/notifications/email", s.signed(s.sendMail))
	v2.Post("/notifications/letter", s.signed(s.sendLetter))
	v2.Get("/notifications", s.signed(s.list))
	v2.Get("/notifications/:id", s.signed(s.get))
	v2.Get("/notifications/:id/pdf", s.signed(s.pdf))
	v2.Get("/templates", s.signed(s.templates))
	v2.Get("/template/:id", s.signed(s.template))
	v2.Get("/template/:id/version/:n", s.signed(s.template))
	v2.Post("/template/:id/preview", s.signed(s.preview))
	v2.Get("/received-text-messages", s.signed(s.received))
	v2.Use(s.plain(func(*fiber.Ctx) error { return errNoRoute }))
}

// ask is a request of a service that has proved who it is.
type ask struct {
	*fiber.Ctx
	service campaigns.Service
	key     access.ServiceKey
	caller  access.Caller
}

func (a ask) kind() string { return string(a.key.Kind) }

// root is the address under which the service reached us, with a slash at its end.
func (a ask) root() string { return a.BaseURL() + "/" }

// handlerTime bounds what is done about one request.
const handlerTime = 30 * time.Second

// signed lets a request in whose token a key of a service has signed.
func (s *server) signed(f func(ctx context.Context, a ask) error) fiber.Handler {
	return s.plain(func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), handlerTime)
		defer cancel()
		a, err := s.authenticate(ctx, c)
		if err != nil {
			return err
		}
		return f(ctx, a)
	})
}

// plain answers errors in Notify's shape.
func (s *server) plain(f fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := f(c); err != nil {
			return s.refuse(c, err)
		}
		return nil
	}
}
