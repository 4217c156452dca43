package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// What the pages list of a unit: only campaigns, people, chores and rosters of its own, a page at a time.
func TestListsOfAUnit(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		require.NoError(t, s.MarkPurpose(ctx, store.Test))
		_, err := s.SaveUnits(ctx, []campaigns.Unit{
			{Code: "T1", Kind: campaigns.Province, Name: "Tỉnh Một", ValidFrom: "2025-07-01"},
			{Code: "W1", Kind: campaigns.Ward, Name: "Phường Một", ParentID: "T1", ShortName: "P Mot", Phone: "0200000001", ValidFrom: "2025-07-01"},
			{Code: "W2", Kind: campaigns.Ward, Name: "Phường Hai", ParentID: "T1", ShortName: "P Hai", Phone: "0200000002", ValidFrom: "2025-07-01"},
		})
		require.NoError(t, err)
		one, err := s.UnitByCode(ctx, "W1", "2026-01-01")
		require.NoError(t, err)
		two, err := s.UnitByCode(ctx, "W2", "2026-01-01")
		require.NoError(t, err)
		person := apptest.AddPerson(t, s, one, "Nguyễn Thị Hòa", "+84350000001")
		apptest.AddPerson(t, s, one, "Lê Văn Tám", "+84350000002")
		make := func(u campaigns.Unit) campaigns.Campaign {
			c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: u.ID, Kind: "exam", Name: "Đợt của " + u.Name, Filter: campaigns.Under(u.ID),
				Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"visit.task"}}}, Basis: "x", Fact: campaigns.CardIssued, Author: "Mai"})
			require.NoError(t, err)
			return c
		}
		mine, others := make(one), make(two)

		list, err := s.CampaignsAt(ctx, one.Path, "", "", 10)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, mine.ID, list[0].ID)
		province, err := s.UnitByCode(ctx, "T1", "2026-01-01")
		require.NoError(t, err)
		list, err = s.CampaignsAt(ctx, province.Path, "draft", "", 10)
		require.NoError(t, err)
		require.Equal(t, []campaigns.CampaignID{others.ID, mine.ID}, []campaigns.CampaignID{list[0].ID, list[1].ID})
		states, err := s.CampaignStatesAt(ctx, province.Path)
		require.NoError(t, err)
		require.Equal(t, map[campaigns.CampaignState]int{campaigns.Draft: 2}, states)

		_, err = s.SubmitCampaign(ctx, mine.ID, "Mai")
		require.NoError(t, err)
		require.NoError(t, s.MoveCampaign(ctx, mine.ID, campaigns.Return, "Nam"))
		require.NoError(t, s.NoteCampaign(ctx, mine.ID, campaigns.Return, "Nam", "Sửa địa điểm"))
		events, err := s.CampaignEvents(ctx, mine.ID)
		require.NoError(t, err)
		require.Equal(t, "return", events[0].Verb)
		require.Equal(t, "Sửa địa điểm", events[0].Note)

		for group, want := range map[string]int{"": 2, "left": 2, "not_reached": 2, "verified": 0, "silent": 0, "answered": 0, "coming": 0, "claimed": 0,
			"help": 0, "wrong": 0, "stopped": 0} {
			people, err := s.Recipients(ctx, store.RecipientFilter{Campaign: mine.ID, Path: one.Path, Group: group, Limit: 10})
			require.NoError(t, err, group)
			require.Len(t, people, want, group)
		}
		people, err := s.Recipients(ctx, store.RecipientFilter{Campaign: mine.ID, Path: one.Path, NameKey: "hoa", Limit: 10})
		require.NoError(t, err)
		require.Len(t, people, 1)
		require.Equal(t, person, people[0].ID)
		people, err = s.Recipients(ctx, store.RecipientFilter{Campaign: mine.ID, Path: two.Path, Limit: 10})
		require.NoError(t, err)
		require.Empty(t, people, "people of another ward")

		_, err = s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: person, Fact: campaigns.CardIssued, Source: "officer", Actor: "Mai"}})
		require.NoError(t, err)
		c, err := s.Campaign(ctx, mine.ID)
		require.NoError(t, err)
		days, err := s.VerifiedByDay(ctx, c.AudienceID, campaigns.CardIssued)
		require.NoError(t, err)
		require.Len(t, days, 1)
		require.Equal(t, 1, days[0].N)
		story, err := s.Story(ctx, person)
		require.NoError(t, err)
		require.Equal(t, "outcome", story[0].What)
		of, err := s.CampaignsOf(ctx, person)
		require.NoError(t, err)
		require.Empty(t, of, "no launch yet")
		path, err := s.PersonPath(ctx, person)
		require.NoError(t, err)
		require.Equal(t, one.Path, path)

		for _, kind := range []string{"relay", "visit", "verify"} {
			chores, err := s.Chores(ctx, one.Path, kind, "", 10)
			require.NoError(t, err)
			require.Empty(t, chores)
		}
		counts, err := s.CountChores(ctx, one.Path, time.Now())
		require.NoError(t, err)
		require.Equal(t, "appointment", counts[len(counts)-1].Kind, "the overview relies on it")
		texts, err := s.Inbox(ctx, []string{one.Path}, "", 10)
		require.NoError(t, err)
		require.Empty(t, texts)
		rosters, err := s.RostersAt(ctx, province.Path, "reading", "", 10)
		require.NoError(t, err)
		require.Empty(t, rosters)
		_, err = s.RosterProblems(ctx, "none", []string{"name_missing", "phone_letters"}, true, "", 0, 10)
		require.NoError(t, err)
		_, _, err = s.AnswersOf(ctx, "none")
		require.NoError(t, err)
		areas, err := s.AreasOf(ctx, c.AudienceID, campaigns.CardIssued)
		require.NoError(t, err)
		require.Equal(t, []store.Area{{Meant: 2, Verified: 1}}, areas)
		overdue, err := s.OverdueByUnit(ctx, province.Path, time.Now())
		require.NoError(t, err)
		require.Empty(t, overdue)
		tasks, err := s.ClassTasks(ctx, "none")
		require.NoError(t, err)
		require.Empty(t, tasks)
		pupils, err := s.ClassPeople(ctx, "none", "none", campaigns.CardIssued)
		require.NoError(t, err)
		require.Empty(t, pupils)
		_, _, err = s.TaskPath(ctx, "none")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
	})
}

