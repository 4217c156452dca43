package notifyv2

import (
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// What Notify calls what became of a message.
const (
	created          = "created"
	sendingNow       = "sending"
	sentAway         = "sent"
	delivered        = "delivered"
	temporaryFailure = "temporary-failure"
	permanentFailure = "permanent-failure"
	technicalFailure = "technical-failure"
	accepted         = "accepted"
	receivedByUnit   = "received"
	cancelled        = "cancelled"
)

// statuses are all that a list may be narrowed to; "failed" stands for the three failures.
var statuses = []string{created, sendingNow, sentAway, delivered, "pending", "failed", temporaryFailure, permanentFailure, technicalFailure, "pending-virus-check",
	"validation-failed", "virus-scan-failed", "returned-letter", accepted, receivedByUnit, cancelled}

// passing are the reasons that may be gone tomorrow, ours those that are not the address's fault.
var (
	passing = []campaigns.Reason{notifier.NumberUnreachable, notifier.MailboxFull, notifier.Deferred, notifier.AbsentAtVisit}
	ours    = []campaigns.Reason{notifier.RenderFailed, notifier.Misconfigured, notifier.ProviderDown, notifier.RateLimited, notifier.TooManyTries, notifier.ProviderRejected,
		notifier.NoAnswer, notifier.TooLong, notifier.WorkerLost}
)

// statusOf is the table of the package's comment.
func statusOf(m campaigns.Message) string {
	state := notifier.State(m.State)
	if m.Kind == campaigns.Letter {
		switch state {
		case notifier.Planned, notifier.Queued, notifier.Claimed, notifier.Sending, notifier.Accepted, notifier.Unknown, notifier.NoReceipt:
			return accepted
		case notifier.Delivered:
			return receivedByUnit
		case notifier.Cancelled:
			return cancelled
		}
	}
	switch state {
	case notifier.Planned, notifier.Queued, notifier.Claimed:
		return created
	case notifier.Sending, notifier.Accepted, notifier.Unknown:
		return sendingNow
	case notifier.NoReceipt:
		return sentAway
	case notifier.Delivered:
		return delivered
	case notifier.UnknownFinal:
		return technicalFailure
	case notifier.Failed, notifier.Undelivered:
		switch {
		case slices.Contains(passing, m.Reason):
			return temporaryFailure
		case slices.Contains(ours, m.Reason):
			return technicalFailure
		}
	}
	return permanentFailure
}

// ended says whether nothing more becomes of a message.
func ended(status string) bool {
	return !slices.Contains([]string{created, sendingNow, accepted}, status)
}

// matches says whether a status is among those asked for.
func matches(wanted []string, status string) bool {
	if len(wanted) == 0 || slices.Contains(wanted, status) {
		return true
	}
	return slices.Contains(wanted, "failed") && slices.Contains([]string{temporaryFailure, permanentFailure, technicalFailure}, status)
}

// statesOf are our states that may bear one of the statuses: the record narrows by them, matches decides.
func statesOf(wanted []string) (out []string) {
	if len(wanted) == 0 {
		return nil
	}
	out = append(out, "none") // where nothing matches, nothing is found
	for _, kind := range campaigns.MessageKinds {
		for _, state := range notifier.States {
			for _, reason := range []campaigns.Reason{"", notifier.NumberUnreachable, notifier.RenderFailed} {
				status := statusOf(campaigns.Message{Kind: kind, State: string(state), Reason: reason})
				if matches(wanted, status) && !slices.Contains(out, string(state)) {
					out = append(out, string(state))
				}
			}
		}
	}
	return append(out, campaigns.PretendTemporary, campaigns.PretendPermanent)
}
