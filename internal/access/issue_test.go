package access_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// T15: a key does what it was made for, where, from where, how often and how long.
func TestKeysHaveBounds(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		ward := w.units["90001"]
		now, err := w.s.Clock(ctx)
		require.NoError(t, err)
		spec := access.KeySpec{Name: "Cổng dịch vụ", Kind: access.TeamKey, Perms: []access.Permission{access.MessageSend, access.UnitRead}, Units: []campaigns.UnitID{ward.ID},
			Networks: []string{"192.0.2.0/24"}, DayCap: 5, ExpiresAt: now.Raw.Add(time.Hour)}
		key, made, err := w.k.Issue(ctx, w.admin, spec)
		require.NoError(t, err)
		require.Regexp(t, `^loa_team_[a-z2-7]{47}$`, key)
		c, err := w.k.Check(ctx, "Bearer "+key, "192.0.2.9")
		require.NoError(t, err)
		require.Equal(t, access.TeamKey, c.KeyKind)
		require.True(t, c.May(access.MessageSend, ward.Path))
		require.True(t, c.May(access.MessageSend, w.units["90001.S"].Path))
		for _, far := range []string{"90", "91", "90002"} {
			require.False(t, c.May(access.MessageSend, w.units[far].Path), far)
		}
		require.False(t, c.MayAnywhere(access.PersonRead))
		require.False(t, c.Everywhere())
		for _, from := range []string{"198.51.100.1", "", "x", "::1"} {
			_, err = w.k.Check(ctx, "Bearer "+key, from)
			require.ErrorIs(t, err, access.ErrUnknownKey, from)
		}
		for _, other := range []string{strings.Replace(key, "team", "live", 1), key[:len(key)-1] + "a", key + "a", strings.ToUpper(key), key[:49]} {
			if other != key {
				_, err = w.k.Check(ctx, "Bearer "+other, "192.0.2.9")
				require.ErrorIs(t, err, access.ErrUnknownKey)
			}
		}
		// The day's cap holds however many come at once, and a refusal counts nothing.
		var sent, refused atomic.Int32
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				switch err := w.k.Spend(ctx, c, 2); err {
				case nil:
					sent.Add(2)
				case access.ErrKeyCap: //nolint:errorlint // nothing wraps it
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 4, sent.Load())
		require.EqualValues(t, 8, refused.Load())
		require.NoError(t, w.k.Spend(ctx, c, 1))

		got, err := w.s.Key(ctx, made.ID)
		require.NoError(t, err)
		require.False(t, got.UsedAt.IsZero(), "its use was noted")
		old, _, err := w.k.Issue(ctx, w.admin, access.KeySpec{Name: "cũ", Kind: access.LiveKey, Perms: spec.Perms, Units: spec.Units, ExpiresAt: now.Raw.Add(-time.Second)})
		require.NoError(t, err)
		_, err = w.k.Check(ctx, "Bearer "+old, "")
		require.ErrorIs(t, err, access.ErrUnknownKey)
		require.NoError(t, w.k.Revoke(ctx, w.admin, made.ID))
		require.NoError(t, w.k.Revoke(ctx, w.admin, made.ID))
		_, err = w.k.Check(ctx, "Bearer "+key, "192.0.2.9")
		require.ErrorIs(t, err, access.ErrUnknownKey)
	})
}

func TestKeysAreRotatedWithOverlap(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		spec := access.KeySpec{Name: "app", Kind: access.TestKey, Perms: []access.Permission{access.UnitRead}, Units: []campaigns.UnitID{w.units["90001"].ID, w.units["90002"].ID}}
		first, made, err := w.k.Issue(ctx, w.admin, spec)
		require.NoError(t, err)
		second, next, err := w.k.Rotate(ctx, w.admin, made.ID, time.Hour)
		require.NoError(t, err)
		require.Equal(t, made.ID, next.Replaces)
		require.Equal(t, made.Perms, next.Perms)
		require.Len(t, next.Units, 2)
		for _, key := range []string{first, second} {
			_, err = w.k.Check(ctx, "Bearer "+key, "")
			require.NoError(t, err)
		}
		third, _, err := w.k.Rotate(ctx, w.admin, next.ID, 0)
		require.NoError(t, err)
		_, err = w.k.Check(ctx, "Bearer "+second, "")
		require.ErrorIs(t, err, access.ErrUnknownKey, "without overlap the old one ends at once")
		_, err = w.k.Check(ctx, "Bearer "+third, "")
		require.NoError(t, err)
		require.NoError(t, w.k.Revoke(ctx, w.admin, made.ID))
		_, _, err = w.k.Rotate(ctx, w.admin, made.ID, time.Hour)
		require.ErrorIs(t, err, campaigns.ErrConflict)
		_, _, err = w.k.Rotate(ctx, w.admin, next.ID, 1000*time.Hour)
		require.ErrorIs(t, err, access.ErrKeySpec)
	})
}

