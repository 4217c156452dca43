package api_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

const register = "STT,Họ và tên,Ngày sinh,Lớp,Số CCCD,Ngày cấp,SĐT phụ huynh\n" +
	"1,Nguyễn Văn An,12/03/2009,12A1,003209000011,01/02/2024,0900000001\n" +
	"2,Trần Thị Bình,05/11/2009,12A1,003309000012,,0900000002\n" +
	"3,Lê Cúc,01/02/2009,12A1,,,0900000003\n"

// The school writes another birth date, another number, and somebody whom nobody knows.
const school = "STT,Họ và tên,Ngày sinh,Số CCCD\n" +
	"1,Nguyễn Văn An,13/03/2009,003209000011\n" +
	"2,Trần Thị Bình,05/11/2009,003309000099\n" +
	"3,Lê Cúc,01/02/2009,\n" +
	"4,Phạm Dũng,01/02/2009,\n"

func TestListsAreCompared(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := string(e.ward())
		e.upload("?unit="+ward, "register.csv", []byte(register)).is(201)
		second := e.upload("?unit="+ward, "school.csv", []byte(school)).is(201).text("id")
		first := e.do("GET", "/api/v1/rosters?unit="+ward, nil).is(200).text("items.1.id")
		done := e.do("POST", "/api/v1/comparisons", m{"a": first, "b": second}).is(201)
		require.Equal(t, "done", done.text("state"))
		for verdict, n := range map[string]int{"equal": 1, "differs": 2, "only_a": 0, "only_b": 1} {
			require.EqualValues(t, n, done.get("counts."+verdict), verdict)
		}
		id := done.text("id")
		rows := e.do("GET", "/api/v1/comparisons/"+id+"/rows?limit=2", nil).is(200)
		require.Equal(t, "born", rows.text("items.0.differs.0"))
		require.Equal(t, "2009-03-13", rows.text("items.0.b.born"), "what the list said, not what the register made of it")
		require.Equal(t, "id_number", rows.text("items.1.differs.0"))
		require.Equal(t, "099", rows.text("items.1.b.id_tail"))
		require.NotContains(t, rows.body, "003309000099")
		rest := e.do("GET", "/api/v1/comparisons/"+id+"/rows?cursor="+rows.text("next"), nil).is(200)
		require.Equal(t, "Phạm Dũng", rest.text("items.0.b.name"))
		require.Empty(t, e.do("GET", "/api/v1/comparisons/"+id+"/rows?verdict=only_a", nil).is(200).get("items"))
		e.do("GET", "/api/v1/comparisons/"+id+"/rows?cursor=x", nil).problem(422, "invalid")
		require.Equal(t, id, e.do("GET", "/api/v1/comparisons?unit="+ward, nil).is(200).text("items.0.id"))
		e.do("POST", "/api/v1/comparisons", m{"a": "none"}).problem(404, "not_found")

		differ := e.do("POST", "/api/v1/audiences/preview", m{"unit": ward, "filter": m{"field": "mismatch", "op": "is", "value": true}}).is(200)
		require.EqualValues(t, 3, differ.get("total"), "An, and both records of Bình")
		against := e.do("POST", "/api/v1/comparisons", m{"a": second}).is(201)
		require.EqualValues(t, 1, against.get("counts.differs"), "in the register An has the birth date that came first")
	})
}

// A comparison that takes long is answered at once and followed; one that stops says so.
func TestALongComparisonIsFollowed(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		held, aside := make(chan struct{}), sync.WaitGroup{}
		e := start(t, s, func(o *api.Options) {
			o.Patience = time.Millisecond
			o.Aside = func(f func(context.Context)) { aside.Go(func() { <-held; f(context.Background()) }) }
		})
		ward := string(e.ward())
		importer := &work.Importer{Record: s}
		u, err := s.UnitByCode(context.Background(), "90001", "2026-12-01")
		require.NoError(t, err)
		rep, err := importer.Import(context.Background(), work.Request{UnitID: u.ID, File: strings.NewReader(register), Size: int64(len(register)), Name: "a.csv", Actor: "an"})
		require.NoError(t, err)
		begun := e.do("POST", "/api/v1/comparisons", m{"a": string(rep.RosterID)}).is(202)
		require.Equal(t, "running", begun.text("state"))
		at := begun.header.Get("Location")
		require.Equal(t, "running", e.do("GET", at, nil).is(200).text("state"))
		close(held)
		aside.Wait()
		require.Equal(t, "done", e.do("GET", at, nil).is(200).text("state"))
		followed := e.do("GET", at+"/events", nil).is(200)
		require.Contains(t, followed.body, "event: end")
		require.Equal(t, begun.text("id"), e.do("GET", "/api/v1/comparisons?unit="+ward, nil).is(200).text("items.0.id"))

		c, err := s.StartComparison(context.Background(), rep.RosterID, "", "an")
		require.NoError(t, err)
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = s.RunComparison(gone, c)
		require.ErrorIs(t, err, context.Canceled)
		failed := e.do("GET", "/api/v1/comparisons/"+c.ID, nil).is(200)
		require.Equal(t, []string{"failed", "stopped"}, []string{failed.text("state"), failed.text("why")})
	})
}

