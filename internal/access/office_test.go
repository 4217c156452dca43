package access_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

const password = "bốn từ dễ nhớ nhé"

// town is a province with two wards, a school and a class in the first.
type town struct {
	t      testing.TB
	s      *store.Store
	o      *access.Office
	k      *access.Keys
	admin  access.Caller // at the command line
	units  map[string]campaigns.Unit
	secret map[string]string // of second factors, by sign-in name
	used   map[string]string // the first code of each
}

func newTown(t testing.TB, s *store.Store) *town {
	t.Helper()
	w := &town{t: t, s: s, o: access.NewOffice(s, access.SessionLimits), k: access.New(s), admin: access.Operator("an"),
		units: map[string]campaigns.Unit{}, secret: map[string]string{}, used: map[string]string{}}
	_, err := s.SaveUnits(context.Background(), []campaigns.Unit{
		{Code: "90", Kind: campaigns.Province, Name: "Tỉnh Sông Hồng", ValidFrom: "2025-07-01"},
		{Code: "91", Kind: campaigns.Province, Name: "Tỉnh Biển", ValidFrom: "2025-07-01"},
		{Code: "90001", Kind: campaigns.Ward, Name: "Phường An Hòa", ParentID: "90", ValidFrom: "2025-07-01"},
		{Code: "90002", Kind: campaigns.Ward, Name: "Xã Bình Minh", ParentID: "90", ValidFrom: "2025-07-01"},
		{Code: "90001.S", Kind: campaigns.School, Name: "THPT An Hòa", ParentID: "90001", ValidFrom: "2025-07-01"},
		{Code: "90001.S.12A", Kind: campaigns.Class, Name: "12A", ParentID: "90001.S", ValidFrom: "2025-07-01"},
	})
	require.NoError(t, err)
	for _, code := range []string{"90", "91", "90001", "90002", "90001.S", "90001.S.12A"} {
		w.units[code], err = s.UnitByCode(context.Background(), code, "2026-12-01")
		require.NoError(t, err)
	}
	return w
}

func eachTown(t *testing.T, f func(t *testing.T, w *town)) {
	apptest.EachStore(t, func(t *testing.T, s *store.Store) { f(t, newTown(t, s)) })
}

func (w *town) role(code string, r access.Role) access.RoleAt {
	return access.RoleAt{Unit: w.units[code].ID, Role: r}
}

// invite makes an account in a unit and returns its id and start code.
func (w *town) invite(login, code string, r access.Role) (id, start string) {
	w.t.Helper()
	a, s, err := w.o.Invite(context.Background(), w.admin, access.NewStaff{Login: login, Name: "Nguyễn " + login, Unit: w.units[code].ID, Roles: []access.RoleAt{w.role(code, r)}})
	require.NoError(w.t, err)
	return a.ID, s.Code
}

func desk(n int) access.Visit { return access.Visit{From: fmt.Sprintf("192.0.2.%d", n), Agent: "test"} }

// code is the second factor's code of now plus some steps.
func (w *town) code(login string, steps int) string {
	w.t.Helper()
	now, err := w.s.Clock(context.Background())
	require.NoError(w.t, err)
	c, err := totp.GenerateCode(w.secret[login], now.Raw.Add(time.Duration(steps)*30*time.Second))
	require.NoError(w.t, err)
	return c
}

// first is the code of the step before now, the first that an account uses.
func (w *town) first(login string) string {
	w.used[login] = w.code(login, -1)
	return w.used[login]
}

