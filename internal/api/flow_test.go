package api_test

import (
	"context"
	"encoding/csv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/notifier"
)

func TestFromListToOutcome(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward, id := e.running()

		people := e.do("POST", "/api/v1/people/search", m{"name": "van an", "phone": "0900 000 001"}).is(200)
		require.Equal(t, "Nguyễn Văn An", people.text("items.0.name"))
		require.Equal(t, "011", people.text("items.0.id_tail"))
		require.NotContains(t, people.body, "003209000011")
		require.NotContains(t, people.body, "0900000001")
		person := people.text("items.0.id")
		e.do("GET", "/api/v1/people/"+person, nil).is(200)
		require.Len(t, e.do("POST", "/api/v1/people/search", m{"id_number": "003309000012"}).is(200).get("items"), 1)

		page := e.do("GET", "/api/v1/campaigns/"+id+"/deliveries?limit=2", nil).is(200)
		require.Len(t, page.get("items"), 2)
		require.NotEmpty(t, page.text("items.0.id"), "64-bit ids are strings")
		rest := e.do("GET", "/api/v1/campaigns/"+id+"/deliveries?limit=2&cursor="+page.text("next"), nil).is(200)
		require.Len(t, rest.get("items"), 1)
		require.Nil(t, rest.get("next"))
		require.Empty(t, e.do("GET", "/api/v1/campaigns/"+id+"/deliveries?state=failed", nil).is(200).get("items"))

		e.do("POST", "/api/v1/campaigns/"+id+"/responses", m{"person_id": person, "answer": "already_done", "event_key": "1"}).is(204)
		e.do("POST", "/api/v1/campaigns/"+id+"/responses", m{"person_id": person, "answer": "already_done", "event_key": "1"}).is(204)
		require.Equal(t, "verify", e.do("GET", "/api/v1/tasks?kind=verify", nil).is(200).text("items.0.kind"))
		e.do("POST", "/api/v1/campaigns/"+id+"/people/"+person+"/refute", nil).is(204)
		e.do("POST", "/api/v1/campaigns/"+id+"/people/"+person+"/refute", nil).problem(404, "not_found")

		require.Equal(t, true, e.do("POST", "/api/v1/outcomes", m{"person_id": person, "fact": "card", "done_on": "2026-12-01"}).is(200).get("fresh"))
		list := "id_number;fact;done_on\n003209000011;card;2026-12-01\n'3309000012;card;\n 03309000012;card;1/12/2026\n003309000012;card;1/12/2026\n003999999999;card;\n003209000013;driver;\n003209000013;card;soon\n"
		report := e.do("POST", "/api/v1/outcomes/csv?ref=45/DS", list).is(200)
		require.JSONEq(t, `{"lines":7,"fresh":1,"known":2,"problems":[{"line":4,"code":"id_number"},
			{"line":6,"code":"unknown_person"},{"line":7,"code":"fact"},{"line":8,"code":"done_on"}]}`, report.body)

		e.do("PUT", "/api/v1/campaigns/"+id+"/targets/"+string(ward), m{"denominator": 3, "goal": 3}).is(200)
		figures := e.do("GET", "/api/v1/campaigns/"+id+"/report", nil).is(200)
		require.EqualValues(t, 3, figures.get("campaigns.0.total.meant"))
		require.EqualValues(t, 2, figures.get("campaigns.0.total.verified"))
		require.EqualValues(t, 3, figures.get("campaigns.0.units.0.goal"))
		require.EqualValues(t, 2, e.do("GET", "/api/v1/report", nil).is(200).get("campaigns.0.total.verified"))

		e.do("POST", "/api/v1/campaigns/"+id+"/pause", nil).is(200)
		e.do("POST", "/api/v1/campaigns/"+id+"/resume", nil).is(200)
		e.do("POST", "/api/v1/campaigns/"+id+"/complete", nil).problem(409, "people_left")
		e.do("POST", "/api/v1/campaigns/"+id+"/close", m{"groups": m{"not_sent_yet": "next_campaign"}}).is(200)
		e.do("POST", "/api/v1/campaigns/"+id+"/cancel", nil).problem(409, "illegal_move")
	})
}

