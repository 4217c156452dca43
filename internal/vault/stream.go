package vault

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
)

const (
	head    = "loa-vault 1\n"
	chunk   = 64 << 10
	keySize = 32
)

// Errors of reading.
var (
	ErrNoVault = errors.New("vault: this is not a sealed file of Loa")
	ErrDamaged = errors.New("vault: the file was shortened or changed, or it was sealed for another key")
)

// Writer seals what is written to it. Nothing is whole before Close.
type Writer struct {
	to   io.Writer
	aead cipher.AEAD
	n    uint64
	buf  []byte
	err  error
}

// Seal returns a writer that seals for the holder of the secret half of a key.
func Seal(w io.Writer, public string) (*Writer, error) {
	recipient, err := parsePublic(public)
	if err != nil {
		return nil, err
	}
	own, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	shared, err := own.ECDH(recipient)
	if err != nil {
		return nil, ErrPublic
	}
	aead, err := cipherOf(shared, own.PublicKey(), recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(append([]byte(head), own.PublicKey().Bytes()...)); err != nil {
		return nil, err
	}
	return &Writer{to: w, aead: aead, buf: make([]byte, 0, chunk)}, nil
}

func cipherOf(shared []byte, own, recipient *ecdh.PublicKey) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, shared, append(own.Bytes(), recipient.Bytes()...), "loa-vault 1", keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func nonce(n uint64, last bool) []byte {
	out := make([]byte, 12)
	binary.BigEndian.PutUint64(out[3:], n)
	if last {
		out[11] = 1
	}
	return out
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if len(w.buf) == chunk {
			if err := w.flush(false); err != nil {
				return n, err
			}
		}
		k := min(chunk-len(w.buf), len(p))
		w.buf, p, n = append(w.buf, p[:k]...), p[k:], n+k
	}
	return n, nil
}

func (w *Writer) flush(last bool) error {
	if w.err != nil {
		return w.err
	}
	_, w.err = w.to.Write(w.aead.Seal(nil, nonce(w.n, last), w.buf, nil))
	w.n, w.buf = w.n+1, w.buf[:0]
	return w.err
}

// Close writes the last chunk; the writer beneath stays open.
func (w *Writer) Close() error { return w.flush(true) }

// reader opens chunk by chunk.
type reader struct {
	from io.Reader
	aead cipher.AEAD
	n    uint64
	have bytes.Reader
	done bool
}

// Open returns what Seal was given. A reader that comes to its end without an error has seen all of it.
func Open(r io.Reader, secret string) (io.Reader, error) {
	key, err := parseSecret(secret)
	if err != nil {
		return nil, err
	}
	start := make([]byte, len(head)+keySize)
	if _, err := io.ReadFull(r, start); err != nil || string(start[:len(head)]) != head {
		return nil, ErrNoVault
	}
	own, err := ecdh.X25519().NewPublicKey(start[len(head):])
	if err != nil {
		return nil, ErrNoVault
	}
	shared, err := key.ECDH(own)
	if err != nil {
		return nil, ErrDamaged
	}
	aead, err := cipherOf(shared, own, key.PublicKey())
	if err != nil {
		return nil, err
	}
	return &reader{from: bufio.NewReaderSize(r, chunk+aead.Overhead()+1), aead: aead}, nil
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	for r.have.Len() == 0 {
		if r.done {
			return 0, io.EOF
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	return r.have.Read(p)
}

// next opens one chunk. The last one is known by what follows: nothing.
func (r *reader) next() error {
	sealed := make([]byte, chunk+r.aead.Overhead())
	n, err := io.ReadFull(r.from, sealed)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	last := err != nil
	if !last {
		_, err := r.from.(*bufio.Reader).Peek(1)
		if last = errors.Is(err, io.EOF); err != nil && !last {
			return err
		}
	}
	plain, err := r.aead.Open(sealed[:0], nonce(r.n, last), sealed[:n], nil)
	if err != nil {
		return ErrDamaged
	}
	r.n, r.done = r.n+1, last
	r.have.Reset(plain)
	return nil
}
