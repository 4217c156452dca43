package access

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/loaphuong/loa/campaigns"
)

// State is where an account stands.
type State string

// The states: a start code is out, it may sign in, it may not.
const (
	Invited  State = "invited"
	Active   State = "active"
	Disabled State = "disabled"
)

// RoleAt is a role in a unit. Path is the unit's path today; it is read, never given.
type RoleAt struct {
	Unit campaigns.UnitID
	Role Role
	Path string
}

// Account is a member of the staff.
type Account struct {
	ID        string
	Login     string
	Name      string
	Unit      campaigns.UnitID // whose administrators look after the account
	UnitPath  string
	State     State
	TOTPOn    bool
	Passkeys  int // how many
	CreatedAt time.Time
	Roles     []RoleAt
}

// second says whether the account has a second factor.
func (a Account) second() bool { return a.TOTPOn || a.Passkeys > 0 }

// Secrets are what signing in compares with.
type Secrets struct {
	Account
	Password    string // PHC, "" while there is none
	TOTP        string // secret in base 32, "" while there is none
	TOTPStep    int64
	KnownDevice bool
	Now         time.Time // by the raw database clock
}

// Errors of accounts.
var (
	// ErrSignIn is the only word about a failed sign-in: unknown name, wrong password, wrong or used code, disabled account.
	ErrSignIn = errors.New("access: name, password or code is wrong")
	// ErrNoSession means that nobody is signed in: no session, an old one, or one that was ended.
	ErrNoSession = errors.New("access: nobody is signed in")
	ErrForbidden = errors.New("access: your role does not allow this")
	ErrLogin     = errors.New("access: a sign-in name has 3 to 32 letters a-z, digits, dots or dashes and begins with a letter")
	ErrStaffName = errors.New("access: a person needs a name of 1 to 60 characters")
	ErrRole      = errors.New("access: role")
	ErrTaken     = errors.New("access: the sign-in name is taken")
)

var loginForm = regexp.MustCompile(`^[a-z][a-z0-9.-]{2,31}$`)

// canonical returns the one spelling of a sign-in name; false for what can be none.
func canonical(login string) (string, bool) {
	if len(login) > 64 {
		return "", false
	}
	login = strings.ToLower(strings.TrimSpace(login))
	return login, loginForm.MatchString(login)
}

// checkName cleans the name of a person of the staff. It goes into headers and percent-encoding stands for letters there,
// so it holds neither control characters nor a percent sign; brackets are what the sign-in name is put in.
func checkName(name string) (string, error) {
	if len(name) > 400 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || strings.ContainsAny(name, "%()") {
		return "", ErrStaffName
	}
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || utf8.RuneCountInString(name) > 60 {
		return "", ErrStaffName
	}
	return name, nil
}

// fits says whether a role can be held in a unit of a kind.
func fits(r Role, kind campaigns.UnitKind) error {
	s, ok := specOf(r)
	switch {
	case !ok || r == Integrator:
		return fmt.Errorf("%w: there is no such role for people", ErrRole)
	case !r.FitsUnit(kind):
		return fmt.Errorf("%w: this role is held in a unit of another kind (%s)", ErrRole, kindsOf(s.units))
	}
	return nil
}

func kindsOf(kinds []campaigns.UnitKind) string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return strings.Join(out, ", ")
}

// grants turns the roles of a person into what they may do.
func grants(roles []RoleAt) []Grant {
	out := make([]Grant, len(roles))
	for i, r := range roles {
		out[i] = Grant{Unit: r.Unit, Path: r.Path, Role: r.Role, Perms: r.Role.Permissions()}
	}
	return out
}
