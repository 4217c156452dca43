package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// byRelay plans every step by a class teacher.
type byRelay struct{}

func (byRelay) Reaches(campaigns.Campaign, int) []campaigns.ChannelReach {
	return []campaigns.ChannelReach{{Name: "relay.x", Medium: "relay"}}
}

// told launches a campaign to everybody of a ward and plans it.
func told(t *testing.T, s *store.Store, ward campaigns.Unit) campaigns.LaunchID {
	t.Helper()
	ctx := context.Background()
	c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: ward.ID, Kind: "exam", Name: "x", Filter: campaigns.Under(ward.ID), Basis: "x", Fact: campaigns.CardIssued, Author: "an",
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"relay.x"}}}})
	require.NoError(t, err)
	_, err = s.SubmitCampaign(ctx, c.ID, "an")
	require.NoError(t, err)
	require.NoError(t, s.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
	require.NoError(t, s.SetUnitContact(ctx, ward.ID, "0238 3000 001", "Hoa Sen", ""))
	run, _, err := s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
	require.NoError(t, err)
	for more := true; more; {
		_, more, err = s.PlanDueStep(ctx, byRelay{})
		require.NoError(t, err)
	}
	return run.ID
}

func wardOf(t *testing.T, s *store.Store) campaigns.Unit {
	t.Helper()
	_, err := s.SaveUnits(context.Background(), []campaigns.Unit{
		{Code: "P", Kind: campaigns.Province, Name: "Tỉnh", ValidFrom: "2025-07-01"},
		{Code: "W", Kind: campaigns.Ward, Name: "Phường", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(t, err)
	ward, err := s.UnitByCode(context.Background(), "W", "2026-12-01")
	require.NoError(t, err)
	return ward
}

func mobile(n int, owner campaigns.Owner) store.ContactDraft {
	return store.ContactDraft{Medium: "phone", Kind: "mobile", Owner: owner, Address: fmt.Sprintf("+8490%07d", n)}
}

// One child with two ID numbers: found, merged by a human alone, and found by both numbers from then on.
func TestTwoNumbersOneChild(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		saved, err := s.SavePeople(ctx, ward.ID, []store.Draft{
			{Name: "Nguyễn Văn An", Born: "2010-05-06", ID: "003210000001", Guardian: "Lê Thị B", Village: "Tổ 1", Contacts: []store.ContactDraft{mobile(1, campaigns.Guardian)}},
			{Name: "Nguyễn Văn Ân", Born: "2010-05-06", ID: "003210000002", Guardian: "Lê Thị B", Address: "Số 1", CardIssuedOn: "2025-01-02",
				Contacts: []store.ContactDraft{mobile(1, campaigns.Guardian), mobile(2, campaigns.Self)}},
			{Name: "Nguyễn Văn An", Born: "2010-05-06", ID: "003210000003", Village: "Tổ 2"},
			{Name: "Trần C", Born: "2011-01-01", ID: "003211000004"},
		})
		require.NoError(t, err)
		keep, gone := saved[0].ID, saved[1].ID
		pairs, err := s.Suspects(ctx, ward.ID, "", 10)
		require.NoError(t, err)
		require.Len(t, pairs, 1)
		require.True(t, pairs[0].SeveralNumbers)
		require.Equal(t, []string{"guardian", "phone"}, pairs[0].Common)
		rest, err := s.Suspects(ctx, ward.ID, string(pairs[0].A.ID)+"~"+string(pairs[0].B.ID), 10)
		require.NoError(t, err)
		require.Empty(t, rest)

		launch := told(t, s, ward)
		require.NoError(t, s.AnswerByStaff(ctx, launch, gone, campaigns.WillCome, "relay", "1"))
		_, err = s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: gone, Fact: campaigns.EIDLevel1, Source: "officer", Actor: "an"}})
		require.NoError(t, err)

		moved, err := s.MergePeople(ctx, keep, gone, "an", "giấy khai sinh số 12")
		require.NoError(t, err)
		require.Equal(t, 1, moved.Contacts)
		require.Equal(t, 1, moved.Answers)
		require.Equal(t, 1, moved.Outcomes)
		require.False(t, moved.Number, "a number once known is never replaced")
		require.Subset(t, moved.Filled, []string{"address", "card_issued"})
		p, err := s.Person(ctx, keep)
		require.NoError(t, err)
		require.Len(t, p.Contacts, 2)
		require.Equal(t, 1, p.EID)
		require.Equal(t, "001", p.IDTail)
		require.Equal(t, "2025-01-02", p.CardIssuedOn)
		require.Equal(t, "2035-05-06", p.CardDueOn)
		require.Equal(t, campaigns.ReachOf(p.Contacts), p.Reach)
		shown, err := s.RevealPerson(ctx, keep)
		require.NoError(t, err)
		require.Equal(t, "Số 1", shown.Address)
		was, err := s.Person(ctx, gone)
		require.NoError(t, err, "what was written about the other can still be read")
		require.Equal(t, keep, was.MergedInto)
		require.False(t, was.ErasedAt.IsZero())
		for _, number := range []string{"003210000001", "003210000002"} {
			id, err := s.PersonByID12(ctx, number)
			require.NoError(t, err)
			require.Equal(t, keep, id, number)
		}
		again, err := s.SavePeople(ctx, ward.ID, []store.Draft{{Name: "Nguyễn Văn Ân", Born: "2010-05-06", ID: "003210000002", Contacts: []store.ContactDraft{mobile(3, campaigns.Self)}}})
		require.NoError(t, err)
		require.Equal(t, keep, again[0].ID, "a list with the other number means the one who stays")
		require.Equal(t, store.RuleID, again[0].Rule)
		events, err := s.PersonEvents(ctx, gone)
		require.NoError(t, err)
		require.Len(t, events, 1)
		require.Equal(t, "giấy khai sinh số 12", events[0].Reason)
		require.Equal(t, "an", events[0].Actor)
		require.Equal(t, moved, events[0].Moved)

		_, err = s.MergePeople(ctx, keep, gone, "an", "again")
		require.ErrorIs(t, err, campaigns.ErrPersonGone)
		_, err = s.MergePeople(ctx, keep, keep, "an", "x")
		require.ErrorIs(t, err, campaigns.ErrSamePerson)
		_, err = s.MergePeople(ctx, keep, saved[3].ID, "an", "x")
		require.ErrorIs(t, err, campaigns.ErrUnlike)
		_, err = s.MergePeople(ctx, keep, "none", "an", "x")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
	})
}

