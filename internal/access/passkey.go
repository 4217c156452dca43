package access

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/loaphuong/loa/campaigns"
)

// PasskeysMost is how many passkeys a person has at most.
const PasskeysMost = 10

// Errors of passkeys.
var (
	ErrNoPasskeys  = errors.New("access: passkeys need the address of the staff pages in the settings")
	ErrPasskey     = errors.New("access: the passkey was not accepted; try again")
	ErrPasskeys    = errors.New("access: ten passkeys are the most; remove one first")
	ErrPasskeyName = errors.New("access: a passkey needs a name of 1 to 60 characters")
	ErrLastFactor  = errors.New("access: this is your only second factor; add another passkey first")
	// ErrStale says that the second factor must be shown again before this.
	ErrStale = errors.New("access: show your second factor again first")
)

// freshFor is how long after the second factor was shown something may be done that is hard to undo.
const freshFor = 10 * time.Minute

// Passkey is a key that an authenticator holds. Record is what the ceremonies keep of it.
type Passkey struct {
	ID         string
	Credential []byte
	Name       string
	Record     string
	SignCount  uint32
	CreatedAt  time.Time
	UsedAt     time.Time
}

// CeremonyKind says what a step of signing in that goes on elsewhere is for.
type CeremonyKind string

// The kinds of steps.
const (
	RegisterStep CeremonyKind = "register"
	SignInStep   CeremonyKind = "sign_in"
	StartStep    CeremonyKind = "start"    // a start code was right; the provider is asked next
	ProviderStep CeremonyKind = "provider" // the provider was asked
)

// ceremonyLasts is how long an authenticator or a provider may take.
const ceremonyLasts = 5 * time.Minute

// Ceremony is a step under way. Staff is whose it is, "" while nobody knows.
type Ceremony struct {
	Kind  CeremonyKind
	Staff string
	State string
}

// PasskeyStore keeps passkeys and steps under way. Unknown things are campaigns.ErrNotFound.
type PasskeyStore interface {
	Passkeys(ctx context.Context, staff string) ([]Passkey, error)
	AddPasskey(ctx context.Context, staff string, k Passkey, recovery [][]byte, by Who) (Passkey, error)
	UsePasskey(ctx context.Context, k Passkey) (fresh bool, err error)
	NamePasskey(ctx context.Context, staff, id, name string) error
	RemovePasskey(ctx context.Context, staff, id string, by Who) error
	PutCeremony(ctx context.Context, hash []byte, c Ceremony, lasts time.Duration) error
	TakeCeremony(ctx context.Context, hash []byte, kind CeremonyKind) (Ceremony, error)
	ProveSession(ctx context.Context, hash, next []byte) error
}

// Authenticators runs the ceremonies of passkeys. state goes from the beginning of one to its end by way of the record;
// options are for the browser, answer is what the browser says.
type Authenticators interface {
	BeginRegister(a Account, have []Passkey) (options json.RawMessage, state string, err error)
	EndRegister(a Account, state string, answer []byte) (Passkey, error)
	// BeginSignIn asks for one of have, or, where there is none, for any passkey of ours.
	BeginSignIn(a Account, have []Passkey) (options json.RawMessage, state string, err error)
	// Handle says who an answer claims to come from.
	Handle(answer []byte) (staff string, err error)
	// EndSignIn returns the passkey with its counter moved on.
	EndSignIn(a Account, have []Passkey, state string, answer []byte) (Passkey, error)
}

// Asked is what a browser is asked for.
type Asked struct {
	Step    string // to be brought back with the answer
	Options json.RawMessage
}

// UsePasskeys lets people sign in with passkeys.
func (o *Office) UsePasskeys(a Authenticators) { o.authenticators = a }

// TakesPasskeys says whether people can sign in with passkeys.
func (o *Office) TakesPasskeys() bool { return o.authenticators != nil }

// begin keeps a step under way.
func (o *Office) begin(ctx context.Context, c Ceremony) (step string, err error) {
	step = freshToken()
	return step, o.store.PutCeremony(ctx, hash(step), c, ceremonyLasts)
}

