package apptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Authenticator is an authenticator in software that holds one passkey, as a browser and a security key together.
type Authenticator struct {
	t      testing.TB
	Origin string // of the page
	RPID   string
	Count  uint32 // goes up with every use
	Flags  byte   // present, verified
	Handle []byte // of whose passkey it is

	id  []byte
	key *ecdsa.PrivateKey
}

// Flags of an answer: somebody was there, and the authenticator checked who.
const (
	Present  = 0x01
	Verified = 0x04
	holdsKey = 0x40
)

// NewAuthenticator returns one for pages at an address.
func NewAuthenticator(t testing.TB, rpID, origin string) *Authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &Authenticator{t: t, Origin: origin, RPID: rpID, Flags: Present | Verified, id: id, key: key}
}

// question is what of the options of either ceremony counts.
type question struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
}

func (a *Authenticator) question(options []byte) (q question) {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal(options, &q))
	return q
}

func (a *Authenticator) client(kind, challenge string) []byte {
	a.t.Helper()
	raw, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	require.NoError(a.t, err)
	return raw
}

// data is the authenticator data of an answer.
func (a *Authenticator) data(flags byte) []byte {
	sum := sha256.Sum256([]byte(a.RPID))
	return binary.BigEndian.AppendUint32(append(sum[:], flags), a.Count)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Register answers the options of a registration.
func (a *Authenticator) Register(options []byte) []byte {
	a.t.Helper()
	q := a.question(options)
	handle, err := base64.RawURLEncoding.DecodeString(q.User.ID)
	require.NoError(a.t, err)
	a.Handle = handle
	data := append(a.data(a.Flags|holdsKey), make([]byte, 16)...) // no model
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id))) //nolint:gosec // 32
	data = append(append(data, a.id...), a.publicKey()...)
	object := append([]byte{0xa3}, cborText("fmt")...)
	object = append(append(object, cborText("none")...), cborText("attStmt")...)
	object = append(append(object, 0xa0), cborText("authData")...)
	object = append(object, cborBytes(data)...)
	return a.answer(map[string]any{"clientDataJSON": b64(a.client("webauthn.create", q.Challenge)), "attestationObject": b64(object), "transports": []string{"internal"}})
}

// SignIn answers the options of a sign-in.
func (a *Authenticator) SignIn(options []byte) []byte {
	a.t.Helper()
	a.Count++
	client := a.client("webauthn.get", a.question(options).Challenge)
	data := a.data(a.Flags)
	told := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), told[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	require.NoError(a.t, err)
	return a.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(a.Handle)})
}

func (a *Authenticator) answer(response map[string]any) []byte {
	a.t.Helper()
	raw, err := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": map[string]any{}, "response": response})
	require.NoError(a.t, err)
	return raw
}

// publicKey is the key as COSE: EC2, ES256, P-256.
func (a *Authenticator) publicKey() []byte {
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	require.NoError(a.t, err)
	out := []byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21}
	out = append(append(out, cborBytes(point[1:33])...), 0x22)
	return append(out, cborBytes(point[33:65])...)
}

func cborText(s string) []byte { return append([]byte{0x60 | byte(len(s))}, s...) } // below 24 letters

func cborBytes(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0x59}, uint16(len(b))), b...) //nolint:gosec // below 64 KiB
}
