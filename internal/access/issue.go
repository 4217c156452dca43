package access

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// overlapMost is how long an old key may live on beside its successor.
const overlapMost = 30 * 24 * time.Hour

// Issue makes a key within what the caller may hand on, and returns it; it can never be read again.
func (k *Keys) Issue(ctx context.Context, c Caller, spec KeySpec) (key string, made Key, err error) {
	if spec, err = k.allowed(ctx, c, spec); err != nil {
		return "", Key{}, err
	}
	key = freshKey(spec.Kind)
	made, err = k.store.IssueKey(ctx, spec, hash(key), c.Who())
	return key, made, err
}

// allowed checks a spec: a key holds only what programs hold, or what its maker holds, in units where its maker makes keys.
func (k *Keys) allowed(ctx context.Context, c Caller, spec KeySpec) (_ KeySpec, err error) {
	if spec.Name, err = keyName(spec.Name); err != nil {
		return spec, err
	}
	if !slices.Contains(KeyKinds(), spec.Kind) {
		return spec, fmt.Errorf("%w: the kind is live, team or test", ErrKeySpec)
	}
	if len(spec.Perms) == 0 || len(spec.Units) == 0 || spec.DayCap < 0 {
		return spec, fmt.Errorf("%w: name at least one permission and one unit, and no negative cap", ErrKeySpec)
	}
	for _, n := range spec.Networks {
		if _, err := netip.ParsePrefix(n); err != nil {
			return spec, fmt.Errorf("%w: a network is written like 192.0.2.0/24", ErrKeySpec)
		}
	}
	spec.Perms, spec.Units = unique(spec.Perms), unique(spec.Units)
	for _, u := range spec.Units {
		path, _, err := k.store.UnitPath(ctx, u)
		if err != nil {
			return spec, err
		}
		if !c.May(KeyManage, path) {
			return spec, campaigns.ErrNotFound // a unit of others is not there
		}
		for _, p := range spec.Perms {
			if !slices.Contains(Permissions(), p) {
				return spec, fmt.Errorf("%w: there is no such permission", ErrKeySpec)
			}
			if !Integrator.May(p) && !c.May(p, path) {
				return spec, fmt.Errorf("%w: you cannot hand on a permission that you do not hold", ErrKeySpec)
			}
		}
	}
	return spec, nil
}

// Rotate makes the successor of a key. The old one is taken until overlap has passed.
func (k *Keys) Rotate(ctx context.Context, c Caller, id string, overlap time.Duration) (key string, made Key, err error) {
	old, err := k.manageable(ctx, c, id)
	if err != nil {
		return "", Key{}, err
	}
	if overlap < 0 || overlap > overlapMost {
		return "", Key{}, fmt.Errorf("%w: the overlap is at most 30 days", ErrKeySpec)
	}
	if old.Perms != nil { // whoever rotates gets to know a key, so they must be able to make one like it
		if _, err := k.allowed(ctx, c, old.spec()); err != nil {
			return "", Key{}, err
		}
	}
	key = freshKey(old.Kind)
	made, err = k.store.RotateKey(ctx, id, hash(key), overlap, c.Who())
	return key, made, err
}

// Revoke ends a key at once.
func (k *Keys) Revoke(ctx context.Context, c Caller, id string) error {
	if _, err := k.manageable(ctx, c, id); err != nil {
		return err
	}
	return k.store.RevokeKey(ctx, id, c.Who())
}

// List lists the keys of the caller's units, in order of id.
func (k *Keys) List(ctx context.Context, c Caller, after string, limit int) ([]Key, error) {
	return k.store.KeysUnder(ctx, c.Scope(KeyRead), after, limit)
}

// manageable finds a key all of whose units are the caller's to manage; others are not there.
func (k *Keys) manageable(ctx context.Context, c Caller, id string) (Key, error) {
	key, err := k.store.Key(ctx, id)
	if err != nil {
		return Key{}, err
	}
	if key.Perms == nil {
		if c.May(KeyManage, Root) {
			return key, nil
		}
		return Key{}, campaigns.ErrNotFound
	}
	for _, u := range key.Units {
		if !c.May(KeyManage, u.Path) {
			return Key{}, campaigns.ErrNotFound
		}
	}
	return key, nil
}

// spec is what a key that works like this one would be made from.
func (k Key) spec() KeySpec {
	s := KeySpec{Name: k.Name, Kind: k.Kind, Perms: k.Perms, Networks: k.Networks, DayCap: k.DayCap, ExpiresAt: k.ExpiresAt}
	for _, u := range k.Units {
		s.Units = append(s.Units, u.Unit)
	}
	return s
}

// unique sorts a list and leaves out what stands there twice.
func unique[T ~string](list []T) []T {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
