package api_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

const second = "H%C3%B9ng"

// A request for erasure: two people, the clocks, and then nothing is found any more, in searches, files and the log.
func TestErasureAtTheDesk(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward, _ := e.running()
		found := e.do("POST", "/api/v1/people/search", m{"name": "Nguyễn Văn An"}).is(200)
		id := found.text("items.0.id")
		req := e.do("POST", "/api/v1/requests", m{"person_id": id, "kind": "erasure", "way": "desk", "note": "Nguyễn Văn An xin xóa"}).is(201)
		at := "/api/v1/requests/" + req.text("id")
		require.Equal(t, "received", req.text("state"))
		require.Equal(t, "2026-12-03", req.text("answer_due")[:10])
		require.Len(t, e.do("GET", "/api/v1/requests?open=true", nil).is(200).get("items"), 1)
		e.do("GET", at+"/file", nil).problem(409, "illegal_move")
		e.do("POST", at+"/accept", nil).is(200)
		longer := e.do("POST", at+"/extend", m{"reason": "chờ xác minh"}).is(200)
		require.True(t, longer.get("extended").(bool))
		e.do("POST", at+"/extend", m{"reason": "chờ xác minh"}).problem(409, "extended")
		e.do("POST", at+"/finish", m{}).problem(409, "second_person")
		done := e.do("POST", at+"/finish", m{}, "Loa-Actor", second).is(200)
		require.Equal(t, "done", done.text("state"))
		require.Empty(t, done.text("note"))
		e.do("POST", at+"/finish", m{}, "Loa-Actor", second).problem(409, "illegal_move")

		require.Empty(t, e.do("POST", "/api/v1/people/search", m{"name": "Nguyễn Văn An"}).is(200).get("items"))
		require.Empty(t, e.do("POST", "/api/v1/people/search", m{"id_number": "003209000011"}).is(200).get("items"))
		gone := e.do("GET", "/api/v1/people/"+id, nil).is(200)
		require.True(t, gone.get("erased").(bool))
		require.Empty(t, gone.text("name"))
		file := e.do("POST", "/api/v1/exports", m{"unit": string(ward), "kind": "people", "reason": "báo cáo quý"}).is(201)
		require.Equal(t, "granted", file.text("state"))
		csv := e.do("GET", "/api/v1/exports/"+file.text("id")+"/file", nil).is(200).body
		require.Contains(t, csv, "Trần Thị Bình")
		for _, canary := range []string{"Nguyễn Văn An", "003209000011", "0900000001"} {
			for _, text := range []string{csv, e.log.String(), e.do("GET", "/api/v1/audit?unit="+string(ward), nil).is(200).body} {
				require.NotContains(t, text, canary)
			}
		}
		e.do("POST", "/api/v1/requests", m{"person_id": id, "kind": "access", "way": "desk"}).problem(404, "not_found")
	})
}

