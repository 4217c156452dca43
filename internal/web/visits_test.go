package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
)

// running is a campaign of the first ward that has been launched.
func (s *scene) running(kind string) (campaigns.CampaignID, campaigns.LaunchID) {
	s.t.Helper()
	ctx := context.Background()
	fields := map[string]string{"place": "Nhà", "time": "8h00", "deadline": "29/04/2027", "doc_list": "giấy khai sinh", "doc_no": "12"}
	c, err := s.app.Store.CreateCampaign(ctx, campaigns.Campaign{UnitID: s.one.ID, Kind: kind, Name: "=1+1", Filter: campaigns.Under(s.one.ID), Fields: fields,
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{map[bool]string{true: "visit.task", false: "relay.task"}[kind == "homevisit"]}}}, Basis: "x", Fact: campaigns.CardIssued, Author: "Mai", DeadlineOn: "2027-04-29"})
	require.NoError(s.t, err)
	_, err = s.app.Store.SubmitCampaign(ctx, c.ID, "Mai")
	require.NoError(s.t, err)
	require.NoError(s.t, s.app.Store.MoveCampaign(ctx, c.ID, campaigns.Approve, "Bình"))
	run, _, err := s.app.Store.LaunchCampaign(ctx, c.ID, campaigns.Normal, "Bình")
	require.NoError(s.t, err)
	require.Eventually(s.t, func() bool {
		report, err := s.app.Report(ctx, c.ID)
		return err == nil && report.Planned > 0
	}, 10*time.Second, 20*time.Millisecond)
	return c.ID, run.ID
}

// An office says when it sees people; what is wrong is said, and another unit's session cannot be taken back.
func TestHours(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	r := s.signedIn("mai")
	require.Equal(t, 200, r.get("/hours"))
	require.Contains(t, r.page, "Chưa mở khung giờ")
	week := url.Values{"open-1-0": {"07:30"}, "close-1-0": {"11:00"}, "seats-1-0": {"4"}, "closed_days": {"09/03/2027\n10/03/2027"}}
	require.Equal(t, 422, r.post("/hours", url.Values{"open-1-0": {"11:00"}, "close-1-0": {"07:30"}, "seats-1-0": {"4"}}))
	require.Contains(t, r.page, `value="11:00"`, "what was typed is kept")
	require.Equal(t, 422, r.post("/hours", url.Values{"closed_days": {"hôm qua"}}))
	require.Equal(t, 422, r.post("/hours", url.Values{"open-1-0": {"08:00"}, "close-1-0": {"11:00"}, "seats-1-0": {"4"}, "open-1-1": {"10:00"}, "close-1-1": {"12:00"}, "seats-1-1": {"4"}}))
	require.Equal(t, 200, r.post("/hours", week))
	require.Contains(t, r.page, "Thứ Hai, 08/03/2027")
	for name, bad := range map[string]url.Values{"all": {}, "day": {"on": {"31/02/2027"}, "place": {"x"}, "from": {"8:00"}, "to": {"9:00"}, "seats": {"1"}},
		"seats": {"on": {"06/03/2027"}, "place": {"x"}, "from": {"8:00"}, "to": {"9:00"}, "seats": {"0"}}, "place": {"on": {"06/03/2027"}, "place": {strings.Repeat("x", 201)}, "from": {"8:00"}, "to": {"9:00"}, "seats": {"1"}}} {
		require.Equal(t, 422, r.post("/hours/sessions", bad), name)
	}
	require.Equal(t, 200, r.post("/hours/sessions", url.Values{"on": {"06/03/2027"}, "place": {hostile[1]}, "from": {"7h30"}, "to": {"11:00"}, "seats": {"20"}}))
	rec, err := s.app.Store.ReceptionOf(context.Background(), s.one.ID)
	require.NoError(t, err)
	require.Len(t, rec.Sessions, 1)
	require.Equal(t, []string{"2027-03-09", "2027-03-10"}, rec.Closed)
	other := s.signedIn("hai")
	other.get("/hours")
	require.Equal(t, 404, other.post("/hours/sessions/"+rec.Sessions[0].ID+"/cancel", url.Values{}))
	require.Equal(t, 200, r.get("/hours/days/2027-03-06"))
	require.Equal(t, 404, r.get("/hours/days/soon"))
	require.Equal(t, 200, r.get("/hours"))
	require.Equal(t, 200, r.post("/hours/sessions/"+rec.Sessions[0].ID+"/cancel", url.Values{}))
}

// Homes are grouped by village into rounds of one sheet, each with its check code; another ward sees none of it.
func TestVisitRounds(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	people := []campaigns.PersonID{apptest.AddPerson(t, s.app.Store, s.one, hostile[0], "+84350000001")}
	for i := range 13 {
		people = append(people, apptest.AddPerson(t, s.app.Store, s.one, "Nguyễn Thị Hòa "+string(rune('A'+i)), ""))
	}
	_, launch := s.running("homevisit")
	for _, p := range people {
		require.NoError(t, s.app.Store.AnswerByStaff(ctx, launch, p, campaigns.HomeVisit, "officer", string(p)))
	}
	r := s.signedIn("mai")
	require.Equal(t, 200, r.get("/visits"))
	require.Equal(t, 200, r.get(r.link(`/visits/round\?[^"]+`)))
	require.Contains(t, r.page, "<path d=\"M")
	require.NotContains(t, r.page, hostile[0])
	require.Equal(t, 200, r.get("/visits/round?place=&round=99"), "a round that is not there is the last")
	require.Equal(t, 404, r.get("/visits/round?place=x"))
	other := s.signedIn("hai")
	require.Equal(t, 200, other.get("/visits"))
	require.NotContains(t, other.page, "/visits/round")
	require.Equal(t, 200, other.get("/visits/round"))
	require.NotContains(t, other.page, "Hòa")
	require.NoError(t, s.app.Store.BookByStaff(ctx, launch, people[0], campaigns.WillCome, campaigns.Meeting{On: "2027-03-08", Time: "07:30"}, "officer", "k", "Mai"))
	require.Equal(t, 200, r.get("/hours/days/2027-03-08"))
	require.Contains(t, r.page, "07:30")
	require.Equal(t, 200, other.get("/hours/days/2027-03-08"))
	require.NotContains(t, other.page, "07:30")
}