// take uses a step up; what is unknown, used or too old is a failed sign-in.
func (o *Office) take(ctx context.Context, step string, kind CeremonyKind) (Ceremony, error) {
	stored, ok := ParseToken(step)
	if !ok {
		return Ceremony{}, ErrPasskey
	}
	c, err := o.store.TakeCeremony(ctx, stored, kind)
	if errors.Is(err, campaigns.ErrNotFound) {
		err = ErrPasskey
	}
	return c, err
}

// registrar finds who may add a passkey: a person who is setting up the second factor, or one who has just shown it.
func (o *Office) registrar(ctx context.Context, v Visit) (Live, error) {
	live, err := o.live(ctx, v.Session)
	switch {
	case err != nil:
		return live, err
	case o.authenticators == nil:
		return live, ErrNoPasskeys
	case live.Stage == AskSetup, live.Stage == Full && o.fresh(live):
		return live, nil
	case live.Stage == Full:
		return live, ErrStale
	}
	return live, ErrForbidden
}

// fresh says whether the second factor was shown lately. Who has none has nothing to show: only a rehearsal lets them in.
func (o *Office) fresh(l Live) bool {
	return l.Now.Sub(l.ProvedAt) < freshFor || o.rehearsal && !l.second()
}

// BeginPasskey asks the browser of a person for a new passkey.
func (o *Office) BeginPasskey(ctx context.Context, v Visit) (Asked, error) {
	live, err := o.registrar(ctx, v)
	if err != nil {
		return Asked{}, err
	}
	have, err := o.store.Passkeys(ctx, live.Account.ID)
	if err != nil {
		return Asked{}, err
	}
	if len(have) >= PasskeysMost {
		return Asked{}, ErrPasskeys
	}
	options, state, err := o.authenticators.BeginRegister(live.Account, have)
	if err != nil {
		return Asked{}, err
	}
	step, err := o.begin(ctx, Ceremony{Kind: RegisterStep, Staff: live.Account.ID, State: state})
	return Asked{Step: step, Options: options}, err
}

// AddPasskey takes the new passkey. For who was setting up the second factor it is that: they are signed in, and get
// recovery codes, shown this once. For others in is zero.
func (o *Office) AddPasskey(ctx context.Context, v Visit, step, name string, answer []byte) (made Passkey, in SignedIn, recovery []string, err error) {
	live, err := o.registrar(ctx, v)
	if err != nil {
		return made, in, nil, err
	}
	if name, err = passkeyName(name); err != nil {
		return made, in, nil, err
	}
	c, err := o.take(ctx, step, RegisterStep)
	if err == nil && c.Staff != live.Account.ID {
		err = ErrPasskey
	}
	if err != nil {
		return made, in, nil, err
	}
	k, err := o.authenticators.EndRegister(live.Account, c.State, answer)
	if err != nil {
		return made, in, nil, err
	}
	k.Name = name
	var stored [][]byte
	if live.Stage == AskSetup {
		recovery, stored = freshRecovery()
	}
	if made, err = o.store.AddPasskey(ctx, live.Account.ID, k, stored, live.who(v.From)); err != nil || live.Stage == Full {
		return made, in, nil, err
	}
	in, err = o.open(ctx, v, live.Account, Full)
	return made, in, recovery, err
}

// who is the owner of a session as the audit log names them.
func (l Live) who(from string) Who {
	return Who{Kind: ByStaff, ID: l.Account.ID, Name: l.Name + " (" + l.Login + ")", From: from}
}

// passkeyBrakes hold back who begins many steps.
func passkeyBrakes(from string) []Brake {
	return []Brake{{Key: "passkey|" + network(from), Limit: addressLimit}, {Key: "passkey", Limit: globalLimit}}
}

// BeginPasskeySignIn asks a browser for a passkey: one of the account's, where a password was right before, else any.
func (o *Office) BeginPasskeySignIn(ctx context.Context, v Visit) (Asked, error) {
	if o.authenticators == nil {
		return Asked{}, ErrNoPasskeys
	}
	wait, err := o.store.TakeTry(ctx, passkeyBrakes(v.From))
	if err == nil && wait > 0 {
		err = &Throttled{Wait: wait}
	}
	if err != nil {
		return Asked{}, err
	}
	var who Account
	var have []Passkey
	if live, err := o.live(ctx, v.Session); err == nil && live.Stage != AskSetup {
		who = live.Account
		if have, err = o.store.Passkeys(ctx, who.ID); err != nil {
			return Asked{}, err
		}
		if len(have) == 0 {
			return Asked{}, ErrPasskey
		}
	}
	options, state, err := o.authenticators.BeginSignIn(who, have)
	if err != nil {
		return Asked{}, err
	}
	step, err := o.begin(ctx, Ceremony{Kind: SignInStep, Staff: who.ID, State: state})
	return Asked{Step: step, Options: options}, err
}

