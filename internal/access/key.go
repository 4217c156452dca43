// Package access says who may ask: staff who sign in with a password and a second factor, and programs that hold an API
// key. What somebody may do follows from the roles they hold in units. Secrets (keys, start codes, sessions, recovery
// codes) are shown once, when they are made; the database knows their hashes only. Times are the raw database clock.
package access

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// KeyKind is what a key is good for. It stands in the key itself, for people and for scanners that look for leaked
// secrets: loa_live_, loa_team_, loa_test_.
type KeyKind string

// The kinds of keys: anybody, the unit's own staff only, nobody (the simulator).
const (
	LiveKey KeyKind = "live"
	TeamKey KeyKind = "team"
	TestKey KeyKind = "test"
)

// KeyKinds lists the kinds.
func KeyKinds() []KeyKind { return []KeyKind{LiveKey, TeamKey, TestKey} }

const (
	// keyBytes are 200 bits, 40 characters in base 32.
	keyBytes = 25
	// keyMarks is the length of a key behind its prefix: the secret and 7 characters that check it, so that a scanner
	// tells a key from chance, and a mistyped key costs no question to the database.
	keyMarks = 40 + 7
)

var alphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Errors of keys. ErrUnknownKey is the only word about a bad key: absent, malformed, unknown, expired and revoked look
// the same.
var (
	ErrUnknownKey = errors.New("access: the key is not known")
	ErrKeyName    = errors.New("access: a key needs a name of 1 to 100 characters")
	ErrKeySpec    = errors.New("access: key")
	ErrKeyCap     = errors.New("access: the key has sent all it may today")
)

// Key is a key as the record knows it. Without permissions it holds all of them at the root.
type Key struct {
	ID        string
	Name      string
	Kind      KeyKind
	Perms     []Permission // nil: all, at the root
	Units     []Grant      // where; paths of today
	Networks  []string     // from where it is taken, CIDR; none: from anywhere
	DayCap    int
	Replaces  string
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time
	UsedAt    time.Time // within the hour
}

// KeySpec is what a key shall be able to do.
type KeySpec struct {
	Name      string
	Kind      KeyKind
	Perms     []Permission
	Units     []campaigns.UnitID
	Networks  []string
	DayCap    int
	ExpiresAt time.Time
}

// KeyStore keeps the hashes of keys. KeyByHash returns campaigns.ErrNotFound for an unknown one, and the time it is.
// AddFirstKey adds a key only where there is none, also when two processes start at once. SpendKey counts n against the
// key's day and refuses, counting nothing, what would go over its cap.
type KeyStore interface {
	KeyByHash(ctx context.Context, hash []byte) (Key, time.Time, error)
	AddKey(ctx context.Context, name string, hash []byte) (id string, err error)
	AddFirstKey(ctx context.Context, name string, hash []byte) (added bool, err error)
	HasKeys(ctx context.Context) (bool, error)
	KeyUsed(ctx context.Context, id string) error
	IssueKey(ctx context.Context, spec KeySpec, hash []byte, by Who) (Key, error)
	IssueServiceKey(ctx context.Context, id campaigns.ServiceID, spec KeySpec, hash []byte, secret string, by Who) (Key, error)
	RotateKey(ctx context.Context, id string, hash []byte, overlap time.Duration, by Who) (Key, error)
	RevokeKey(ctx context.Context, id string, by Who) error
	Key(ctx context.Context, id string) (Key, error)
	KeysUnder(ctx context.Context, paths []string, after string, limit int) ([]Key, error)
	SpendKey(ctx context.Context, id string, n, dayCap int) (bool, error)
	UnitPath(ctx context.Context, id campaigns.UnitID) (path string, kind campaigns.UnitKind, err error)
}

// Keys checks and makes keys.
type Keys struct{ store KeyStore }

// New returns the keys of a store.
func New(s KeyStore) *Keys { return &Keys{store: s} }

