package web_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
)

// The requests of the own unit's citizens, with what is due; those of others are not there. Names stand on the page of the
// person alone.
func TestDesk(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	mine := apptest.AddPerson(t, s.app.Store, s.one, "Trần Thị Bình", "+84350000001")
	other := apptest.AddPerson(t, s.app.Store, s.two, "Người Phường Hai", "+84350000002")
	by := access.Who{Kind: access.ByStaff, ID: "s", Name: "Lan (lan)"}
	for _, p := range []campaigns.PersonID{mine, other} {
		_, err := s.app.Store.TakeSubjectRequest(ctx, campaigns.SubjectRequest{PersonID: p, Kind: campaigns.AskErasure, Way: "desk", Note: "Trần Thị Bình xin"}, by)
		require.NoError(t, err)
	}
	r := s.signedIn("mai")
	require.Equal(t, 200, r.get("/desk"))
	require.Contains(t, r.page, "Xóa dữ liệu")
	require.Contains(t, r.page, "Trả lời trước")
	require.Contains(t, r.page, "/people/"+string(mine))
	require.NotContains(t, r.page, "/people/"+string(other))
	require.NotContains(t, r.page, "Bình")
	require.NoError(t, s.app.Store.Restrict(ctx, mine, true, "đơn số 5", by))
	require.Equal(t, 200, r.get("/people/"+string(mine)))
	require.Contains(t, r.page, "Hạn chế xử lý")
	s.staff.deny["mai"] = "to see more"
	require.Equal(t, 429, r.get("/people/"+string(mine)))
	require.Contains(t, r.page, "Hôm nay đã xem đủ số hồ sơ")
	require.NotContains(t, r.page, "Trần Thị Bình")
}
