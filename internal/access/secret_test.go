package access

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

func TestPasswordsInPHCForm(t *testing.T) {
	t.Parallel()
	h := newHasher()
	stored := hashPassword("đúng mật khẩu của tôi")
	require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, stored)
	require.NotEqual(t, stored, hashPassword("đúng mật khẩu của tôi"))
	require.True(t, h.verify("đúng mật khẩu của tôi", stored))
	require.False(t, h.verify("đúng mật khẩu của tôi ", stored))
	require.False(t, h.verify("", ""))
	// Damaged and dear ones take nothing.
	for _, bad := range []string{"x", "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA", strings.Replace(stored, "argon2id", "argon2i", 1),
		strings.Replace(stored, "t=2", "t=900", 1), strings.Replace(stored, "m=19456", "m=019456", 1), stored + "$"} {
		_, ok := parsePHC(bad)
		require.False(t, ok, bad)
		require.False(t, h.verify("đúng mật khẩu của tôi", bad))
	}
	// Words for a name that nobody has cost what a real one costs.
	p, ok := parsePHC(h.dummy)
	require.True(t, ok)
	require.Equal(t, []uint32{hashMemory, hashPasses}, []uint32{p.memory, p.passes})
	require.Len(t, p.sum, hashSize)
}

func TestNewPasswords(t *testing.T) {
	t.Parallel()
	require.NoError(t, checkPassword("bốn từ dễ nhớ", "lan.nt"))
	for _, bad := range []string{"", "ngắn quá", "aaaaaaaaaaaaaaaa", "xin chao LAN.NT nhe", "có\x00ký tự lạ đấy", strings.Repeat("ab c d ef g", 20), "\xff\xfe\xfd123456789012"} {
		require.ErrorIs(t, checkPassword(bad, "lan.nt"), ErrPassword, bad)
	}
}

// 200 at once take the memory of two: not more are hashed at the same time, whoever comes in excess is told so.
func TestTwoHashesAtOnce(t *testing.T) {
	t.Parallel()
	h := newHasher()
	release, entered := make(chan struct{}), make(chan struct{}, 300)
	var inside, most, done, busy atomic.Int32
	var wg sync.WaitGroup
	for range 300 {
		wg.Go(func() {
			err := h.turn(context.Background(), func() error {
				n := inside.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				entered <- struct{}{}
				<-release
				inside.Add(-1)
				return nil
			})
			if err != nil {
				busy.Add(1)
				return
			}
			done.Add(1)
		})
	}
	for range hashesAtOnce {
		<-entered
	}
	require.Empty(t, entered, "a third has come in")
	require.Eventually(t, func() bool { return busy.Load() == 300-hashesWaiting }, 10*time.Second, time.Millisecond, "the excess was not turned away")
	close(release)
	wg.Wait()
	require.EqualValues(t, hashesAtOnce, most.Load())
	require.EqualValues(t, hashesWaiting, done.Load())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h.slots <- struct{}{}
	h.slots <- struct{}{}
	require.ErrorIs(t, h.turn(ctx, func() error { return nil }), context.Canceled)
}

func TestCodesOfTheSecondFactor(t *testing.T) {
	t.Parallel()
	secret, err := freshTOTP("lan")
	require.NoError(t, err)
	require.Len(t, secret, 32)
	now := time.Unix(1_790_000_000, 0)
	at := now.Unix() / totpStep
	code := func(step int64) string {
		c, err := totp.GenerateCodeCustom(secret, time.Unix(step*totpStep, 0), totpOptions)
		require.NoError(t, err)
		return c
	}
	for d := int64(-3); d <= 3; d++ {
		step, ok := matchTOTP(secret, code(at+d), now, 0)
		require.Equal(t, d >= -1 && d <= 1, ok, d)
		if ok {
			require.Equal(t, at+d, step)
		}
	}
	_, ok := matchTOTP(secret, code(at), now, at)
	require.False(t, ok, "a code serves once")
	_, ok = matchTOTP(secret, code(at-1), now, at)
	require.False(t, ok, "nor does one before it")
	step, ok := matchTOTP(secret, code(at+1), now, at)
	require.True(t, ok)
	require.Equal(t, at+1, step)
	for _, bad := range []string{"", "12345", "abcdef", "1234567", "١٢٣٤٥٦"} {
		_, ok := matchTOTP(secret, bad, now, 0)
		require.False(t, ok, bad)
	}
	_, ok = matchTOTP("", code(at), now, 0)
	require.False(t, ok)
	require.Equal(t, "otpauth://totp/Loa:lan?algorithm=SHA1&digits=6&issuer=Loa&period=30&secret="+secret, totpURI("lan", secret))
}

