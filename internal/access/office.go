package access

import (
	"context"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Stage is how far a session has come. Only a full one may do anything but go on to the next stage.
type Stage string

// The stages: the password was right and a code is asked; the password was right and a second factor is to be set up;
// signed in.
const (
	AskSecond Stage = "second"
	AskSetup  Stage = "setup"
	Full      Stage = "full"
)

// Session is one sign-in as its owner sees it.
type Session struct {
	ID        string
	Stage     Stage
	From      string
	Agent     string
	CreatedAt time.Time
	SeenAt    time.Time // within the minute
	ProvedAt  time.Time // when the second factor was last shown
}

// Live is a session with whose it is, as a request finds it.
type Live struct {
	Session
	Account
	Now time.Time
}

// Opening is a session that shall begin. It takes the place of the one with the hash Replaces: no id outlives a step
// towards more rights.
type Opening struct {
	Hash, Replaces, Device []byte
	Staff                  Account
	Stage                  Stage
	From, Agent            string
	Keep                   time.Duration // older sessions of anybody are swept
}

// SignInStore is the record of accounts as far as signing in needs it. Unknown things are campaigns.ErrNotFound.
type SignInStore interface {
	SecretsByLogin(ctx context.Context, login string, device []byte) (Secrets, error)
	SecretsByID(ctx context.Context, id string) (Secrets, error)
	TakeTry(ctx context.Context, brakes []Brake) (wait time.Duration, err error)
	UndoTry(ctx context.Context, brakes []Brake) error
	UseTOTP(ctx context.Context, staff string, step int64) (fresh bool, err error)
	UseRecoveryCode(ctx context.Context, staff string, hash []byte) (ok bool, err error)
	OpenSession(ctx context.Context, o Opening) error
	RenewRecovery(ctx context.Context, staff string, recovery [][]byte, by Who) error
	RecoveryLeft(ctx context.Context, staff string) (int, error)
	LiveSession(ctx context.Context, hash []byte) (Live, error)
	TouchSession(ctx context.Context, hash []byte) error
	EndSession(ctx context.Context, staff, id string, by Who) error
	Sessions(ctx context.Context, staff string) ([]Session, error)
	StartAccount(ctx context.Context, login string, code []byte, password string, by Who) (Account, error)
	SetPassword(ctx context.Context, staff, password, keepSession string, by Who) error
	OfferTOTP(ctx context.Context, staff, secret string) error
	TurnOnTOTP(ctx context.Context, staff string, step int64, recovery [][]byte, by Who) error
}

// Limits are how long a session lives (security.md T36).
type Limits struct {
	Idle, Absolute time.Duration
	Pending        time.Duration // a session that is not full yet
}

// SessionLimits are the limits of a production process.
var SessionLimits = Limits{Idle: 15 * time.Minute, Absolute: 10 * time.Hour, Pending: 10 * time.Minute}

// touchEvery is how exactly the record knows when a session was last used.
const touchEvery = time.Minute

// Office signs staff in and out and looks after their accounts.
type Office struct {
	store     OfficeStore
	hasher    *hasher
	limits    Limits
	rehearsal bool

	authenticators Authenticators // nil: without passkeys
	providers      []Provider
}

// OfficeStore is all that an office asks of the record.
type OfficeStore interface {
	SignInStore
	StaffStore
	PasskeyStore
	IdentityStore
}

// NewOffice returns an office.
func NewOffice(s OfficeStore, l Limits) *Office {
	return &Office{store: s, hasher: newHasher(), limits: l}
}

// Visit is where a request comes from and what it brings along.
type Visit struct {
	From, Agent string
	Session     string // cookie, "" = none
	Device      string // cookie, "" = none
}

// SignedIn is what a step of signing in answers with. Device is "" where the browser keeps what it has.
type SignedIn struct {
	Session string
	Device  string
	CSRF    string
	Stage   Stage
}

// SignIn compares name and password. Whatever is wrong, the answer and the time it takes are the same.
func (o *Office) SignIn(ctx context.Context, v Visit, login, password string) (SignedIn, error) {
	login, _ = canonical(login) // what can be no name is one that nobody has
	device, _ := ParseToken(v.Device)
	var account Secrets
	err := o.hasher.turn(ctx, func() (err error) {
		if account, err = o.store.SecretsByLogin(ctx, login, device); err != nil && !errors.Is(err, campaigns.ErrNotFound) {
			return err
		}
		if !account.KnownDevice {
			device = nil
		}
		return o.try(ctx, brakes(login, v.From, device), func() (bool, error) {
			right := len(password) <= 1024 && o.hasher.verify(password, account.Password)
			return right && account.State == Active, nil
		})
	})
	if err != nil {
		return SignedIn{}, err
	}
	return o.open(ctx, v, account.Account, o.next(account.Account))
}

// next is the stage after the password.
func (o *Office) next(a Account) Stage {
	switch {
	case a.second():
		return AskSecond
	case o.rehearsal:
		return Full
	}
	return AskSetup
}

// Rehearse lets accounts without a second factor in by their password alone. It is for demonstrations, whose people are
// invented and which no address but this machine reaches (rulings.md 13).
func (o *Office) Rehearse() { o.rehearsal = true }

// try passes the brakes, asks right, and takes the try back when it was.
func (o *Office) try(ctx context.Context, list []Brake, right func() (bool, error)) error {
	wait, err := o.store.TakeTry(ctx, list)
	if err != nil {
		return err
	}
	if wait > 0 {
		return &Throttled{Wait: wait}
	}
	ok, err := right()
	if err != nil {
		return err
	}
	if !ok {
		return ErrSignIn
	}
	return o.store.UndoTry(ctx, list)
}

// Second takes the code of the second factor, or a recovery code, for a session that asks for one.
func (o *Office) Second(ctx context.Context, v Visit, code string) (SignedIn, error) {
	live, err := o.live(ctx, v.Session)
	if err != nil {
		return SignedIn{}, err
	}
	if live.Stage != AskSecond {
		return SignedIn{}, ErrNoSession
	}
	err = o.try(ctx, secondBrakes(live.Account.ID), func() (bool, error) { return o.matchSecond(ctx, live.Account.ID, code) })
	if err != nil {
		return SignedIn{}, err
	}
	return o.open(ctx, v, live.Account, Full)
}

func secondBrakes(staff string) []Brake {
	return []Brake{{Key: "second|" + staff, Limit: accountLimit, Own: true}}
}

func (o *Office) matchSecond(ctx context.Context, staff, code string) (bool, error) {
	if stored, ok := parseCode(code); ok {
		return o.store.UseRecoveryCode(ctx, staff, stored)
	}
	account, err := o.store.SecretsByID(ctx, staff)
	if err != nil {
		return false, err
	}
	step, ok := matchTOTP(account.TOTP, code, account.Now, account.TOTPStep)
	if !ok || !account.TOTPOn {
		return false, nil
	}
	return o.store.UseTOTP(ctx, staff, step)
}

// open begins a session with an id of its own and ends the one that came along.
func (o *Office) open(ctx context.Context, v Visit, a Account, stage Stage) (SignedIn, error) {
	out := SignedIn{Session: freshToken(), Stage: stage}
	out.CSRF = csrfOf(out.Session)
	op := Opening{Hash: hash(out.Session), Staff: a, Stage: stage, From: v.From, Agent: short(v.Agent), Keep: o.limits.Absolute}
	op.Replaces, _ = ParseToken(v.Session)
	if stage == Full {
		known := false
		if op.Device, known = ParseToken(v.Device); !known {
			out.Device = freshToken()
			op.Device = hash(out.Device)
		}
	}
	if err := o.store.OpenSession(ctx, op); err != nil {
		return SignedIn{}, err
	}
	return out, nil
}

// short bounds what a browser says of itself.
func short(agent string) string {
	runes := []rune(agent)
	return string(runes[:min(len(runes), 200)])
}

// Check finds the caller of a session; ErrNoSession where there is none that lives. What the caller may do is read anew
// with every request.
func (o *Office) Check(ctx context.Context, v Visit) (Caller, error) {
	live, err := o.live(ctx, v.Session)
	if err != nil {
		return Caller{}, err
	}
	c := Caller{StaffID: live.Account.ID, Login: live.Login, Name: live.Name, SessionID: live.Session.ID, Stage: live.Stage, CSRF: csrfOf(v.Session), From: v.From,
		Fresh: live.Stage == Full && o.fresh(live)}
	if live.Stage == Full {
		c.Grants = grants(live.Roles)
	}
	return c, nil
}

func (o *Office) live(ctx context.Context, session string) (Live, error) {
	stored, ok := ParseToken(session)
	if !ok {
		return Live{}, ErrNoSession
	}
	live, err := o.store.LiveSession(ctx, stored)
	if errors.Is(err, campaigns.ErrNotFound) || err == nil && !o.limits.alive(live) {
		return Live{}, ErrNoSession
	}
	if err != nil {
		return Live{}, err
	}
	if live.Now.Sub(live.SeenAt) >= touchEvery {
		err = o.store.TouchSession(ctx, stored)
	}
	return live, err
}

func (l Limits) alive(s Live) bool {
	age, idle := s.Now.Sub(s.Session.CreatedAt), s.Now.Sub(s.SeenAt)
	if s.State != Active {
		return false
	}
	if s.Stage != Full {
		return age < l.Pending
	}
	return age < l.Absolute && idle < l.Idle
}
