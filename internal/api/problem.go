package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/internal/access"
)

// Problem is the body of every error (RFC 9457). Code is for programs; nothing in it repeats what was sent.
type Problem struct {
	Title  string  `json:"title" example:"Unprocessable Entity"`
	Status int     `json:"status" example:"422"`
	Code   string  `json:"code" example:"filter_invalid"`
	Detail string  `json:"detail,omitempty"`
	Errors []Place `json:"errors,omitempty"`
}

// Place says where in the request something is wrong, and what.
type Place struct {
	Location string `json:"location,omitempty" example:"body.fields"`
	Message  string `json:"message"`
}

var _ huma.StatusError = (*Problem)(nil)

// Error names the problem for logs.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus returns the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes JSON problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// LineError is a complaint about one line of an uploaded list.
type LineError struct {
	Line  int // 1-based, the heading is line 1
	Field string
	Err   error
}

func (e *LineError) Error() string { return "line: " + e.Err.Error() }

// Unwrap gives the reason.
func (e *LineError) Unwrap() error { return e.Err }

// Errors of requests that only the API knows.
var (
	errFields    = errors.New("request")
	errTooLarge  = errors.New("upload: too large")
	errUpload    = errors.New("upload")
	errActor     = errors.New("actor")
	errNoVersion = errors.New("version missing")
	errUntested  = errors.New("untested")
	errNoSight   = errors.New("version missing of what was seen")
)

