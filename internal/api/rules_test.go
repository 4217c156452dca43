package api_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// approved brings people and a campaign to its approval.
func (e *engine) approved() (ward campaigns.UnitID, path string) {
	e.t.Helper()
	ward = e.ward()
	e.upload("?unit="+string(ward), "lop12.csv", []byte(roster)).is(201)
	path = "/api/v1/campaigns/" + e.campaign(ward)
	e.do("POST", path+"/submit", nil).is(200)
	e.do("POST", path+"/approve", nil, "Loa-Actor", "Hung").is(200)
	return ward, path
}

func TestScheduleByTheAPI(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		_, path := e.approved()
		e.do("POST", path+"/schedule", m{"starts_at": "2026-11-30T09:00:00+07:00"}).problem(422, "starts_at_invalid")
		e.do("POST", path+"/schedule", m{"starts_at": "2028-11-30T09:00:00+07:00"}).problem(422, "starts_at_invalid")
		a := e.do("POST", path+"/schedule", m{"starts_at": "2026-12-03T22:00:00+07:00"}).is(200)
		require.Equal(t, "scheduled", a.text("campaign.state"))
		require.Equal(t, "2026-12-03T15:00:00Z", a.text("campaign.starts_at"))
		e.do("POST", path+"/schedule", m{"starts_at": "2026-12-04T22:00:00+07:00"}).is(200)
		a = e.do("POST", path+"/unschedule", nil).is(200)
		require.Equal(t, "approved", a.text("campaign.state"))
		require.Nil(t, a.get("campaign.starts_at"))
		e.do("POST", path+"/unschedule", nil).problem(409, "illegal_move")
		a = e.do("POST", path+"/launch", nil).is(200)
		require.Equal(t, "none", a.text("launch.canary"), "three people need no canary")
		e.do("POST", path+"/release", nil, "Loa-Actor", "Hung").problem(409, "not_held")
		e.do("POST", path+"/release", nil).problem(409, "not_approver")
	})
}

func TestTargetsAndLeague(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward, id := e.running()
		path := "/api/v1/campaigns/" + id
		one := e.do("PUT", path+"/targets/"+string(ward), m{"goal": 2}).is(200)
		require.EqualValues(t, 3, one.get("denominator"), "frozen from the audience")
		require.Equal(t, one.text("id"), e.do("PUT", path+"/targets/90001", m{"goal": 2}).is(200).text("id"), "the same again is the same")
		e.do("PUT", path+"/targets/"+string(ward), m{"goal": 3}, "Loa-Actor", "Hung").is(200)
		e.do("PUT", path+"/targets/90", m{"goal": 1, "month": "2026-12", "batch": "Đợt 1"}).is(200)
		e.do("PUT", path+"/targets/90", m{"goal": 1, "month": "2027-01"}).is(200)
		e.do("PUT", path+"/targets/90", m{"goal": 4}).problem(422, "target_invalid")
		e.do("PUT", path+"/targets/90002", m{"goal": 1}).problem(422, "target_invalid")
		e.do("PUT", path+"/targets/90", m{"goal": 1, "month": "2026-13"}).problem(422, "invalid")
		person := e.do("POST", "/api/v1/people/search", m{"name": "van an"}).is(200).text("items.0.id")
		e.do("POST", path+"/responses", m{"person_id": person, "answer": "already_done"}).is(204)
		e.do("POST", path+"/people/"+person+"/refute", nil).is(204)
		e.do("POST", "/api/v1/outcomes", m{"person_id": person, "fact": "card", "done_on": "2026-12-01"}).is(200)

		list := e.do("GET", path+"/targets", nil).is(200)
		require.NotEmpty(t, list.text("as_of"))
		require.Len(t, list.get("items"), 3)
		require.EqualValues(t, 3, list.get("items.0.goal"))
		require.Equal(t, "Hung", list.text("items.0.assigned_by"))
		require.EqualValues(t, 1, list.get("items.0.verified"))
		require.EqualValues(t, 1, list.get("items.1.verified"), "in December, in the whole province")
		require.EqualValues(t, 0, list.get("items.2.verified"), "none in January")
		all := e.do("GET", path+"/targets?history=true", nil).is(200)
		require.Len(t, all.get("items"), 4)
		require.EqualValues(t, 2, all.get("items.0.goal"))
		require.NotEmpty(t, all.text("items.0.replaced_at"))
		require.EqualValues(t, 3, e.do("GET", path+"/report", nil).is(200).get("campaigns.0.units.0.goal"), "the report shows the one that holds")

		league := e.do("GET", path+"/league?by=difficulty", nil).is(200)
		require.Len(t, league.get("rows"), 1)
		require.Equal(t, "difficulty", league.text("by"))
		for what, want := range map[string]float64{"rank": 1, "meant": 3, "hard": 1, "verified": 1, "reopened": 1, "against_expected": 1} {
			require.InDelta(t, want, league.get("rows.0."+what), 1e-9, what)
		}
	})
}

