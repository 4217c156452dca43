package store_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

var mai = access.Who{Kind: access.ByStaff, ID: "s1", Name: "mai"}

// What a list alone has brought goes again; what others know, changed or use stays.
func TestUndoingARoster(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		yes := true
		known := store.Draft{Name: "Lê Thị Hai", Born: "1950-02-03", ID: "003150000001", Guardian: "Cũ", Contacts: []store.ContactDraft{mobile(1, campaigns.Self)}}
		_, first := importAll(t, s, store.Roster{UnitID: ward.ID, Fingerprint: "a"}, known)
		old := first[0].Person
		was, err := s.Person(ctx, old)
		require.NoError(t, err)

		newer := store.Draft{Name: "Lê Thị Hai", Born: "1950-02-03", ID: "003150000001", Guardian: "Mới", Country: "JP", Card: &yes, Contacts: []store.ContactDraft{mobile(2, campaigns.Self)}}
		r, rows := importAll(t, s, store.Roster{UnitID: ward.ID, Fingerprint: "b", Authoritative: true}, newer,
			store.Draft{Name: "Trần Văn Mới", Born: "1990-01-01", Contacts: []store.ContactDraft{mobile(3, campaigns.Self)}},
			store.Draft{Name: "Vũ Văn Hai Nơi", ID: "003190000007"})
		importAll(t, s, store.Roster{UnitID: ward.ID, Fingerprint: "c"}, store.Draft{Name: "Vũ Văn Hai Nơi", ID: "003190000007"},
			store.Draft{Name: "Lê Thị Hai", ID: "003150000001", Country: "KR"})
		changed, err := s.Person(ctx, old)
		require.NoError(t, err)
		require.True(t, changed.Card)
		require.Len(t, changed.Contacts, 2)

		done, err := s.UndoRoster(ctx, r.ID, mai)
		require.NoError(t, err)
		require.Equal(t, store.Undone{People: 1, Restored: 1, Kept: 1}, done)
		_, err = s.Person(ctx, rows[1].Person)
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		_, err = s.Person(ctx, rows[2].Person)
		require.NoError(t, err, "another list names them")
		back, err := s.Person(ctx, old)
		require.NoError(t, err)
		require.Equal(t, "Cũ", back.Guardian)
		require.Equal(t, "KR", back.Country, "what was changed again since stays")
		require.False(t, back.Card)
		require.Equal(t, was.Contacts, back.Contacts)
		require.Equal(t, campaigns.ReachOf(back.Contacts), back.Reach)

		_, err = s.UndoRoster(ctx, r.ID, mai)
		require.ErrorIs(t, err, store.ErrUndone)
		again, rows := importAll(t, s, store.Roster{UnitID: ward.ID, Fingerprint: "b", Authoritative: true}, newer)
		require.NotEqual(t, r.ID, again.ID, "the same file can be imported anew")
		require.Equal(t, old, rows[0].Person)
		one, err := s.Roster(ctx, r.ID)
		require.NoError(t, err)
		require.Equal(t, "mai", one.UndoneBy)
		require.Equal(t, done, one.Undone)
		now, err := s.Clock(ctx)
		require.NoError(t, err)
		require.NoError(t, s.SetPolicy(ctx, now.Policy.Add(25*time.Hour), 1))
		_, err = s.UndoRoster(ctx, again.ID, mai)
		require.ErrorIs(t, err, store.ErrUndoLate)
	})
}

