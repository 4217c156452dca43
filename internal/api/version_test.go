package api_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// What can be edited has a strong ETag, which saves reading it again; an edit without it is a 428, from an old one a 412
// that changes nothing, and its answer bears the new one.
func TestEditsNameWhatTheyWereMadeFrom(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := string(e.ward())
		unit, draftAt := "/api/v1/units/"+ward, "/api/v1/campaigns/"+e.campaign(campaigns.UnitID(ward))
		other := draft(campaigns.UnitID(ward))
		other["name"] = "Thẻ căn cước, lần hai"
		for path, change := range map[string]m{
			unit + "/reception": {"times": []any{m{"weekday": 1, "opens": "08:00", "closes": "11:00", "every_minutes": 30, "seats": 2}}},
			unit + "/links":     {"hosts": []any{"congan.nghean.gov.vn"}},
			unit + "/hours":     {"opens": "08:00", "closes": "18:00"},
			draftAt:             other,
		} {
			tag := e.do("GET", path, nil).is(200).header.Get("ETag")
			require.Regexp(t, `^"[\w-]{22}"$`, tag, path)
			same := e.do("GET", path, nil, "If-None-Match", `"x", W/`+tag).is(304)
			require.Empty(t, same.body)
			require.Equal(t, tag, same.header.Get("ETag"))
			e.do("PUT", path, change, "If-Match", "").problem(428, "if_match_missing")
			e.do("PUT", path, change, "If-Match", "yes").problem(400, "if_match_invalid")
			e.do("PUT", path, change, "If-Match", "W/"+tag).problem(412, "stale")
			next := e.do("PUT", path, change, "If-Match", tag).is(200).header.Get("ETag")
			require.NotEqual(t, tag, next)
			require.Equal(t, next, e.do("GET", path, nil, "If-None-Match", tag).is(200).header.Get("ETag"))
			e.do("PUT", path, change, "If-Match", tag).problem(412, "stale")
			require.Equal(t, next, e.do("GET", path, nil).is(200).header.Get("ETag"), "nothing was done")
		}
	})
}

// Of those who edit the same thing at once from the same version one wins, and the others hear of it.
func TestOneOfManyWritersWins(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		path := map[string]func(i int) m{
			"/api/v1/units/" + string(ward) + "/reception": func(i int) m {
				return m{"times": []any{m{"weekday": 1, "opens": "08:00", "closes": "11:00", "every_minutes": 30, "seats": i + 1}}}
			},
			"/api/v1/units/" + string(ward) + "/hours": func(i int) m { return m{"opens": "08:0" + strconv.Itoa(i), "closes": "18:00"} },
			"/api/v1/campaigns/" + e.campaign(ward): func(i int) m {
				d := draft(ward)
				d["name"] = "Lần " + strconv.Itoa(i)
				return d
			},
		}
		for at, change := range path {
			tag := e.do("GET", at, nil).is(200).header.Get("ETag")
			var wg sync.WaitGroup
			answers := make([]answer, 8)
			for i := range answers {
				wg.Go(func() { answers[i] = e.do("PUT", at, change(i), "If-Match", tag) })
			}
			wg.Wait()
			won := 0
			for _, a := range answers {
				if a.status == 200 {
					won++
					require.Equal(t, a.header.Get("ETag"), e.do("GET", at, nil).is(200).header.Get("ETag"))
				} else {
					a.problem(412, "stale")
				}
			}
			require.Equal(t, 1, won, at)
		}
	})
}

// A draft is edited by its author until it is handed in, and again when it was given back.
func TestDraftsAreEdited(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		e.upload("?unit="+string(ward), "lop12.csv", []byte(roster)).is(201)
		path := "/api/v1/campaigns/" + e.campaign(ward)
		change := draft(ward)
		change["name"] = "Đổi tên"
		e.do("PUT", path, change, "Loa-Actor", "Hung").problem(409, "not_author")
		require.Equal(t, "Đổi tên", e.do("PUT", path, change).is(200).text("name"))
		change["unit"] = "90002"
		e.do("PUT", path, change).problem(422, "invalid")
		change["unit"], change["kind"] = string(ward), "none"
		e.do("PUT", path, change).problem(422, "kind_unknown")
		change["kind"] = "exam"
		e.do("POST", path+"/submit", nil).is(200)
		require.Contains(t, e.do("PUT", path, change).problem(409, "not_draft").text("detail"), "return")
		e.do("POST", path+"/return", nil, "Loa-Actor", "Hung").is(200)
		e.do("PUT", path, change).is(200)
	})
}