func TestResidualAndClosing(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward, id := e.running()
		path := "/api/v1/campaigns/" + id
		person := e.do("POST", "/api/v1/people/search", m{"name": "van an"}).is(200).text("items.0.id")
		other := e.do("POST", "/api/v1/people/search", m{"name": "binh"}).is(200).text("items.0.id")
		e.do("POST", path+"/responses", m{"person_id": person, "answer": "need_help"}).is(204)
		page := e.do("GET", path+"/residual?limit=2", nil).is(200)
		require.Len(t, page.get("items"), 2)
		require.Len(t, e.do("GET", path+"/residual?limit=2&cursor="+page.text("next"), nil).is(200).get("items"), 1)
		require.NotContains(t, page.body, "Nguyễn")
		require.NotEmpty(t, page.text("as_of"))
		help := e.do("GET", path+"/residual?reason=asked_help&unit="+string(ward), nil).is(200)
		require.Len(t, help.get("items"), 1)
		require.Equal(t, person, help.text("items.0.person_id"))
		require.Equal(t, "call", help.text("items.0.action"))
		require.Empty(t, e.do("GET", path+"/residual?unit=90002", nil).is(200).get("items"))
		e.do("GET", path+"/residual?unit=nowhere", nil).problem(404, "not_found")

		left := e.do("POST", path+"/close", m{"groups": m{"not_sent_yet": "unreachable"}}).problem(409, "people_left")
		require.Contains(t, left.body, "1 asked_help")
		e.do("POST", path+"/close", m{"groups": m{"not_sent_yet": "bored"}}).problem(422, "closing_invalid")
		e.do("POST", path+"/close", m{"people": []any{m{"person_id": "nobody", "because": "moved"}}}).problem(404, "not_found")
		people := []any{m{"person_id": person, "because": "declined"}, m{"person_id": other, "because": "abroad"}}
		e.do("POST", path+"/close", m{"people": people}).problem(409, "people_left")
		a := e.do("POST", path+"/close", m{"groups": m{"not_sent_yet": "unreachable"}, "people": people}).is(200)
		require.Equal(t, "completed", a.text("campaign.state"))
		because := map[string]int{}
		for _, item := range e.do("GET", path+"/residual", nil).is(200).get("items").([]any) {
			because[item.(m)["because"].(string)]++
		}
		require.Equal(t, map[string]int{"declined": 1, "abroad": 1, "unreachable": 1}, because)
	})
}

