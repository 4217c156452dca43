package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/templates/lint"
)

// Whatever the engine may record has words in the languages of staff: they never read a code. The locales may not import the
// engine, so the two meet here.
func TestEverythingRecordedHasWords(t *testing.T) {
	t.Parallel()
	cat, err := locales.Load()
	require.NoError(t, err)
	var keys []string
	for _, list := range [][]campaigns.Reason{campaigns.Refusals, notifier.FailureReasons, {campaigns.NotCome, campaigns.SaidComing,
		campaigns.AskedDate, campaigns.AskedHelp, campaigns.NotSentYet, campaigns.NobodyKnow, campaigns.NotTicked}} {
		for _, r := range list {
			keys = append(keys, "reason."+string(r), "action."+string(campaigns.NextAction(r)))
		}
	}
	for _, s := range notifier.States {
		keys = append(keys, "state."+string(s))
	}
	for _, s := range campaigns.CampaignStates {
		keys = append(keys, "campaign."+string(s))
	}
	for _, r := range campaigns.ClosingReasons {
		keys = append(keys, "closing."+string(r))
	}
	for _, f := range campaigns.AllFacts {
		keys = append(keys, "outcome."+string(f))
	}
	for _, r := range lint.Rules {
		keys = append(keys, "lint."+string(r))
	}
	for _, tag := range []string{"vi", "en"} { // the languages of staff; others serve citizens
		for _, key := range keys {
			require.True(t, cat.Has(tag, key), "%s has no words for %s", tag, key)
		}
	}
}