// A form is kept for its owner alone.
func TestFormDrafts(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		_, err := s.SaveUnits(ctx, []campaigns.Unit{{Code: "T1", Kind: campaigns.Province, Name: "Tỉnh Một", ValidFrom: "2025-07-01"}})
		require.NoError(t, err)
		u, err := s.UnitByCode(ctx, "T1", "2026-01-01")
		require.NoError(t, err)
		d, err := s.SaveForm(ctx, store.FormDraft{Kind: "campaign", Unit: u.ID, Owner: "mai", Values: map[string]string{"name": "Đợt 1"}})
		require.NoError(t, err)
		d.Values["name"] = "Đợt 2"
		_, err = s.SaveForm(ctx, d)
		require.NoError(t, err)
		got, err := s.Form(ctx, d.ID, "mai")
		require.NoError(t, err)
		require.Equal(t, "Đợt 2", got.Values["name"])
		_, err = s.Form(ctx, d.ID, "nam")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		d.Owner = "nam"
		_, err = s.SaveForm(ctx, d)
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		require.NoError(t, s.DropForm(ctx, d.ID, "nam"))
		list, err := s.Forms(ctx, "campaign", u.ID, "mai")
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.NoError(t, s.DropForm(ctx, d.ID, "mai"))
		list, err = s.Forms(ctx, "campaign", u.ID, "mai")
		require.NoError(t, err)
		require.Empty(t, list)
	})
}