// A person's own data, corrected and restricted.
func TestAccessCorrectionRestriction(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	ward, _ := e.running()
	id := e.do("POST", "/api/v1/people/search", m{"name": "Trần Thị Bình"}).is(200).text("items.0.id")
	take := func(kind string) string {
		return "/api/v1/requests/" + e.do("POST", "/api/v1/requests", m{"person_id": id, "kind": kind, "way": "letter"}).is(201).text("id")
	}
	at := take("access")
	e.do("POST", at+"/accept", nil).is(200)
	require.Equal(t, id, e.do("GET", at+"/file", nil).is(200).text("id"))
	text := e.do("GET", at+"/file?format=txt", nil).is(200).body
	for _, words := range []string{"BẢN SAO DỮ LIỆU", "Họ và tên: Trần Thị Bình", "003309000012", "+84900000002", "lop12.csv"} {
		require.Contains(t, text, words)
	}
	e.do("POST", at+"/finish", m{}).is(200)

	at = take("correction")
	e.do("POST", at+"/finish", m{}).problem(422, "invalid")
	e.do("POST", at+"/finish", m{"correction": m{"phone": "0912"}}).problem(422, "invalid")
	e.do("POST", at+"/finish", m{"correction": m{"drop_contacts": []int{9}}}).problem(422, "invalid")
	e.do("POST", at+"/finish", m{"correction": m{"name": "Trần Thị Bích", "phone": "0900 000 077", "drop_contacts": []int{1}}}).is(200)
	p := e.do("GET", "/api/v1/people/"+id, nil).is(200)
	require.Equal(t, "Trần Thị Bích", p.text("name"))
	require.Len(t, p.get("contacts"), 1)
	require.Equal(t, "077", p.text("contacts.0.tail"))
	require.Contains(t, e.do("GET", "/api/v1/audit?unit="+string(ward), nil).is(200).body, `"name after":"Trần Thị Bích"`)

	e.do("POST", take("restriction")+"/finish", m{}).is(200)
	require.True(t, e.do("GET", "/api/v1/people/"+id, nil).is(200).get("restricted").(bool))
	e.do("PUT", "/api/v1/people/"+id+"/restriction", m{"restricted": false, "reason": "người dân rút đơn"}).is(204)
	require.False(t, e.do("GET", "/api/v1/people/"+id, nil).is(200).get("restricted").(bool))
	refused := e.do("POST", take("objection")+"/refuse", m{"reason": "nhiệm vụ theo luật"}).is(200)
	require.Equal(t, "refused", refused.text("state"))
}

// One number at a time, with a reason; the log names it and who was exposed is known afterwards.
func TestRevealIsLogged(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	ward, _ := e.running()
	id := e.do("POST", "/api/v1/people/search", m{"name": "Trần Thị Bình"}).is(200).text("items.0.id")
	at := "/api/v1/people/" + id + "/reveal"
	e.do("POST", at, m{"what": "contact", "reason": "x"}).problem(422, "invalid")
	e.do("POST", at, m{"what": "contact", "n": 3, "reason": "gọi hẹn giờ"}).problem(404, "not_found")
	require.Equal(t, "+84900000002", e.do("POST", at, m{"what": "contact", "reason": "gọi hẹn giờ"}).is(200).text("value"))
	require.Equal(t, "003309000012", e.do("POST", at, m{"what": "id_number", "reason": "đối chiếu giấy tờ"}).is(200).text("value"))
	log := e.do("GET", "/api/v1/audit?unit="+string(ward), nil).is(200).body
	require.Contains(t, log, "person.reveal")
	require.Contains(t, log, "gọi hẹn giờ")
	require.NotContains(t, log, "900000002")
	key := e.do("GET", "/api/v1/me", nil).is(200)
	seen := e.do("GET", "/api/v1/exposure?by="+key.text("key_id"), nil).is(200)
	require.EqualValues(t, 1, seen.get("people"), seen.body)
	require.Equal(t, id, seen.text("items.0.person_id"))
	require.EqualValues(t, 3, seen.get("items.0.looks"))
	e.do("GET", "/api/v1/exposure", nil).problem(422, "invalid")
	rosters := e.do("GET", "/api/v1/rosters?unit="+string(ward), nil).is(200)
	require.EqualValues(t, 3, e.do("GET", "/api/v1/exposure?roster="+rosters.text("items.0.id"), nil).is(200).get("people"))
	require.EqualValues(t, 0, e.do("GET", "/api/v1/retention", nil).is(200).get("due"))
}

