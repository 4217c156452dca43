package access

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a password (rulings.md 35): 19 MiB, two passes, one lane.
const (
	hashMemory = 19 * 1024 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashSize   = 32
	saltSize   = 16
)

const (
	// hashesAtOnce bounds how many passwords are hashed at the same time in this process, and with it the memory that
	// signing in can take.
	hashesAtOnce = 2
	// hashesWaiting bounds who waits for that.
	hashesWaiting = 256
)

// ErrBusy means that too many sign in at once.
var ErrBusy = errors.New("access: too many sign in at once")

// ErrPassword says what is wrong with a new password.
var ErrPassword = errors.New("access: password")

// hasher hashes passwords, a few at a time.
type hasher struct {
	slots   chan struct{}
	waiting chan struct{}
	dummy   string // of a password that nobody knows, for names that nobody has
}

func newHasher() *hasher {
	h := &hasher{slots: make(chan struct{}, hashesAtOnce), waiting: make(chan struct{}, hashesWaiting)}
	h.dummy = phc(random(saltSize), random(hashSize))
	return h
}

// turn waits for a slot and gives it back after f.
func (h *hasher) turn(ctx context.Context, f func() error) error {
	select {
	case h.waiting <- struct{}{}:
	default:
		return ErrBusy
	}
	defer func() { <-h.waiting }()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.slots }()
	return f()
}

// derive hashes a password at the cost of p. The memory that it leaves behind is collected at once: otherwise a burst would
// hold several times what the hashes that run take.
func derive(password string, p phcParts) []byte {
	defer runtime.GC()
	return argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.sum))) //nolint:gosec // parsePHC bounds it
}

// hashPassword returns a password's PHC string with a salt of its own. Call it within a turn.
func hashPassword(password string) string {
	salt := random(saltSize)
	sum := derive(password, phcParts{memory: hashMemory, passes: hashPasses, lanes: hashLanes, salt: salt, sum: make([]byte, hashSize)})
	return phc(salt, sum)
}

func phc(salt, sum []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashLanes, b64(salt), b64(sum))
}

// verify compares a password with a PHC string; "" is the hash of nobody's password and takes as long. Call it within a
// turn.
func (h *hasher) verify(password, stored string) bool {
	known := stored != ""
	if !known {
		stored = h.dummy
	}
	p, ok := parsePHC(stored)
	if !ok {
		return false
	}
	sum := derive(password, p)
	return subtle.ConstantTimeCompare(sum, p.sum) == 1 && known
}

type phcParts struct {
	memory, passes uint32
	lanes          uint8
	salt, sum      []byte
}

// parsePHC reads "$argon2id$v=19$m=19456,t=2,p=1$salt$sum". Costs are bounded: a damaged row must not take the machine.
func parsePHC(stored string) (p phcParts, ok bool) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, false
	}
	n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes)
	if err != nil || n != 3 || p.memory < 8 || p.memory > 64*1024 || p.passes < 1 || p.passes > 8 || p.lanes < 1 || p.lanes > 4 {
		return p, false
	}
	if parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", p.memory, p.passes, p.lanes) {
		return p, false
	}
	var serr, herr error
	p.salt, serr = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	p.sum, herr = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	ok = serr == nil && herr == nil && len(p.salt) >= 8 && len(p.salt) <= 64 && len(p.sum) >= 16 && len(p.sum) <= 64
	return p, ok
}

// checkPassword says what a new password lacks. Length counts, not kinds of characters (NIST SP 800-63B).
func checkPassword(password, login string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return fmt.Errorf("%w: it holds characters that cannot be typed", ErrPassword)
	case n < 12:
		return fmt.Errorf("%w: it needs at least 12 characters; several words are easy to remember", ErrPassword)
	case n > 128:
		return fmt.Errorf("%w: at most 128 characters", ErrPassword)
	case strings.Contains(strings.ToLower(password), login):
		return fmt.Errorf("%w: it must not hold the sign-in name", ErrPassword)
	case distinct(password) < 6:
		return fmt.Errorf("%w: it repeats too few characters", ErrPassword)
	}
	return nil
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}
