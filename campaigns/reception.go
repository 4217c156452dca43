package campaigns

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Reception is a time at which an office receives people: every week on a day, or once on a date, as a mobile session. A
// date without seats is closed.
type Reception struct {
	Weekday int    // 1 Monday to 7 Sunday; 0 where On says when
	On      string // ISO date
	Hours
	Every int // minutes from one slot to the next
	Seats int // people in a slot
	Place string
}

// Slot is a time that a citizen can choose. Left counts its free seats, AnyNumber where the office keeps none; Taken who have
// chosen it.
type Slot struct {
	Meeting
	Left, Taken int
}

// AnyNumber is how many are received by an office that has said no times: people choose a working day, and that is all.
const AnyNumber = 1 << 30

// Slots are offered from tomorrow on, for so many days.
const (
	slotDays    = 28
	workdaysNow = 10 // where the office has said no times
	mostTimes   = 60
)

// Errors of reception times and of choosing one.
var (
	ErrReception = errors.New("reception: needs a weekday from 1 to 7 or a date, opening before closing within 05:00-22:00, slots of 5 to 480 minutes and at most 500 seats")
	ErrNoSlot    = errors.New("appointment: this time is not offered, or it is full")
)

// Validate checks one line of a list.
func (r Reception) Validate() error {
	if (r.Weekday == 0) == (r.On == "") || r.Weekday < 0 || r.Weekday > 7 || r.Seats < 0 || r.Seats > 500 || len(r.Place) > maxPlace {
		return ErrReception
	}
	if r.On != "" {
		if _, err := time.Parse(time.DateOnly, r.On); err != nil {
			return ErrReception
		}
		if r.Seats == 0 {
			return nil
		}
	}
	if r.Open < 5*60 || r.Close > 22*60 || r.Open >= r.Close || r.Every < 5 || r.Every > 480 {
		return ErrReception
	}
	return nil
}

// CheckReceptions checks a whole list.
func CheckReceptions(list []Reception) error {
	if len(list) > mostTimes {
		return fmt.Errorf("%w; and at most %d lines", ErrReception, mostTimes)
	}
	for _, r := range list {
		if err := r.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// Slots lists the times that can be chosen from tomorrow on, in order. taken counts who has chosen what so far; holiday says
// when the office is closed, but a line for that very date opens it. Without a list every working day is offered.
func Slots(list []Reception, taken map[Meeting]int, now time.Time, holiday func(year int, month time.Month, day int) bool) []Slot {
	var out []Slot
	local := now.In(Zone)
	for i := 1; i <= slotDays; i++ {
		day := time.Date(local.Year(), local.Month(), local.Day()+i, 0, 0, 0, 0, Zone)
		on, off := day.Format(time.DateOnly), holiday(day.Year(), day.Month(), day.Day())
		if len(list) == 0 {
			if weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday; !weekend && !off && len(out) < workdaysNow {
				out = append(out, Slot{Meeting: Meeting{On: on}, Left: AnyNumber})
			}
			continue
		}
		for _, r := range linesOf(list, on, day.Weekday(), off) {
			for at := r.Open; at+r.Every <= r.Close; at += r.Every {
				m := Meeting{On: on, Time: fmt.Sprintf("%02d:%02d", at/60, at%60), Place: r.Place}
				out = append(out, Slot{m, max(0, r.Seats-taken[m]), taken[m]})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Slot) int {
		if a.On+a.Time < b.On+b.Time {
			return -1
		}
		return 1
	})
	return slices.CompactFunc(out, func(a, b Slot) bool { return a.Meeting == b.Meeting })
}

// linesOf are the lines that hold on a day: those for its date, which come before those of its weekday.
func linesOf(list []Reception, on string, weekday time.Weekday, holiday bool) []Reception {
	var dated, weekly []Reception
	closed := false
	for _, r := range list {
		switch {
		case r.On == on && r.Seats == 0:
			closed = true
		case r.On == on:
			dated = append(dated, r)
		case r.Weekday == (int(weekday)+6)%7+1:
			weekly = append(weekly, r)
		}
	}
	if closed || holiday {
		return dated
	}
	return append(dated, weekly...)
}