func TestRosters(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := string(e.ward())
		first := e.upload("?unit="+ward, `C:\lists\lop 12.csv`, []byte(roster)).is(201)
		require.Equal(t, "done", first.text("state"))
		require.Equal(t, "lop 12.csv", first.text("file_name"))
		require.EqualValues(t, 3, first.get("counts.new"))
		again := e.upload("?unit="+ward, "lop12.csv", []byte(roster)).is(201)
		require.Equal(t, first.text("id"), again.text("id"))
		require.Equal(t, true, again.get("repeated"))
		require.Len(t, e.do("GET", "/api/v1/rosters?unit="+ward, nil).is(200).get("items"), 1)
		require.Equal(t, first.text("id"), e.do("GET", "/api/v1/rosters/"+first.text("id"), nil).is(200).text("id"))
		rows := e.do("GET", "/api/v1/rosters/"+first.text("id")+"/rows.csv", nil).is(200)
		require.Contains(t, rows.header.Get("Content-Type"), "text/csv")
		table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(rows.body, "\ufeff"))).ReadAll()
		require.NoError(t, err)
		require.Len(t, table, 4)

		e.upload("?unit="+ward, "x.csv", []byte("")).problem(422, "upload_invalid")
		e.upload("?unit="+ward, "x.csv", []byte("không có gì")).is(422)
		e.upload("?unit=none", "x.csv", []byte(roster)).problem(404, "not_found")
		e.upload("", "x.csv", []byte(roster)).problem(422, "invalid")
		e.do("POST", "/api/v1/rosters?unit="+ward, "a,b").problem(422, "invalid")
		e.do("POST", "/api/v1/rosters?unit="+ward, "a,b", "Content-Type", "multipart/form-data; boundary=x").problem(422, "upload_invalid")
	})
}

func TestTaskIsTicked(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ctx := context.Background()
		ward, id := e.running()
		runs, err := e.store.Runs(ctx, campaigns.CampaignID(id))
		require.NoError(t, err)
		list, err := e.store.Deliveries(ctx, campaigns.CampaignID(id), "", 0, 1)
		require.NoError(t, err)
		task, err := e.store.PutVisit(ctx, notifier.Message{Delivery: list[0].ID, Launch: runs[0].ID, Person: list[0].Person, Unit: ward, StepNo: 1, Code: "K7MP4T"})
		require.NoError(t, err)
		require.Equal(t, task, e.do("GET", "/api/v1/tasks", nil).is(200).text("items.0.id"))
		lines := e.do("GET", "/api/v1/tasks/"+task+"/people", nil).is(200)
		require.Len(t, lines.get("items"), 1)
		require.Empty(t, e.do("GET", "/api/v1/tasks/"+task+"/people?cursor="+lines.text("items.0.id"), nil).is(200).get("items"))
		require.EqualValues(t, 0, e.do("POST", "/api/v1/tasks/"+task+"/tick", m{"result": "told"}).is(200).get("open"))
		require.Empty(t, e.do("GET", "/api/v1/tasks", nil).is(200).get("items"))
	})
}

func TestTwentyLaunchesAreOne(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		e.upload("?unit="+string(ward), "lop12.csv", []byte(roster)).is(201)
		id := e.campaign(ward)
		e.do("POST", "/api/v1/campaigns/"+id+"/submit", nil).is(200)
		e.do("POST", "/api/v1/campaigns/"+id+"/approve", nil).problem(409, "second_person")
		e.do("POST", "/api/v1/campaigns/"+id+"/approve", nil, "Loa-Actor", "lan ").problem(409, "second_person")
		e.do("POST", "/api/v1/campaigns/"+id+"/approve", nil, "Loa-Actor", "Hùng").is(200)
		var wg sync.WaitGroup
		answers := make([]answer, 20)
		for i := range answers {
			wg.Go(func() { answers[i] = e.do("POST", "/api/v1/campaigns/"+id+"/launch", nil) })
		}
		wg.Wait()
		created := 0
		for _, a := range answers {
			a.is(200)
			require.Equal(t, answers[0].text("launch.id"), a.text("launch.id"))
			if a.get("created") == true {
				created++
			}
		}
		require.Equal(t, 1, created)
		require.Equal(t, 1, e.woken)
		require.Len(t, e.do("GET", "/api/v1/campaigns/"+id+"/launches", nil).is(200).get("items"), 1)
	})
}

