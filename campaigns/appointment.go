package campaigns

import (
	"errors"
	"maps"
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

// ErrManyMeetings means that a person has booked anew too often.
var ErrManyMeetings = errors.New("appointment: this person has booked anew nine times already; call them")

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

// Appointment is a meeting with one person of a launch.
type Appointment struct {
	ID       string
	LaunchID LaunchID
	PersonID PersonID
	N        int // the how-manieth of the person in the launch, from 1
	Meeting
	Code     string    // the citizen says it at the desk
	RemindAt time.Time // zero once reminded, or where it was booked too late to remind
	By       string
}

// Fill puts what the appointment says in the place of the campaign's own fields. Without any place it is the unit's own.
func (a Appointment) Fill(fields map[string]string) map[string]string {
	out := make(map[string]string, len(fields)+3)
	maps.Copy(out, fields)
	day := a.On
	if d, err := time.Parse(time.DateOnly, a.On); err == nil {
		day = d.Format("02/01/2006")
	}
	out["date"], out["time"] = day, day
	if a.Time != "" {
		out["time"] = a.Time + ", " + day
	}
	switch {
	case a.Place != "":
		out["place"] = a.Place
	case out["place"] == "":
		out["place"] = out["unit"]
	}
	return out
}