// start begins an account as its owner does and returns a signed-in visit, its caller, and the recovery codes. It uses the
// code of the step before now.
func (w *town) start(login, startCode string) (access.Visit, access.Caller, []string) {
	w.t.Helper()
	ctx, v := context.Background(), desk(1)
	in, err := w.o.Start(ctx, v, login, startCode, password)
	require.NoError(w.t, err)
	require.Equal(w.t, access.AskSetup, in.Stage)
	v.Session = in.Session
	c := w.caller(v)
	require.Empty(w.t, c.Grants, "half a sign-in may do nothing")
	offer, err := w.o.Enrol(ctx, c)
	require.NoError(w.t, err)
	w.secret[login] = offer.Secret
	full, codes, err := w.o.ConfirmEnrolment(ctx, v, w.first(login))
	if errors.Is(err, access.ErrSignIn) { // a step went by on the way, and with it the code
		full, codes, err = w.o.ConfirmEnrolment(ctx, v, w.first(login))
	}
	require.NoError(w.t, err)
	require.NotEqual(w.t, in.Session, full.Session)
	_, err = w.o.Check(ctx, v)
	require.ErrorIs(w.t, err, access.ErrNoSession, "the id of half a sign-in is dead")
	v.Session, v.Device = full.Session, full.Device
	return v, w.caller(v), codes
}

func (w *town) caller(v access.Visit) access.Caller {
	w.t.Helper()
	c, err := w.o.Check(context.Background(), v)
	require.NoError(w.t, err)
	return c
}

func TestFromPaperToSignedIn(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		_, code := w.invite("co.lan", "90001.S.12A", access.Teacher)
		_, err := w.o.SignIn(ctx, desk(1), "co.lan", "")
		require.ErrorIs(t, err, access.ErrSignIn, "an account without a password lets nobody in")
		for _, bad := range []string{"", "x", "AAAA-AAAA-AAAA-AAAA-AAAA"} {
			_, err := w.o.Start(ctx, desk(1), "co.lan", bad, password)
			require.ErrorIs(t, err, access.ErrSignIn)
		}
		_, err = w.o.Start(ctx, desk(1), "somebody.else", code, password)
		require.ErrorIs(t, err, access.ErrSignIn)
		_, err = w.o.Start(ctx, desk(1), "co.lan", code, "ngắn")
		require.ErrorIs(t, err, access.ErrPassword)

		v, c, codes := w.start("co.lan", code)
		require.Len(t, codes, 10)
		require.True(t, c.May(access.TaskTick, w.units["90001.S.12A"].Path))
		require.False(t, c.May(access.PersonList, w.units["90001.S"].Path))
		require.Equal(t, "Nguyễn co.lan (co.lan)", c.Actor())
		_, err = w.o.Start(ctx, desk(1), "co.lan", code, password)
		require.ErrorIs(t, err, access.ErrSignIn, "a start code serves once")
		_, err = w.o.Enrol(ctx, c)
		require.ErrorIs(t, err, access.ErrForbidden, "a second factor that holds is not replaced from an open session")

		in, err := w.o.SignIn(ctx, desk(2), " CO.LAN ", password)
		require.NoError(t, err)
		require.Equal(t, access.AskSecond, in.Stage)
		half := desk(2)
		half.Session = in.Session
		require.Empty(t, w.caller(half).Grants)
		_, err = w.o.Second(ctx, half, w.used["co.lan"])
		require.ErrorIs(t, err, access.ErrSignIn, "the code was used to set it up")
		full, err := w.o.Second(ctx, half, w.code("co.lan", 0))
		require.NoError(t, err)
		require.NotEmpty(t, full.Device)
		_, err = w.o.Second(ctx, half, w.code("co.lan", 1))
		require.ErrorIs(t, err, access.ErrNoSession)

		list, err := w.o.Sessions(ctx, c)
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.NoError(t, w.o.EndSession(ctx, c, list[1].ID))
		require.ErrorIs(t, w.o.EndSession(ctx, c, list[1].ID), campaigns.ErrNotFound)
		_, err = w.o.Check(ctx, access.Visit{Session: full.Session})
		require.ErrorIs(t, err, access.ErrNoSession)
		require.NoError(t, w.o.SignOut(ctx, c))
		_, err = w.o.Check(ctx, v)
		require.ErrorIs(t, err, access.ErrNoSession)
	})
}

