package notifyv2

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

func unauthorized(text string) error {
	return &problem{status: 401, kind: authError, texts: []string{"Unauthorized: " + text}}
}

func forbidden(text string) error {
	return &problem{status: 403, kind: authError, texts: []string{text}}
}

// What Notify says of tokens.
var (
	errNoToken   = unauthorized("authentication token must be provided")
	errNotBearer = unauthorized("authentication bearer scheme must be used")
	errBadToken  = forbidden("Invalid token: make sure your API token matches the example at /docs/notify")
	errNoIssuer  = forbidden("Invalid token: iss field not provided")
	errBadIssuer = forbidden("Invalid token: service id is not the right data type")
	errNoService = forbidden("Invalid token: service not found")
	errArchived  = forbidden("Invalid token: service is archived")
	errNoKeys    = forbidden("Invalid token: service has no API keys")
	errClock     = forbidden("Error: Your system clock must be accurate to within 30 seconds")
	errAlgorithm = forbidden("Invalid token: algorithm used is not HS256")
	errNoKey     = forbidden("Invalid token: API key not found")
	errRevoked   = forbidden("Invalid token: API key revoked")
)

// clockWithin is how far a program's clock may be off.
const clockWithin = 30 * time.Second

// token is a JSON Web Token as clients of Notify make it: the service says who it is and when, and signs that with the
// secret of one of its keys.
type token struct {
	algorithm string
	issuer    any
	issuedAt  *float64
	audience  any
	signed    string
	signature []byte
}

// longestToken bounds what is looked at; a client's token has about 200 bytes.
const longestToken = 2048

// readToken takes a token apart; nothing in it is believed yet.
func readToken(header string) (t token, err error) {
	scheme, raw, ok := strings.Cut(header, " ")
	switch {
	case strings.TrimSpace(header) == "":
		return t, errNoToken
	case !ok || !strings.EqualFold(scheme, "Bearer"):
		return t, errNotBearer
	}
	parts := strings.Split(strings.TrimSpace(raw), ".")
	if len(parts) != 3 || len(raw) > longestToken {
		return t, errBadToken
	}
	var head struct {
		Algorithm string `json:"alg"`
	}
	var claims struct {
		Issuer   any      `json:"iss"`
		IssuedAt *float64 `json:"iat"`
		Audience any      `json:"aud"`
	}
	for i, into := range []any{&head, &claims} {
		part, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(part, into) != nil {
			return t, errBadToken
		}
	}
	if t.signature, err = base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return t, errBadToken
	}
	t.algorithm, t.issuer, t.issuedAt, t.audience, t.signed = head.Algorithm, claims.Issuer, claims.IssuedAt, claims.Audience, parts[0]+"."+parts[1]
	return t, nil
}

// service is the id of who says to have made the token.
func (t token) service() (campaigns.ServiceID, error) {
	if t.issuer == nil || t.issuer == "" {
		return "", errNoIssuer
	}
	id, ok := t.issuer.(string)
	if !ok || !isUUID(id) {
		return "", errBadIssuer
	}
	return campaigns.ServiceID(strings.ToLower(id)), nil
}

// signedBy says in constant time whether a secret has signed the token.
func (t token) signedBy(secret string) bool {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(t.signed))
	return hmac.Equal(m.Sum(nil), t.signature)
}

// fresh says whether the token was made just now.
func (t token) fresh(now time.Time) bool {
	made := time.UnixMilli(int64(*t.issuedAt * 1000))
	return now.Sub(made).Abs() <= clockWithin
}

// authenticate finds the service and the key of a request, in the order in which Notify looks.
func (s *server) authenticate(ctx context.Context, c *fiber.Ctx) (a ask, err error) {
	t, err := readToken(c.Get(fiber.HeaderAuthorization))
	if err != nil {
		return a, err
	}
	id, err := t.service()
	if err != nil {
		return a, err
	}
	service, err := s.Record.Service(ctx, id)
	if errors.Is(err, campaigns.ErrNotFound) {
		return a, errNoService
	}
	if err != nil {
		return a, err
	}
	keys, now, err := s.Record.ServiceKeys(ctx, id)
	if err != nil {
		return a, err
	}
	switch {
	case len(keys) == 0:
		return a, errNoKeys
	case !service.ArchivedAt.IsZero():
		return a, errArchived
	}
	key, err := t.key(keys, now, c.IP())
	if err != nil {
		return a, err
	}
	if now.Sub(key.UsedAt) >= time.Hour {
		_ = s.Record.KeyUsed(ctx, key.ID) // what cannot be noted now is noted with the next request
	}
	return ask{Ctx: c, service: service, key: key, caller: key.Sender(c.IP())}, nil
}

// key finds the key that signed a token.
func (t token) key(keys []access.ServiceKey, now time.Time, from string) (k access.ServiceKey, err error) {
	for _, k := range keys {
		if !t.signedBy(k.Secret) {
			continue
		}
		switch {
		case t.algorithm != "HS256":
			return k, errAlgorithm
		case t.audience != nil:
			return k, errBadToken
		case t.issuedAt == nil:
			return k, errNoKey
		case !t.fresh(now):
			return k, errClock
		case k.Ended(now):
			return k, errRevoked
		case !k.TakenFrom(from):
			return k, errNoKey
		}
		return k, nil
	}
	if t.algorithm != "HS256" {
		return k, errAlgorithm
	}
	return k, errNoKey
}

// isUUID says whether a text is one in its usual spelling.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range strings.ToLower(s) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdef", c) {
				return false
			}
		}
	}
	return true
}
