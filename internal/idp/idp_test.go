package idp_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/idp"
	"github.com/loaphuong/loa/internal/store"
)

// scene is an office with a provider for the first of two provinces.
type scene struct {
	t      *testing.T
	s      *store.Store
	o      *access.Office
	issuer *apptest.Issuer
	admin  access.Caller
	units  map[string]campaigns.Unit
}

func eachScene(t *testing.T, f func(t *testing.T, w *scene)) {
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		w := &scene{t: t, s: s, o: access.NewOffice(s, access.SessionLimits), issuer: apptest.NewIssuer(t), admin: access.Operator("an"), units: map[string]campaigns.Unit{}}
		_, err := s.SaveUnits(context.Background(), []campaigns.Unit{
			{Code: "90", Kind: campaigns.Province, Name: "Tỉnh Sông Hồng", ValidFrom: "2025-07-01"},
			{Code: "91", Kind: campaigns.Province, Name: "Tỉnh Biển", ValidFrom: "2025-07-01"},
			{Code: "90001", Kind: campaigns.Ward, Name: "Phường An Hòa", ParentID: "90", ValidFrom: "2025-07-01"},
		})
		require.NoError(t, err)
		for _, code := range []string{"90", "91", "90001"} {
			w.units[code], err = s.UnitByCode(context.Background(), code, "2026-12-01")
			require.NoError(t, err)
		}
		p, err := idp.New(w.settings(), w.issuer.Secret, "http://localhost:8420")
		require.NoError(t, err)
		w.o.UseProviders([]access.Provider{p})
		f(t, w)
	})
}

func (w *scene) settings() idp.Settings {
	return idp.Settings{Name: "tinh", Label: "Cổng của tỉnh", Unit: "90", Issuer: w.issuer.URL, ClientID: w.issuer.Client, StrongACR: []string{"loa2"}}
}

func (w *scene) invite(login, code string, r access.Role) (id, start string) {
	w.t.Helper()
	a, s, err := w.o.Invite(context.Background(), w.admin, access.NewStaff{Login: login, Name: "Nguyễn " + login, Unit: w.units[code].ID,
		Roles: []access.RoleAt{{Unit: w.units[code].ID, Role: r}}})
	require.NoError(w.t, err)
	return a.ID, s.Code
}

func from(n int) access.Visit { return access.Visit{From: fmt.Sprintf("192.0.2.%d", n), Agent: "test"} }

// through goes to the provider and back.
func (w *scene) through(v access.Visit, prepared string) (access.SignedIn, error) {
	w.t.Helper()
	step, address, err := w.o.GoAbroad(context.Background(), v, "tinh", prepared)
	require.NoError(w.t, err)
	state, code := w.issuer.Agree(address)
	return w.o.ComeBack(context.Background(), v, "tinh", step, state, code)
}

func TestOnlyLinkedPeopleAreSignedIn(t *testing.T) {
	t.Parallel()
	eachScene(t, func(t *testing.T, w *scene) {
		ctx := context.Background()
		id, start := w.invite("mai", "90001", access.Officer)
		w.issuer.Say(map[string]any{"sub": "p-1", "email": "mai@tinh.example", "preferred_username": "mai"})
		_, err := w.through(from(1), "")
		require.ErrorIs(t, err, access.ErrProvider, "nobody is matched by name or address, no account is made")
		require.NoError(t, w.o.Link(ctx, w.admin, id, "tinh", "p-1"))
		_, err = w.through(from(1), "")
		require.ErrorIs(t, err, access.ErrProvider, "the account has not begun")
		_, err = w.o.Start(ctx, from(1), "mai", start, "bốn từ dễ nhớ nhé")
		require.NoError(t, err)
		in, err := w.through(from(1), "")
		require.NoError(t, err)
		require.Equal(t, access.AskSetup, in.Stage, "the second factor is still asked for")
		w.issuer.Say(map[string]any{"sub": "p-1", "amr": []string{"pwd", "otp", "mfa"}})
		in, err = w.through(from(1), "")
		require.NoError(t, err)
		require.Equal(t, access.Full, in.Stage, "unless two factors were shown there")
		w.issuer.Say(map[string]any{"sub": "p-1", "acr": "loa2"})
		in, err = w.through(from(1), "")
		require.NoError(t, err)
		require.Equal(t, access.Full, in.Stage)
		v := from(1)
		v.Session = in.Session
		c, err := w.o.Check(ctx, v)
		require.NoError(t, err)
		require.Equal(t, "mai", c.Login)

		other, _ := w.invite("binh", "90001", access.Officer)
		require.ErrorIs(t, w.o.Link(ctx, w.admin, other, "tinh", "p-1"), access.ErrLinked)
		require.ErrorIs(t, w.o.Link(ctx, w.admin, other, "tinh", "p 1"), access.ErrSubject)
		require.ErrorIs(t, w.o.Link(ctx, w.admin, other, "other", "p-2"), access.ErrNoProvider)
		require.ErrorIs(t, w.o.Link(ctx, c, other, "tinh", "p-2"), campaigns.ErrNotFound, "an officer links nobody")
		links, err := w.o.LinksOf(ctx, w.admin, id)
		require.NoError(t, err)
		require.Len(t, links, 1)
		require.NoError(t, w.o.Unlink(ctx, w.admin, id, "tinh"))
		_, err = w.o.Check(ctx, v)
		require.ErrorIs(t, err, access.ErrNoSession)
		_, err = w.through(from(1), "")
		require.ErrorIs(t, err, access.ErrProvider)
	})
}