// A file of more than 200 people needs two, says in each row who took it, and starts no formula; the day has an end.
func TestExportsNeedTwo(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ctx := context.Background()
		ward := e.ward()
		drafts := make([]store.Draft, 201)
		for i := range drafts {
			drafts[i] = store.Draft{Name: fmt.Sprintf("Lê Văn %d", i), Born: "2010-01-01", ID: fmt.Sprintf("0032%08d", i)}
		}
		drafts[0].Name, drafts[0].Guardian = "=HYPERLINK(1)", "@SUM(A1)"
		_, err := e.store.SavePeople(ctx, ward, drafts)
		require.NoError(t, err)
		ask := func() answer {
			return e.do("POST", "/api/v1/exports", m{"unit": string(ward), "kind": "people", "reason": "đối chiếu với danh sách trường"}).is(201)
		}
		e.do("POST", "/api/v1/exports", m{"unit": string(ward), "kind": "residual", "reason": "đối chiếu"}).problem(422, "invalid")
		file := ask()
		require.Equal(t, "asked", file.text("state"))
		at := "/api/v1/exports/" + file.text("id")
		e.do("GET", at+"/file", nil).problem(409, "export_not_granted")
		e.do("POST", at+"/grant", nil).problem(409, "second_person")
		e.do("POST", at+"/grant", nil, "Loa-Actor", second).is(200)
		e.do("POST", at+"/refuse", nil, "Loa-Actor", second).problem(409, "export_state")
		e.do("GET", at+"/file", nil, "Loa-Actor", second).problem(404, "not_found") // whoever asked takes it out
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(e.do("GET", at+"/file", nil).is(200).body, "\ufeff"))).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 202)
		for _, r := range rows[1:] {
			require.Contains(t, r[7], "Lan (test key), ")
			require.Contains(t, r[7], file.text("id"))
			require.True(t, r[4] == "" || strings.HasPrefix(r[4], "***"), "masked")
			for _, cell := range r {
				require.False(t, cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r"), cell)
			}
		}
		exposed := e.do("GET", "/api/v1/exposure?export="+file.text("id"), nil).is(200)
		require.EqualValues(t, 201, exposed.get("people"))

		refused := ask()
		e.do("POST", "/api/v1/exports/"+refused.text("id")+"/refuse", nil, "Loa-Actor", second).is(200)
		e.do("GET", "/api/v1/exports/"+refused.text("id")+"/file", nil).problem(409, "export_state")
		list := e.do("GET", "/api/v1/exports?limit=1", nil).is(200)
		require.Equal(t, refused.text("id"), list.text("items.0.id"))
		spent := 201
		for ; spent+201 <= access.ExportDay; spent += 201 {
			_, err := e.store.MakeExport(ctx, file.text("id"), make([]campaigns.PersonID, 201), access.Who{Kind: access.ByKey, ID: e.keyID(), Name: "Lan (test key)"})
			require.NoError(t, err)
		}
		e.do("GET", at+"/file", nil).problem(429, "export_budget")
	})
}

// keyID is the id of the engine's key.
func (e *engine) keyID() string { return e.do("GET", "/api/v1/me", nil).is(200).text("key_id") }

// Whoever walks through all pages comes to the end of the day's budget, and the log says so (security.md T8).
func TestViewBudgetEndsAWalk(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	ward := e.ward()
	var drafts []store.Draft
	for i := range access.Budgets[access.View] + 100 {
		drafts = append(drafts, store.Draft{Name: fmt.Sprintf("Lê Văn %d", i), ID: fmt.Sprintf("0032%08d", i)})
	}
	for len(drafts) > 0 {
		n := min(len(drafts), 500)
		_, err := e.store.SavePeople(context.Background(), ward, drafts[:n])
		require.NoError(t, err)
		drafts = drafts[n:]
	}
	cursor, pages := "", 0
	for {
		a := e.do("POST", "/api/v1/people/search", m{"unit": string(ward), "limit": 200, "cursor": cursor})
		if a.status == 429 {
			a.problem(429, "view_budget")
			break
		}
		cursor = a.is(200).text("next")
		pages++
		require.NotEmpty(t, cursor, "the whole list was read")
	}
	require.Equal(t, 10, pages)
	require.Contains(t, e.do("GET", "/api/v1/audit?unit="+string(ward), nil).is(200).body, "person.budget")
}