func TestRecoveryCodesServeOnce(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		_, start := w.invite("binh", "90001", access.Officer)
		_, _, codes := w.start("binh", start)
		half := func() access.Visit {
			in, err := w.o.SignIn(ctx, desk(3), "binh", password)
			require.NoError(t, err)
			v := desk(3)
			v.Session = in.Session
			return v
		}
		// Twenty at once: one is let in.
		var ok, wrong atomic.Int32
		var wg sync.WaitGroup
		v := half()
		for range 4 {
			wg.Go(func() {
				switch _, err := w.o.Second(ctx, v, codes[0]); err {
				case nil:
					ok.Add(1)
				default:
					wrong.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, ok.Load())
		require.EqualValues(t, 3, wrong.Load())
		_, err := w.o.Second(ctx, half(), codes[0])
		require.ErrorIs(t, err, access.ErrSignIn)
		_, err = w.o.Second(ctx, half(), codes[1])
		require.NoError(t, err)
	})
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		_, start := w.invite("binh", "90001", access.Officer)
		v, c, _ := w.start("binh", start)
		for name, l := range map[string]access.Limits{
			"idle":     {Absolute: time.Hour},
			"absolute": {Idle: time.Hour},
		} {
			_, err := access.NewOffice(w.s, l).Check(ctx, v)
			require.ErrorIs(t, err, access.ErrNoSession, name)
		}
		in, err := w.o.SignIn(ctx, desk(4), "binh", password)
		require.NoError(t, err)
		_, err = access.NewOffice(w.s, access.Limits{Idle: time.Hour, Absolute: time.Hour}).Check(ctx, access.Visit{Session: in.Session})
		require.ErrorIs(t, err, access.ErrNoSession, "half a sign-in does not wait for ever")

		require.ErrorIs(t, w.o.ChangePassword(ctx, c, "sai rồi bạn ơi", "một mật khẩu khác hẳn"), access.ErrSignIn)
		require.ErrorIs(t, w.o.ChangePassword(ctx, c, password, "x"), access.ErrPassword)
		require.NoError(t, w.o.ChangePassword(ctx, c, password, "một mật khẩu khác hẳn"))
		w.caller(v)
		_, err = w.o.Check(ctx, access.Visit{Session: in.Session})
		require.ErrorIs(t, err, access.ErrNoSession)
		_, err = w.o.SignIn(ctx, desk(4), "binh", password)
		require.ErrorIs(t, err, access.ErrSignIn)
		_, err = w.o.SignIn(ctx, desk(4), "binh", "một mật khẩu khác hẳn")
		require.NoError(t, err)
		for _, cookie := range []string{"", "x", v.Session + "A", v.Session[:42]} {
			_, err := w.o.Check(ctx, access.Visit{Session: cookie})
			require.ErrorIs(t, err, access.ErrNoSession)
		}
	})
}

