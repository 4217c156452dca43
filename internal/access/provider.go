package access

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/loaphuong/loa/campaigns"
)

// Errors of providers.
var (
	ErrNoProvider = errors.New("access: there is no such provider")
	// ErrProvider is the only word about a sign-in at a provider that failed: refused there, a wrong answer, nobody's account.
	ErrProvider = errors.New("access: the provider's sign-in was not accepted")
	ErrSubject  = errors.New("access: a provider knows a person by 1 to 255 characters without blanks")
	ErrLinked   = errors.New("access: this person of the provider is linked to another account")
)

// Provider signs people in elsewhere, by OpenID Connect. Start returns where the browser goes. End takes what it brings
// back; ErrProvider for whatever is wrong.
type Provider interface {
	Info() ProviderInfo
	Start(ctx context.Context, p Proof) (url string, err error)
	End(ctx context.Context, p Proof, code string) (Subject, error)
}

// ProviderInfo is what a provider is called, and whose it is: it signs in only staff of this unit and of all under it.
type ProviderInfo struct{ Name, Label, UnitCode string }

// Proof binds an answer to its question, and both to one browser.
type Proof struct{ State, Nonce, Verifier string }

// Subject is who the provider says somebody is. Strong: they have shown two factors there.
type Subject struct {
	ID     string
	Strong bool
}

// Linked is somebody of a provider who is linked to an account.
type Linked struct {
	Provider, Subject string
	By                string
	At                time.Time
}

// IdentityStore keeps who of a provider is linked to which account.
type IdentityStore interface {
	StaffOf(ctx context.Context, provider, subject string) (Account, error)
	Identities(ctx context.Context, staff string) ([]Linked, error)
	LinkIdentity(ctx context.Context, staff, provider, subject string, by Who) error
	UnlinkIdentity(ctx context.Context, staff, provider string, by Who) error
	StartOf(ctx context.Context, login string, code []byte) (Account, error)
	StartLinked(ctx context.Context, login string, code []byte, provider, subject string, by Who) (Account, error)
	PathByCode(ctx context.Context, code string) (string, error)
}

// UseProviders lets people sign in at providers.
func (o *Office) UseProviders(list []Provider) { o.providers = list }

// Providers lists the providers.
func (o *Office) Providers() []ProviderInfo {
	out := make([]ProviderInfo, len(o.providers))
	for i, p := range o.providers {
		out[i] = p.Info()
	}
	return out
}

func (o *Office) provider(name string) (Provider, error) {
	i := slices.IndexFunc(o.providers, func(p Provider) bool { return p.Info().Name == name })
	if i < 0 {
		return nil, ErrNoProvider
	}
	return o.providers[i], nil
}

// reaches says whether a provider may sign in the staff of the unit of a path.
func (o *Office) reaches(ctx context.Context, p Provider, unitPath string) error {
	path, err := o.store.PathByCode(ctx, p.Info().UnitCode)
	if errors.Is(err, campaigns.ErrNotFound) || err == nil && !strings.HasPrefix(unitPath, path) {
		return ErrProvider
	}
	return err
}

// abroad is what is remembered of a sign-in at a provider. Login and Code are of the paper with which an account begins.
type abroad struct {
	Provider string
	Proof    Proof
	Login    string
	Code     []byte
}

// PrepareStart checks a start code without using it up, for who will begin the account at a provider. The step goes to
// the browser and comes back with GoAbroad.
func (o *Office) PrepareStart(ctx context.Context, v Visit, login, code, provider string) (step string, err error) {
	p, err := o.provider(provider)
	if err != nil {
		return "", err
	}
	login, _ = canonical(login)
	stored, ok := parseCode(code)
	err = o.try(ctx, brakes("start|"+login, v.From, nil), func() (bool, error) {
		if !ok {
			return false, nil
		}
		a, err := o.store.StartOf(ctx, login, stored)
		if errors.Is(err, campaigns.ErrNotFound) {
			return false, nil
		}
		if err == nil {
			err = o.reaches(ctx, p, a.UnitPath)
		}
		return err == nil, err
	})
	if err != nil {
		return "", err
	}
	return o.beginAbroad(ctx, StartStep, abroad{Provider: provider, Login: login, Code: stored})
}

func (o *Office) beginAbroad(ctx context.Context, kind CeremonyKind, a abroad) (string, error) {
	state, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	return o.begin(ctx, Ceremony{Kind: kind, State: string(state)})
}