// Whom a launched campaign means stays as they are, and it is said how many.
func TestUndoingWhatWasTold(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		r, rows := importAll(t, s, store.Roster{UnitID: ward.ID, Fingerprint: "a"}, store.Draft{Name: "Trần Văn Mới", Born: "1990-01-01", Class: "12A"})
		told(t, s, ward)
		done, err := s.UndoRoster(ctx, r.ID, mai)
		require.NoError(t, err)
		require.Equal(t, store.Undone{Told: 1}, done)
		_, err = s.Person(ctx, rows[0].Person)
		require.NoError(t, err)

		// One that waits for approval loses them, and its count says so.
		r, _ = importAll(t, s, store.Roster{UnitID: ward.ID, Fingerprint: "b"}, store.Draft{Name: "Lê Văn Chờ", Born: "1991-01-01"})
		c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: ward.ID, Kind: "exam", Name: "x", Filter: campaigns.Under(ward.ID), Basis: "x", Fact: campaigns.CardIssued, Author: "an",
			Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"relay.x"}}}})
		require.NoError(t, err)
		n, err := s.SubmitCampaign(ctx, c.ID, "an")
		require.NoError(t, err)
		require.Equal(t, 2, n.Total)
		done, err = s.UndoRoster(ctx, r.ID, mai)
		require.NoError(t, err)
		require.Equal(t, store.Undone{People: 1}, done)
	})
}

// A row that was dealt with wants no look any more.
func TestRowsThatWantALook(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		importAll(t, s, store.Roster{UnitID: ward.ID, Fingerprint: "a"}, store.Draft{Name: "Trần Văn Mới", Born: "1990-01-01"})
		r, rows := importAll(t, s, store.Roster{UnitID: ward.ID, Fingerprint: "b"}, store.Draft{Name: "Trần Văn Mới", Born: "1990-01-01"}, store.Draft{Name: "Khác"})
		codes := []string{store.CodePossibleDuplicate, "x"}
		trouble, err := s.RosterTrouble(ctx, r.ID, codes)
		require.NoError(t, err)
		require.Equal(t, store.Trouble{Rows: 1, ByCode: map[string]int{store.CodePossibleDuplicate: 1, "x": 0}}, trouble)
		alike, err := s.Alike(ctx, rows[0].Person)
		require.NoError(t, err)
		require.Len(t, alike, 1)
		list, err := s.RosterProblems(ctx, r.ID, codes, true, "", 0, 10)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.NoError(t, s.MarkRows(ctx, r.ID, store.RowSkipped, "mai", store.RowRef{Row: list[0].Number}, store.RowRef{Row: 999}))
		require.NoError(t, s.MarkRows(ctx, r.ID, store.RowMended, "mai", store.RowRef{Row: list[0].Number}))
		trouble, err = s.RosterTrouble(ctx, r.ID, codes)
		require.NoError(t, err)
		require.Equal(t, 0, trouble.Rows)
		require.Equal(t, 1, trouble.Skipped)
	})
}

// An upload is its owner's, whole, sealed, and gone once it is dropped or pushed out.
func TestUploads(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		body := bytes.Repeat([]byte("Họ và tên\n"), 200_000)
		u, err := s.SaveUpload(ctx, store.Upload{UnitID: ward.ID, Owner: "mai", Name: "a.csv", Size: int64(len(body))}, bytes.NewReader(body))
		require.NoError(t, err)
		_, err = s.Upload(ctx, u.ID, "binh")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		var got bytes.Buffer
		require.NoError(t, s.ReadUpload(ctx, u.ID, &got))
		require.True(t, bytes.Equal(body, got.Bytes()))
		for range 5 {
			_, err := s.SaveUpload(ctx, store.Upload{UnitID: ward.ID, Owner: "mai", Name: "b.csv"}, bytes.NewReader([]byte("x")))
			require.NoError(t, err)
		}
		_, err = s.Upload(ctx, u.ID, "mai")
		require.ErrorIs(t, err, campaigns.ErrNotFound, "six at once are too many")

		none, err := s.Columns(ctx, ward.ID, "p")
		require.NoError(t, err)
		require.Empty(t, none)
		require.NoError(t, s.RememberColumns(ctx, ward.ID, "p", map[int]string{0: "name"}))
		require.NoError(t, s.RememberColumns(ctx, ward.ID, "p", map[int]string{1: "name"}))
		some, err := s.Columns(ctx, ward.ID, "p")
		require.NoError(t, err)
		require.Equal(t, map[int]string{1: "name"}, some)
	})
}