// known maps what may go wrong to an answer. The first line that matches counts. A line without text takes the
// error's own words, with every value taken out.
var known = []struct {
	is     error
	status int
	code   string
	text   string
}{
	{campaigns.ErrNotFound, http.StatusNotFound, "not_found", "There is nothing here by this id."},
	{campaigns.ErrStale, http.StatusPreconditionFailed, "stale", "It has changed since you read it, and nothing was done. GET it again, look at what is new, and send the new ETag as If-Match."},
	{errNoVersion, http.StatusPreconditionRequired, "if_match_missing", "Say what you have read: GET it first and send its ETag back as If-Match; * changes it whatever it says now."},
	{errUntested, http.StatusConflict, "untested", "Send the first notice to yourself before you hand the campaign in: POST /api/v1/campaigns/{id}/tests. Its answer must say accepted; other words need another test."},
	{campaigns.ErrNotDraft, http.StatusConflict, "not_draft", "Only a draft, or a campaign that was given back, can be changed. Give it back first (POST .../return), or write a new one."},
	{campaigns.ErrNotAuthor, http.StatusConflict, "not_author", "Only its author changes a campaign; write one of your own."},
	{errNoSight, http.StatusPreconditionRequired, "if_match_missing", "Say what you have looked at: send the ETag of GET /api/v1/campaigns/{id}/submission as If-Match; * is for programs only."},
	{campaigns.ErrIllegalMove, http.StatusConflict, "illegal_move", "This step is not possible in the campaign's present state."},
	{campaigns.ErrSecondPerson, http.StatusConflict, "second_person", "A second person must approve, not the author."},
	{campaigns.ErrHigherRank, http.StatusConflict, "higher_rank", "More than 500 people are meant: somebody who stands higher than the author must approve."},
	{campaigns.ErrSecondGrant, http.StatusConflict, "second_person", "A second person must grant what the first asked for."},
	{campaigns.ErrNotApprover, http.StatusConflict, "not_approver", "Only the person who approved the campaign may let it go on early."},
	{campaigns.ErrNotHeld, http.StatusConflict, "not_held", "The launch is not held."},
	{campaigns.ErrLeft, http.StatusConflict, "people_left", ""},
	{campaigns.ErrManyMeetings, http.StatusConflict, "appointments", "This person has booked anew nine times already; call them."},
	{campaigns.ErrPast, http.StatusUnprocessableEntity, "starts_at_invalid", "The time to start must lie ahead, within a year."},
	{campaigns.ErrHours, http.StatusUnprocessableEntity, "hours_invalid", "Hours must open before they close, within 07:00-21:30."},
	{campaigns.ErrHosts, http.StatusUnprocessableEntity, "hosts_invalid", "Only exact hosts under gov.vn, in small letters, at most 20."},
	{campaigns.ErrReception, http.StatusUnprocessableEntity, "reception_invalid", "A line needs a weekday or a date, opens before it closes within 05:00-22:00, and has slots of 5 to 480 minutes; a date with no seats is closed."},
	{campaigns.ErrNoSlot, http.StatusConflict, "slot_gone", "This time is not offered, or its seats are gone."},
	{campaigns.ErrBudget, http.StatusUnprocessableEntity, "budget_invalid", "A budget is counted in dong or parts and lies between 0 and 1,000,000,000,000."},
	{campaigns.ErrMeeting, http.StatusUnprocessableEntity, "appointment_invalid", "An appointment needs a date, today or within a year, and a time as 07:30 or none."},
	{campaigns.ErrTarget, http.StatusUnprocessableEntity, "target_invalid", ""},
	{campaigns.ErrClosing, http.StatusUnprocessableEntity, "closing_invalid", ""},
	{campaigns.ErrEmptyAudience, http.StatusConflict, "empty_audience", "Nobody matches the audience."},
	{campaigns.ErrFuture, http.StatusUnprocessableEntity, "date_in_future", "A fact cannot lie in the future."},
	{campaigns.ErrBadText, http.StatusUnprocessableEntity, "text_invalid", "A text holds a character that cannot be stored."},
	{campaigns.ErrNoPhone, http.StatusConflict, "phone_missing", "The unit needs its published phone number, which every notice names."},
	{campaigns.ErrNoShortName, http.StatusConflict, "short_name_missing", "The unit needs a short name of at most 9 characters before SMS can be sent."},
	{campaigns.ErrSamePerson, http.StatusUnprocessableEntity, "same_person", "Both ids name the same record; name two."},
	{campaigns.ErrPersonGone, http.StatusConflict, "person_gone", "One of the records was erased or merged before; look at merged_into."},
	{campaigns.ErrUnlike, http.StatusConflict, "people_unlike", "The two records share neither name nor birth date; correct one of them first."},
	{campaigns.ErrReviewOrder, http.StatusConflict, "review_order", "The level below has not passed this part yet."},
	{campaigns.ErrReview, http.StatusUnprocessableEntity, "review_invalid", "There is no such part, level or finding; GET /api/v1/review-levels lists the levels."},
	{campaigns.ErrLevels, http.StatusUnprocessableEntity, "levels_invalid", "One to five different names of at most 40 bytes are needed."},
	{campaigns.ErrConflict, http.StatusConflict, "conflict", "Somebody else has just changed this; ask again."},
	{campaigns.ErrNoActor, http.StatusUnprocessableEntity, "actor_missing", "Name the person who acts in the header Loa-Actor."},
	{errActor, http.StatusUnprocessableEntity, "actor_invalid", "Loa-Actor must be a name of 1 to 100 characters in UTF-8 or percent-encoded."},
	{campaigns.ErrFilter, http.StatusUnprocessableEntity, "filter_invalid", ""},
	{campaigns.ErrLadder, http.StatusUnprocessableEntity, "ladder_invalid", ""},
	{campaigns.ErrUnit, http.StatusUnprocessableEntity, "unit_invalid", ""},
	{campaigns.ErrMissingFields, http.StatusUnprocessableEntity, "fields_missing", ""},
	{campaigns.ErrUnknownKind, http.StatusUnprocessableEntity, "kind_unknown", "There is no such kind; GET /api/v1/kinds lists them."},
	{campaigns.ErrArchived, http.StatusConflict, "service_archived", "The service is archived and sends nothing any more."},
	{campaigns.ErrWebhook, http.StatusUnprocessableEntity, "webhook_invalid", ""},
	{campaigns.ErrWords, http.StatusUnprocessableEntity, "words_refused", ""},
	{campaigns.ErrTestOften, http.StatusTooManyRequests, "tests_spent", "Ten tests an hour are enough; wait."},
	{campaigns.ErrTestPhone, http.StatusUnprocessableEntity, "phone_missing", "Only staff who have signed in send tests, to a mobile of their own; give it as phone."},
	{campaigns.ErrTestWire, http.StatusConflict, "no_wire", "No channel of the campaign reaches a phone by itself; there is nothing to test."},
	{errFields, http.StatusUnprocessableEntity, "invalid", ""},
	{errUpload, http.StatusUnprocessableEntity, "upload_invalid", ""},
	{errTooLarge, http.StatusRequestEntityTooLarge, "too_large", "The upload is larger than this operation takes."},
	{access.ErrSignIn, http.StatusUnauthorized, "sign_in_failed", "Name, password or code is wrong."},
	{access.ErrNoSession, http.StatusUnauthorized, "no_session", "Sign in again."},
	{errCrossSite, http.StatusForbidden, "cross_site", "Requests of other sites are refused."},
	{errCSRF, http.StatusForbidden, "csrf", "Send the session's token in the header Loa-CSRF; GET /api/v1/me shows it."},
	{access.ErrForbidden, http.StatusForbidden, "forbidden", "Your role does not allow this."},
	{access.ErrPassword, http.StatusUnprocessableEntity, "password_weak", ""},
	{access.ErrLogin, http.StatusUnprocessableEntity, "login_invalid", ""},
	{access.ErrStaffName, http.StatusUnprocessableEntity, "name_invalid", ""},
	{access.ErrRole, http.StatusUnprocessableEntity, "role_invalid", ""},
	{access.ErrTaken, http.StatusConflict, "login_taken", "The sign-in name is taken."},
	{access.ErrKeySpec, http.StatusUnprocessableEntity, "key_invalid", ""},
	{access.ErrKeyName, http.StatusUnprocessableEntity, "key_invalid", ""},
	{access.ErrKeyCap, http.StatusTooManyRequests, "key_cap", "The key has sent all it may today."},
	{access.ErrBudget, http.StatusTooManyRequests, "view_budget", "You have looked at as many people as a day allows; ask your commander."},
	{access.ErrReason, http.StatusUnprocessableEntity, "reason_missing", ""},
	{access.ErrExportAsked, http.StatusConflict, "export_not_granted", "A file of more than 200 people needs a second person: POST /api/v1/exports/{id}/grant."},
	{access.ErrExportState, http.StatusConflict, "export_state", "This file was decided about already, refused, or is older than seven days; ask anew."},
	{access.ErrExportSecond, http.StatusConflict, "second_person", "A second person must grant what the first asked for."},
	{access.ErrExportDay, http.StatusTooManyRequests, "export_budget", "You have taken out as many rows as a day allows."},
	{access.ErrExportReason, http.StatusUnprocessableEntity, "reason_missing", "Say in 5 to 500 characters what the file is for."},
	{campaigns.ErrSubjectMove, http.StatusConflict, "illegal_move", "This step is not possible in the request's present state."},
	{campaigns.ErrSubjectSecond, http.StatusConflict, "second_person", "Whoever took a request for erasure in does not decide it."},
	{campaigns.ErrExtended, http.StatusConflict, "extended", "The request has been given more time once already."},
	{campaigns.ErrSubjectWhy, http.StatusUnprocessableEntity, "reason_missing", "Say in 5 to 500 characters why."},
	{campaigns.ErrSubject, http.StatusUnprocessableEntity, "request_invalid", "There is no such kind or way of request, or a correction changes nothing."},
	{access.ErrNoPasskeys, http.StatusConflict, "no_passkeys", "Passkeys need LOA_STAFF_URL, the address of the pages for staff."},
	{access.ErrPasskey, http.StatusUnauthorized, "passkey_refused", "The passkey was not accepted; ask for new options and try again."},
	{access.ErrPasskeys, http.StatusConflict, "passkeys_full", "Ten passkeys are the most; remove one first."},
	{access.ErrPasskeyName, http.StatusUnprocessableEntity, "name_invalid", ""},
	{access.ErrLastFactor, http.StatusConflict, "last_factor", "This is your only second factor; add another passkey first."},
	{access.ErrStale, http.StatusForbidden, "second_factor_stale", "Show your second factor again: POST /api/v1/me/prove, or sign in with a passkey."},
	{access.ErrNoProvider, http.StatusUnprocessableEntity, "provider_unknown", "There is no such provider; GET /api/v1/providers lists them."},
	{access.ErrProvider, http.StatusUnprocessableEntity, "provider_refused", "This provider signs in the staff of another unit."},
	{access.ErrSubject, http.StatusUnprocessableEntity, "subject_invalid", ""},
	{access.ErrLinked, http.StatusConflict, "linked", "This person of the provider is linked to another account."},
	{access.ErrBusy, http.StatusServiceUnavailable, "busy", "Too many sign in at once; try again."},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "too_slow", "This took too long; try again later."},
}