func TestBeginningAtAProvider(t *testing.T) {
	t.Parallel()
	eachScene(t, func(t *testing.T, w *scene) {
		ctx := context.Background()
		_, start := w.invite("mai", "90001", access.Officer)
		_, err := w.o.PrepareStart(ctx, from(1), "mai", "AAAA-AAAA-AAAA-AAAA-AAAA", "tinh")
		require.ErrorIs(t, err, access.ErrSignIn)
		_, away := w.invite("xa.la", "91", access.Commander)
		_, err = w.o.PrepareStart(ctx, from(1), "xa.la", away, "tinh")
		require.ErrorIs(t, err, access.ErrProvider, "the provider of another province")
		w.issuer.Say(map[string]any{"sub": "p-7"})
		prepared, err := w.o.PrepareStart(ctx, from(1), "mai", start, "tinh")
		require.NoError(t, err)
		in, err := w.through(from(1), prepared)
		require.NoError(t, err)
		require.Equal(t, access.AskSetup, in.Stage)
		_, err = w.through(from(1), "")
		require.NoError(t, err, "and from now on")
		_, err = w.o.PrepareStart(ctx, from(1), "mai", start, "tinh")
		require.ErrorIs(t, err, access.ErrSignIn, "the code is used up")
		_, err = w.o.SignIn(ctx, from(2), "mai", "")
		require.ErrorIs(t, err, access.ErrSignIn, "there is no password")
	})
}

// What was not asked from this browser, or not signed by this provider for us, signs nobody in.
func TestProviderRefusals(t *testing.T) {
	t.Parallel()
	eachScene(t, func(t *testing.T, w *scene) {
		ctx := context.Background()
		id, start := w.invite("mai", "90001", access.Officer)
		_, err := w.o.Start(ctx, from(1), "mai", start, "bốn từ dễ nhớ nhé")
		require.NoError(t, err)
		require.NoError(t, w.o.Link(ctx, w.admin, id, "tinh", "p-1"))
		for what, claims := range map[string]map[string]any{
			"another nonce":      {"sub": "p-1", "nonce": "x"},
			"no nonce":           {"sub": "p-1", "nonce": nil},
			"for another":        {"sub": "p-1", "aud": "other"},
			"by another":         {"sub": "p-1", "iss": "https://evil.example"},
			"expired":            {"sub": "p-1", "exp": time.Now().Add(-time.Hour).Unix()},
			"nobody":             {"sub": ""},
			"somebody unknown":   {"sub": "p-2"},
			"claims of nonsense": {"sub": "p-1", "amr": "mfa"},
		} {
			w.issuer.Say(claims)
			_, err := w.through(from(1), "")
			require.ErrorIs(t, err, access.ErrProvider, what)
		}
		w.issuer.Say(map[string]any{"sub": "p-1"})
		step, address, err := w.o.GoAbroad(ctx, from(1), "tinh", "")
		require.NoError(t, err)
		state, code := w.issuer.Agree(address)
		other, _, err := w.o.GoAbroad(ctx, from(2), "tinh", "")
		require.NoError(t, err)
		_, err = w.o.ComeBack(ctx, from(2), "tinh", other, state, code)
		require.ErrorIs(t, err, access.ErrProvider, "the state of another browser")
		_, err = w.o.ComeBack(ctx, from(1), "tinh", "", state, code)
		require.ErrorIs(t, err, access.ErrProvider, "no cookie")
		_, err = w.o.ComeBack(ctx, from(1), "other", step, state, code)
		require.ErrorIs(t, err, access.ErrNoProvider)
		_, err = w.o.ComeBack(ctx, from(1), "tinh", step, state, code)
		require.NoError(t, err)
		_, err = w.o.ComeBack(ctx, from(1), "tinh", step, state, code)
		require.ErrorIs(t, err, access.ErrProvider, "once")
	})
}

func TestFileOfProviders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, secret := filepath.Join(dir, "providers.json"), filepath.Join(dir, "secret")
	write := func(text string) {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	require.NoError(t, os.WriteFile(secret, []byte("s3cret\n"), 0o600))
	const good = `{"name":"tinh","label":"Tỉnh","unit":"90","issuer":"https://id.example","client_id":"loa","secret_file":"secret"}`
	write("[" + good + "]")
	list, err := idp.Load(file, "https://loa.example")
	require.NoError(t, err)
	require.Equal(t, access.ProviderInfo{Name: "tinh", Label: "Tỉnh", UnitCode: "90"}, list[0].Info())
	_, err = idp.Load(file, "http://loa.example")
	require.Error(t, err, "the pages are not safe")
	for _, bad := range []string{"", "{}", "[" + good + "," + good + "]", `[{"name":"Tỉnh"}]`, `[{"typo":1}]`,
		`[{"name":"tinh","label":"Tỉnh","unit":"90","issuer":"http://id.example","client_id":"loa","secret_file":"secret"}]`,
		`[{"name":"tinh","label":"Tỉnh","unit":"90","issuer":"https://id.example","client_id":"loa","secret_file":"none"}]`} {
		write(bad)
		_, err := idp.Load(file, "https://loa.example")
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), "s3cret")
	}
	write("[" + good + "]")
	require.NoError(t, os.Chmod(secret, 0o644)) //nolint:gosec // that is the point
	_, err = idp.Load(file, "https://loa.example")
	require.ErrorContains(t, err, "chmod 600")
}
