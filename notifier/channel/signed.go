package channel

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// Headers of a signed request from a provider. The signature is the lower-case hex HMAC-SHA256 of
// "<timestamp>.<body>" (the scheme of Standard Webhooks without its id; security.md T23).
const (
	TimestampHeader = "Loa-Timestamp" // Unix seconds
	SignatureHeader = "Loa-Signature"
)

const (
	signatureTolerance = 5 * time.Minute // security.md T24
	minSecret          = 24              // bytes; T23
)

// Sign returns the headers that make body a request of whoever holds secret.
func Sign(secret string, at time.Time, body []byte) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	return http.Header{TimestampHeader: {stamp}, SignatureHeader: {mac(secret, stamp, body)}}
}

func mac(secret, stamp string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(stamp + "."))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}

// verifier knows a provider's requests. Without a secret it knows none.
type verifier struct {
	secrets []string // the new one first while one is being changed
	now     func() time.Time
}

// newVerifier reads the secret setting: one secret, or two with a space between while one is being changed.
func newVerifier(setting string, now func() time.Time) (verifier, error) {
	v := verifier{secrets: strings.Fields(setting), now: now}
	for _, s := range v.secrets {
		if len(s) < minSecret {
			return v, fmt.Errorf("setting \"secret\": at least %d characters", minSecret)
		}
	}
	return v, nil
}

// verify accepts exactly one signature and one fresh time stamp.
func (v verifier) verify(h http.Header, body []byte) error {
	stamps, signatures := h.Values(TimestampHeader), h.Values(SignatureHeader)
	if len(stamps) != 1 || len(signatures) != 1 {
		return notifier.ErrUnauthentic
	}
	seconds, err := strconv.ParseInt(stamps[0], 10, 64)
	if err != nil {
		return notifier.ErrUnauthentic
	}
	if age := v.now().Sub(time.Unix(seconds, 0)); age > signatureTolerance || age < -signatureTolerance {
		return notifier.ErrUnauthentic
	}
	for _, secret := range v.secrets {
		if hmac.Equal([]byte(mac(secret, stamps[0], body)), []byte(signatures[0])) {
			return nil
		}
	}
	return notifier.ErrUnauthentic
}
