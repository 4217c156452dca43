package vault

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
)

// How the halves of a key look, so that nobody takes one for the other.
const (
	publicPrefix = "loa-backup-to-"
	secretPrefix = "loa-backup-secret-"
)

// Errors of keys.
var (
	ErrPublic = errors.New("vault: this is not the public half of a backup key; it begins with " + publicPrefix)
	ErrSecret = errors.New("vault: this is not the secret half of a backup key; it begins with " + secretPrefix)
)

// NewKey makes a key: the public half seals, the secret half opens.
func NewKey() (public, secret string, err error) {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return "", "", err
	}
	return publicPrefix + base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), secretPrefix + base64.RawURLEncoding.EncodeToString(key.Bytes()), nil
}

func parsePublic(text string) (*ecdh.PublicKey, error) {
	raw, err := half(text, publicPrefix)
	if err != nil {
		return nil, ErrPublic
	}
	key, err := ecdh.X25519().NewPublicKey(raw)
	if err != nil {
		return nil, ErrPublic
	}
	return key, nil
}

func parseSecret(text string) (*ecdh.PrivateKey, error) {
	raw, err := half(text, secretPrefix)
	if err != nil {
		return nil, ErrSecret
	}
	key, err := ecdh.X25519().NewPrivateKey(raw)
	if err != nil {
		return nil, ErrSecret
	}
	return key, nil
}

func half(text, prefix string) ([]byte, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(text), prefix)
	if !ok {
		return nil, ErrPublic
	}
	return base64.RawURLEncoding.DecodeString(text)
}
