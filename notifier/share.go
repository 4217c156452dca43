package notifier

import (
	"slices"
	"strings"
	"time"
)

// Base returns the channel whose account this is: "sms.http" for "sms.http:backup". Accounts of one channel carry the same
// medium in the same form, so what waits for one may leave by another.
func Base(account string) string {
	base, _, _ := strings.Cut(account, ":")
	return base
}

// Account is one of a group, with the share that it has at rest.
type Account struct {
	Name   string
	Rest   int // percent; the shares at rest of a group add up to 100
	Health Health
}

// Bad says whether an account is in trouble now, as its group sees it.
func (a Account) bad(ms int64) bool {
	return !a.Health.Open(time.UnixMilli(ms)) || a.Health.BadAt > 0 && ms-a.Health.BadAt < healthWindow.Milliseconds()
}

// Rest spreads 100 percent over accounts by their weights; without weights the first has all.
func Rest(weights []int) []int {
	sum := 0
	for _, w := range weights {
		sum += max(w, 0)
	}
	out := make([]int, len(weights))
	if sum == 0 {
		if len(out) > 0 {
			out[0] = 100
		}
		return out
	}
	left := 100
	for i, w := range weights {
		out[i] = max(w, 0) * 100 / sum
		left -= out[i]
	}
	for i := range out { // what rounding left goes to the first with a weight
		if weights[i] > 0 {
			out[i] += left
			break
		}
	}
	return out
}

// Shift moves shares by ten points: away from an account in trouble to the best that is well, at most once a minute, and
// back towards rest after a quarter of an hour without trouble in the group. Where all are in trouble nothing moves: it
// would only add to it. It returns the accounts and whether anything changed.
func Shift(now time.Time, group []Account) ([]Account, bool) {
	ms := now.UnixMilli()
	out := slices.Clone(group)
	changed := settle(out)
	if len(out) < 2 {
		return out, changed
	}
	last, trouble := int64(0), int64(0)
	worst, best := -1, -1
	for i, a := range out {
		last, trouble = max(last, a.Health.ShiftedAt), max(trouble, a.Health.BadAt)
		switch {
		case a.bad(ms):
			if trouble = max(trouble, ms); a.Health.Share > 0 && (worst < 0 || a.Health.Share > out[worst].Health.Share) {
				worst = i
			}
		case best < 0 || a.Health.Share > out[best].Health.Share:
			best = i
		}
	}
	switch {
	case worst >= 0 && best >= 0 && ms-last >= shiftEvery.Milliseconds():
		move(out, worst, best, ms)
	case worst < 0 && ms-max(last, trouble) >= quietFor.Milliseconds():
		from, to := away(out)
		if from < 0 {
			return out, changed
		}
		move(out, from, to, ms)
	default:
		return out, changed
	}
	return out, true
}

// settle makes shares add up to 100: a group that was never seen, or whose accounts have changed, begins at rest.
func settle(group []Account) (changed bool) {
	sum := 0
	for _, a := range group {
		sum += a.Health.Share
	}
	if sum == 100 {
		return false
	}
	for i := range group {
		group[i].Health.Share = group[i].Rest
	}
	return true
}

// away finds who has most over and who most under its share at rest; -1 where all rest.
func away(group []Account) (over, under int) {
	over, under = -1, -1
	for i, a := range group {
		switch diff := a.Health.Share - a.Rest; {
		case diff > 0 && (over < 0 || diff > group[over].Health.Share-group[over].Rest):
			over = i
		case diff < 0 && (under < 0 || diff < group[under].Health.Share-group[under].Rest):
			under = i
		}
	}
	return over, under
}

// move gives at most ten points of one to the other; back towards rest no further than rest.
func move(group []Account, from, to int, ms int64) {
	points := min(shiftStep, group[from].Health.Share)
	if over := group[from].Health.Share - group[from].Rest; over > 0 && group[to].Health.Share < group[to].Rest {
		points = min(points, over, group[to].Rest-group[to].Health.Share)
	}
	group[from].Health.Share -= points
	group[to].Health.Share += points
	for i := range group {
		group[i].Health.ShiftedAt = ms
	}
}

// Choose says through which account of a group the n-th piece of work leaves. What nobody can carry now stays where it is
// (-1); the shares of accounts that cannot carry go to those that can.
func Choose(now time.Time, group []Account, n uint64) int {
	total := 0
	for _, a := range group {
		if a.Health.Open(now) {
			total += max(a.Health.Share, 0)
		}
	}
	first := -1
	at := 0
	if total > 0 {
		at = int(n % uint64(total)) //nolint:gosec // below total
	}
	for i, a := range group {
		if !a.Health.Open(now) {
			continue
		}
		if first < 0 {
			first = i
		}
		if at < a.Health.Share {
			return i
		}
		at -= a.Health.Share
	}
	return first // all that are open have no share at rest: the first of them takes it
}