func TestHoursBudgetAndEmergencyByTheAPI(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward, path := e.approved()
		require.Equal(t, "07:30", e.do("GET", "/api/v1/units/"+string(ward)+"/hours", nil).is(200).text("opens"))
		e.do("PUT", "/api/v1/units/90/hours", m{"opens": "06:00", "closes": "20:00"}).problem(422, "hours_invalid")
		e.do("PUT", "/api/v1/units/90/hours", m{"opens": "08:00", "closes": "18:00"}).is(200)
		of := e.do("GET", "/api/v1/units/"+string(ward)+"/hours", nil).is(200)
		require.Equal(t, "18:00", of.text("closes"), "those of the province")
		require.Equal(t, "Lan", of.text("set_by"))
		e.do("PUT", "/api/v1/units/"+string(ward)+"/hours", m{"opens": "09:00", "closes": "17:00"}).is(200)
		require.Equal(t, "09:00", e.do("GET", "/api/v1/units/"+string(ward)+"/hours", nil).is(200).text("opens"), "its own")

		require.Equal(t, false, e.do("GET", path+"/budget", nil).is(200).get("limited"))
		e.do("PUT", path+"/budget", m{"counts": "dong", "most": 5000}).is(200)
		b := e.do("GET", path+"/budget", nil).is(200)
		require.EqualValues(t, 5000, b.get("left"))
		require.NotEmpty(t, b.text("as_of"))
		e.do("PUT", "/api/v1/prices/sms.test", m{"dong": 350}).is(200)
		require.EqualValues(t, 350, e.do("GET", "/api/v1/prices", nil).is(200).get("items.0.dong"))

		require.Equal(t, false, e.do("GET", path+"/emergency", nil).is(200).get("asked"))
		e.do("POST", path+"/emergency/grant", nil).problem(404, "not_found")
		e.do("POST", path+"/emergency", m{"reason": "Nước lũ lên nhanh, phải sơ tán"}).is(200)
		e.do("POST", path+"/emergency/grant", nil, "Loa-Actor", "LAN").problem(409, "second_person")
		a := e.do("POST", path+"/emergency/grant", nil, "Loa-Actor", "Hung").is(200)
		require.Equal(t, true, a.get("granted"))
		require.Equal(t, true, e.do("GET", path, nil).is(200).get("emergency"))
		again := e.do("POST", path+"/emergency", m{"reason": "Vẫn còn lũ, xin gia hạn"}).is(200)
		require.Equal(t, false, again.get("granted"), "asked anew, granted anew")
	})
}

func TestAppointmentByTheAPI(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		_, id := e.running()
		path := "/api/v1/campaigns/" + id
		person := e.do("POST", "/api/v1/people/search", m{"name": "van an"}).is(200).text("items.0.id")
		book := func(change m) answer {
			body := m{"person_id": person, "answer": "other_date"}
			for k, v := range change {
				body[k] = v
			}
			return e.do("POST", path+"/responses", body)
		}
		book(m{"date": "2026-11-30"}).problem(422, "appointment_invalid")
		book(m{"time": "07:30"}).problem(422, "invalid")
		book(m{"date": "2026-12-05", "answer": "stop"}).problem(422, "invalid")
		book(m{"date": "2026-12-05", "answer": "home_visit"}).problem(422, "invalid")
		book(m{"date": "2026-12-05", "time": "07:30", "place": "Nhà văn hóa"}).is(204)
		book(m{"date": "2026-12-05", "time": "07:30", "place": "Nhà văn hóa"}).is(204)
		list := e.do("GET", path+"/appointments", nil).is(200)
		require.Len(t, list.get("items"), 1, "the same day again is the same appointment")
		require.Equal(t, "2026-12-04T02:00:00Z", list.text("items.0.remind_at"))
		require.Len(t, list.text("items.0.code"), 6)
		require.Equal(t, "Lan", list.text("items.0.booked_by"))
		for day := 6; day < 14; day++ {
			book(m{"date": time.Date(2026, 12, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)}).is(204)
		}
		book(m{"date": "2026-12-20"}).problem(409, "appointments")
		require.Empty(t, e.do("GET", path+"/appointments?on=2026-12-05", nil).is(200).get("items"), "replaced by a later one")
		require.Len(t, e.do("GET", path+"/appointments?on=2026-12-13", nil).is(200).get("items"), 1)
	})
}

