package keys

import (
	"crypto/aes"
	"crypto/cipher"
)

// NewSingle returns a fresh key that protects the values of one person; whoever destroys it destroys them.
func NewSingle() []byte { return random32() }

// SealSingle encrypts plain for one place under a single key.
func SealSingle(key []byte, place string, plain []byte) ([]byte, error) {
	aead, err := single(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, plain, []byte(place)), nil //nolint:gosec // this cipher draws its own nonce and takes none
}

// OpenSingle decrypts what SealSingle made for the same place under the same key.
func OpenSingle(key []byte, place string, sealed []byte) ([]byte, error) {
	aead, err := single(key)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func single(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrOpen
	}
	return cipher.NewGCMWithRandomNonce(block)
}
