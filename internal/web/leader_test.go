package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
)

// A province sees its wards, one of them alone, sets a target whose history stays, and takes the figures along in a workbook
// in which nothing is a formula.
func TestProvinceLeader(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	province := s.unit("T1")
	s.staff.units["tinh"] = []campaigns.Unit{province}
	for i := range 4 {
		apptest.AddPerson(t, s.app.Store, s.one, "Người "+string(rune('A'+i)), "+8435000000"+string(rune('0'+i)))
	}
	id, _ := s.running("exam")
	require.NoError(t, s.app.Store.SetPolicy(ctx, time.Date(2027, 3, 9, 9, 0, 0, 0, campaigns.Zone), 1))
	r, campaign := s.signedIn("tinh"), "/campaigns/"+string(id)

	require.Equal(t, 200, r.get(campaign+"/targets"))
	require.Contains(t, r.page, "Chưa đặt chỉ tiêu")
	for name, bad := range map[string]url.Values{"nothing": {}, "all and more": {"target_unit": {string(s.one.ID)}, "goal": {"5"}},
		"of fewer": {"target_unit": {string(s.one.ID)}, "goal": {"3"}, "denominator": {"2"}}} {
		require.Equal(t, 422, r.post(campaign+"/targets", bad), name)
	}
	require.Equal(t, 404, r.post(campaign+"/targets", url.Values{"target_unit": {string(s.two.ID)}, "goal": {"1"}}), "a ward that the campaign does not mean")
	require.Equal(t, 200, r.get(campaign+"/targets"))
	require.Equal(t, 200, r.post(campaign+"/targets", url.Values{"target_unit": {string(s.one.ID)}, "goal": {"3"}}))
	require.Equal(t, 200, r.post(campaign+"/targets", url.Values{"target_unit": {string(s.one.ID)}, "goal": {"4"}}))
	require.Contains(t, r.page, "thay lúc", "what held before stays")
	list, err := s.app.Store.Targets(ctx, id, true, "", 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, 4, list[0].Denominator, "frozen when it was set")

	for path, want := range map[string]string{campaign + "/league": "Phường Một", campaign + "/league?by=difficulty": "Kỳ vọng", "/wards": "Phường Một", "/reports/weekly": "Báo cáo tuần 03/03/2027"} {
		require.Equal(t, 200, r.get(path), path)
		require.Contains(t, r.page, want, path)
	}
	require.Equal(t, 200, r.get("/wards"))
	require.Equal(t, 200, r.get(r.link(`/wards/[0-9a-f-]{36}`)))
	require.Contains(t, r.page, "Lịch sử chỉ tiêu")
	require.Equal(t, 404, r.get("/wards/"+string(province.ID)))
	require.Equal(t, 404, r.get("/wards/x"))
	other := s.signedIn("hai")
	require.Equal(t, 404, other.get("/wards/"+string(s.one.ID)), "a ward does not look at another")
	require.Equal(t, 404, other.get(campaign+"/targets"))

	for _, path := range []string{"/reports/excel", "/reports/" + string(id) + "/excel"} {
		require.Equal(t, 200, r.get(path), path)
		book, err := excelize.OpenReader(strings.NewReader(r.page))
		require.NoError(t, err)
		rows, err := book.GetRows("1")
		require.NoError(t, err)
		require.Contains(t, rows[1][0], "Cán bộ tinh", "who took it")
		require.Contains(t, strings.Join(rows[2], "|"), "Số liệu tính đến")
		require.Greater(t, len(rows), 3)
		require.Contains(t, strings.Join(rows[3], "|"), "09/03/2027")
		for _, row := range rows {
			for _, cell := range row {
				require.False(t, strings.HasPrefix(cell, "="), "a name starts no formula: %s", cell)
			}
		}
		require.NoError(t, book.Close())
	}
	require.Equal(t, 404, other.get("/reports/"+string(id)+"/excel"))
}
