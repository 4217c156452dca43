package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

func TestThreeLevelsOfReview(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		saved, err := s.SavePeople(ctx, ward.ID, []store.Draft{{Name: "Lê An", Born: "1990-01-01", ID: "003090000001"}, {Name: "Lê Bình", Born: "1991-01-01"}})
		require.NoError(t, err)
		who := saved[0].ID
		say := func(level int, part campaigns.Part, f campaigns.Finding) error {
			return s.RecordReview(ctx, campaigns.Review{PersonID: who, Part: part, Level: level, Finding: f, Reviewer: "an"})
		}
		require.ErrorIs(t, say(2, campaigns.PartIdentity, campaigns.DataCorrect), campaigns.ErrReviewOrder)
		require.NoError(t, say(1, campaigns.PartIdentity, campaigns.DataWrong))
		require.ErrorIs(t, say(2, campaigns.PartIdentity, campaigns.DataCorrect), campaigns.ErrReviewOrder)
		require.NoError(t, say(1, campaigns.PartContact, campaigns.DataCollected))
		require.NoError(t, say(2, campaigns.PartContact, campaigns.DataCorrect))
		defects, err := s.Defects(ctx, ward.ID, "", "", 10)
		require.NoError(t, err)
		require.Len(t, defects, 2)
		require.Equal(t, "village", defects[0].Name)
		rest, err := s.Defects(ctx, ward.ID, "", string(who)+"~contact~1", 10)
		require.NoError(t, err)
		require.Len(t, rest, 1)
		only, err := s.Defects(ctx, ward.ID, campaigns.DataCollected, "", 10)
		require.NoError(t, err)
		require.Len(t, only, 1)
		require.Equal(t, campaigns.PartContact, only[0].Part)

		require.NoError(t, say(1, campaigns.PartIdentity, campaigns.DataCorrect))
		require.NoError(t, say(2, campaigns.PartIdentity, campaigns.DataCorrect))
		require.NoError(t, say(3, campaigns.PartIdentity, campaigns.DataCorrect))
		require.NoError(t, say(2, campaigns.PartIdentity, campaigns.DataMissing), "a level may look again")
		list, err := s.Reviews(ctx, who)
		require.NoError(t, err)
		require.Len(t, list, 4, "the third level looked at something else")

		_, err = s.SavePeople(ctx, ward.ID, []store.Draft{{Name: "Lê An", Born: "1990-01-01", ID: "003090000001", Contacts: []store.ContactDraft{mobile(1, campaigns.Self)}}})
		require.NoError(t, err)
		list, err = s.Reviews(ctx, who)
		require.NoError(t, err)
		require.Len(t, list, 2, "a list has changed the contacts")

		require.ErrorIs(t, say(4, campaigns.PartIdentity, campaigns.DataCorrect), campaigns.ErrReview)
		require.ErrorIs(t, s.SetReviewLevels(ctx, []string{"a", "a"}), campaigns.ErrLevels)
		require.NoError(t, s.SetReviewLevels(ctx, []string{"tổ", "phường", "tỉnh", "bộ"}))
		levels, err := s.ReviewLevels(ctx)
		require.NoError(t, err)
		require.Len(t, levels, 4)
		require.ErrorIs(t, s.RecordReview(ctx, campaigns.Review{PersonID: "none", Part: campaigns.PartCard, Level: 1, Finding: campaigns.DataWrong}), campaigns.ErrNotFound)
	})
}