// T4: what an administrator decides holds with the next request.
func TestDisabledAtOnce(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		id, start := w.invite("sep", "90", access.ProvinceAdmin)
		v, c, _ := w.start("sep", start)
		ward := w.units["90001"].ID
		key, made, err := w.k.Issue(ctx, c, access.KeySpec{Name: "app", Kind: access.LiveKey, Perms: []access.Permission{access.MessageSend}, Units: []campaigns.UnitID{ward}})
		require.NoError(t, err)
		_, err = w.k.Check(ctx, "Bearer "+key, "")
		require.NoError(t, err)
		other, otherStart := w.invite("pho", "90001", access.Officer)
		ov, _, _ := w.start("pho", otherStart)

		require.ErrorIs(t, w.o.Disable(ctx, c, id), access.ErrForbidden, "not oneself")
		require.NoError(t, w.o.SetRoles(ctx, c, other, []access.RoleAt{w.role("90002", access.Desk)}))
		_, err = w.o.Check(ctx, ov)
		require.ErrorIs(t, err, access.ErrNoSession, "new rights begin with a new sign-in")
		require.NoError(t, w.o.Disable(ctx, w.admin, id))
		_, err = w.o.Check(ctx, v)
		require.ErrorIs(t, err, access.ErrNoSession)
		_, err = w.k.Check(ctx, "Bearer "+key, "")
		require.ErrorIs(t, err, access.ErrUnknownKey)
		got, err := w.s.Key(ctx, made.ID)
		require.NoError(t, err)
		require.False(t, got.RevokedAt.IsZero())
		_, err = w.o.SignIn(ctx, v, "sep", password)
		require.ErrorIs(t, err, access.ErrSignIn)

		again, err := w.o.Reset(ctx, w.admin, id, false)
		require.NoError(t, err)
		_, err = w.o.SignIn(ctx, desk(9), "sep", password)
		require.ErrorIs(t, err, access.ErrSignIn, "a reset takes the password away")
		in, err := w.o.Start(ctx, desk(5), "sep", again.Code, password)
		require.NoError(t, err)
		require.Equal(t, access.AskSecond, in.Stage, "the second factor was not lost")
		lost, err := w.o.Reset(ctx, w.admin, id, true)
		require.NoError(t, err)
		w.start("sep", lost.Code)
	})
}