// problem turns an error into its answer. What it does not know is logged and answered without details.
func (a *API) problem(ctx context.Context, operation string, err error) error {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if a.Away(err) {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "the database is away", slog.String("operation", operation), slog.String("error", clean(err.Error())))
		return away()
	}
	var early *access.Throttled
	if errors.As(err, &early) {
		return huma.ErrorWithHeaders(&Problem{Title: http.StatusText(http.StatusTooManyRequests), Status: http.StatusTooManyRequests, Code: "too_many_tries",
			Detail: "Too many tries; wait as Retry-After says."}, http.Header{"Retry-After": {strconv.Itoa(early.Seconds())}})
	}
	if p = match(err); p == nil {
		a.Log.LogAttrs(ctx, slog.LevelError, "operation failed", slog.String("operation", operation), slog.String("error", clean(err.Error())))
		return &Problem{Title: http.StatusText(http.StatusInternalServerError), Status: http.StatusInternalServerError, Code: "internal", Detail: "Something went wrong here; the log says what."}
	}
	if p.Status == http.StatusServiceUnavailable {
		return retryLater(p)
	}
	return p
}

func away() error {
	return retryLater(&Problem{Title: http.StatusText(http.StatusServiceUnavailable), Status: http.StatusServiceUnavailable, Code: "database_away", Detail: "The database does not answer; try again."})
}

