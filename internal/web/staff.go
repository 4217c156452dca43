package web

import (
	"context"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Staff signs people in and says who they are. A token is the value of the cookie; it is never logged.
type Staff interface {
	// SignIn checks a password. The session it returns may still want the second factor.
	SignIn(ctx context.Context, login, password, from string) (token string, err error)
	// Second checks a one-time code; the token it returns replaces the one given.
	Second(ctx context.Context, token, code, from string) (string, error)
	// Who finds the person of a session; ErrNoSession for one that is unknown or over.
	Who(ctx context.Context, token, from string) (Person, error)
	SignOut(ctx context.Context, token string) error
	Sessions(ctx context.Context, token string) ([]SessionLine, error)
	EndSession(ctx context.Context, token, id string) error
}

// Errors of signing in. All reasons that would tell a stranger something are ErrSignIn.
var (
	ErrNoSession = errors.New("web: no session")
	ErrSignIn    = errors.New("web: account or password is wrong")
	ErrCode      = errors.New("web: the code is wrong or was used")
	ErrTooOften  = errors.New("web: too many tries")
)

// TooOften says when the next try may come.
type TooOften struct{ Wait time.Duration }

func (t *TooOften) Error() string { return ErrTooOften.Error() }

// Unwrap makes a TooOften an ErrTooOften.
func (t *TooOften) Unwrap() error { return ErrTooOften }

// Person is who has signed in.
type Person struct {
	Login  string
	Name   string
	CSRF   string           // what a form of this session must carry
	Second bool             // the second factor is still wanted
	Units  []campaigns.Unit // where the person holds a role, by name
	May    func(permission, unitPath string) bool
	Actor  string // how the record names them
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
	mayAnswer  = "response.record"
	mayOutcome = "outcome.record"
	mayTick    = "task.tick"
	mayTasks   = "task.read"
	mayInbox   = "inbox.handle"
	mayRosters = "roster.read"
	mayImport  = "roster.import"
	mayReport  = "report.read"
)
