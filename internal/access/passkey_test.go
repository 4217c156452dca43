package access_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
)

const staffAddress = "https://loa.example"

// passkeys lets the town's office take passkeys, and returns an authenticator of its pages.
func (w *town) passkeys() *apptest.Authenticator {
	w.t.Helper()
	a, err := access.WebAuthn(staffAddress, "Loa")
	require.NoError(w.t, err)
	w.o.UsePasskeys(a)
	return apptest.NewAuthenticator(w.t, "loa.example", staffAddress)
}

// withPasskey begins an account and gives it a passkey.
func (w *town) withPasskey(login string, key *apptest.Authenticator) (access.Visit, access.Passkey) {
	w.t.Helper()
	ctx := context.Background()
	_, code := w.invite(login, "90001", access.Officer)
	v, _, _ := w.start(login, code)
	asked, err := w.o.BeginPasskey(ctx, v)
	require.NoError(w.t, err)
	made, in, recovery, err := w.o.AddPasskey(ctx, v, asked.Step, " Máy ở  cơ quan ", key.Register(asked.Options))
	require.NoError(w.t, err)
	require.Empty(w.t, in.Session)
	require.Nil(w.t, recovery, "the recovery codes of the first second factor hold")
	require.Equal(w.t, "Máy ở cơ quan", made.Name)
	return v, made
}

func TestPasskeySignsIn(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx, key := context.Background(), w.passkeys()
		old, _ := w.withPasskey("mai", key)
		v := desk(2)
		asked, err := w.o.BeginPasskeySignIn(ctx, v)
		require.NoError(t, err)
		require.NotContains(t, string(asked.Options), "allowCredentials", "nobody is told who has which passkey")
		answer := key.SignIn(asked.Options)
		in, err := w.o.SignInWithPasskey(ctx, v, asked.Step, answer)
		require.NoError(t, err)
		require.Equal(t, access.Full, in.Stage, "the authenticator has checked who it is: both factors")
		_, err = w.o.SignInWithPasskey(ctx, v, asked.Step, answer)
		require.ErrorIs(t, err, access.ErrPasskey, "an answer serves once")
		v.Session = in.Session
		c := w.caller(v)
		require.True(t, c.Fresh)
		require.Equal(t, "mai", c.Login)
		list, err := w.o.Passkeys(ctx, c)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, key.Count, list[0].SignCount)
		require.False(t, list[0].UsedAt.IsZero())
		require.NotEqual(t, old.Session, in.Session)
	})
}

// What is not from this page, this person, this moment or a fresh counter is refused.
func TestPasskeyRefusals(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx, key := context.Background(), w.passkeys()
		v, _ := w.withPasskey("mai", key)
		other := apptest.NewAuthenticator(t, "loa.example", staffAddress)
		other.Handle = key.Handle
		refused := func(what string, with *apptest.Authenticator, change func()) {
			was := *with
			change()
			asked, err := w.o.BeginPasskeySignIn(ctx, desk(3))
			require.NoError(t, err)
			_, err = w.o.SignInWithPasskey(ctx, desk(3), asked.Step, with.SignIn(asked.Options))
			require.ErrorIs(t, err, access.ErrPasskey, what)
			count := with.Count
			*with = was
			with.Count = count
		}
		refused("another page", key, func() { key.Origin = "https://loa.example.evil" })
		refused("another party", key, func() { key.RPID = "evil.example" })
		refused("nobody checked who it is", key, func() { key.Flags = apptest.Present })
		refused("a key that is not known", other, func() {})
		refused("another's handle", key, func() { key.Handle = []byte("somebody") })
		refused("no handle", key, func() { key.Handle = nil })
		asked, err := w.o.BeginPasskeySignIn(ctx, desk(3))
		require.NoError(t, err)
		for _, answer := range []string{"", "{}", "null", `{"id":1}`, strings.Repeat("[", 1000)} {
			asked, err := w.o.BeginPasskeySignIn(ctx, desk(3))
			require.NoError(t, err)
			_, err = w.o.SignInWithPasskey(ctx, desk(3), asked.Step, []byte(answer))
			require.ErrorIs(t, err, access.ErrPasskey)
		}
		second, err := w.o.BeginPasskeySignIn(ctx, desk(3))
		require.NoError(t, err)
		_, err = w.o.SignInWithPasskey(ctx, desk(3), second.Step, key.SignIn(asked.Options))
		require.ErrorIs(t, err, access.ErrPasskey, "another challenge")
		good, err := w.o.BeginPasskeySignIn(ctx, desk(3))
		require.NoError(t, err)
		_, err = w.o.SignInWithPasskey(ctx, desk(3), good.Step, key.SignIn(good.Options))
		require.NoError(t, err)
		key.Count -= 2
		asked, err = w.o.BeginPasskeySignIn(ctx, desk(3))
		require.NoError(t, err)
		_, err = w.o.SignInWithPasskey(ctx, desk(3), asked.Step, key.SignIn(asked.Options))
		require.ErrorIs(t, err, access.ErrPasskey, "a copy of the key: its counter went back")
		reg, err := w.o.BeginPasskey(ctx, v)
		require.NoError(t, err)
		fresh := apptest.NewAuthenticator(t, "loa.example", staffAddress)
		fresh.Flags = apptest.Present
		_, _, _, err = w.o.AddPasskey(ctx, v, reg.Step, "x", fresh.Register(reg.Options))
		require.ErrorIs(t, err, access.ErrPasskey, "a key that checks nobody is no second factor of its own")
		_, err = w.o.SignInWithPasskey(ctx, desk(3), reg.Step, key.SignIn(reg.Options))
		require.ErrorIs(t, err, access.ErrPasskey, "a step of another kind")
	})
}

