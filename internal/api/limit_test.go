package api_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/apptest"
)

// One key that asks too fast is told to wait, says when, and takes nothing from another.
func TestRateOfAKey(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	s := apptest.SQLite(t)
	e := start(t, s, func(o *api.Options) {
		o.Rate, o.Clock = api.Rate{PerSecond: 2, Burst: 5}, func() time.Time { return now }
	})
	for left := 4; left >= 0; left-- {
		a := e.do("GET", "/api/v1/me", nil).is(200)
		require.Equal(t, []string{"5", strconv.Itoa(left)}, []string{a.header.Get("RateLimit-Limit"), a.header.Get("RateLimit-Remaining")})
	}
	a := e.do("GET", "/api/v1/me", nil).problem(429, "too_many")
	require.Equal(t, []string{"1", "3"}, []string{a.header.Get("Retry-After"), a.header.Get("RateLimit-Reset")})
	other, err := access.New(s).Create(t.Context(), "another")
	require.NoError(t, err)
	e.do("GET", "/api/v1/me", nil, "Authorization", "Bearer "+other).is(200)
	e.do("GET", "/api/v1/me", nil, "Authorization", "Bearer x").problem(401, "unauthorized") // not counted: it has no bucket
	now = now.Add(time.Second)
	e.do("GET", "/api/v1/me", nil).is(200)
}
