package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/web"
)

// webStaff lets the pages sign people in by the same office as the API.
type webStaff struct {
	office *access.Office
	store  *store.Store
}

var _ web.Staff = webStaff{}

// WebStaff adapts an office to the pages.
func WebStaff(office *access.Office, s *store.Store) web.Staff { return webStaff{office, s} }

// staffError says in the pages' words what went wrong.
func staffError(err error) error {
	var often *access.Throttled
	switch {
	case err == nil:
		return nil
	case errors.As(err, &often):
		return &web.TooOften{Wait: often.Wait}
	case errors.Is(err, access.ErrSignIn):
		return web.ErrSignIn
	case errors.Is(err, access.ErrNoSession):
		return web.ErrNoSession
	case errors.Is(err, access.ErrForbidden):
		return web.ErrForbidden
	case errors.Is(err, access.ErrPassword):
		return web.ErrPassword
	case errors.Is(err, access.ErrBudget):
		return web.ErrViewBudget
	}
	return err
}

func signed(in access.SignedIn, err error) (web.Signed, error) {
	return web.Signed{Session: in.Session, Device: in.Device, Stage: web.Stage(in.Stage)}, staffError(err)
}

// SignIn implements web.Staff.
func (s webStaff) SignIn(ctx context.Context, v web.Visit, login, password string) (web.Signed, error) {
	return signed(s.office.SignIn(ctx, access.Visit(v), login, password))
}

// Second implements web.Staff.
func (s webStaff) Second(ctx context.Context, v web.Visit, code string) (web.Signed, error) {
	return signed(s.office.Second(ctx, access.Visit(v), code))
}

// Start implements web.Staff.
func (s webStaff) Start(ctx context.Context, v web.Visit, login, code, password string) (web.Signed, error) {
	return signed(s.office.Start(ctx, access.Visit(v), login, code, password))
}

// Enrol implements web.Staff.
func (s webStaff) Enrol(ctx context.Context, v web.Visit) (string, error) {
	c, err := s.office.Check(ctx, access.Visit(v))
	if err != nil {
		return "", staffError(err)
	}
	e, err := s.office.Enrol(ctx, c)
	return e.Secret, staffError(err)
}

// ConfirmEnrolment implements web.Staff.
func (s webStaff) ConfirmEnrolment(ctx context.Context, v web.Visit, code string) (web.Signed, []string, error) {
	in, recovery, err := s.office.ConfirmEnrolment(ctx, access.Visit(v), code)
	out, err := signed(in, err)
	return out, recovery, err
}

// Who implements web.Staff.
func (s webStaff) Who(ctx context.Context, v web.Visit) (web.Person, error) {
	c, err := s.office.Check(ctx, access.Visit(v))
	if err != nil {
		return web.Person{}, staffError(err)
	}
	p := web.Person{Login: c.Login, Name: c.Name, CSRF: c.CSRF, Stage: web.Stage(c.Stage), Actor: c.Actor(), Paths: c.Paths(), Rank: c.Rank,
		May: func(permission, unitPath string) bool { return c.May(access.Permission(permission), unitPath) },
		See: func(ctx context.Context, unit campaigns.UnitID, people []campaigns.PersonID) error {
			return staffError(access.See(ctx, s.store, access.Sight{Who: c.Who(), Session: c.SessionID, Unit: unit, Kind: access.View, People: people}))
		}}
	seen := map[campaigns.UnitID]bool{}
	for _, g := range c.Grants {
		if g.Unit == "" || seen[g.Unit] {
			continue
		}
		seen[g.Unit] = true
		u, err := s.store.Unit(ctx, g.Unit)
		if errors.Is(err, campaigns.ErrNotFound) {
			continue
		}
		if err != nil {
			return web.Person{}, err
		}
		p.Units = append(p.Units, u)
	}
	slices.SortFunc(p.Units, func(a, b campaigns.Unit) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return p, nil
}

// SignOut implements web.Staff.
func (s webStaff) SignOut(ctx context.Context, v web.Visit) error {
	c, err := s.office.Check(ctx, access.Visit(v))
	if errors.Is(err, access.ErrNoSession) {
		return nil
	}
	if err == nil {
		err = s.office.SignOut(ctx, c)
	}
	return staffError(err)
}

// Sessions implements web.Staff.
func (s webStaff) Sessions(ctx context.Context, v web.Visit) ([]web.SessionLine, error) {
	c, err := s.office.Check(ctx, access.Visit(v))
	if err != nil {
		return nil, staffError(err)
	}
	list, err := s.office.Sessions(ctx, c)
	return mapped(list, func(o access.Session) web.SessionLine {
		return web.SessionLine{ID: o.ID, Since: o.CreatedAt, Last: o.SeenAt, From: o.From, Current: o.ID == c.SessionID}
	}), staffError(err)
}

// EndSession implements web.Staff.
func (s webStaff) EndSession(ctx context.Context, v web.Visit, id string) error {
	c, err := s.office.Check(ctx, access.Visit(v))
	if err == nil {
		err = s.office.EndSession(ctx, c, id)
	}
	return staffError(err)
}
