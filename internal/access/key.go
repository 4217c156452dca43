// Package access says who may ask: API keys today, staff accounts later. A key is shown once, when it is made; the
// database knows only its SHA-256. The person who acts is named beside the key (rulings.md 17).
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// prefix makes a key recognisable, for people and for scanners that look for leaked secrets.
const prefix = "loa_live_"

// keyBytes are 200 bits, 40 characters in base 32.
const keyBytes = 25

var alphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Errors of keys. ErrUnknownKey is the only word about a bad key: absent, malformed and unknown look the same.
var (
	ErrUnknownKey = errors.New("access: the key is not known")
	ErrKeyName    = errors.New("access: a key needs a name of 1 to 100 characters")
)

// Store keeps the hashes of keys. KeyByHash returns campaigns.ErrNotFound for an unknown one. AddFirstKey adds a key
// only where there is none, also when two processes start at once.
type Store interface {
	KeyByHash(ctx context.Context, hash []byte) (id, name string, err error)
	AddKey(ctx context.Context, name string, hash []byte) (id string, err error)
	AddFirstKey(ctx context.Context, name string, hash []byte) (added bool, err error)
	HasKeys(ctx context.Context) (bool, error)
}

// Caller is who holds the key that came with a request.
type Caller struct {
	KeyID string
	Name  string
}

// Keys checks and makes keys.
type Keys struct{ store Store }

// New returns the keys of a store.
func New(s Store) *Keys { return &Keys{store: s} }

// Check finds the caller of an Authorization header, "Bearer loa_live_...". The key is looked up by its hash, so that
// the time it takes says nothing about how much of a guess was right. ErrUnknownKey for anything that is not a key.
func (k *Keys) Check(ctx context.Context, header string) (Caller, error) {
	scheme, key, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || !wellFormed(key) {
		return Caller{}, ErrUnknownKey
	}
	id, name, err := k.store.KeyByHash(ctx, hash(key))
	if errors.Is(err, campaigns.ErrNotFound) {
		return Caller{}, ErrUnknownKey
	}
	return Caller{KeyID: id, Name: name}, err
}

// Create makes a key and returns it; it can never be read again.
func (k *Keys) Create(ctx context.Context, name string) (key string, err error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 100 {
		return "", ErrKeyName
	}
	key = fresh()
	if _, err := k.store.AddKey(ctx, name, hash(key)); err != nil {
		return "", fmt.Errorf("access: create a key: %w", err)
	}
	return key, nil
}

func fresh() string {
	b := make([]byte, keyBytes)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return prefix + alphabet.EncodeToString(b)
}

func wellFormed(key string) bool {
	rest, ok := strings.CutPrefix(key, prefix)
	if !ok || len(rest) != alphabet.EncodedLen(keyBytes) {
		return false
	}
	_, err := alphabet.DecodeString(rest)
	return err == nil
}

func hash(key string) []byte {
	h := sha256.Sum256([]byte(key))
	return h[:]
}