// Check finds the caller of an Authorization header, "Bearer loa_live_...", that came from an address. The key is looked
// up by its hash, so that the time it takes says nothing about how much of a guess was right.
func (k *Keys) Check(ctx context.Context, header, from string) (Caller, error) {
	scheme, key, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return Caller{}, ErrUnknownKey
	}
	kind, ok := parseKey(key)
	if !ok {
		return Caller{}, ErrUnknownKey
	}
	row, now, err := k.store.KeyByHash(ctx, hash(key))
	if errors.Is(err, campaigns.ErrNotFound) {
		return Caller{}, ErrUnknownKey
	}
	if err != nil {
		return Caller{}, err
	}
	if row.Kind != kind || !row.alive(now) || !row.takenFrom(from) {
		return Caller{}, ErrUnknownKey
	}
	if now.Sub(row.UsedAt) >= time.Hour {
		_ = k.store.KeyUsed(ctx, row.ID) // what cannot be noted now is noted with the next request
	}
	return row.caller(from), nil
}

func (k Key) alive(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}

func (k Key) takenFrom(from string) bool {
	if len(k.Networks) == 0 {
		return true
	}
	addr, err := netip.ParseAddr(from)
	return err == nil && slices.ContainsFunc(k.Networks, func(n string) bool {
		p, err := netip.ParsePrefix(n)
		return err == nil && p.Contains(addr.Unmap())
	})
}

func (k Key) caller(from string) Caller {
	c := Caller{KeyID: k.ID, KeyKind: k.Kind, Cap: k.DayCap, Name: k.Name, From: from}
	if k.Perms == nil {
		c.Grants = []Grant{{Path: Root, Perms: Permissions()}}
		return c
	}
	for _, u := range k.Units {
		u.Perms = k.Perms
		c.Grants = append(c.Grants, u)
	}
	return c
}

// Create makes a key that may do everything, as the first key, and returns it; it can never be read again.
func (k *Keys) Create(ctx context.Context, name string) (key string, err error) {
	if name, err = keyName(name); err != nil {
		return "", err
	}
	key = freshKey(LiveKey)
	if _, err := k.store.AddKey(ctx, name, hash(key)); err != nil {
		return "", fmt.Errorf("access: create a key: %w", err)
	}
	return key, nil
}

// Spend counts n messages against the key's day; ErrKeyCap when that is more than it may, and then nothing is counted.
func (k *Keys) Spend(ctx context.Context, c Caller, n int) error {
	if c.KeyID == "" || c.Cap == 0 {
		return nil
	}
	ok, err := k.store.SpendKey(ctx, c.KeyID, n, c.Cap)
	if err == nil && !ok {
		return ErrKeyCap
	}
	return err
}

func keyName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 100 {
		return "", ErrKeyName
	}
	return name, nil
}

func freshKey(kind KeyKind) string {
	secret := alphabet.EncodeToString(random(keyBytes))
	return "loa_" + string(kind) + "_" + secret + keyCheck(string(kind), secret)
}

func keyCheck(kind, secret string) string {
	sum := crc32.ChecksumIEEE([]byte(kind + secret))
	return alphabet.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// parseKey says which kind of key a text is. Keys made before the check part came have none and are live.
func parseKey(key string) (kind KeyKind, ok bool) {
	rest, ok := strings.CutPrefix(key, "loa_")
	if !ok {
		return "", false
	}
	name, rest, ok := strings.Cut(rest, "_")
	if kind = KeyKind(name); !ok || !slices.Contains(KeyKinds(), kind) {
		return "", false
	}
	old := kind == LiveKey && len(rest) == alphabet.EncodedLen(keyBytes)
	if !old && len(rest) != keyMarks {
		return "", false
	}
	secret := rest[:alphabet.EncodedLen(keyBytes)]
	// Written back, since the decoder takes the byte 0xff for the padding that this alphabet does not have.
	if b, err := alphabet.DecodeString(secret); err != nil || alphabet.EncodeToString(b) != secret {
		return "", false
	}
	return kind, old || rest == secret+keyCheck(name, secret)
}