// SignInWithPasskey signs in whose passkey answers. It is checked who they are by the authenticator itself, so the passkey
// is both factors.
func (o *Office) SignInWithPasskey(ctx context.Context, v Visit, step string, answer []byte) (SignedIn, error) {
	if o.authenticators == nil {
		return SignedIn{}, ErrNoPasskeys
	}
	c, err := o.take(ctx, step, SignInStep)
	if err != nil {
		return SignedIn{}, err
	}
	id := c.Staff
	if id == "" {
		if id, err = o.authenticators.Handle(answer); err != nil {
			return SignedIn{}, err
		}
	}
	account, err := o.store.Staff(ctx, id)
	if errors.Is(err, campaigns.ErrNotFound) || err == nil && account.State != Active {
		return SignedIn{}, ErrPasskey
	}
	if err != nil {
		return SignedIn{}, err
	}
	have, err := o.store.Passkeys(ctx, id)
	if err != nil {
		return SignedIn{}, err
	}
	k, err := o.authenticators.EndSignIn(account, have, c.State, answer)
	if err != nil {
		return SignedIn{}, err
	}
	fresh, err := o.store.UsePasskey(ctx, k)
	if err == nil && !fresh {
		err = ErrPasskey
	}
	if err == nil {
		err = o.store.UndoTry(ctx, passkeyBrakes(v.From))
	}
	if err != nil {
		return SignedIn{}, err
	}
	return o.open(ctx, v, account, Full)
}

// Passkeys lists the caller's own passkeys.
func (o *Office) Passkeys(ctx context.Context, c Caller) ([]Passkey, error) {
	if c.StaffID == "" || c.Stage != Full {
		return nil, ErrForbidden
	}
	return o.store.Passkeys(ctx, c.StaffID)
}

// NamePasskey gives one of the caller's passkeys another name.
func (o *Office) NamePasskey(ctx context.Context, c Caller, id, name string) error {
	if c.StaffID == "" || c.Stage != Full {
		return ErrForbidden
	}
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	return o.store.NamePasskey(ctx, c.StaffID, id, name)
}

// RemovePasskey takes one of the caller's passkeys away, where the second factor was shown lately.
func (o *Office) RemovePasskey(ctx context.Context, c Caller, id string) error {
	if err := c.mayChangeFactors(); err != nil {
		return err
	}
	return o.store.RemovePasskey(ctx, c.StaffID, id, c.Who())
}

// mayChangeFactors lets at their second factors who has shown one lately.
func (c Caller) mayChangeFactors() error {
	switch {
	case c.StaffID == "" || c.Stage != Full:
		return ErrForbidden
	case !c.Fresh:
		return ErrStale
	}
	return nil
}

// Prove takes a code of the second factor, or a recovery code, in the midst of a session, which then goes on under another
// id and is fresh again.
func (o *Office) Prove(ctx context.Context, v Visit, code string) (SignedIn, error) {
	live, err := o.live(ctx, v.Session)
	if err != nil {
		return SignedIn{}, err
	}
	if live.Stage != Full {
		return SignedIn{}, ErrForbidden
	}
	if err := o.try(ctx, secondBrakes(live.Account.ID), func() (bool, error) { return o.matchSecond(ctx, live.Account.ID, code) }); err != nil {
		return SignedIn{}, err
	}
	out := SignedIn{Session: freshToken(), Stage: Full}
	out.CSRF = csrfOf(out.Session)
	return out, o.store.ProveSession(ctx, hash(v.Session), hash(out.Session))
}

// passkeyName cleans what somebody calls a passkey.
func passkeyName(name string) (string, error) {
	if len(name) > 400 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", ErrPasskeyName
	}
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || utf8.RuneCountInString(name) > 60 {
		return "", ErrPasskeyName
	}
	return name, nil
}
