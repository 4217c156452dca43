package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

func TestTemplatesHaveVersions(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unit := ward(t, s)
		words := func(text string) campaigns.StaffWords { return campaigns.StaffWords{"sms": {"vi": text}} }
		made, err := s.CreateTemplate(ctx, campaigns.Template{UnitID: unit.ID, Name: "Họp tổ dân phố", Newest: campaigns.TemplateVersion{Words: words("một"), Hash: "a", Author: "Lan"}})
		require.NoError(t, err)
		require.Equal(t, 1, made.Newest.N)
		next := campaigns.TemplateVersion{TemplateID: made.ID, Words: words("hai"), Hash: "b", Author: "Hoa", Note: "ngắn hơn"}
		second, err := s.AddTemplateVersion(ctx, next, 1)
		require.NoError(t, err)
		require.Equal(t, 2, second.N)
		same, err := s.AddTemplateVersion(ctx, next, 1)
		require.NoError(t, err)
		require.Equal(t, second.ID, same.ID, "the same words again are no new version")
		_, err = s.AddTemplateVersion(ctx, campaigns.TemplateVersion{TemplateID: made.ID, Words: words("ba"), Hash: "c", Author: "Lan"}, 1)
		require.ErrorIs(t, err, campaigns.ErrConflict, "somebody else has written meanwhile")
		_, err = s.AddTemplateVersion(ctx, campaigns.TemplateVersion{TemplateID: "x", Words: words("ba"), Hash: "c", Author: "Lan"}, 1)
		require.ErrorIs(t, err, campaigns.ErrNotFound)

		list, err := s.Templates(ctx, unit.ID, "", 10)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, second.ID, list[0].Newest.ID)
		require.Equal(t, words("hai"), list[0].Newest.Words)
		versions, err := s.TemplateVersions(ctx, made.ID)
		require.NoError(t, err)
		require.Len(t, versions, 2)
		first, err := s.TemplateVersion(ctx, made.Newest.ID)
		require.NoError(t, err)
		require.Equal(t, words("một"), first.Words, "a version never changes")
		_, err = s.TemplateVersions(ctx, "x")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		_, err = s.Template(ctx, "x")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
	})
}
