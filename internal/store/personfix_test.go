package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// What a human mends by hand holds, a wrong number is written to no more, and the log keeps what stood there, sealed.
func TestCorrectingAPerson(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		id := apptest.AddPerson(t, s, ward, "Nguyễn Thị Hoà", "+84350000001")
		was, err := s.Person(ctx, id)
		require.NoError(t, err)
		phone := mobile(5, campaigns.Self)
		fix := store.Correction{Name: "Nguyễn Thị Hòa", Born: "2007-12-31", Contact: &phone, Wrong: []campaigns.ContactID{was.Contacts[0].ID}, Reason: "giấy khai sinh"}
		require.NoError(t, s.CorrectPerson(ctx, id, fix, mai))
		p, err := s.Person(ctx, id)
		require.NoError(t, err)
		require.Equal(t, "Nguyễn Thị Hòa", p.Name)
		require.Equal(t, "2007-12-31", p.Born)
		require.Equal(t, "2021-12-31", p.Turns14On)
		require.Len(t, p.Contacts, 2)
		require.True(t, p.Contacts[1].Wrong)
		require.Equal(t, campaigns.ReachOf(p.Contacts), p.Reach)
		rows, err := s.AuditRows(ctx, ward.ID, 0, 10)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, access.PersonCorrected, rows[0].Verb)
		require.NotContains(t, rows[0].Detail, "2008")
		require.NoError(t, s.CorrectPerson(ctx, id, fix, mai), "said again it changes nothing")
		require.ErrorIs(t, s.CorrectPerson(ctx, "nobody", fix, mai), campaigns.ErrNotFound)
		running, err := s.RunningAt(ctx, ward.Path, 10)
		require.NoError(t, err)
		require.Empty(t, running)
		told(t, s, ward)
		running, err = s.RunningAt(ctx, ward.Path, 10)
		require.NoError(t, err)
		require.Len(t, running, 1)
	})
}
