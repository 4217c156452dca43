package campaigns

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Window is a part of every week in which an office sees people: minutes after midnight in Zone, and how many it sees in an
// hour.
type Window struct {
	Day         time.Weekday
	Open, Close int
	Seats       int
}

// MobileSession is a day on which an office sees people elsewhere.
type MobileSession struct {
	ID          string
	UnitID      UnitID
	On          string // ISO date
	Place       string
	Open, Close int // minutes after midnight
	Seats       int // an hour
	SetBy       string
	SetAt       time.Time
}

// Reception is when and where a unit sees people.
type Reception struct {
	Windows  []Window
	Closed   []string // ISO dates on which the office itself is shut
	Sessions []MobileSession
}

// Slot is an hour that people can be given. Place is "" for the office itself.
type Slot struct {
	Meeting
	Seats, Taken int
}

// Free says how many can still be given this hour.
func (s Slot) Free() int { return max(s.Seats-s.Taken, 0) }

// ErrReception is wrapped by every complaint about when an office sees people.
var ErrReception = errors.New("reception")

// maxSeats bounds how many people are seen in an hour, maxWindows how many parts a week has.
const (
	maxSeats   = 500
	maxWindows = 28
)

// Validate checks a week: parts that open before they close and do not overlap.
func (r Reception) Validate() error {
	if len(r.Windows) > maxWindows {
		return fmt.Errorf("%w: at most %d parts a week", ErrReception, maxWindows)
	}
	for i, w := range r.Windows {
		if w.Day < time.Sunday || w.Day > time.Saturday {
			return fmt.Errorf("%w: no such day", ErrReception)
		}
		if err := checkOpening(w.Open, w.Close, w.Seats); err != nil {
			return err
		}
		for _, other := range r.Windows[:i] {
			if other.Day == w.Day && w.Open < other.Close && other.Open < w.Close {
				return fmt.Errorf("%w: two parts of a day overlap", ErrReception)
			}
		}
	}
	for _, day := range r.Closed {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return fmt.Errorf("%w: a closed day is written as 2026-12-05", ErrReception)
		}
	}
	return nil
}

// Validate checks a session that is to be announced.
func (m MobileSession) Validate(now time.Time) error {
	if err := (Meeting{On: m.On, Place: m.Place}).Validate(now); err != nil {
		return fmt.Errorf("%w: %w", ErrReception, err)
	}
	if n := utf8.RuneCountInString(m.Place); n == 0 || m.Place != strings.TrimSpace(m.Place) {
		return fmt.Errorf("%w: a session needs a place", ErrReception)
	}
	return checkOpening(m.Open, m.Close, m.Seats)
}

func checkOpening(open, shut, seats int) error {
	switch {
	case open < 0 || shut > 24*60 || open >= shut:
		return fmt.Errorf("%w: must open before it closes, within a day", ErrReception)
	case seats < 1 || seats > maxSeats:
		return fmt.Errorf("%w: between 1 and %d people an hour", ErrReception, maxSeats)
	}
	return nil
}

// Slots lists the hours of so many days from now on, soonest first, with how many are taken. An hour that has begun is not
// given any more. closed says of the days of a year which are holidays; nil: none are.
func (r Reception) Slots(now time.Time, days int, closed func(year int, month time.Month, day int) bool, taken map[Meeting]int) []Slot {
	local := now.In(Zone)
	var out []Slot
	for i := range days {
		at := time.Date(local.Year(), local.Month(), local.Day()+i, 0, 0, 0, 0, Zone)
		on := at.Format(time.DateOnly)
		if !slices.Contains(r.Closed, on) && (closed == nil || !closed(at.Year(), at.Month(), at.Day())) {
			for _, w := range r.Windows {
				if w.Day == at.Weekday() {
					out = append(out, hoursOf(Meeting{On: on}, w.Open, w.Close, w.Seats)...)
				}
			}
		}
		for _, m := range r.Sessions {
			if m.On == on {
				out = append(out, hoursOf(Meeting{On: on, Place: m.Place}, m.Open, m.Close, m.Seats)...)
			}
		}
	}
	begun := local.Format(time.DateOnly + " 15:04")
	out = slices.DeleteFunc(out, func(s Slot) bool { return s.On+" "+s.Time <= begun })
	for i := range out {
		out[i].Taken = taken[out[i].Meeting]
	}
	slices.SortStableFunc(out, func(a, b Slot) int {
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Place, b.Place))
	})
	return out
}

// hoursOf cuts an opening into hours. What is left at its end and is less than half an hour is nobody's.
func hoursOf(m Meeting, open, shut, seats int) (out []Slot) {
	for at := open; at+30 <= shut; at += 60 {
		m.Time = fmt.Sprintf("%02d:%02d", at/60, at%60)
		out = append(out, Slot{Meeting: m, Seats: seats})
	}
	return out
}
