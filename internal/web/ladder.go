package web

import (
	"errors"
	"strconv"

	"github.com/loaphuong/loa/campaigns"
)

// rungView is a step of the ladder in the wizard.
type rungView struct {
	N        int
	Title    string
	Channels string
	Use      field
	Days     field
	First    bool
	When     string // if it begins today
	Shift    string // why it leaves later than its day
	People   string
}

// rungs are the steps that the kind proposes, by the channels that are open here.
func (s *server) rungs(d FormDraft) campaigns.Ladder {
	form := map[string]string{"yes": "sms", "no": "sms_plain", "": "sms_plain"}[d.Values["accents"]]
	return kindOf(d).Ladder(func(medium string) string {
		if chosen := s.smsByForm(form); medium == "sms" && chosen != "" {
			return chosen
		}
		return s.Lines.Carries(medium)
	})
}

// rungDays is the day of a step as the draft has it, else as the kind proposes.
func rungDays(d FormDraft, i int, step campaigns.Step) string {
	if v := d.Values["days"+strconv.Itoa(i+1)]; v != "" {
		return v
	}
	if step.BeforeDays > 0 {
		return strconv.Itoa(step.BeforeDays)
	}
	return strconv.Itoa(step.AfterDays)
}

// rungUsed says whether a step is kept; the first always is.
func rungUsed(d FormDraft, i int) bool { return i == 0 || d.Values["use"+strconv.Itoa(i+1)] != "no" }

// ladderOf is the ladder of a draft: the kind's steps on the days that were chosen, without those left out.
func (s *server) ladderOf(d FormDraft) campaigns.Ladder {
	var out campaigns.Ladder
	for i, step := range s.rungs(d) {
		days, err := strconv.Atoi(rungDays(d, i, step))
		if !rungUsed(d, i) || err != nil {
			continue
		}
		if step.BeforeDays > 0 {
			step.BeforeDays = days
		} else if i > 0 {
			step.AfterDays = days
		}
		out = append(out, step)
	}
	return out
}

func (s *server) rungViews(r *request, d FormDraft) []rungView {
	var out []rungView
	for i, step := range s.rungs(d) {
		n := strconv.Itoa(i + 1)
		v := rungView{N: i + 1, First: i == 0, Title: s.say(r, "step."+step.Name), Channels: s.channelWords(r, step.Channels)}
		v.Days = field{Name: "days" + n, Kind: "text", Short: true, Mode: "numeric", Max: 3, Value: rungDays(d, i, step), Label: s.say(r, "web.ladder.after")}
		if step.BeforeDays > 0 {
			v.Days.Label = s.say(r, "web.ladder.before")
		}
		v.Use = field{Name: "use" + n, Kind: "select", Label: s.say(r, "web.ladder.use"), Options: []option{
			{Value: "yes", Words: s.say(r, "web.yes"), Chosen: rungUsed(d, i)}, {Value: "no", Words: s.say(r, "web.no"), Chosen: !rungUsed(d, i)}}}
		out = append(out, v)
	}
	return out
}

// ladderFields checks the days; the error leads to the first step that is wrong.
func (s *server) ladderFields(r *request, d FormDraft, m *mend) {
	if m == nil {
		return
	}
	last := -1
	for i, step := range s.rungs(d) {
		f := field{Name: "days" + strconv.Itoa(i+1)}
		n, err := strconv.Atoi(rungDays(d, i, step))
		switch {
		case !rungUsed(d, i):
			continue
		case err != nil || n < 0 || n > 365:
			m.wrong(&f, "web.ladder.days_wrong", "step", i+1)
		case step.BeforeDays == 0 && n <= last:
			m.wrong(&f, "web.ladder.order_wrong", "step", i+1)
		}
		if step.BeforeDays == 0 {
			last = n
		}
	}
}

func isRepeated(err error) bool { return errors.Is(err, campaigns.ErrRepeated) }