// A launch by the API of more than 500 is held unless a program answers for its own numbers.
func TestCanaryByTheAPI(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e := start(t, apptest.SQLite(t), nil)
	ward := e.ward()
	unit, err := e.store.Unit(ctx, ward)
	require.NoError(t, err)
	for i := range campaigns.CanaryAbove + 1 {
		apptest.AddPerson(t, e.store, unit, "Em "+string(rune('A'+i%26))+string(rune('a'+i/26)), "")
	}
	launch := func(query string) answer {
		path := "/api/v1/campaigns/" + e.campaign(ward)
		e.do("POST", path+"/submit", nil).is(200)
		e.do("POST", path+"/approve", nil, "Loa-Actor", "Hung").is(200)
		return e.do("POST", path+"/launch"+query, nil).is(200)
	}
	require.Equal(t, "none", launch("?canary=none").text("launch.canary"))
	held := launch("")
	require.Equal(t, "held", held.text("launch.canary"))
	require.NotEmpty(t, held.text("launch.release_at"))
	path := "/api/v1/campaigns/" + held.text("campaign.id")
	e.do("POST", path+"/release", nil, "Loa-Actor", "Hung").is(200)
	require.Equal(t, "released", e.do("GET", path+"/launches", nil).is(200).text("items.0.canary"))
}

// T9: who approves a campaign for more than 500 people stands higher than its author.
func TestLargeCampaignsNeedAHigherRank(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e := start(t, apptest.SQLite(t), nil)
	ward := e.tree()["90001"]
	list := make([]store.Draft, campaigns.LargeAudience+1)
	for i := range list {
		list[i] = store.Draft{Name: "Em " + strconv.Itoa(i), Born: "2008-01-01", Guardian: "G" + strconv.Itoa(i)}
	}
	_, err := e.store.SavePeople(ctx, ward.ID, list)
	require.NoError(t, err)
	author, peer, above := e.signedIn("tac.gia", "90001", "commander"), e.signedIn("dong.cap", "90001", "commander"), e.signedIn("cap.tren", "90", "province_admin")
	path := "/campaigns/" + author.ask("POST", "/campaigns", draft(ward.ID)).is(201).text("id")
	author.ask("POST", path+"/submit", nil).is(200)
	seen := author.ask("GET", path+"/submission", nil).is(200).header.Get("ETag")
	author.ask("POST", path+"/approve", nil, "If-Match", seen).problem(409, "second_person")
	peer.ask("POST", path+"/approve", nil, "If-Match", seen).problem(409, "higher_rank")
	require.Equal(t, "submitted", peer.ask("GET", path, nil).is(200).text("state"))
	above.ask("POST", path+"/approve", nil).problem(428, "if_match_missing")
	above.ask("POST", path+"/approve", nil, "If-Match", "*").problem(428, "if_match_missing")
	above.ask("POST", path+"/approve", nil, "If-Match", seen).is(200)
}

// An approver sees whom the campaign means, what they will read, and what has changed since it was handed in before.
func TestSubmission(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		e.upload("?unit="+string(ward), "lop12.csv", []byte(roster)).is(201)
		path := "/api/v1/campaigns/" + e.campaign(ward)
		e.do("GET", path+"/submission", nil).problem(404, "not_found")
		e.do("PUT", "/api/v1/prices/sms.test", m{"dong": 350}).is(200)
		e.do("POST", path+"/submit", nil).is(200)
		one := e.do("GET", path+"/submission", nil).is(200)
		require.EqualValues(t, 3, one.get("people"))
		require.EqualValues(t, 2, one.get("with_phone"))
		require.Len(t, one.get("samples"), 3)
		require.Contains(t, one.text("samples.0.text"), "Nguyen Van An")
		require.InDelta(t, one.get("parts").(float64)*2*350, one.get("dong"), 0)
		require.Nil(t, one.get("before"))
		require.Equal(t, false, one.get("higher_rank"))
		e.do("POST", path+"/return", nil, "Loa-Actor", "Hung").is(200)
		unit, err := e.store.Unit(context.Background(), ward)
		require.NoError(t, err)
		apptest.AddPerson(t, e.store, unit, "Phạm Thị Dung", "")
		e.do("POST", path+"/submit", nil).is(200)
		two := e.do("GET", path+"/submission", nil).is(200)
		require.EqualValues(t, 3, two.get("before.people"))
		require.Equal(t, false, two.get("before.filter_moved"))
	})
}
