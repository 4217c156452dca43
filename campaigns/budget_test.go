package campaigns

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBudget(t *testing.T) {
	t.Parallel()
	require.False(t, Budget{}.Broke("sms"), "no budget is no limit")
	require.Zero(t, Budget{Price: 500}.Cost(3))
	dong := Budget{Limited: true, Counts: BudgetDong, Most: 2000, Spent: 600, Price: 500}
	require.EqualValues(t, 1400, dong.Left())
	require.EqualValues(t, 1000, dong.Cost(2))
	require.EqualValues(t, 500, dong.Cost(0), "a message without parts is one")
	require.False(t, dong.Broke("sms"))
	dong.Spent = 1501
	require.True(t, dong.Broke("sms"))
	require.True(t, dong.Broke("zalo"))
	dong.Price = 0
	require.False(t, dong.Broke("relay"), "what has no price costs nothing")
	parts := Budget{Limited: true, Counts: BudgetParts, Most: 10, Spent: 12}
	require.Zero(t, parts.Left())
	require.True(t, parts.Broke("sms"))
	require.False(t, parts.Broke("zalo"))
	require.EqualValues(t, 3, parts.Cost(3))
	for _, bad := range []Budget{{Counts: "gold"}, {Counts: BudgetDong, Most: -1}, {Counts: BudgetParts, Most: MaxBudget + 1}} {
		require.ErrorIs(t, bad.Validate(), ErrBudget)
	}
	require.NoError(t, parts.Validate())
}
