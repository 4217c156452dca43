package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// The times of a unit hold below it until a unit has its own.
func TestReceptions(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		e := start(t, s, nil)
		ward := string(e.ward())
		at := func(unit string) answer { return e.do("GET", "/api/v1/units/"+unit+"/reception", nil).is(200) }
		require.Contains(t, at(ward).body, `"times":[]`)
		weekly := m{"weekday": 1, "opens": "08:00", "closes": "11:00", "every_minutes": 30, "seats": 4}
		closed := m{"date": "2026-12-07", "seats": 0}
		e.do("PUT", "/api/v1/units/90/reception", m{"times": []any{weekly, closed}}).is(200)
		require.Contains(t, at(ward).body, `"opens":"08:00"`)
		require.NotEmpty(t, at(ward).text("from"))
		e.do("PUT", "/api/v1/units/"+ward+"/reception", m{"times": []any{m{"date": "2026-12-05", "opens": "07:00", "closes": "11:00", "every_minutes": 60, "seats": 9, "place": "Nhà văn hóa"}}}).is(200)
		require.Equal(t, ward, at(ward).text("from"))
		require.NotContains(t, at(ward).body, "08:00")
		e.do("PUT", "/api/v1/units/"+ward+"/reception", m{"times": []any{m{"weekday": 1, "date": "2026-12-05", "seats": 1}}}).problem(422, "reception_invalid")
		e.do("PUT", "/api/v1/units/"+ward+"/reception", m{"times": []any{m{"weekday": 1, "opens": "11:00", "closes": "08:00", "every_minutes": 30, "seats": 1}}}).problem(422, "reception_invalid")
	})
}
