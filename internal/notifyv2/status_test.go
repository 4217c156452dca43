package notifyv2

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// The whole table: every state, and every reason with which a message fails.
func TestStatuses(t *testing.T) {
	t.Parallel()
	texts := map[notifier.State]string{notifier.Planned: created, notifier.Queued: created, notifier.Claimed: created, notifier.Sending: sendingNow, notifier.Accepted: sendingNow,
		notifier.Unknown: sendingNow, notifier.NoReceipt: sentAway, notifier.Delivered: delivered, notifier.UnknownFinal: technicalFailure, notifier.Failed: permanentFailure,
		notifier.Undelivered: permanentFailure, notifier.Suppressed: permanentFailure, notifier.Cancelled: permanentFailure, notifier.Expired: permanentFailure, notifier.Merged: permanentFailure}
	letters := map[notifier.State]string{notifier.Planned: accepted, notifier.Queued: accepted, notifier.Claimed: accepted, notifier.Sending: accepted, notifier.Accepted: accepted,
		notifier.Unknown: accepted, notifier.NoReceipt: accepted, notifier.Delivered: receivedByUnit, notifier.Cancelled: cancelled}
	for _, state := range notifier.States {
		require.Contains(t, texts, state)
		for _, kind := range []campaigns.MessageKind{campaigns.Text, campaigns.Mail} {
			require.Equal(t, texts[state], statusOf(campaigns.Message{Kind: kind, State: string(state)}), "%s %s", kind, state)
		}
		want, ok := letters[state]
		if !ok {
			want = texts[state]
		}
		require.Equal(t, want, statusOf(campaigns.Message{Kind: campaigns.Letter, State: string(state)}), "letter %s", state)
		require.Equal(t, state.Terminal() && want != accepted || state == notifier.Delivered, ended(statusOf(campaigns.Message{Kind: campaigns.Letter, State: string(state)})), "letter %s", state)
	}
	temporary := map[campaigns.Reason]bool{notifier.NumberUnreachable: true, notifier.MailboxFull: true, notifier.Deferred: true, notifier.AbsentAtVisit: true}
	permanent := map[campaigns.Reason]bool{notifier.NumberInvalid: true, notifier.NotOnZalo: true, notifier.MailboxUnknown: true, notifier.RefusedByCitizen: true, notifier.ContentRefused: true,
		notifier.LintRefused: true, notifier.NoReceiptInTime: true, notifier.DeclinedVisit: true, notifier.MovedAway: true}
	for _, reason := range notifier.FailureReasons {
		want := technicalFailure
		switch {
		case temporary[reason]:
			want = temporaryFailure
		case permanent[reason]:
			want = permanentFailure
		}
		require.Equal(t, want, statusOf(campaigns.Message{Kind: campaigns.Text, State: string(notifier.Undelivered), Reason: reason}), reason)
	}
}

// What a list is narrowed by in the record never leaves out what matches.
func TestStatesHoldAllThatMatches(t *testing.T) {
	t.Parallel()
	for _, wanted := range statuses {
		states := statesOf([]string{wanted})
		for _, kind := range campaigns.MessageKinds {
			for _, state := range notifier.States {
				for _, reason := range append([]campaigns.Reason{""}, notifier.FailureReasons...) {
					if matches([]string{wanted}, statusOf(campaigns.Message{Kind: kind, State: string(state), Reason: reason})) {
						require.Contains(t, states, string(state), "%s %s %s", wanted, kind, reason)
					}
				}
			}
		}
	}
	require.Nil(t, statesOf(nil))
}