// Who looks after whom: nobody touches their equals, their betters, themselves, or another unit's.
func TestStaffIsManagedFromAbove(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		adminID, _ := w.invite("tinh", "90", access.ProvinceAdmin)
		chiefID, chiefStart := w.invite("truong", "90001", access.Commander)
		deputyID, _ := w.invite("pho", "90001", access.Commander)
		farID, _ := w.invite("xa.bm", "90002", access.Officer)
		_, chief, _ := w.start("truong", chiefStart)

		new := func(login, unit string, roles ...access.RoleAt) error {
			_, _, err := w.o.Invite(ctx, chief, access.NewStaff{Login: login, Name: "Lê Văn", Unit: w.units[unit].ID, Roles: roles})
			return err
		}
		require.NoError(t, new("can.bo", "90001", w.role("90001", access.Officer)))
		require.NoError(t, new("co.giao", "90001", w.role("90001.S.12A", access.Teacher)))
		require.ErrorIs(t, new("can.bo", "90001", w.role("90001", access.Officer)), access.ErrTaken)
		require.ErrorIs(t, new("x.y", "90001", w.role("90001", access.Commander)), access.ErrRole)
		require.ErrorIs(t, new("x.y", "90001", w.role("90001", access.Auditor)), access.ErrRole)
		require.ErrorIs(t, new("x.y", "90001", w.role("90001", access.Integrator)), access.ErrRole)
		require.ErrorIs(t, new("x.y", "90001", w.role("90001", access.Teacher)), access.ErrRole)
		require.ErrorIs(t, new("x.y", "90001"), access.ErrRole)
		require.ErrorIs(t, new("x.y", "90001", w.role("90001", access.Desk), w.role("90001", access.Desk)), access.ErrRole)
		require.ErrorIs(t, new("x.y", "90002", w.role("90002", access.Desk)), campaigns.ErrNotFound)
		require.ErrorIs(t, new("x.y", "90001", w.role("90002", access.Desk)), campaigns.ErrNotFound, "units nested in bodies count, too")
		require.ErrorIs(t, new("x.y", "90001", access.RoleAt{Unit: "none", Role: access.Desk}), campaigns.ErrNotFound)
		for _, bad := range []string{"", "ab", "1abc", "có dấu", "a_b_c", "abc@x", "Ab Cd", "a" + string(make([]byte, 40))} {
			require.ErrorIs(t, new(bad, "90001", w.role("90001", access.Desk)), access.ErrLogin, bad)
		}
		for id, want := range map[string]error{adminID: campaigns.ErrNotFound, farID: campaigns.ErrNotFound, "none": campaigns.ErrNotFound,
			chiefID: access.ErrForbidden, deputyID: access.ErrForbidden} {
			require.ErrorIs(t, w.o.Disable(ctx, chief, id), want)
			_, err := w.o.Reset(ctx, chief, id, true)
			require.ErrorIs(t, err, want)
			require.ErrorIs(t, w.o.SetRoles(ctx, chief, id, []access.RoleAt{w.role("90001", access.Desk)}), want)
		}
		list, err := w.o.List(ctx, chief, "", 100)
		require.NoError(t, err)
		require.Len(t, list, 4)
		_, err = w.o.One(ctx, chief, farID)
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		none, err := w.o.List(ctx, access.Caller{}, "", 100)
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

// T35: a thousand guesses end in waits, and the owner signs in from the desk they always sit at.
func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		_, start := w.invite("binh", "90001", access.Officer)
		w.start("binh", start)
		count := func(login string) (wrong, throttled int) {
			for i := range 500 {
				_, err := w.o.SignIn(ctx, desk(100+i%100), login, fmt.Sprint("đoán mò lần ", i))
				if err == access.ErrSignIn { //nolint:errorlint // the very same word for everybody
					wrong++
					continue
				}
				var early *access.Throttled
				require.ErrorAs(t, err, &early)
				require.Positive(t, early.Seconds())
				throttled++
			}
			return wrong, throttled
		}
		wrong, throttled := count("binh")
		require.LessOrEqual(t, wrong, 12)
		require.Greater(t, throttled, 480)
		none, early := count("khong.co.ai") // the same answers for a name that nobody has
		require.LessOrEqual(t, none, 12)
		require.Greater(t, early, 480)

		// An account that somebody has driven into an hour's wait.
		_, start = w.invite("chi", "90001", access.Officer)
		v, _, _ := w.start("chi", start)
		hour := access.Limit{Base: time.Hour, Most: time.Hour, Forget: time.Hour}
		waits, err := w.s.TakeTry(ctx, []access.Brake{{Key: "account|chi", Limit: hour}})
		require.NoError(t, err)
		require.Zero(t, waits)
		_, err = w.o.SignIn(ctx, desk(1), "chi", password)
		var wait *access.Throttled
		require.ErrorAs(t, err, &wait, "from a new desk even the right password has to wait")
		require.Greater(t, wait.Seconds(), 3500)
		in, err := w.o.SignIn(ctx, access.Visit{From: "192.0.2.1", Device: v.Device}, "chi", password)
		require.NoError(t, err, "a known device is not locked out")
		require.Equal(t, access.AskSecond, in.Stage)
		_, err = w.o.SignIn(ctx, access.Visit{From: "192.0.2.1", Device: v.Session}, "chi", password)
		require.ErrorAs(t, err, &wait, "a mark that the account does not know is none")
	})
}

// The second factor is guessed no faster than the password.
func TestGuessingCodesIsSlow(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		_, start := w.invite("binh", "90001", access.Officer)
		w.start("binh", start)
		throttled := 0
		for range 4 { // a new half session does not begin the count anew
			in, err := w.o.SignIn(ctx, desk(7), "binh", password)
			require.NoError(t, err)
			v := desk(7)
			v.Session = in.Session
			for range 10 {
				_, err := w.o.Second(ctx, v, "000000")
				var early *access.Throttled
				if err != access.ErrSignIn { //nolint:errorlint // the very same word
					require.ErrorAs(t, err, &early)
					throttled++
				}
			}
		}
		require.GreaterOrEqual(t, throttled, 30)
	})
}

// Two hundred who sign in at the same time all get in, two at a time.
func TestManySignInAtOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t, apptest.SQLite(t))
	ctx := context.Background()
	_, start := w.invite("binh", "90001", access.Officer)
	v, _, _ := w.start("binh", start)
	var wg sync.WaitGroup
	errs := make([]error, 200)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = w.o.SignIn(ctx, access.Visit{From: "192.0.2.1", Device: v.Device}, "binh", password)
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}
