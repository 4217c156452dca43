package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// Links are off until the province sets exact hosts; what it sets holds below it, and words are refused without it.
func TestLinks(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		e := start(t, s, nil)
		ward := string(e.ward())
		words := m{"unit": ward, "name": "Thử", "words": m{"long": m{"vi": "Kính mời {{name}} xem lịch tại https://congan.nghean.gov.vn/lich trước {{deadline}}."}}}
		require.Contains(t, e.do("GET", "/api/v1/units/"+ward+"/links", nil).is(200).body, `"hosts":[]`)
		e.do("POST", "/api/v1/templates", words).problem(422, "words_refused")
		for _, bad := range []string{"gov.vn", "congan.nghean.gov.vn.com", "https://congan.nghean.gov.vn", "CONGAN.gov.vn", "*.gov.vn", "bit.ly", "-a.gov.vn"} {
			e.do("PUT", "/api/v1/units/90/links", m{"hosts": []any{bad}}).problem(422, "hosts_invalid")
		}
		e.do("PUT", "/api/v1/units/90/links", m{"hosts": []any{"congan.nghean.gov.vn"}}).is(200)
		require.Equal(t, "congan.nghean.gov.vn", e.do("GET", "/api/v1/units/"+ward+"/links", nil).is(200).text("hosts.0"))
		made := e.do("POST", "/api/v1/templates", words).is(201)
		e.do("PUT", "/api/v1/units/90/links", m{"hosts": []any{}}).is(200)
		e.do("POST", "/api/v1/templates/"+made.text("id")+"/versions", m{"words": words["words"], "newest": 1}).problem(422, "words_refused")
	})
}
