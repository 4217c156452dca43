package campaigns

import (
	"errors"
	"time"
)

// Meeting is a day that a citizen and an office agree on.
type Meeting struct {
	On    string // ISO date
	Time  string // "07:30", "" where only the day is known
	Place string // "" stands for the campaign's own
}

// ErrMeeting means that an appointment cannot be kept.
var ErrMeeting = errors.New("appointment: needs a date as 2026-12-05, today or within a year, and a time as 07:30 or none")

// maxPlace bounds the place of an appointment, in bytes.
const maxPlace = 200

// Validate checks what is to be agreed on.
func (m Meeting) Validate(now time.Time) error {
	day, err := time.ParseInLocation(time.DateOnly, m.On, Zone)
	if err != nil || dayPassed(m.On, now) || day.After(now.AddDate(1, 0, 0)) || len(m.Place) > maxPlace {
		return ErrMeeting
	}
	if m.Time != "" {
		if _, err := time.Parse("15:04", m.Time); err != nil || len(m.Time) != len("15:04") {
			return ErrMeeting
		}
	}
	return nil
}

// RemindAt is when an appointment of a day is reminded of: at nine on the day before. The zero time where that has passed:
// who books today for tomorrow needs no reminder.
func RemindAt(on string, now time.Time) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, on, Zone)
	if err != nil {
		return time.Time{}
	}
	at := day.AddDate(0, 0, -1).Add(9 * time.Hour)
	if at.Before(now) {
		return time.Time{}
	}
	return at
}
