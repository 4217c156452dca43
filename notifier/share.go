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

// Spread is how work is spread now, in percent: the shares of accounts that cannot carry go to those that can. It is nil
// where nobody can: then everything stays where it is.
func Spread(now time.Time, group []Account) []int {
	weights, open := make([]int, len(group)), 0
	for i, a := range group {
		if a.Health.Open(now) {
			open++
			weights[i] = max(a.Health.Share, 0)
		}
	}
	if open == 0 {
		return nil
	}
	if out := Rest(weights); total(out, group, now) == 100 {
		return out
	}
	for i, a := range group { // those that are open have no share: they help out
		weights[i] = 0
		if a.Health.Open(now) {
			weights[i] = 1
		}
	}
	return Rest(weights)
}

// total adds up what a spread gives to accounts that can carry.
func total(spread []int, group []Account, now time.Time) (n int) {
	for i, a := range group {
		if a.Health.Open(now) {
			n += spread[i]
		}
	}
	return n
}
