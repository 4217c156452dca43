package campaigns

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// noon is a Tuesday, 12:00 in Vietnam.
var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, Zone)

func sendable() Facts {
	return Facts{Basis: "x", Launch: "running", Medium: "sms", HasAddress: true, NeedsAddress: true}
}

// The chain in its order: each row also carries every later reason, so that the row proves that its own comes first.
func TestDecideInOrder(t *testing.T) {
	t.Parallel()
	steps := []struct {
		reason Reason
		spoil  func(*Facts)
	}{
		{NoBasis, func(f *Facts) { f.Basis = "" }},
		{LaunchCancelled, func(f *Facts) { f.Launch = "cancelled" }},
		{Erased, func(f *Facts) { f.Erased = true }},
		{Restricted, func(f *Facts) { f.Restricted = true }},
		{OptedOut, func(f *Facts) { f.OptedOut = true }},
		{WrongPerson, func(f *Facts) { f.WrongPerson = true }},
		{NoConsent, func(f *Facts) { f.NoConsent = true }},
		{Verified, func(f *Facts) { f.Done = true }},
		{Claimed, func(f *Facts) { f.Answers = []AnswerKind{AlreadyDone} }},
		{SaidComing, func(f *Facts) { f.ComingOn, f.Answers = "2026-12-01", append([]AnswerKind{WillCome}, f.Answers...) }},
		{DeadlinePassed, func(f *Facts) { f.DeadlineAt = noon.Add(-time.Hour) }},
		{CapPersonDay, func(f *Facts) { f.PersonDay = 1 }},
		{CapPersonMonth, func(f *Facts) { f.PersonMonth = 4 }},
		{CapAddressDay, func(f *Facts) { f.AddressDay = 3 }},
		{NoChannel, func(f *Facts) { f.HasAddress = false }},
		{OverBudget, func(f *Facts) { f.Broke = true }},
	}
	night := noon.Add(9 * time.Hour)
	for i := range steps {
		f := sendable()
		for _, s := range steps[i:] {
			s.spoil(&f)
		}
		d := Decide(f, Calendar{Hours: DefaultHours}, DefaultCaps, night)
		require.Equal(t, Decision{Reason: steps[i].reason}, d, "step %d", i)
	}
	d := Decide(sendable(), Calendar{Hours: DefaultHours}, DefaultCaps, night)
	require.Equal(t, QuietHours, d.Reason, "quiet hours are judged last and postpone")
	require.Equal(t, time.Date(2026, 12, 2, 7, 30, 0, 0, Zone), d.Until)
	require.Equal(t, Decision{Send: true}, Decide(sendable(), Calendar{Hours: DefaultHours}, DefaultCaps, noon))
}

func TestDecideExceptions(t *testing.T) {
	t.Parallel()
	asked := Facts{Basis: "x", Launch: "running", Medium: "visit", OptedOut: true, AskedVisit: true, Answers: []AnswerKind{HomeVisit}, PersonDay: 5}
	require.True(t, Decide(asked, Calendar{Hours: DefaultHours}, DefaultCaps, noon).Send, "a visit that was asked for passes a stop and the caps")
	unasked := asked
	unasked.AskedVisit, unasked.Answers = false, nil
	require.Equal(t, OptedOut, Decide(unasked, Calendar{Hours: DefaultHours}, DefaultCaps, noon).Reason)
	relay := Facts{Basis: "x", Launch: "running", Medium: "relay"}
	require.True(t, Decide(relay, Calendar{Hours: DefaultHours}, DefaultCaps, noon.Add(10*time.Hour)).Send, "a teacher's list wakes nobody")
	paused := sendable()
	paused.Launch = "paused"
	require.False(t, Decide(paused, Calendar{Hours: DefaultHours}, DefaultCaps, noon).Until.IsZero(), "a pause postpones")
	for _, answers := range [][]AnswerKind{nil, {Stop}} {
		emergency := sendable()
		emergency.OptedOut, emergency.Answers, emergency.Emergency = true, answers, true
		require.True(t, Decide(emergency, Calendar{Hours: DefaultHours}, DefaultCaps, noon).Send, "two people have decided")
		emergency.WrongPerson = true
		require.Equal(t, WrongPerson, Decide(emergency, Calendar{Hours: DefaultHours}, DefaultCaps, noon).Reason, "a stranger's phone stays a stranger's")
	}
	coming := sendable()
	coming.Answers, coming.ComingOn = []AnswerKind{WillCome}, "2026-11-30"
	require.True(t, Decide(coming, Calendar{Hours: DefaultHours}, DefaultCaps, noon).Send, "the day has passed, they did not come")
	coming.ComingOn, coming.Appointment = "2026-12-01", true
	require.True(t, Decide(coming, Calendar{Hours: DefaultHours}, DefaultCaps, noon).Send, "of the day itself they are reminded")
	retry := sendable()
	retry.Retry, retry.PersonDay = true, 1
	require.True(t, Decide(retry, Calendar{Hours: DefaultHours}, DefaultCaps, noon).Send, "the same key again is not a second notice")
}