func TestToldApartIsNotSuspectedAgain(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		saved, err := s.SavePeople(ctx, ward.ID, []store.Draft{
			{Name: "Lê Văn Bình", Born: "2012-01-01", ID: "003212000001", Village: "Tổ 1"}, {Name: "Lê Văn Bình", Born: "2012-01-01", Village: "Tổ 1", Guardian: "B"}})
		require.NoError(t, err)
		pairs, err := s.Suspects(ctx, ward.ID, "", 10)
		require.NoError(t, err)
		require.Len(t, pairs, 1)
		require.False(t, pairs[0].SeveralNumbers)
		require.NoError(t, s.TellApart(ctx, saved[1].ID, saved[0].ID, "an", "hai anh em họ"))
		pairs, err = s.Suspects(ctx, ward.ID, "", 10)
		require.NoError(t, err)
		require.Empty(t, pairs)
		moved, err := s.MergePeople(ctx, saved[1].ID, saved[0].ID, "an", "nhầm")
		require.NoError(t, err)
		require.True(t, moved.Number)
		id, err := s.PersonByID12(ctx, "003212000001")
		require.NoError(t, err)
		require.Equal(t, saved[1].ID, id)
		shown, err := s.RevealPerson(ctx, id)
		require.NoError(t, err)
		require.Equal(t, "003212000001", shown.ID)
	})
}

// Whatever writes contacts, the reach of every person is that of their contacts.
func TestReachFollowsTheContacts(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		rnd := rand.New(rand.NewPCG(7, 8))
		draft := func(i int) store.Draft {
			d := store.Draft{Name: fmt.Sprintf("Người Thứ %c", 'A'+i), Born: "2008-01-01", Guardian: fmt.Sprintf("G %d", i), School: "THPT Thử", Class: "12A"}
			for range rnd.IntN(3) {
				c := mobile(rnd.IntN(30), []campaigns.Owner{campaigns.Self, campaigns.Guardian, campaigns.Relative}[rnd.IntN(3)])
				c.Kind, c.Consented = []string{"mobile", "landline", "foreign"}[rnd.IntN(3)], rnd.IntN(2) == 0
				d.Contacts = append(d.Contacts, c)
			}
			if rnd.IntN(4) == 0 {
				d.Contacts = append(d.Contacts, store.ContactDraft{Medium: []string{"email", "zalo"}[rnd.IntN(2)], Owner: campaigns.Self, Address: fmt.Sprintf("a%d@example.org", rnd.IntN(9))})
			}
			return d
		}
		const n = 20
		first := make([]store.Draft, n)
		for i := range first {
			first[i] = draft(i)
		}
		saved, err := s.SavePeople(ctx, ward.ID, first)
		require.NoError(t, err)
		launch := told(t, s, ward)
		gone := map[campaigns.PersonID]bool{}
		for round := range 60 {
			at := rnd.IntN(n)
			switch who := saved[at].ID; rnd.IntN(4) {
			case 0, 1:
				_, err = s.SavePeople(ctx, ward.ID, []store.Draft{draft(at)})
			case 2:
				if !gone[who] {
					err = s.AnswerByStaff(ctx, launch, who, campaigns.WrongAnswer, "relay", fmt.Sprint(round))
				}
			case 3:
				if other := saved[rnd.IntN(n)].ID; other != who && !gone[who] && !gone[other] && len(gone) < 8 {
					_, err = s.MergePeople(ctx, who, other, "an", "thử")
					gone[other] = true
				}
			}
			require.NoError(t, err)
			everybody, err := s.FindPeople(ctx, store.PeopleFilter{Limit: 100})
			require.NoError(t, err)
			for _, p := range everybody {
				require.Equal(t, campaigns.ReachOf(p.Contacts), p.Reach, "round %d", round)
			}
		}
		require.NotEmpty(t, gone)
	})
}
