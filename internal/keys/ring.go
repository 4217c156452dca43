// Package keys keeps the secrets that protect personal data: a ring of AES-256-GCM keys for sealing fields, a separate
// key for blind indexes, and one for answer tokens and check codes (rulings.md 7, 30).
package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// file is the shape of keys.json. Keys are 32 bytes, base64.
type file struct {
	Active  uint32            `json:"active"`
	Seal    map[uint32][]byte `json:"seal"`
	Index   []byte            `json:"index"`
	Token   []byte            `json:"token"`
	Comment string            `json:"comment"`

	ActiveSince time.Time `json:"active_since,omitzero"` // of a key that took another's place
}

// Ring seals and opens personal fields. It is safe for concurrent use, and takes up keys that its file has got since.
type Ring struct {
	sealing atomic.Pointer[sealing]
	index   []byte
	token   []byte
	source  source
}

// sealing are the keys that seal fields; only they can be changed for others.
type sealing struct {
	active uint32
	keys   map[uint32]cipher.AEAD
}

// Errors of a ring.
var (
	ErrNoKeys   = errors.New("keys: the key file does not exist")
	ErrOpen     = errors.New("keys: a sealed field cannot be opened: wrong key file or damaged data")
	ErrTooLoose = errors.New("keys: the key file can be read by others; run chmod 600 on it")
)

// Load reads the key file; ErrNoKeys when there is none.
func Load(path string) (*Ring, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoKeys, path)
	}
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s", ErrTooLoose, path)
	}
	f, err := readFile(path)
	if err != nil {
		return nil, err
	}
	r, err := f.ring()
	if err == nil {
		r.source.path, r.source.stamp = path, stampOf(info)
	}
	return r, err
}

// LoadOrCreate reads the key file and makes one (mode 0600, written whole or not at all) where there is none.
func LoadOrCreate(path string) (*Ring, error) {
	ring, err := Load(path)
	if !errors.Is(err, ErrNoKeys) {
		return ring, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	tmp, err := writeBeside(path, fresh())
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(tmp) }()
	// Link instead of rename: of two processes that start at once, one wins and the other reads the winner's file.
	if err := os.Link(tmp, path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return Load(path)
}

// New returns a ring with fresh keys that live in memory only, for tests.
func New() *Ring {
	r, err := fresh().ring()
	if err != nil {
		panic(err) // keys of our own making
	}
	return r
}

func fresh() file {
	return file{
		Active: 1, Seal: map[uint32][]byte{1: random32()}, Index: random32(), Token: random32(),
		Comment: "Keep a copy away from the database: without this file personal data cannot be read.",
	}
}

func random32() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}

func (f file) ring() (*Ring, error) {
	r := &Ring{index: f.Index, token: f.Token}
	seals := &sealing{active: f.Active, keys: map[uint32]cipher.AEAD{}}
	for id, key := range f.Seal {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("keys: key %d: %w", id, err)
		}
		if seals.keys[id], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, fmt.Errorf("keys: key %d: %w", id, err)
		}
	}
	if seals.keys[f.Active] == nil || len(f.Index) != 32 || len(f.Token) != 32 {
		return nil, errors.New("keys: the key file lacks a key")
	}
	r.sealing.Store(seals)
	return r, nil
}

// Seal encrypts plain for one place, such as "person|id|<row id>": a sealed value moved elsewhere does not open. An
// empty plain stays nil.
func (r *Ring) Seal(place, plain string) []byte {
	if plain == "" {
		return nil
	}
	s := r.sealing.Load()
	out := binary.BigEndian.AppendUint32(make([]byte, 0, 4+12+16+len(plain)), s.active)
	return s.keys[s.active].Seal(out, nil, []byte(plain), []byte(place)) //nolint:gosec // this cipher draws its own nonce and takes none
}

// Open decrypts what Seal made for the same place.
func (r *Ring) Open(place string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	if len(sealed) < 4 {
		return "", ErrOpen
	}
	id := binary.BigEndian.Uint32(sealed)
	aead := r.sealing.Load().keys[id]
	if aead == nil { // another process may seal with a newer key already
		_, _ = r.Reload()
		if aead = r.sealing.Load().keys[id]; aead == nil {
			return "", ErrOpen
		}
	}
	plain, err := aead.Open(nil, nil, sealed[4:], []byte(place))
	if err != nil {
		return "", ErrOpen
	}
	return string(plain), nil
}

// Index returns the blind index of a value within a domain such as "phone": 16 bytes by which equal values are found
// without the value being readable. nil for "".
func (r *Ring) Index(domain, value string) []byte {
	if value == "" {
		return nil
	}
	return r.mac(r.index, domain, value)[:16]
}

// Token returns the answer token of a person in a launch: 22 characters for the citizen, and the hash under which the
// database knows it.
func (r *Ring) Token(launch, person string) (token string, hash []byte) {
	token = base64.RawURLEncoding.EncodeToString(r.mac(r.token, "answer", launch+"|"+person)[:16])
	return token, TokenHash(token)
}

// TokenHash returns the stored form of a token.
func TokenHash(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// codeAlphabet leaves out what is misread or misheard.
const codeAlphabet = "23456789ACDEFGHKMNPRTUVXY"

// Code returns a check code of n characters for a scope, such as "notice|<launch>|1".
func (r *Ring) Code(scope string, n int) string {
	sum := r.mac(r.token, "code", scope)
	out := make([]byte, n)
	for i := range out {
		out[i] = codeAlphabet[int(sum[i])%len(codeAlphabet)]
	}
	return string(out)
}

func (r *Ring) mac(key []byte, domain, value string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(domain))
	m.Write([]byte{0})
	m.Write([]byte(value))
	return m.Sum(nil)
}
