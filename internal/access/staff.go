package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// startLasts is how long a start code on paper is good for.
const startLasts = 7 * 24 * time.Hour

// NewStaff is a person who shall get an account.
type NewStaff struct {
	Login, Name string
	Unit        campaigns.UnitID
	Roles       []RoleAt
}

// Start is a code to hand over, shown this once.
type Start struct {
	Code      string
	ExpiresAt time.Time
}

// StaffStore is the record of accounts as far as their administrators need it. Each method notes in the audit log who did
// it, in its own transaction.
type StaffStore interface {
	Staff(ctx context.Context, id string) (Account, error)
	StaffUnder(ctx context.Context, paths []string, after string, limit int) ([]Account, error)
	InviteStaff(ctx context.Context, n NewStaff, code []byte, lasts time.Duration, by Who) (Account, time.Time, error)
	ResetStaff(ctx context.Context, id string, code []byte, lasts time.Duration, withSecond bool, by Who) (time.Time, error)
	DisableStaff(ctx context.Context, id string, by Who) error
	SetStaffRoles(ctx context.Context, id string, roles []RoleAt, by Who) error
	EndStaffSessions(ctx context.Context, id string, by Who) error
	UnitPath(ctx context.Context, id campaigns.UnitID) (path string, kind campaigns.UnitKind, err error)
}

// Operator is who stands at the command line of the server: they could write into the database directly.
func Operator(name string) Caller {
	return Caller{Name: name, Grants: []Grant{{Path: Root, Perms: Permissions()}}}
}

// Invite makes an account and the code with which it begins.
func (o *Office) Invite(ctx context.Context, c Caller, n NewStaff) (Account, Start, error) {
	login, ok := canonical(n.Login)
	if !ok {
		return Account{}, Start{}, ErrLogin
	}
	name, err := checkName(n.Name)
	if err != nil {
		return Account{}, Start{}, err
	}
	n.Login, n.Name = login, name
	path, _, err := o.store.UnitPath(ctx, n.Unit)
	if err != nil {
		return Account{}, Start{}, err
	}
	if !c.May(StaffManage, path) {
		return Account{}, Start{}, campaigns.ErrNotFound
	}
	if n.Roles, err = o.appointable(ctx, c, n.Roles); err != nil {
		return Account{}, Start{}, err
	}
	code := freshCode()
	stored, _ := parseCode(code)
	made, until, err := o.store.InviteStaff(ctx, n, stored, startLasts, c.Who())
	return made, Start{Code: code, ExpiresAt: until}, err
}

// appointable checks roles that the caller wants to give. A unit outside the caller's is not there.
func (o *Office) appointable(ctx context.Context, c Caller, roles []RoleAt) ([]RoleAt, error) {
	if len(roles) == 0 || len(roles) > 50 {
		return nil, fmt.Errorf("%w: name 1 to 50 roles", ErrRole)
	}
	out := slices.Clone(roles)
	for i, r := range out {
		path, kind, err := o.store.UnitPath(ctx, r.Unit)
		if err != nil {
			return nil, err
		}
		if !c.May(StaffManage, path) {
			return nil, campaigns.ErrNotFound
		}
		if err := fits(r.Role, kind); err != nil {
			return nil, err
		}
		if !c.MayAppoint(r.Role, path) {
			return nil, fmt.Errorf("%w: you can give only roles below your own", ErrRole)
		}
		out[i].Path = path
		if slices.ContainsFunc(out[:i], func(have RoleAt) bool { return have.Unit == r.Unit && have.Role == r.Role }) {
			return nil, fmt.Errorf("%w: a role is named twice for one unit", ErrRole)
		}
	}
	return out, nil
}

// below finds an account that the caller looks after: its unit and all its roles are theirs to appoint. Others of their
// units they may see but not touch; others still are not there.
func (o *Office) below(ctx context.Context, c Caller, id string) (Account, error) {
	a, err := o.store.Staff(ctx, id)
	if err != nil {
		return Account{}, err
	}
	if !c.May(StaffRead, a.UnitPath) {
		return Account{}, campaigns.ErrNotFound
	}
	if a.ID == c.StaffID || !c.May(StaffManage, a.UnitPath) {
		return Account{}, ErrForbidden
	}
	for _, r := range a.Roles {
		if !c.MayAppoint(r.Role, r.Path) {
			return Account{}, ErrForbidden
		}
	}
	return a, nil
}

// Reset takes an account's password away, with its second factor where that is lost too, ends its sessions and makes a new
// start code. It gives a disabled account its life back.
func (o *Office) Reset(ctx context.Context, c Caller, id string, withSecond bool) (Start, error) {
	if _, err := o.below(ctx, c, id); err != nil {
		return Start{}, err
	}
	code := freshCode()
	stored, _ := parseCode(code)
	until, err := o.store.ResetStaff(ctx, id, stored, startLasts, withSecond, c.Who())
	return Start{Code: code, ExpiresAt: until}, err
}

// Disable ends an account with its sessions, its start code and the keys it has made, at once.
func (o *Office) Disable(ctx context.Context, c Caller, id string) error {
	if _, err := o.below(ctx, c, id); err != nil {
		return err
	}
	return o.store.DisableStaff(ctx, id, c.Who())
}

// EndSessions ends every session of an account that the caller looks after.
func (o *Office) EndSessions(ctx context.Context, c Caller, id string) error {
	if _, err := o.below(ctx, c, id); err != nil {
		return err
	}
	return o.store.EndStaffSessions(ctx, id, c.Who())
}

// SetRoles puts other roles in the place of an account's, and ends its sessions.
func (o *Office) SetRoles(ctx context.Context, c Caller, id string, roles []RoleAt) error {
	if _, err := o.below(ctx, c, id); err != nil {
		return err
	}
	roles, err := o.appointable(ctx, c, roles)
	if err != nil {
		return err
	}
	return o.store.SetStaffRoles(ctx, id, roles, c.Who())
}

// List lists the accounts of the caller's units, in order of id.
func (o *Office) List(ctx context.Context, c Caller, after string, limit int) ([]Account, error) {
	return o.store.StaffUnder(ctx, c.Scope(StaffRead), after, limit)
}

// testLimit is how many tests of channels somebody sends: a test reaches whoever is typed in.
var testLimit = Limit{Free: 10, Base: time.Minute, Most: time.Hour, Forget: 24 * time.Hour}

// SpendTest counts one test of a channel against the caller's day.
func (o *Office) SpendTest(ctx context.Context, c Caller) error {
	wait, err := o.store.TakeTry(ctx, []Brake{{Key: "test|" + c.ID(), Limit: testLimit, Own: true}})
	if err == nil && wait > 0 {
		return &Throttled{Wait: wait}
	}
	return err
}

// ListAt lists the accounts of one unit and of all under it.
func (o *Office) ListAt(ctx context.Context, c Caller, unitPath, after string, limit int) ([]Account, error) {
	if !c.May(StaffRead, unitPath) {
		return nil, ErrForbidden
	}
	return o.store.StaffUnder(ctx, []string{unitPath}, after, limit)
}

// Looks says whether the caller looks after an account: they may reset and disable it, and give it other roles.
func (o *Office) Looks(ctx context.Context, c Caller, id string) bool {
	_, err := o.below(ctx, c, id)
	return err == nil
}

// One finds an account of the caller's units.
func (o *Office) One(ctx context.Context, c Caller, id string) (Account, error) {
	a, err := o.store.Staff(ctx, id)
	if err == nil && !c.May(StaffRead, a.UnitPath) {
		return Account{}, campaigns.ErrNotFound
	}
	return a, err
}
