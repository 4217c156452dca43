package notifyv2

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// problem is an error as Notify's clients read it. No message repeats what somebody wrote to a person.
type problem struct {
	status int
	kind   string
	texts  []string
}

func (p *problem) Error() string { return p.kind + ": " + strings.Join(p.texts, "; ") }

// The kinds of problems that there are here.
const (
	validationError   = "ValidationError"
	badRequest        = "BadRequestError"
	authError         = "AuthError"
	noResult          = "NoResultFound"
	rateLimitError    = "RateLimitError"
	tooManyRequests   = "TooManyRequestsError"
	internalException = "Exception"
)

func refusal(format string, args ...any) error {
	return &problem{status: 400, kind: badRequest, texts: []string{fmt.Sprintf(format, args...)}}
}

func invalid(texts ...string) error {
	return &problem{status: 400, kind: validationError, texts: texts}
}

// errNotFound is what is not there, and what is somebody else's.
var errNotFound = &problem{status: 404, kind: noResult, texts: []string{"No result found"}}

// errNoRoute is answered in the shape that Notify's first version had, as Notify does.
var errNoRoute = errors.New("The requested URL was not found on the server.") //nolint:staticcheck // the words that clients compare

// refuse writes an error.
func (s *server) refuse(c *fiber.Ctx, err error) error {
	var p *problem
	var m *campaigns.MessageError
	switch {
	case errors.Is(err, errNoRoute):
		return c.Status(404).JSON(fiber.Map{"result": "error", "message": errNoRoute.Error()})
	case errors.As(err, &p):
	case errors.As(err, &m):
		p = faultOf(m)
	case errors.Is(err, campaigns.ErrNotFound):
		p = errNotFound
	case errors.Is(err, campaigns.ErrAsked):
		p = &problem{409, badRequest, []string{"The Idempotency-Key was used for another message"}}
	case errors.Is(err, access.ErrKeyCap):
		p = &problem{429, tooManyRequests, []string{"Exceeded send limits for today"}}
	default:
		s.Log.LogAttrs(c.UserContext(), slog.LevelError, "notify request failed", slog.String("route", c.Route().Path), slog.String("error", campaigns.MaskDigits(err.Error())))
		p = &problem{500, internalException, []string{"Internal server error"}}
	}
	list, seen := []fiber.Map{}, map[string]bool{}
	for _, text := range p.texts {
		if text = strings.ReplaceAll(text, "'", ""); !seen[text] {
			seen[text] = true
			list = append(list, fiber.Map{"error": p.kind, "message": text})
		}
	}
	return c.Status(p.status).JSON(fiber.Map{"status_code": p.status, "errors": list})
}

// addressTexts are Notify's words for addresses that are none.
var addressTexts = map[campaigns.Fault]string{
	campaigns.PhoneShort:    "phone_number Not enough digits",
	campaigns.PhoneLong:     "phone_number Too many digits",
	campaigns.PhoneLetters:  "phone_number Must not contain letters or symbols",
	campaigns.PhonePrefix:   "phone_number Not a valid country prefix",
	campaigns.PhoneInvalid:  "phone_number Not a Vietnamese mobile number",
	campaigns.PhoneLandline: "phone_number Not a Vietnamese mobile number",
	campaigns.MailInvalid:   "email_address Not a valid email address",
	campaigns.LinesShort:    "Address must be at least 2 lines and at most 7 lines",
}

// faultTexts are the words for everything else; faultOf fills in what belongs in them.
var faultTexts = map[campaigns.Fault]string{
	campaigns.PhoneForeign:  "Cannot send to international mobile numbers",
	campaigns.NotTeam:       "Can’t send to this recipient using a team-only API key",
	campaigns.NoTemplate:    "Template not found",
	campaigns.StoppedByUnit: "The unit has stopped messages of this service with this template",
}

// faultOf says in Notify's words why a message is not taken.
func faultOf(m *campaigns.MessageError) *problem {
	if text := addressTexts[m.Fault]; text != "" {
		return &problem{400, validationError, []string{text}}
	}
	text, fields := faultTexts[m.Fault], strings.Join(m.Fields, ", ")
	switch m.Fault {
	case campaigns.ValuesMissing:
		text = "Missing personalisation: " + fields
	case campaigns.TooManyParts:
		text = fmt.Sprintf("Your message is too long. Text messages cannot be longer than 3 parts. Your message is %d parts long.", m.Parts)
	case campaigns.ValueRefused:
		text = fmt.Sprintf("personalisation %s reads like a fraud (%s); citizens are warned of such messages", fields, m.Rule)
	case campaigns.ValueCharset:
		text = fmt.Sprintf("personalisation %s holds a character that an unaccented text message cannot carry", fields)
	case campaigns.WordsUnfit:
		text = "The template asks for what only a campaign knows: " + fields
	case campaigns.UnitNotReady:
		text = "The unit has not set what every message needs: " + fields
	}
	return &problem{400, badRequest, []string{text}}
}

// unsuitable are the refusals that name the kind that was asked for.
func unsuitable(err error, kind campaigns.MessageKind, words campaigns.MessageKind) error {
	var m *campaigns.MessageError
	if !errors.As(err, &m) {
		return err
	}
	switch m.Fault {
	case campaigns.WrongForm:
		return refusal("%s template is not suitable for %s notification", words, kind)
	case campaigns.NoLine:
		return refusal("Service is not allowed to send %s", map[campaigns.MessageKind]string{campaigns.Text: "text messages", campaigns.Mail: "emails", campaigns.Letter: "letters"}[kind])
	}
	return err
}