// Nobody makes, rotates or sees a key of others, or one that may more than they.
func TestKeysGiveNothingAway(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		_, start := w.invite("tinh", "90", access.ProvinceAdmin)
		_, admin, _ := w.start("tinh", start)
		here, sea := w.units["90001"].ID, w.units["91"].ID
		issue := func(c access.Caller, change func(s *access.KeySpec)) (access.Key, error) {
			s := access.KeySpec{Name: "app", Kind: access.LiveKey, Perms: []access.Permission{access.MessageSend}, Units: []campaigns.UnitID{here}}
			change(&s)
			_, made, err := w.k.Issue(ctx, c, s)
			return made, err
		}
		mine, err := issue(admin, func(*access.KeySpec) {})
		require.NoError(t, err)
		foreign, err := issue(w.admin, func(s *access.KeySpec) { s.Units = []campaigns.UnitID{here, sea} })
		require.NoError(t, err)
		strong, err := issue(w.admin, func(s *access.KeySpec) {
			s.Perms = []access.Permission{access.MessageSend, access.Permission("unit.write")}
		})
		require.NoError(t, err)
		for name, change := range map[string]func(s *access.KeySpec){
			"another province": func(s *access.KeySpec) { s.Units = []campaigns.UnitID{sea} },
			"nested in a list": func(s *access.KeySpec) { s.Units = []campaigns.UnitID{here, sea} },
			"no such unit":     func(s *access.KeySpec) { s.Units = []campaigns.UnitID{"none"} },
		} {
			_, err := issue(admin, change)
			require.ErrorIs(t, err, campaigns.ErrNotFound, name)
		}
		for name, change := range map[string]func(s *access.KeySpec){
			"no permission": func(s *access.KeySpec) { s.Perms = nil },
			"an invented":   func(s *access.KeySpec) { s.Perms = []access.Permission{"all.everything"} },
			"no unit":       func(s *access.KeySpec) { s.Units = nil },
			"kind":          func(s *access.KeySpec) { s.Kind = "root" },
			"network":       func(s *access.KeySpec) { s.Networks = []string{"192.0.2.1"} },
			"cap":           func(s *access.KeySpec) { s.DayCap = -1 },
		} {
			_, err := issue(admin, change)
			require.ErrorIs(t, err, access.ErrKeySpec, name)
		}
		_, _, err = w.k.Rotate(ctx, admin, foreign.ID, 0)
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		require.ErrorIs(t, w.k.Revoke(ctx, admin, foreign.ID), campaigns.ErrNotFound)
		_, _, err = w.k.Rotate(ctx, admin, strong.ID, 0)
		require.NoError(t, err, "a province administrator may do what this key may")
		rootKey, err := w.k.Create(ctx, "first")
		require.NoError(t, err)
		root, err := w.k.Check(ctx, "Bearer "+rootKey, "")
		require.NoError(t, err)
		require.ErrorIs(t, w.k.Revoke(ctx, admin, root.KeyID), campaigns.ErrNotFound)

		limited := access.Caller{KeyID: "k", Grants: []access.Grant{{Path: w.units["90"].Path, Perms: []access.Permission{access.KeyManage, access.KeyRead}}}}
		_, _, err = w.k.Rotate(ctx, limited, strong.ID, 0)
		require.ErrorIs(t, err, access.ErrKeySpec, "who rotates a key gets to know it")
		list, err := w.k.List(ctx, admin, "", 100)
		require.NoError(t, err)
		require.Len(t, list, 4) // mine, foreign (good here, too), strong, its successor; not the root's
		require.Equal(t, mine.ID, list[0].ID)
		all, err := w.k.List(ctx, w.admin, "", 100)
		require.NoError(t, err)
		require.Len(t, all, 5)
	})
}
