package web_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
)

// An officer takes a visit: another sees who has it and cannot work it off, take it or, unless they decide for the unit,
// give it back; of another unit it is not found.
func TestTakeAChore(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	_, err := s.app.Store.SavePeople(ctx, s.one.ID, []store.Draft{{Name: "Nguyễn Thị Hòa", Born: "1940-01-01"}})
	require.NoError(t, err)
	s.staff.units["other"] = []campaigns.Unit{s.two}
	s.running("homevisit")
	var id campaigns.TaskID
	require.Eventually(t, func() bool {
		list, err := s.app.Store.Chores(ctx, s.one.Path, "visit", "", 1)
		if err != nil || len(list) == 0 {
			return false
		}
		id = list[0].Task
		return true
	}, time.Minute, 20*time.Millisecond)
	to := "/todo/" + string(id)
	mai := s.signedIn("mai")
	require.Equal(t, 200, mai.get("/todo?kind=visit"))
	require.Contains(t, mai.page, to+"/take")
	for range 2 { // a double click is one take
		require.Equal(t, 200, mai.post(to+"/take", url.Values{}))
	}
	require.Contains(t, mai.page, "Đồng chí nhận lúc")
	require.Contains(t, mai.page, to+"/tick")
	list, err := s.app.Store.Chores(ctx, s.one.Path, "visit", "", 1)
	require.NoError(t, err)
	holder := list[0].HeldBy

	binh := s.signedIn("binh")
	require.Equal(t, 200, binh.get("/todo?kind=visit"))
	require.NotContains(t, binh.page, to+"/tick")
	require.NotContains(t, binh.page, to+"/take")
	require.Equal(t, 409, binh.post(to+"/take", url.Values{}))
	require.Equal(t, 409, binh.post(to+"/tick", url.Values{"result": {"told"}}))
	require.Equal(t, 404, s.signedIn("other").post(to+"/take", url.Values{}))

	require.Equal(t, 403, mai.post(to+"/give", url.Values{"holder": {"somebody"}}))
	require.Equal(t, 409, binh.post(to+"/give", url.Values{"holder": {"somebody"}}), "who does not hold it any more")
	require.Equal(t, 200, binh.post(to+"/give", url.Values{"holder": {holder}}), "who decides frees what an absent officer holds")
	require.Equal(t, 200, mai.get("/todo?kind=visit"))
	require.Contains(t, mai.page, to+"/take")
}
