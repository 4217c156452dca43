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
	}, time.Minute, 20*time.Millisecond)
	return c.ID, run.ID
}

// An office says when it receives people; what is wrong is said, and another unit's session cannot be taken back.
func TestHours(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	r := s.signedIn("binh")
	require.Equal(t, 200, r.get("/hours"))
	require.Contains(t, r.page, "Chưa mở khung giờ")
	part := func(name, open, shut string) url.Values {
		return url.Values{"open-" + name: {open}, "close-" + name: {shut}, "seats-" + name: {"4"}, "every-" + name: {"30"}}
	}
	require.Equal(t, 422, r.post("/hours", part("1-0", "11:00", "07:30")))
	require.Contains(t, r.page, `value="11:00"`, "what was typed is kept")
	require.Equal(t, 422, r.post("/hours", part("1-0", "4:00", "07:30")), "nobody works then")
	require.Equal(t, 422, r.post("/hours", part("1-0", "7:00", "07:20")), "not one slot")
	require.Equal(t, 422, r.post("/hours", url.Values{"closed_days": {"hôm qua"}}))
	clash := part("1-0", "8:00", "11:00")
	for name, v := range part("1-1", "10:00", "12:00") {
		clash[name] = v
	}
	require.Equal(t, 422, r.post("/hours", clash))
	week := part("1-0", "07:30", "11:00")
	week.Set("closed_days", "09/03/2027\n10/03/2027\n10/03/2027")
	require.Equal(t, 200, r.post("/hours", week))
	require.Contains(t, r.page, "Thứ Hai, 08/03/2027")
	require.Contains(t, r.page, `<b>0</b> / 28`, "seven slots of four")
	session := func(name, value string) url.Values {
		v := url.Values{"on": {"06/03/2027"}, "place": {hostile[1]}, "from": {"7h30"}, "to": {"11:00"}, "seats": {"20"}, "every": {"60"}}
		if name != "" {
			v.Set(name, value)
		}
		return v
	}
	for name, bad := range map[string]url.Values{"all": {}, "day": session("on", "31/02/2027"), "past": session("on", "01/03/2027"), "seats": session("seats", "0"),
		"place": session("place", strings.Repeat("x", 201)), "no place": session("place", ""), "slot": session("every", "240"), "minutes": session("every", "4"), "early": session("from", "3:00")} {
		require.Equal(t, 422, r.post("/hours/sessions", bad), name)
	}
	for range 2 {
		require.Equal(t, 200, r.post("/hours/sessions", session("", "")))
	}
	_, list, err := s.app.Store.ReceptionsOf(ctx, s.one.ID)
	require.NoError(t, err)
	require.Equal(t, []campaigns.Reception{{Weekday: 1, Hours: campaigns.Hours{Open: 450, Close: 660}, Every: 30, Seats: 4}, {On: "2027-03-09"}, {On: "2027-03-10"},
		{On: "2027-03-06", Hours: campaigns.Hours{Open: 450, Close: 660}, Every: 60, Seats: 20, Place: hostile[1]}}, list, "a double click is one session")
	cancel := func() url.Values { return url.Values{"session": {"2027-03-06|07:30|" + hostile[1]}} }
	other := s.signedIn("hai")
	other.get("/hours")
	require.NotContains(t, other.page, "06/03/2027")
	require.Equal(t, 404, other.post("/hours/sessions/cancel", cancel()))
	require.Equal(t, 200, r.get("/hours/days/2027-03-06"))
	require.Equal(t, 404, r.get("/hours/days/soon"))
	officer := s.signedIn("mai")
	require.Equal(t, 200, officer.get("/hours"))
	require.NotContains(t, officer.page, `action="/hours`, "a commander says when")
	week.Del("csrf") // of the other's page
	require.Equal(t, 403, officer.post("/hours", week))
	require.Equal(t, 403, officer.post("/hours/sessions/cancel", cancel()))
	require.Equal(t, 200, r.get("/hours"))
	require.Equal(t, 200, r.post("/hours/sessions/cancel", cancel()))
	require.NotContains(t, r.page, "06/03/2027")
}

// Where the times of the office above hold, the page says so; the first change makes the unit's own, without sessions of others.
func TestHoursOfTheOfficeAbove(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	weekly := campaigns.Reception{Weekday: 2, Hours: campaigns.Hours{Open: 480, Close: 540}, Every: 60, Seats: 3, Place: "Nhà văn hóa"}
	mobile := campaigns.Reception{On: "2027-03-06", Hours: campaigns.Hours{Open: 480, Close: 540}, Every: 60, Seats: 9, Place: "Chợ huyện"}
	require.NoError(t, s.app.Store.SetReceptions(ctx, s.unit("T1").ID, []campaigns.Reception{weekly, mobile}, "an"))
	r := s.signedIn("binh")
	require.Equal(t, 200, r.get("/hours"))
	require.Contains(t, r.page, "Đang theo giờ của Tỉnh Một")
	require.Contains(t, r.page, "Chợ huyện")
	require.NotContains(t, r.page, "/hours/sessions/cancel", "what is not ours is not taken back by us")
	require.Equal(t, 404, r.post("/hours/sessions/cancel", url.Values{"session": {"2027-03-06|08:00|Chợ huyện"}}))
	require.Equal(t, 200, r.get("/hours/days/2027-03-09"))
	require.Contains(t, r.page, "theo giờ của Tỉnh Một")
	require.Equal(t, 200, r.get("/hours"))
	require.Equal(t, 200, r.post("/hours/sessions", url.Values{"on": {"07/03/2027"}, "place": {"Trường"}, "from": {"8:00"}, "to": {"10:00"}, "seats": {"5"}, "every": {"60"}}))
	require.NotContains(t, r.page, "Đang theo giờ")
	office, list, err := s.app.Store.ReceptionsOf(ctx, s.one.ID)
	require.NoError(t, err)
	require.Equal(t, s.one.ID, office)
	require.Equal(t, []campaigns.Reception{weekly, {On: "2027-03-07", Hours: campaigns.Hours{Open: 480, Close: 600}, Every: 60, Seats: 5, Place: "Trường"}}, list)
	require.Equal(t, 200, r.post("/hours", url.Values{"open-2-0": {"8:00"}, "close-2-0": {"9:00"}, "seats-2-0": {"3"}, "every-2-0": {"60"}, "place-2-0": {"Nhà văn hóa"}}))
	_, again, err := s.app.Store.ReceptionsOf(ctx, s.one.ID)
	require.NoError(t, err)
	require.Equal(t, list, again, "saving what is shown changes nothing")
	require.Equal(t, 200, r.post("/hours", url.Values{"open-2-0": {""}, "close-2-0": {""}, "seats-2-0": {""}}))
	require.Contains(t, r.page, "Chưa có giờ hằng tuần")
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
	s.staff.deny["mai"] = "to see more"
	for _, path := range []string{"/visits/round", "/hours/days/2027-03-08"} {
		require.Equal(t, 429, r.get(path), "names are counted like those of every other list")
	}
}