func TestInboxAndOptOuts(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		_, err := e.store.HearText(context.Background(), "sms.test", "k1", e.store.AddressIndex("phone", "+84900000001"), "", "unclear", "DUNG")
		require.NoError(t, err)
		list := e.do("GET", "/api/v1/inbox", nil).is(200)
		require.Equal(t, "unclear", list.text("items.0.why"))
		id := list.text("items.0.id")
		e.do("POST", "/api/v1/inbox/"+id+"/handle", nil).is(204)
		e.do("POST", "/api/v1/inbox/"+id+"/handle", nil).is(204)
		e.do("POST", "/api/v1/inbox/none/handle", nil).problem(404, "not_found")
		require.Empty(t, e.do("GET", "/api/v1/inbox", nil).is(200).get("items"))

		require.Equal(t, true, e.do("POST", "/api/v1/opt-outs", m{"phone": "0912 345 678"}).is(200).get("fresh"))
		require.Equal(t, false, e.do("POST", "/api/v1/opt-outs", m{"phone": "+84912345678"}).is(200).get("fresh"))
		require.EqualValues(t, 1, e.do("GET", "/api/v1/opt-outs/count", nil).is(200).get("total"))
	})
}

func TestUnits(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		province := e.do("GET", "/api/v1/units", nil).is(200).text("items.0.id")
		require.Len(t, e.do("GET", "/api/v1/units?parent="+province, nil).is(200).get("items"), 2)
		e.do("GET", "/api/v1/units?parent=none", nil).problem(404, "not_found")
		require.Equal(t, "AnHoa", e.do("GET", "/api/v1/units/"+string(ward), nil).is(200).text("short_name"))
		school := m{"code": "90001-S1", "kind": "school", "name": "THPT An Hòa", "parent": "90001", "valid_from": "2025-07-01"}
		require.Equal(t, string(ward), e.do("PUT", "/api/v1/units", school).is(200).text("parent_id"))
		school["kind"], school["code"] = "village", "90001-S2"
		school["parent"] = "90"
		e.do("PUT", "/api/v1/units", school).problem(422, "unit_invalid")
		bad := e.do("POST", "/api/v1/units/csv", units+"90003,ward,Xã Ba,0912345678XYZ,90,,,2025-07-01\n").problem(422, "unit_invalid")
		require.Contains(t, bad.text("errors.0.location"), "line 5")
		require.NotContains(t, bad.body, "0912345678")
	})
}

// An import that takes its time is answered 202 with the address under which it is followed to its end.
func TestLongImportIsFollowed(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, whole *engine) {
		ward := whole.ward()
		goOn := make(chan struct{})
		var aside sync.WaitGroup
		e := start(t, whole.store, func(o *api.Options) {
			inner := o.Import
			o.Patience = time.Nanosecond
			o.Aside = func(f func(context.Context)) { aside.Go(func() { f(context.Background()) }) }
			o.Import = func(ctx context.Context, f api.RosterFile) (api.Roster, error) {
				tell := f.Started
				f.Started = func(id campaigns.RosterID) { tell(id); <-goOn }
				return inner(ctx, f)
			}
		})
		defer aside.Wait() // before the test looks for files left behind
		a := e.send(e.uploading("?unit="+string(ward), "lop12.csv", []byte(roster), "Idempotency-Key", "long")).is(202)
		require.Equal(t, "reading", a.text("state"))
		at := a.header.Get("Location")
		require.Equal(t, "reading", e.do("GET", at, nil).is(200).text("state"))
		close(goOn)
		aside.Wait()
		done := e.do("GET", at, nil).is(200)
		require.Equal(t, "done", done.text("state"))
		require.EqualValues(t, 3, done.get("counts.accepted"))
		again := e.send(e.uploading("?unit="+string(ward), "lop12.csv", []byte(roster), "Idempotency-Key", "long")).is(202)
		require.Equal(t, a.body, again.body)
	})
}
