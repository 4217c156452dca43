package channel

import (
	"fmt"
	"strconv"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// codeRow is a line of a table: what a provider's codes mean.
type codeRow struct {
	class  notifier.Class
	reason string // one of notifier.FailureReasons
	wait   time.Duration
	codes  []string
}

// smsCodes are the simulated telecom's codes: those of eSMS where it has one (domain.md §5.1).
var smsCodes = codeTable(
	codeRow{notifier.Permanent, "refused_by_citizen", 0, []string{"99"}}, // the number blocks the sender
	codeRow{notifier.Permanent, "misconfigured", 0, []string{"101", "104", "140"}},
	codeRow{notifier.Temporary, "rate_limited", 12 * time.Hour, []string{"103"}}, // balance
	codeRow{notifier.Permanent, "number_invalid", 0, []string{"108"}},
	codeRow{notifier.Permanent, "content_refused", 0, []string{"146"}},           // not the registered text
	codeRow{notifier.Permanent, "number_unreachable", 0, []string{"177", "901"}}, // network not registered; switched off, in receipts
)

// zaloCodes are Zalo's codes (domain.md §4.2). A code that is not listed is unclear: nobody knows what it did.
var zaloCodes = codeTable(
	codeRow{notifier.Permanent, "not_on_zalo", 0, []string{"-118"}},
	codeRow{notifier.Permanent, "number_invalid", 0, []string{"-108"}},
	codeRow{notifier.Permanent, "number_unreachable", 0, []string{"-110", "-114", "-119", "-140"}}, // cannot receive, old app
	codeRow{notifier.Permanent, "refused_by_citizen", 0, []string{"-139", "-141"}},
	codeRow{notifier.Permanent, "misconfigured", 0, []string{"-124", "-216", "-220"}}, // token
	codeRow{notifier.Permanent, "misconfigured", 0, []string{"-101", "-102", "-103", "-104", "-105", "-117", "-120", "-125", "-135", "-1351", "-136", "-137", "-138"}},
	codeRow{notifier.Permanent, "content_refused", 0, []string{"-109", "-111", "-112", "-1121", "-1122", "-1124", "-116", "-131", "-132", "-146", "-147"}},
	codeRow{notifier.Temporary, "rate_limited", 0, []string{"-32", "-100"}},
	codeRow{notifier.Temporary, "rate_limited", 2 * time.Hour, []string{"-133", "-234"}},  // night
	codeRow{notifier.Temporary, "rate_limited", 12 * time.Hour, []string{"-115", "-144"}}, // balance, limit of the day
)

// codeTable turns rows into a lookup by code; a code in two rows is a defect that the tests find.
func codeTable(rows ...codeRow) map[string]notifier.Failure {
	table := map[string]notifier.Failure{}
	for _, r := range rows {
		for _, code := range r.codes {
			f, _ := failureFor(r.reason)
			f.Class, f.RetryAfter = r.class, r.wait
			table[code] = f
		}
	}
	return table
}

// failureFor makes the failure of a reason's name: what may pass is temporary, what nobody knows is unclear, all else
// is a definite no.
func failureFor(name string) (notifier.Failure, error) {
	for _, r := range notifier.FailureReasons {
		if string(r) != name {
			continue
		}
		switch r {
		case notifier.RateLimited, notifier.ProviderDown, notifier.Deferred:
			return notifier.Failure{Class: notifier.Temporary, Reason: r}, nil
		case notifier.NoAnswer:
			return notifier.Failure{Class: notifier.Unclear, Reason: r}, nil
		}
		return notifier.Failure{Class: notifier.Permanent, Reason: r}, nil
	}
	return notifier.Failure{}, fmt.Errorf("reason %q is not known", name)
}

// readTimeout reads a time out between a tenth of a second and a minute.
func readTimeout(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 100*time.Millisecond || d > time.Minute {
		return 0, fmt.Errorf("setting \"timeout\": a duration from 100ms to 1m, as 10s")
	}
	return d, nil
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 99 {
		return 0
	}
	return n
}