// An approval is of the submission that was seen: given back and handed in again meanwhile, it is another one.
func TestApprovalIsOfWhatWasSeen(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		e.upload("?unit="+string(ward), "lop12.csv", []byte(roster)).is(201)
		path := "/api/v1/campaigns/" + e.campaign(ward)
		e.do("POST", path+"/submit", nil).is(200)
		seen := e.do("GET", path+"/submission", nil).is(200).header.Get("ETag")
		e.do("POST", path+"/return", nil, "Loa-Actor", "Hung").is(200)
		e.do("POST", path+"/submit", nil).is(200)
		e.do("POST", path+"/approve", nil, "Loa-Actor", "Hung", "If-Match", seen).problem(412, "stale")
		require.Equal(t, "submitted", e.do("GET", path, nil).is(200).text("state"))
		e.do("POST", path+"/approve", nil, "Loa-Actor", "Hung", "If-Match", "").problem(428, "if_match_missing")
		again := e.do("GET", path+"/submission", nil).is(200).header.Get("ETag")
		require.NotEqual(t, seen, again)
		e.do("POST", path+"/approve", nil, "Loa-Actor", "Hung", "If-Match", again).is(200)
	})
}

// Staff send the words to themselves before they hand them in; other words need another test.
func TestStaffTestBeforeTheySubmit(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		e := start(t, s, func(o *api.Options) {
			o.TestSend = func(ctx context.Context, ask api.TestAsk) (api.TestSend, error) {
				c := ask.Campaign
				one, err := s.OpenTestSend(ctx, store.TestSend{Unit: c.UnitID, Login: ask.Login, Channel: "sms.test",
					Print: campaigns.TestPrint(c.Kind, c.Fields, c.WordsID, c.Ladder.Wires(testLines.MediumOf))}, ask.Who)
				if err != nil {
					return api.TestSend{}, err
				}
				one.State = "accepted"
				return api.TestSend{ID: one.ID, Channel: one.Channel, State: one.State}, s.CloseTestSend(ctx, one)
			}
		})
		ward := e.tree()["90001"]
		apptest.AddPerson(t, s, ward, "Nguyễn Văn An", "")
		author := e.signedIn("tac.gia", "90001", "officer")
		path := "/campaigns/" + author.ask("POST", "/campaigns", draft(ward.ID)).is(201).text("id")
		require.Contains(t, author.ask("POST", path+"/submit", nil).problem(409, "untested").text("detail"), "/tests")
		author.ask("POST", path+"/tests", m{"phone": "0900 000 001"}).is(200)
		change := draft(ward.ID)
		change["fields"].(m)["place"] = "20 Lê Lợi"
		author.ask("PUT", path, change, "If-Match", "*").is(200)
		author.ask("POST", path+"/submit", nil).problem(409, "untested")
		author.ask("POST", path+"/tests", m{}).is(200)
		author.ask("POST", path+"/submit", nil).is(200)
	})
}

// Pages name the next one and the first; following the links finds everything once.
func TestPagesAreLinked(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		for range 3 {
			e.campaign(ward)
		}
		one := e.do("GET", "/api/v1/campaigns?limit=2", nil).is(200)
		require.Equal(t, `</api/v1/campaigns?cursor=`+one.text("next")+`&limit=2>; rel="next", </api/v1/campaigns?limit=2>; rel="first"`, one.header.Get("Link"))
		two := e.do("GET", "/api/v1/campaigns?limit=2&cursor="+one.text("next"), nil).is(200)
		require.Len(t, two.get("items"), 1)
		require.Equal(t, `</api/v1/campaigns?limit=2>; rel="first"`, two.header.Get("Link"))
		require.Regexp(t, `^W/"`, two.header.Get("ETag"))
		e.do("GET", "/api/v1/campaigns?limit=2", nil, "If-None-Match", one.header.Get("ETag")).is(304)
	})
}