func (o *Office) takeAbroad(ctx context.Context, step string, kind CeremonyKind) (a abroad, err error) {
	c, err := o.take(ctx, step, kind)
	if errors.Is(err, ErrPasskey) {
		err = ErrProvider
	}
	if err == nil {
		err = json.Unmarshal([]byte(c.State), &a)
	}
	return a, err
}

// GoAbroad begins a sign-in at a provider: the browser keeps step and goes to url. prepared is the step of PrepareStart, ""
// where there was none.
func (o *Office) GoAbroad(ctx context.Context, v Visit, provider, prepared string) (step, url string, err error) {
	p, err := o.provider(provider)
	if err != nil {
		return "", "", err
	}
	wait, err := o.store.TakeTry(ctx, abroadBrakes(v.From))
	if err == nil && wait > 0 {
		err = &Throttled{Wait: wait}
	}
	if err != nil {
		return "", "", err
	}
	a := abroad{Provider: provider, Proof: Proof{State: freshToken(), Nonce: freshToken(), Verifier: freshToken()}}
	if was, err := o.takeAbroad(ctx, prepared, StartStep); err == nil && was.Provider == provider {
		a.Login, a.Code = was.Login, was.Code
	}
	if url, err = p.Start(ctx, a.Proof); err != nil {
		return "", "", err
	}
	step, err = o.beginAbroad(ctx, ProviderStep, a)
	return step, url, err
}

func abroadBrakes(from string) []Brake {
	return []Brake{{Key: "provider|" + network(from), Limit: addressLimit}, {Key: "provider", Limit: globalLimit}}
}

// ComeBack takes what a browser brings back from a provider. Only who was linked before is signed in: by an administrator,
// or now, with a start code. No account is made, and no name or address that a provider tells counts for anything.
func (o *Office) ComeBack(ctx context.Context, v Visit, provider, step, state, code string) (SignedIn, error) {
	p, err := o.provider(provider)
	if err != nil {
		return SignedIn{}, err
	}
	a, err := o.takeAbroad(ctx, step, ProviderStep)
	if err != nil {
		return SignedIn{}, err
	}
	if a.Provider != provider || !SameCSRF(a.Proof.State, state) || code == "" {
		return SignedIn{}, ErrProvider
	}
	who, err := p.End(ctx, a.Proof, code)
	if err != nil {
		return SignedIn{}, err
	}
	account, err := o.accountOf(ctx, v, a, provider, who)
	if errors.Is(err, campaigns.ErrNotFound) || errors.Is(err, ErrLinked) || err == nil && account.State != Active {
		return SignedIn{}, ErrProvider
	}
	if err == nil {
		err = o.reaches(ctx, p, account.UnitPath)
	}
	if err == nil {
		err = o.store.UndoTry(ctx, abroadBrakes(v.From))
	}
	if err != nil {
		return SignedIn{}, err
	}
	if who.Strong {
		return o.open(ctx, v, account, Full)
	}
	return o.open(ctx, v, account, o.next(account))
}

func (o *Office) accountOf(ctx context.Context, v Visit, a abroad, provider string, who Subject) (Account, error) {
	if a.Login != "" {
		return o.store.StartLinked(ctx, a.Login, a.Code, provider, who.ID, Who{Kind: ByStaff, Name: a.Login, From: v.From})
	}
	return o.store.StaffOf(ctx, provider, who.ID)
}

// Link links somebody of a provider to an account that the caller looks after.
func (o *Office) Link(ctx context.Context, c Caller, id, provider, subject string) error {
	a, err := o.below(ctx, c, id)
	if err != nil {
		return err
	}
	p, err := o.provider(provider)
	if err != nil {
		return err
	}
	if subject == "" || len(subject) > 255 || strings.ContainsFunc(subject, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return ErrSubject
	}
	if err := o.reaches(ctx, p, a.UnitPath); err != nil {
		return err
	}
	return o.store.LinkIdentity(ctx, id, provider, subject, c.Who())
}

// Unlink takes such a link away, with the sessions of the account.
func (o *Office) Unlink(ctx context.Context, c Caller, id, provider string) error {
	if _, err := o.below(ctx, c, id); err != nil {
		return err
	}
	return o.store.UnlinkIdentity(ctx, id, provider, c.Who())
}

// LinksOf lists with which providers an account of the caller's units is linked.
func (o *Office) LinksOf(ctx context.Context, c Caller, id string) ([]Linked, error) {
	if _, err := o.One(ctx, c, id); err != nil {
		return nil, err
	}
	return o.store.Identities(ctx, id)
}
