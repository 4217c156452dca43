package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// random returns n bytes that nobody can guess.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}

// hash is the form in which the record keeps a secret. Secrets have at least 90 bits, so a fast hash does; passwords have
// not and are treated otherwise.
func hash(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// tokenBytes are 256 bits.
const tokenBytes = 32

// freshToken returns the id of a session or the mark of a device, 43 characters.
func freshToken() string { return base64.RawURLEncoding.EncodeToString(random(tokenBytes)) }

// ParseToken returns the stored form of what a cookie holds; false for what no token can be. Only the one spelling that
// freshToken writes is taken.
func ParseToken(cookie string) (stored []byte, ok bool) {
	if len(cookie) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return nil, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	if err != nil || len(raw) != tokenBytes {
		return nil, false
	}
	return hash(cookie), true
}

// csrfOf is what pages and programs of a session send back with whatever changes something. It follows from the session's
// secret, so there is nothing to keep, and it ends with the session.
func csrfOf(session string) string {
	m := hmac.New(sha256.New, []byte(session))
	m.Write([]byte("csrf"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:24])
}

// SameCSRF compares what a request carries with what its session wants, in constant time.
func SameCSRF(want, got string) bool { return want != "" && hmac.Equal([]byte(want), []byte(got)) }

// codeLetters leaves out what is misread on paper or misheard: 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B.
const codeLetters = "34679ACDEFGHJKMNPQRTUVWXY"

// codeLength letters are 92 bits.
const codeLength = 20

// freshCode returns a code for paper, "ACDE-3467-...".
func freshCode() string {
	var out strings.Builder
	for n := 0; n < codeLength; {
		b := random(1)[0]
		if int(b) >= 256-256%len(codeLetters) {
			continue // every letter equally often
		}
		if n > 0 && n%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(codeLetters[int(b)%len(codeLetters)])
		n++
	}
	return out.String()
}

// parseCode returns the stored form of a code as somebody typed it: case, blanks and dashes do not count.
func parseCode(typed string) (stored []byte, ok bool) {
	if len(typed) > 64 {
		return nil, false
	}
	var letters []byte
	for _, r := range strings.ToUpper(typed) {
		if r == '-' || r == ' ' {
			continue
		}
		if r > 'Z' || !strings.ContainsRune(codeLetters, r) {
			return nil, false
		}
		letters = append(letters, byte(r))
	}
	if len(letters) != codeLength {
		return nil, false
	}
	return hash(string(letters)), true
}
