package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
)

var campaignKinds = []string{"exam", "returning", "eid2", "homevisit"}

func TestHabits(t *testing.T) {
	t.Parallel()
	var sums [4]int
	for _, row := range habits {
		sums[0], sums[1], sums[2], sums[3] = sums[0]+row.Exam, sums[1]+row.Returning, sums[2]+row.EID2, sums[3]+row.AtHome
	}
	require.Equal(t, [4]int{1000, 1000, 1000, 1000}, sums)
	const people = 30_000
	for k, kind := range campaignKinds {
		counts := map[ReactionKind]int{}
		for i := range people {
			r := React(5, fmt.Sprint("person", i), kind, 1)
			require.Equal(t, r, React(5, fmt.Sprint("person", i), kind, 1))
			counts[r.Kind]++
		}
		for _, row := range habits {
			share := [4]int{row.Exam, row.Returning, row.EID2, row.AtHome}[k]
			require.InDelta(t, float64(share)/1000, float64(counts[row.Kind])/people, 0.012, "%s %s", kind, row.Kind)
		}
	}
}

func TestStepsAndSeedsDrawAnew(t *testing.T) {
	t.Parallel()
	step, seed := 0, 0
	for i := range 1000 {
		person := fmt.Sprint(i)
		if React(1, person, "exam", 1).Kind != React(1, person, "exam", 2).Kind {
			step++
		}
		if React(1, person, "exam", 1).Kind != React(2, person, "exam", 1).Kind {
			seed++
		}
	}
	require.Greater(t, step, 400)
	require.Greater(t, seed, 400)
}

// What a reaction says must fit together.
func TestReactionsFit(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 1, 5, 2, 0, 0, 0, time.UTC)
	ways := map[string]int{}
	for i := range 20_000 {
		r := React(9, fmt.Sprint(i), campaignKinds[i%4], i%3)
		ways[r.Via]++
		require.Equal(t, r.Via == ByText, r.Text != "")
		require.Equal(t, r.Kind == Ignores || r.Kind == Comes, r.Via == Nowhere)
		require.Equal(t, r.Kind == Comes || r.Kind == SaysComing, r.ComesAfterDays > 0)
		if r.Answer != "" {
			require.True(t, campaigns.AnswerKind(r.Answer).Known(), r.Answer)
		}
		if r.Via == ByPage {
			require.NotEmpty(t, r.Answer)
			require.NotEmpty(t, r.Without().Text)
		} else {
			require.Equal(t, r, r.Without())
		}
		if come := r.ComesAt(at); !come.IsZero() {
			require.NotEqual(t, time.Sunday, come.Weekday())
			require.True(t, come.After(at))
			require.True(t, come.Hour() >= 8 && come.Hour() < 17)
		}
		require.False(t, r.AnswersAt(at).Before(at))
	}
	require.Greater(t, ways[ByText], 2000)
	require.Greater(t, ways[ByPage], 1000)
}

// No word may be read as something else than what was meant; the first of each must be read, some go to a human, and
// what a human must read is never read by the machine.
func TestWords(t *testing.T) {
	t.Parallel()
	human := 0
	for kind, said := range sayings {
		for i, text := range said.words {
			got, ok := campaigns.ReadAnswer(text)
			if said.answer == "" {
				require.False(t, ok, "%s: %q is read as %s", kind, text, got)
				continue
			}
			if !ok {
				require.NotZero(t, i, "the first word of %s is not read", kind)
				human++
				continue
			}
			require.Equal(t, said.answer, string(got), "%s: %q", kind, text)
		}
	}
	require.Greater(t, human, 5, "people also write what no table holds")
	for _, text := range sayings[TellsSecret].words {
		require.True(t, campaigns.HoldsSecret(text), text)
	}
	for kind, said := range sayings {
		if kind == TellsSecret {
			continue
		}
		for _, text := range said.words {
			require.False(t, campaigns.HoldsSecret(text), text)
		}
	}
}
