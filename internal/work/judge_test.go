package work

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// One text may carry who shares launch, step and address; no address is no home, and a re-send keeps to itself.
func TestHousehold(t *testing.T) {
	t.Parallel()
	of := func(launch campaigns.LaunchID, step int, address string, resends int) store.Candidate {
		return store.Candidate{Address: address, Facts: campaigns.Facts{NeedsAddress: true},
			Job: notifier.Job{Launch: launch, StepNo: step, Resends: resends}}
	}
	list := []store.Candidate{of("l", 1, "a", 0), of("l", 1, "b", 0), of("l", 1, "a", 0), of("m", 1, "a", 0), of("l", 2, "a", 0),
		of("l", 1, "", 0), of("l", 1, "", 0), of("l", 1, "a", 1)}
	first, merged := map[string]int{}, map[int]int{}
	for i, c := range list {
		if carrier, ok := first[household(c, i)]; ok {
			merged[i] = carrier
			continue
		}
		first[household(c, i)] = i
	}
	require.Equal(t, map[int]int{2: 0}, merged)
	own := of("l", 1, "a", 0)
	own.Job.Kind = "renewal" // each has a date of their own
	require.NotEqual(t, household(own, 0), household(own, 1))
}