// A passkey alone may be the second factor from the start; then a password asks for it, or for a recovery code.
func TestPasskeyAsSecondFactor(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx, key := context.Background(), w.passkeys()
		_, code := w.invite("lan", "90001.S.12A", access.Teacher)
		v := desk(1)
		in, err := w.o.Start(ctx, v, "lan", code, password)
		require.NoError(t, err)
		v.Session = in.Session
		asked, err := w.o.BeginPasskey(ctx, v)
		require.NoError(t, err)
		made, full, recovery, err := w.o.AddPasskey(ctx, v, asked.Step, "Điện thoại", key.Register(asked.Options))
		require.NoError(t, err)
		require.Equal(t, access.Full, full.Stage)
		require.Len(t, recovery, 10)
		v.Session = full.Session
		require.ErrorIs(t, w.o.RemovePasskey(ctx, w.caller(v), made.ID), access.ErrLastFactor)

		in, err = w.o.SignIn(ctx, desk(2), "lan", password)
		require.NoError(t, err)
		require.Equal(t, access.AskSecond, in.Stage)
		second := desk(2)
		second.Session = in.Session
		_, err = w.o.BeginPasskey(ctx, second)
		require.ErrorIs(t, err, access.ErrForbidden, "half a sign-in adds no passkey")
		_, err = w.o.Second(ctx, second, "123456")
		require.ErrorIs(t, err, access.ErrSignIn)
		asked, err = w.o.BeginPasskeySignIn(ctx, second)
		require.NoError(t, err)
		require.Contains(t, string(asked.Options), "allowCredentials")
		in, err = w.o.SignInWithPasskey(ctx, second, asked.Step, key.SignIn(asked.Options))
		require.NoError(t, err)
		require.Equal(t, access.Full, in.Stage)
		_, err = w.o.Check(ctx, second)
		require.ErrorIs(t, err, access.ErrNoSession, "the id of half a sign-in is dead (T36)")

		in, err = w.o.SignIn(ctx, desk(2), "lan", password)
		require.NoError(t, err)
		second.Session = in.Session
		_, err = w.o.Second(ctx, second, recovery[0])
		require.NoError(t, err)
	})
}