func TestQuality(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		empty, err := s.Quality(ctx, ward.ID)
		require.NoError(t, err)
		_, known := empty.Correct.Rate()
		require.False(t, known)
		saved, err := s.SavePeople(ctx, ward.ID, []store.Draft{
			{Name: "Lê An", Born: "1990-01-01", Sex: "male", ID: "003090000001", Village: "Tổ 1"},
			{Name: "Lê Bé", Born: "2020-01-01", Sex: "female", Contacts: []store.ContactDraft{mobile(1, campaigns.Guardian)}}, // under 14
			{Name: "Lê Cúc", Born: "1990-01-01", Sex: "male", Village: "Tổ 1"},                                                // no number
			{Name: "Lê Dũng", Born: "1990", Sex: "male", ID: "003090000004", Village: "Tổ 1"},                                 // the year alone
			{Name: "Lê Em", Born: "1980-01-01"}, {Name: "Lê Ém", Born: "1980-01-01"},                                          // alike
		})
		require.NoError(t, err)
		for i, f := range []campaigns.Finding{campaigns.DataCorrect, campaigns.DataWrong} {
			require.NoError(t, s.RecordReview(ctx, campaigns.Review{PersonID: saved[i].ID, Part: campaigns.PartIdentity, Level: 1, Finding: f, Reviewer: "an"}))
		}
		q, err := s.Quality(ctx, ward.ID)
		require.NoError(t, err)
		require.Equal(t, 6, q.People)
		require.Equal(t, campaigns.Share{Part: 1, Of: 2}, q.Correct)
		require.Equal(t, campaigns.Share{Part: 2, Of: 6}, q.Sufficient)
		require.Equal(t, campaigns.Share{Part: 3, Of: 5}, q.Clean)
		require.Equal(t, campaigns.Share{Part: 6, Of: 6}, q.Alive)
		require.NoError(t, s.TellApart(ctx, saved[4].ID, saved[5].ID, "an", "hai chị em"))
		q, err = s.Quality(ctx, ward.ID)
		require.NoError(t, err)
		require.Equal(t, campaigns.Share{Part: 5, Of: 5}, q.Clean)
	})
}

// Card, hand-over and agreement: what an outcome and a list write, and when a fact is open again.
func TestCardFacts(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		saved, err := s.SavePeople(ctx, ward.ID, []store.Draft{{Name: "Lê An", Born: "2001-05-10", ID: "003201000001", CardIssuedOn: "2020-01-01", CardReadyOn: "2026-01-05"}})
		require.NoError(t, err)
		who := saved[0].ID
		mark := func(f campaigns.Fact, on string) int {
			n, err := s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: who, Fact: f, Source: "officer", Actor: "an", DoneOn: on}})
			require.NoError(t, err)
			return n
		}
		person := func() campaigns.Person {
			p, err := s.Person(ctx, who)
			require.NoError(t, err)
			return p
		}
		p := person()
		require.Equal(t, "2026-05-10", p.CardDueOn)
		require.Equal(t, "2015-05-10", p.Turns14On)
		require.Equal(t, 1, mark(campaigns.CardIssued, ""))
		require.Equal(t, 0, mark(campaigns.CardIssued, "2026-01-02"), "the fact learns its day and is not new")
		require.Equal(t, "2041-05-10", person().CardDueOn)
		require.Equal(t, 0, mark(campaigns.CardIssued, "2026-01-02"))
		require.Equal(t, 0, mark(campaigns.CardIssued, "2025-01-02"), "an older day says nothing new")
		require.Equal(t, 1, mark(campaigns.CardIssued, "2026-03-02"), "another card")
		require.True(t, person().Has(campaigns.CardIssued))

		require.Equal(t, 1, mark(campaigns.CardHanded, ""))
		require.Equal(t, 0, mark(campaigns.CardHanded, ""))
		require.True(t, person().Handed)
		list := func(d store.Draft) {
			d.Name, d.Born, d.ID = "Lê An", "2001-05-10", "003201000001"
			_, err := s.SavePeople(ctx, ward.ID, []store.Draft{d})
			require.NoError(t, err)
		}
		list(store.Draft{CardReadyOn: "2026-01-05"})
		require.True(t, person().Handed)
		list(store.Draft{CardReadyOn: "2026-11-05", CardIssuedOn: "2020-01-01"})
		p = person()
		require.False(t, p.Handed, "another card is ready")
		require.Equal(t, "2026-03-02", p.CardIssuedOn, "an old list does not bring back the old card")
		require.Equal(t, 1, mark(campaigns.CardHanded, ""))
		list(store.Draft{CardIssuedOn: "2026-04-01", CardExpiresOn: "2040-01-01"})
		require.Equal(t, "2040-01-01", person().CardDueOn, "what is printed wins")
		require.Equal(t, 1, mark(campaigns.DataAgrees, ""))
		require.True(t, person().Matched)
	})
}
