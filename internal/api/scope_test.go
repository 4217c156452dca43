package api

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/access"
)

// Every operation has a rule, every rule an operation, and every permission asked for exists.
func TestEveryOperationHasARule(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	h := Mount(fiber.New(Config(log)), Options{Office: new(access.Office), Log: log})
	var have, open, want []string
	for path, item := range h.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			have = append(have, op.OperationID)
			if rules[op.OperationID].open {
				open = append(open, path)
			}
		}
	}
	for id, r := range rules {
		want = append(want, id)
		kinds := 0
		for _, is := range []bool{r.need != "", r.self, r.open} {
			if is {
				kinds++
			}
		}
		require.Equal(t, 1, kinds, id)
		if r.need != "" {
			require.Contains(t, access.Permissions(), r.need, id)
		}
	}
	slices.Sort(have)
	slices.Sort(want)
	require.Equal(t, want, have)
	require.ElementsMatch(t, openPaths, open)
}

func TestAdmission(t *testing.T) {
	t.Parallel()
	root := access.Operator("an")
	root.KeyID = "k"
	ward := access.Caller{StaffID: "s", Stage: access.Full, Grants: []access.Grant{{Path: "/p/w/", Role: access.Commander, Perms: access.Commander.Permissions()}}}
	half := access.Caller{StaffID: "s", Stage: access.AskSecond}
	for id, r := range rules {
		require.Equal(t, !r.open, admits(access.Caller{}, id) != nil, id)
		require.NoError(t, admits(root, id), id)
		require.Equal(t, r.open || r.self || r.byUnit() && access.Commander.May(r.need), admits(ward, id) == nil, id)
		require.Equal(t, r.open || r.early, admits(half, id) == nil, id)
	}
	require.NoError(t, admits(root, "new and without a rule"))
	require.ErrorIs(t, admits(ward, "new and without a rule"), access.ErrForbidden)
}