// Factors are changed only by who has shown one lately, and a reset takes them all.
func TestFactorsAndFreshness(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx, key := context.Background(), w.passkeys()
		v, made := w.withPasskey("mai", key)
		require.NoError(t, w.o.NamePasskey(ctx, w.caller(v), made.ID, "Khóa của Mai"))
		require.ErrorIs(t, w.o.NamePasskey(ctx, w.caller(v), made.ID, "  "), access.ErrPasskeyName)
		require.ErrorIs(t, w.o.NamePasskey(ctx, w.caller(v), "other", "x"), campaigns.ErrNotFound)
		stale := w.caller(v)
		stale.Fresh = false
		require.ErrorIs(t, w.o.RemovePasskey(ctx, stale, made.ID), access.ErrStale)
		_, err := w.o.RenewRecovery(ctx, stale)
		require.ErrorIs(t, err, access.ErrStale)
		require.ErrorIs(t, w.o.RemovePasskey(ctx, access.Caller{KeyID: "k"}, made.ID), access.ErrForbidden)
		codes, err := w.o.RenewRecovery(ctx, w.caller(v))
		require.NoError(t, err)
		left, err := w.o.RecoveryLeft(ctx, w.caller(v))
		require.NoError(t, err)
		require.Equal(t, 10, left)
		proved, err := w.o.Prove(ctx, v, codes[0])
		require.NoError(t, err)
		_, err = w.o.Check(ctx, v)
		require.ErrorIs(t, err, access.ErrNoSession, "the session goes on under another id")
		v.Session = proved.Session
		require.True(t, w.caller(v).Fresh)
		_, err = w.o.Prove(ctx, v, "000000")
		require.ErrorIs(t, err, access.ErrSignIn)
		require.NoError(t, w.o.RemovePasskey(ctx, w.caller(v), made.ID))

		again, err := w.o.BeginPasskey(ctx, v)
		require.NoError(t, err)
		_, _, _, err = w.o.AddPasskey(ctx, v, again.Step, "x", key.Register(again.Options))
		require.NoError(t, err)
		id := w.caller(v).StaffID
		_, err = w.o.Reset(ctx, w.admin, id, true)
		require.NoError(t, err)
		list, err := w.s.Passkeys(ctx, id)
		require.NoError(t, err)
		require.Empty(t, list)
		asked, err := w.o.BeginPasskeySignIn(ctx, desk(4))
		require.NoError(t, err)
		_, err = w.o.SignInWithPasskey(ctx, desk(4), asked.Step, key.SignIn(asked.Options))
		require.ErrorIs(t, err, access.ErrPasskey)
		rows, err := w.s.AuditRows(ctx, w.units["90001"].ID, 0, 100)
		require.NoError(t, err)
		for _, verb := range []access.Verb{access.PasskeyAdded, access.PasskeyRemoved, access.RecoveryRenewed} {
			require.True(t, slices.ContainsFunc(rows, func(r access.Row) bool { return r.Verb == verb }), string(verb))
		}
	})
}

// Of many who bring the same answer at once one is let in.
func TestPasskeyAnswerServesOnce(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx, key := context.Background(), w.passkeys()
		w.withPasskey("mai", key)
		asked, err := w.o.BeginPasskeySignIn(ctx, desk(2))
		require.NoError(t, err)
		answer := key.SignIn(asked.Options)
		var wg sync.WaitGroup
		in := make(chan access.SignedIn, 8)
		for range cap(in) {
			wg.Go(func() {
				if s, err := w.o.SignInWithPasskey(ctx, desk(2), asked.Step, answer); err == nil {
					in <- s
				}
			})
		}
		wg.Wait()
		require.Len(t, in, 1)
	})
}

// Disabling ends what a passkey opens, at once (T4).
func TestDisabledPasskey(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx, key := context.Background(), w.passkeys()
		v, _ := w.withPasskey("mai", key)
		require.NoError(t, w.o.Disable(ctx, w.admin, w.caller(v).StaffID))
		_, err := w.o.Check(ctx, v)
		require.ErrorIs(t, err, access.ErrNoSession)
		asked, err := w.o.BeginPasskeySignIn(ctx, desk(2))
		require.NoError(t, err)
		_, err = w.o.SignInWithPasskey(ctx, desk(2), asked.Step, key.SignIn(asked.Options))
		require.ErrorIs(t, err, access.ErrPasskey)
	})
}

func TestAddressOfPasskeys(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "loa.example", "http://loa.example", "https://", "http://127.0.0.1:8420"} {
		_, err := access.WebAuthn(bad, "Loa")
		require.Error(t, err, bad)
	}
	for _, good := range []string{"https://loa.example", "https://loa.example:8443/", "http://localhost:8420"} {
		_, err := access.WebAuthn(good, "Loa")
		require.NoError(t, err, good)
	}
}

// Without the address of the pages there are no passkeys, and everything else works.
func TestWithoutPasskeys(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		_, err := w.o.BeginPasskeySignIn(context.Background(), desk(1))
		require.ErrorIs(t, err, access.ErrNoPasskeys)
		_, err = w.o.SignInWithPasskey(context.Background(), desk(1), "", nil)
		require.ErrorIs(t, err, access.ErrNoPasskeys)
	})
}