func retryLater(p *Problem) error {
	return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {"5"}})
}

func match(err error) *Problem {
	var file *roster.Error
	if errors.As(err, &file) {
		return &Problem{Title: http.StatusText(http.StatusUnprocessableEntity), Status: http.StatusUnprocessableEntity, Code: "roster_" + file.Code, Detail: "The file cannot be read as a roster: " + clean(file.Text) + "."}
	}
	for _, k := range known {
		if !errors.Is(err, k.is) {
			continue
		}
		p := &Problem{Title: http.StatusText(k.status), Status: k.status, Code: k.code, Detail: k.text}
		if k.text == "" {
			p.Detail = clean(err.Error())
		}
		var line *LineError
		if errors.As(err, &line) {
			p.Errors = []Place{{Location: at(line.Line, line.Field), Message: clean(line.Err.Error())}}
		}
		var words *campaigns.WordsError
		if errors.As(err, &words) && words.Field != "" {
			p.Errors = []Place{{Location: "body.fields." + words.Field, Message: words.Advice}}
		}
		return p
	}
	return nil
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// clean takes out of a message what may have come from a request: quoted values and long numbers.
func clean(message string) string {
	if before, _, found := strings.Cut(message, "unknown content type: "); found {
		return before + "unknown content type"
	}
	return campaigns.MaskDigits(quoted.ReplaceAllString(message, "…"))
}

// newError replaces huma's: the values that huma repeats (for an unknown property the whole body) are left out.
func newError(status int, message string, errs ...error) huma.StatusError {
	p := &Problem{Title: http.StatusText(status), Status: status, Code: codeOf(status), Detail: clean(message)}
	for _, err := range errs {
		if err == nil {
			continue
		}
		if len(p.Errors) == maxPlaces {
			break
		}
		place := Place{Message: clean(err.Error())}
		var detailed huma.ErrorDetailer
		if errors.As(err, &detailed) {
			d := detailed.ErrorDetail()
			place = Place{Location: clean(d.Location), Message: clean(d.Message)}
			if strings.Contains(d.Message, "unexpected property") { // its name was sent, too
				place.Location = clean(d.Location[:max(0, strings.LastIndexByte(d.Location, '.'))])
			}
		}
		p.Errors = append(p.Errors, place)
	}
	return p
}

// maxPlaces is how many places of one request are named.
const maxPlaces = 50

func codeOf(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "invalid"
	case http.StatusUnauthorized:
		return "unauthorized"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusNotFound:
		return "no_route"
	case http.StatusMethodNotAllowed:
		return "method_not_allowed"
	case http.StatusRequestEntityTooLarge:
		return "too_large"
	case http.StatusRequestTimeout:
		return "too_slow"
	case http.StatusUnsupportedMediaType:
		return "media_type"
	case http.StatusTooManyRequests:
		return "too_many"
	}
	if status < 500 {
		return "refused"
	}
	return "internal"
}

// errorHandler writes what Fiber itself refuses (unknown routes, methods, sizes) and what a handler let through.
func errorHandler(log *slog.Logger) fiber.ErrorHandler {
	return func(c *fiber.Ctx, err error) error {
		status := fiber.StatusInternalServerError
		var refused *fiber.Error
		if errors.As(err, &refused) {
			status = refused.Code
		} else {
			log.LogAttrs(c.UserContext(), slog.LevelError, "request failed", slog.String("error", clean(err.Error())))
		}
		return writeProblem(c, &Problem{Title: http.StatusText(status), Status: status, Code: codeOf(status)})
	}
}

func writeProblem(c *fiber.Ctx, p *Problem) error {
	c.Status(p.Status)
	return c.JSON(p, "application/problem+json")
}
