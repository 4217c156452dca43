package web_test

import (
	"context"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/store"
)

// What an officer or a commander does to a campaign and to a person stands in the log of the ward: who, from where, why.
func TestActsStandInTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	ctx := context.Background()
	saved, err := w.app.Store.SavePeople(ctx, w.one.ID, []store.Draft{{Name: "Nguyễn Thị Hòa", Born: "1950-01-01", Address: "Ngõ 1"}})
	require.NoError(t, err)
	c, err := w.app.Store.CreateCampaign(ctx, campaigns.Campaign{UnitID: w.one.ID, Kind: "homevisit", Name: "Đến nhà", Filter: campaigns.Under(w.one.ID), Basis: "x", Fact: campaigns.CardIssued, Author: "Mai",
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"visit.task"}}}, Fields: map[string]string{"place": "Nhà", "time": "8h00", "deadline": "29/04/2027", "doc_list": "giấy khai sinh", "doc_no": "12"}, DeadlineOn: "2027-04-29"})
	require.NoError(t, err)
	_, err = w.app.Store.SubmitCampaign(ctx, c.ID, "Mai")
	require.NoError(t, err)
	logged := func(verb access.Verb) access.Row {
		t.Helper()
		rows, err := w.app.Store.FindAudit(ctx, access.AuditFilter{Unit: w.one.ID, Verbs: []access.Verb{verb}}, 10)
		require.NoError(t, err)
		require.Len(t, rows, 1, string(verb))
		return rows[0]
	}
	r := w.enter("binh", "W1", access.Commander)
	require.Equal(t, 200, r.get("/approvals/"+string(c.ID)))
	seen := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(r.page)
	require.Len(t, seen, 2)
	require.Equal(t, 200, r.post("/approvals/"+string(c.ID), url.Values{"do": {"approve"}, "seen": {seen[1]}}))
	require.Equal(t, string(c.ID), logged(access.CampaignApproved).ObjectID)
	for _, step := range []struct {
		page string
		verb access.Verb
	}{{"/launch", access.CampaignLaunched}, {"/pause", access.CampaignPaused}, {"/resume", access.CampaignResumed}, {"/stop", access.CampaignStopped}} {
		require.Equal(t, 200, r.get("/campaigns/"+string(c.ID)+step.page))
		require.Equal(t, 200, r.post("/campaigns/"+string(c.ID)+step.page, url.Values{"why": {"nhầm danh sách"}}))
		row := logged(step.verb)
		require.Equal(t, string(c.ID), row.ObjectID)
		require.Contains(t, row.Who.Name, "binh")
		require.NotEmpty(t, row.Who.From)
	}
	require.Contains(t, logged(access.CampaignStopped).Detail, "nhầm danh sách")
	require.Equal(t, 200, r.get("/people/"+string(saved[0].ID)))
	require.Equal(t, 200, r.post("/people/"+string(saved[0].ID), url.Values{"what": {"done"}, "fact": {string(campaigns.CardIssued)}, "key": {"k"}}))
	row := logged(access.PersonVerified)
	require.Equal(t, saved[0].ID, row.Person)
	require.NotContains(t, row.Detail, "Hòa")
}