// Whatever the facts: a send is never in quiet hours, never over a cap, never after a stop.
func TestDecideNeverBreaksAPromise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := Facts{
			Basis: rapid.SampledFrom([]string{"", "x"}).Draw(t, "basis"), Launch: rapid.SampledFrom([]string{"running", "paused", "cancelled", "completed"}).Draw(t, "launch"),
			Medium: rapid.SampledFrom([]string{"sms", "zalo", "relay", "visit"}).Draw(t, "medium"), OptedOut: rapid.Bool().Draw(t, "out"), AskedVisit: rapid.Bool().Draw(t, "asked"),
			Done: rapid.Bool().Draw(t, "done"), WrongPerson: rapid.Bool().Draw(t, "wrong"), PersonDay: rapid.IntRange(0, 3).Draw(t, "pd"), PersonMonth: rapid.IntRange(0, 6).Draw(t, "pm"),
			AddressDay: rapid.IntRange(0, 5).Draw(t, "ad"), HasAddress: rapid.Bool().Draw(t, "has"), NeedsAddress: rapid.Bool().Draw(t, "needs"),
		}
		now := noon.Add(time.Duration(rapid.IntRange(0, 48*60).Draw(t, "minutes")) * time.Minute)
		d := Decide(f, Calendar{Hours: DefaultHours}, DefaultCaps, now)
		if d.Send != (d.Reason == "") {
			t.Fatalf("a silence needs a reason: %+v", d)
		}
		if !d.Send {
			return
		}
		local := now.In(Zone)
		minute := local.Hour()*60 + local.Minute()
		rings := f.Medium == "sms" || f.Medium == "zalo"
		switch {
		case f.Done, f.WrongPerson, f.Basis == "", f.Launch != "running":
			t.Fatal("sent although refused")
		case f.OptedOut && !(f.Medium == "visit" && f.AskedVisit):
			t.Fatal("sent after a stop")
		case rings && (minute < DefaultHours.Open || minute >= DefaultHours.Close):
			t.Fatal("sent at night")
		case rings && (f.PersonDay >= 1 || f.PersonMonth >= 4 || f.AddressDay >= 3):
			t.Fatal("sent over a cap")
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	calendar := Calendar{Hours: DefaultHours, Holiday: newYear}
	for b.Loop() {
		if !Decide(sendable(), calendar, DefaultCaps, noon).Send {
			b.Fatal("refused")
		}
	}
}

func TestHours(t *testing.T) {
	t.Parallel()
	hours := Calendar{Hours: DefaultHours}
	at := func(h, m int) time.Time { return time.Date(2026, 12, 31, h, m, 0, 0, Zone) }
	require.Equal(t, at(7, 30), hours.Next(at(7, 29)))
	require.Equal(t, at(7, 30), hours.Next(at(7, 30)))
	require.Equal(t, at(20, 29), hours.Next(at(20, 29)))
	require.Equal(t, time.Date(2027, 1, 1, 7, 30, 0, 0, Zone), hours.Next(at(20, 30)))
	require.Equal(t, Day(at(0, 0)), Day(at(23, 59)))
	require.Equal(t, Day(at(0, 0))+1, Day(at(23, 59).Add(time.Minute)))
}