func TestWaitsGrowAndForget(t *testing.T) {
	t.Parallel()
	l := Limit{Free: 2, Base: time.Second, Most: 8 * time.Second, Forget: time.Hour}
	now := time.Unix(1_790_000_000, 0)
	var b Bucket
	var waits []time.Duration
	for range 7 {
		var w time.Duration
		b, w = b.Try(now, l)
		require.Zero(t, w)
		waits = append(waits, max(b.Until.Sub(now), 0))
		same, w := b.Try(now, l)
		if wait := b.Until.Sub(now); wait > 0 {
			require.Equal(t, wait, w)
			require.Equal(t, b, same, "a try that comes too early counts for nothing")
		} else {
			require.Zero(t, w)
			continue
		}
		now = b.Until
	}
	require.Equal(t, []time.Duration{0, 0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 8 * time.Second}, waits)
	require.Equal(t, 6, b.Undo(false).Fails)
	require.Zero(t, b.Undo(true).Fails)
	later, w := b.Try(now.Add(time.Hour), l)
	require.Zero(t, w)
	require.Equal(t, 6, later.Fails, "two leak away in an hour")
	later, w = b.Try(now.Add(100*time.Hour), l)
	require.Zero(t, w)
	require.Equal(t, 1, later.Fails)
	// A trickle never adds up.
	b = Bucket{}
	for range 1000 {
		now = now.Add(31 * time.Minute)
		b, w = b.Try(now, l)
		require.Zero(t, w)
		require.LessOrEqual(t, b.Fails, 1)
	}
}

func TestOneSubscriberIsOneAddress(t *testing.T) {
	t.Parallel()
	require.Equal(t, "192.0.2.7", network("192.0.2.7"))
	require.Equal(t, "192.0.2.7", network("::ffff:192.0.2.7"))
	require.Equal(t, network("2001:db8::1"), network("2001:db8::ffff:1"))
	require.NotEqual(t, network("2001:db8::1"), network("2001:db8:0:1::1"))
	require.Empty(t, network("x"))
	require.Equal(t, network("fe80::1%eth0"), network("fe80::2"))
}

func FuzzParseKey(f *testing.F) {
	for _, k := range KeyKinds() {
		f.Add(freshKey(k))
	}
	f.Add("loa_live_" + strings.Repeat("a", 40))
	f.Add("loa_live_")
	f.Add("loa_live_" + strings.Repeat("2", alphabet.EncodedLen(keyBytes)-1) + "\xff") // once taken for padding
	f.Fuzz(func(t *testing.T, s string) {
		kind, ok := parseKey(s)
		if !ok {
			return
		}
		require.True(t, strings.HasPrefix(s, "loa_"+string(kind)+"_"))
		require.Equal(t, strings.ToLower(s), s)
		if len(s) == len("loa_live_")+keyMarks { // no neighbour is a key
			b := []byte(s)
			for i := len("loa_live_"); i < len(b); i += 7 {
				old := b[i]
				b[i] = "ab"[btoi(old == 'a')]
				if b[i] != old {
					_, ok := parseKey(string(b))
					require.False(t, ok, "one letter changed")
				}
				b[i] = old
			}
		}
	})
}

func btoi(v bool) int {
	if v {
		return 1
	}
	return 0
}

func FuzzParseToken(f *testing.F) {
	f.Add(freshToken())
	f.Add("")
	f.Add(strings.Repeat("A", 43))
	f.Add(strings.Repeat("/", 43))
	f.Fuzz(func(t *testing.T, s string) {
		stored, ok := ParseToken(s)
		if !ok {
			require.Nil(t, stored)
			return
		}
		require.Len(t, s, 43)
		require.Equal(t, hash(s), stored)
	})
}

func FuzzParseCode(f *testing.F) {
	f.Add(freshCode())
	f.Add("acde-3467-acde-3467-acde")
	f.Add("0000-0000-0000-0000-0000")
	f.Fuzz(func(t *testing.T, s string) {
		stored, ok := parseCode(s)
		if !ok {
			return
		}
		again, ok := parseCode(strings.ToLower(strings.ReplaceAll(s, "-", " ")))
		require.True(t, ok)
		require.Equal(t, stored, again)
	})
}

func TestSecretsAreNeverTheSame(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 2000 {
		for _, s := range []string{freshToken(), freshCode(), freshKey(TestKey)} {
			require.False(t, seen[s])
			seen[s] = true
		}
	}
	a, b := freshToken(), freshToken()
	require.NotEqual(t, csrfOf(a), csrfOf(b))
	require.True(t, SameCSRF(csrfOf(a), csrfOf(a)))
	require.False(t, SameCSRF(csrfOf(a), csrfOf(b)))
	require.False(t, SameCSRF("", ""))
}
