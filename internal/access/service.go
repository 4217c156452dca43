package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// ServiceKey is a key of a service together with the secret that its program signs tokens with. Such a key signs instead
// of being shown, so the record keeps its secret, sealed, and not only a hash.
type ServiceKey struct {
	Key
	Secret string
}

// Ended says whether the key was revoked or has expired.
func (k Key) Ended(now time.Time) bool { return !k.alive(now) }

// TakenFrom says whether the key is taken from an address.
func (k Key) TakenFrom(from string) bool { return k.takenFrom(from) }

// Sender is the caller that a service's key makes of a request.
func (k Key) Sender(from string) Caller { return k.caller(from) }

// IssueForService makes a key for the program of a service and returns it as Notify's clients take it: a name, the id of
// the service and a secret, with dashes between them. It can never be read again.
func (k *Keys) IssueForService(ctx context.Context, c Caller, s campaigns.Service, spec KeySpec) (key string, made Key, err error) {
	spec.Perms, spec.Units = []Permission{MessageSend, MessageRead}, []campaigns.UnitID{s.UnitID}
	if spec, err = k.allowed(ctx, c, spec); err != nil {
		return "", Key{}, err
	}
	secret := freshUUID()
	key = strings.Join([]string{keyLabel(spec.Name), string(s.ID), secret}, "-")
	made, err = k.store.IssueServiceKey(ctx, s.ID, spec, hash(key), secret, c.Who())
	return key, made, err
}

// keyLabel is a key's name without what would part the key itself.
func keyLabel(name string) string {
	label := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, strings.ToLower(name))
	return strings.Trim(label, "_") + "_key"
}

// freshUUID is 122 random bits as version 4 writes them.
func freshUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
