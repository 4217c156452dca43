package api_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/api"
)

// A stream sends the report once while nothing changes, ends with the campaign, and there are not more than may be.
func TestFollowACampaign(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		_, id := e.running()
		at := "/api/v1/campaigns/" + id + "/events"
		a := e.do("GET", at, nil).is(200)
		require.Equal(t, "text/event-stream", a.header.Get("Content-Type"))
		require.Equal(t, 1, strings.Count(a.body, "event: progress\n"), a.body)
		require.Contains(t, a.body, `"meant":3`)
		require.NotContains(t, a.body, "Nguyễn")
		e.do("POST", "/api/v1/campaigns/"+id+"/cancel", nil).is(200)
		a = e.do("GET", at, nil).is(200)
		require.Contains(t, a.body, "event: end\n")
		require.NotContains(t, a.body, "event: progress\n")

		full := start(t, e.store, func(o *api.Options) { o.Events.Most = -1 })
		full.do("GET", at, nil).problem(503, "too_many_streams")

		leaving, leave := context.WithCancel(context.Background())
		leave()
		gone := start(t, e.store, func(o *api.Options) { o.Events = api.Events{Leaving: leaving} })
		gone.do("GET", at, nil).is(200) // ends by itself
	})
}

// An import is followed to its end.
func TestFollowARoster(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		id := e.upload("?unit="+string(ward), "lop12.csv", []byte(roster)).is(201).text("id")
		require.Contains(t, e.do("GET", "/api/v1/rosters/"+id+"/events", nil).is(200).body, "event: end\n")
	})
}
