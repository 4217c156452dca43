package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// schedule draws the reminders on a line: when each would leave if the campaign began today, what quiet hours and holidays
// shift, and about how many people it means.
func (s *server) schedule(r *request, d FormDraft, v *wizardView) error {
	v.Rungs = s.rungViews(r, d)
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	hours, err := s.Record.HoursOf(r.ctx, d.Unit)
	if err != nil {
		return err
	}
	v.Hours = s.say(r, "web.ladder.hours", "open", minuteOf(hours.Hours.Open), "close", minuteOf(hours.Hours.Close))
	deadline, _ := readDay(d.Values["deadline"])
	calendar := campaigns.Calendar{Hours: hours.Hours, Holiday: func(y int, m time.Month, day int) bool { return holidayOn(y, m, day) != "" }, Session: campaigns.SessionDay(d.Values)}
	for i, step := range s.ladderAll(d) {
		due := now
		if i > 0 {
			due = step.DueAt(now, deadline)
		}
		leaves := calendar.Next(due)
		v.Rungs[i].When = s.say(r, "web.ladder.when", "when", s.weekday(r, due)+", "+whenOf(due))
		if !leaves.Equal(due) {
			v.Rungs[i].Shift = s.shiftWords(r, due, leaves)
		}
		v.Rungs[i].People = s.say(r, "web.ladder.people", "n", v.Reach.Total-v.Reach.Excluded.Verified)
		if i > 0 {
			v.Rungs[i].People = s.say(r, "web.ladder.people_most", "n", v.Reach.Total-v.Reach.Excluded.Verified)
		}
	}
	if day, err := time.ParseInLocation(time.DateOnly, deadline, campaigns.Zone); err == nil {
		if name := holidayOn(day.Year(), day.Month(), day.Day()); name != "" {
			v.Warnings = append(v.Warnings, s.say(r, "web.ladder.deadline_holiday", "day", dateOf(day), "name", name))
		} else if wd := day.Weekday(); wd == time.Sunday || wd == time.Saturday {
			v.Warnings = append(v.Warnings, s.say(r, "web.ladder.deadline_weekend", "day", dateOf(day), "weekday", s.weekday(r, day)))
		}
		if day.Before(now) {
			v.Warnings = append(v.Warnings, s.say(r, "web.ladder.deadline_past", "day", dateOf(day)))
		}
	}
	return nil
}

// shiftWords say why a step leaves later than it falls due.
func (s *server) shiftWords(r *request, due, leaves time.Time) string {
	local := due.In(campaigns.Zone)
	key, name := "web.ladder.shift_quiet", ""
	if name = holidayOn(local.Year(), local.Month(), local.Day()); name != "" {
		key = "web.ladder.shift_holiday"
	} else if local.Weekday() == time.Sunday {
		key = "web.ladder.shift_sunday"
	}
	return s.say(r, key, "name", name, "when", s.weekday(r, leaves)+", "+whenOf(leaves))
}

// ladderAll is the ladder of a draft with the steps that are left out, too.
func (s *server) ladderAll(d FormDraft) campaigns.Ladder {
	all := d
	all.Values = map[string]string{}
	for k, v := range d.Values {
		if !strings.HasPrefix(k, "use") {
			all.Values[k] = v
		}
	}
	out := s.ladderOf(all)
	if len(out) != len(s.rungs(d)) { // a day that is no number: shown as the kind proposes it
		return s.rungs(d)
	}
	return out
}

// holidayOn names the holiday of a day, "" for none.
func holidayOn(year int, month time.Month, day int) string {
	for _, h := range vn.Holidays(year) {
		if h.Date == (vn.Date{Year: year, Month: int(month), Day: day}) {
			return h.Name
		}
	}
	return ""
}

// weekdayTitle is a day of the week at the beginning of a line.
func (s *server) weekdayTitle(r *request, day time.Weekday) string {
	words := s.say(r, "web.weekday."+strconv.Itoa(int(day)))
	_, n := utf8.DecodeRuneInString(words)
	return strings.ToUpper(words[:n]) + words[n:]
}

func (s *server) weekday(r *request, t time.Time) string {
	return s.say(r, "web.weekday."+strconv.Itoa(int(t.In(campaigns.Zone).Weekday())))
}

// minuteOf writes minutes after midnight as a clock does.
func minuteOf(m int) string { return fmt.Sprintf("%d:%02d", m/60, m%60) }
