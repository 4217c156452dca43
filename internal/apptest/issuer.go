package apptest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Issuer is a provider of OpenID Connect inside a test: real keys, real codes, and whoever is to be signed in.
type Issuer struct {
	*httptest.Server
	t      testing.TB
	key    *rsa.PrivateKey
	Client string
	Secret string

	mu sync.Mutex
	// Claims are put into the next tokens over what belongs there.
	claims map[string]any
	codes  map[string]url.Values // what was asked, by code
}

// NewIssuer starts a provider on loopback.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	i := &Issuer{t: t, key: key, Client: "loa", Secret: "a secret of the provider", claims: map[string]any{}, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("/keys", i.keys)
	mux.HandleFunc("/token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// Say puts claims into the next tokens; nil takes one away.
func (i *Issuer) Say(claims map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.claims = claims
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	i.write(w, map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/auth", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256"}})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	i.write(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": b64(i.key.N.Bytes()), "e": b64(big.NewInt(int64(i.key.E)).Bytes())}}})
}

func (i *Issuer) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // to a client that may have gone
}

// Agree is what the browser does there: it goes to an address and comes back with a code and the state.
func (i *Issuer) Agree(address string) (state, code string) {
	i.t.Helper()
	u, err := url.Parse(address)
	require.NoError(i.t, err)
	q := u.Query()
	require.Equal(i.t, "S256", q.Get("code_challenge_method"))
	require.Equal(i.t, "code", q.Get("response_type"))
	i.mu.Lock()
	defer i.mu.Unlock()
	code = rand.Text()
	i.codes[code] = q
	return q.Get("state"), code
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	asked, ok := i.codes[r.FormValue("code")]
	delete(i.codes, r.FormValue("code"))
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || id != i.Client || secret != i.Secret || b64(challenge[:]) != asked.Get("code_challenge") || r.FormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		i.write(w, map[string]string{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": i.URL, "aud": i.Client, "sub": "somebody", "nonce": asked.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	for name, v := range i.claims {
		claims[name] = v
	}
	i.write(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "id_token": i.sign(claims)})
}

func (i *Issuer) sign(claims map[string]any) string {
	head, err := json.Marshal(map[string]string{"alg": "RS256", "kid": "1", "typ": "JWT"})
	require.NoError(i.t, err)
	body, err := json.Marshal(claims)
	require.NoError(i.t, err)
	text := b64(head) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	require.NoError(i.t, err)
	return text + "." + b64(signature)
}