func TestPeopleAreLookedAfter(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := string(e.ward())
		e.upload("?unit="+ward, "register.csv", []byte(register)).is(201)
		e.upload("?unit="+ward, "school.csv", []byte("Họ và tên,Ngày sinh,Số CCCD,SĐT phụ huynh\nTrần Thị Bình,05/11/2009,003309000099,0900000002\n")).is(201)
		pair := e.do("GET", "/api/v1/people/suspects?unit="+ward, nil).is(200)
		require.Len(t, pair.get("items"), 1)
		require.Equal(t, true, pair.get("items.0.several_numbers"))
		keep, gone := pair.text("items.0.a.id"), pair.text("items.0.b.id")
		e.do("POST", "/api/v1/people/"+keep+"/merge", m{"other": keep, "reason": "giấy khai sinh"}).problem(422, "same_person")
		e.do("POST", "/api/v1/people/"+keep+"/merge", m{"other": gone, "reason": "giấy khai sinh"}, "Loa-Actor", "").is(422)
		e.do("POST", "/api/v1/people/"+keep+"/merge", m{"other": gone, "reason": "giấy khai sinh"}).is(200)
		e.do("POST", "/api/v1/people/"+keep+"/merge", m{"other": gone, "reason": "giấy khai sinh"}).problem(409, "person_gone")
		require.Equal(t, keep, e.do("GET", "/api/v1/people/"+gone, nil).is(200).text("merged_into"))
		require.Equal(t, "merged", e.do("GET", "/api/v1/people/"+gone+"/decisions", nil).is(200).text("items.0.verb"))
		require.Empty(t, e.do("GET", "/api/v1/people/suspects?unit="+ward, nil).is(200).get("items"))

		e.do("POST", "/api/v1/people/"+keep+"/reviews", m{"part": "identity", "level": 2, "finding": "correct"}).problem(409, "review_order")
		e.do("POST", "/api/v1/people/"+keep+"/reviews", m{"part": "identity", "level": 1, "finding": "missing"}).is(204)
		require.Equal(t, "missing", e.do("GET", "/api/v1/units/"+ward+"/defects?kind=missing", nil).is(200).text("items.0.finding"))
		require.Equal(t, "village", e.do("GET", "/api/v1/people/"+keep+"/reviews", nil).is(200).text("items.0.level_name"))
		quality := e.do("GET", "/api/v1/units/"+ward+"/quality", nil).is(200)
		require.EqualValues(t, 3, quality.get("people"))
		require.EqualValues(t, 0, quality.get("correct.part"))
		require.EqualValues(t, 1, quality.get("correct.of"))
		require.Len(t, e.do("PUT", "/api/v1/review-levels", m{"levels": []string{"tổ", "phường"}}).is(200).get("levels"), 2)

		fields := e.do("GET", "/api/v1/audiences/fields", nil).is(200)
		require.Equal(t, "unit", fields.text("items.0.name"))
		preview := e.do("POST", "/api/v1/audiences/preview", m{"unit": ward, "fact": "card", "filter": m{"all": []any{m{"field": "reach", "op": "in", "value": []string{"sms", "relay"}},
			m{"field": "age", "op": "to", "value": 17}}}}).is(200)
		require.EqualValues(t, 3, preview.get("total"))
		require.EqualValues(t, 3, preview.get("reach.sms"))
		campaign := e.campaign(e.ward())
		why := e.do("GET", "/api/v1/campaigns/"+campaign+"/people/"+keep, nil).is(200)
		require.Equal(t, true, why.get("in_unit"))
		require.Equal(t, false, why.get("frozen"))
		require.NotEmpty(t, why.get("conditions"))
		e.do("GET", "/api/v1/campaigns/"+campaign+"/people/none", nil).problem(404, "not_found")
		p, err := e.store.FindPeople(context.Background(), store.PeopleFilter{})
		require.NoError(t, err)
		require.Equal(t, "2034-03-12", p[0].CardDueOn, "by the two-year rule from the day of issue in the list")
	})
}
