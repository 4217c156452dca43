package campaigns_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

func workday(year int, month time.Month, day int) bool {
	return vn.IsWorkday(vn.Date{Year: year, Month: int(month), Day: day})
}

func TestClocksOfRequests(t *testing.T) {
	t.Parallel()
	at := func(day string) time.Time {
		d, err := time.ParseInLocation(time.DateTime, day+" 16:45:00", campaigns.Zone)
		require.NoError(t, err)
		return d
	}
	for _, c := range []struct {
		received       string
		kind           campaigns.SubjectKind
		answer, finish string
	}{
		{"2026-12-01", campaigns.AskAccess, "2026-12-03", "2026-12-21"},      // Tuesday
		{"2026-12-04", campaigns.AskErasure, "2026-12-08", "2026-12-24"},     // Friday: Monday and Tuesday
		{"2026-12-05", campaigns.AskRestriction, "2026-12-08", "2026-12-20"}, // a Saturday at the desk
		{"2026-02-13", campaigns.AskObjection, "2026-02-24", "2026-02-28"},   // before Tết: closed from its eve on
	} {
		answer, finish := c.kind.Due(at(c.received), workday)
		require.Equal(t, c.answer, answer.In(campaigns.Zone).Format(time.DateOnly), c.received)
		require.Equal(t, c.finish, finish.In(campaigns.Zone).Format(time.DateOnly), c.received)
		require.Equal(t, "23:59:59", finish.In(campaigns.Zone).Format(time.TimeOnly))
		r := campaigns.SubjectRequest{Kind: c.kind, AnswerDue: answer, FinishDue: finish}
		require.False(t, r.Overdue(answer))
		require.True(t, r.Overdue(answer.Add(time.Second)), "not answered")
		r.AnsweredAt = at(c.received)
		require.False(t, r.Overdue(finish))
		require.True(t, r.Overdue(finish.Add(time.Second)))
		longer, err := r.Extend()
		require.NoError(t, err)
		require.Equal(t, finish.AddDate(0, 0, 15), longer)
		r.Extended = true
		_, err = r.Extend()
		require.ErrorIs(t, err, campaigns.ErrExtended)
	}
}

func TestMovesOfRequests(t *testing.T) {
	t.Parallel()
	all := []campaigns.SubjectState{campaigns.SubjectReceived, campaigns.SubjectAccepted, campaigns.SubjectDone, campaigns.SubjectRefused}
	legal := map[[2]campaigns.SubjectState]bool{
		{campaigns.SubjectReceived, campaigns.SubjectAccepted}: true, {campaigns.SubjectReceived, campaigns.SubjectDone}: true,
		{campaigns.SubjectReceived, campaigns.SubjectRefused}: true, {campaigns.SubjectAccepted, campaigns.SubjectDone}: true,
		{campaigns.SubjectAccepted, campaigns.SubjectRefused}: true,
	}
	for _, from := range all {
		for _, to := range all {
			require.Equal(t, legal[[2]campaigns.SubjectState{from, to}], from.May(to), "%s %s", from, to)
		}
	}
	r := campaigns.SubjectRequest{Kind: campaigns.AskErasure, TakenBy: "a"}
	require.ErrorIs(t, r.Decides("a"), campaigns.ErrSubjectSecond)
	require.NoError(t, r.Decides("b"))
}
