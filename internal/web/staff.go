package web

import (
	"context"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Staff signs people in and says who they are. What is in a Visit or a Signed is secret and never logged.
type Staff interface {
	// SignIn compares name and password; the session it opens goes on with its stage.
	SignIn(ctx context.Context, v Visit, login, password string) (Signed, error)
	// Second takes the code of the second factor, or a recovery code.
	Second(ctx context.Context, v Visit, code string) (Signed, error)
	// Start takes the start code that was handed over on paper, and sets the account's password.
	Start(ctx context.Context, v Visit, login, code, password string) (Signed, error)
	// Enrol offers a second factor, ConfirmEnrolment takes its first code and answers with recovery codes.
	Enrol(ctx context.Context, v Visit) (secret string, err error)
	ConfirmEnrolment(ctx context.Context, v Visit, code string) (Signed, []string, error)
	// Who finds the person of a session; ErrNoSession for one that is unknown or over.
	Who(ctx context.Context, v Visit) (Person, error)
	SignOut(ctx context.Context, v Visit) error
	Sessions(ctx context.Context, v Visit) ([]SessionLine, error)
	EndSession(ctx context.Context, v Visit, id string) error
}

// Visit is where a request comes from and what it brings along.
type Visit struct{ From, Agent, Session, Device string }

// Signed is what a step of signing in answers with. Device is "" where the browser keeps what it has.
type Signed struct {
	Session, Device string
	Stage           Stage
}

// Stage is how far a session has come. Only a full one opens the pages.
type Stage string

// The stages: a code is asked, a second factor is to be set up, signed in.
const (
	AskSecond Stage = "second"
	AskSetup  Stage = "setup"
	Full      Stage = "full"
)

// Errors of signing in. All reasons that would tell a stranger something are ErrSignIn.
var (
	ErrNoSession = errors.New("web: no session")
	ErrSignIn    = errors.New("web: account, password or code is wrong")
	ErrPassword  = errors.New("web: the new password is too weak")
	ErrTooOften  = errors.New("web: too many tries")
	ErrForbidden = errors.New("web: the person may not do this")

	ErrViewBudget = errors.New("web: the day's budget of people to look at is used up")
)

// Person is who has signed in.
type Person struct {
	Login string
	Name  string
	CSRF  string // what a form of this session must carry
	Stage Stage
	Units []campaigns.Unit // where the person holds a role, by name
	May   func(permission, unitPath string) bool
	Actor string                    // how the record names them
	Rank  func(unitPath string) int // how high they stand over a unit
	Paths []string                  // of all units in which they hold a role
	// See counts people that a page is about to show against the person's budget of the day and notes them in the audit log;
	// ErrViewBudget when it is used up. nil: nobody counts.
	See func(ctx context.Context, unit campaigns.UnitID, people []campaigns.PersonID) error
}

// SessionLine is one of a person's open sessions.
type SessionLine struct {
	ID      string
	Since   time.Time
	Last    time.Time
	From    string
	Current bool
}

// Permissions that the pages ask for; the names are those of internal/access.
const (
	mayDraft   = "campaign.draft"
	mayDecide  = "campaign.decide"
	mayLaunch  = "campaign.launch"
	mayStop    = "campaign.stop"
	mayReadAll = "campaign.read"
	mayPeople  = "person.read"
	mayReveal  = "person.reveal"
	mayOptOut  = "optout.record"
	mayAnswer  = "response.record"
	mayOutcome = "outcome.record"
	mayTick    = "task.tick"
	mayTasks   = "task.read"
	mayInbox   = "inbox.handle"
	mayRosters = "roster.read"
	mayImport  = "roster.import"
	mayReport  = "report.read"
	mayTarget  = "target.write"
	mayAudit   = "audit.read"
	mayStaff   = "staff.read"

	mayStaffing = "staff.manage"
	mayRequests = "request.handle"
)

// TooOften says when the next try may come.
type TooOften struct{ Wait time.Duration }

func (t *TooOften) Error() string { return ErrTooOften.Error() }

// Unwrap makes a TooOften an ErrTooOften.
func (t *TooOften) Unwrap() error { return ErrTooOften }
