package web

import (
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// Linter reads a text as a citizen would who has been warned. The names of rules are those of the locale keys lint.<rule>.
type Linter func(text string, phones []string) []Finding

// Finding is what a citizen might take for a fraud (Hard: refused, whoever asks), or what asks for a reason.
type Finding struct {
	Rule string
	Hard bool
}

// check is a line of the safety list.
type check struct {
	Good  bool
	Words string
	Hard  bool // nothing but other words helps
}

// safety is what the linter and the limits of the channels say of the texts of a draft.
type safety struct {
	Checks  []check
	Hard    bool // it cannot be submitted
	Reasons bool // it can, with a reason for the approver
}

// goodNews are the rules whose silence is worth a line, by the line.
var goodNews = []struct {
	key   string
	rules []string
}{
	{"web.check.office", []string{"no_office"}},
	{"web.check.link", []string{"link", "shortener", "qr", "lookalike"}},
	{"web.check.secret", []string{"secret", "money", "install", "apk", "activate", "photo", "id_number", "move"}},
	{"web.check.deadline", []string{"no_date"}},
	{"web.check.tone", []string{"threat", "urgency", "capitals", "exclaim"}},
}

// checksOf reads the texts that a ladder will send with the linter that the engine asks before it does.
func (s *server) checksOf(r *request, p *preview, ladder campaigns.Ladder) safety {
	var out safety
	found := map[string]Finding{}
	for _, rule := range p.Refused {
		found[rule] = Finding{rule, true}
	}
	for _, f := range p.Forms {
		if !s.carriesForm(ladder, f.Form) {
			continue
		}
		byHand := !strings.HasPrefix(f.Form, "sms") && f.Form != "long" // who passes it on says the rest; only what is refused counts
		for _, one := range s.Linter(f.Plain, []string{r.unit.Phone}) {
			if one.Hard || !byHand {
				found[one.Rule] = one
			}
		}
	}
	line := func(good bool, words string, hard bool) {
		out.Checks = append(out.Checks, check{good, words, hard})
		out.Hard, out.Reasons = out.Hard || !good && hard, out.Reasons || !good && !hard
	}
	line(r.unit.Phone != "", s.say(r, "web.check.phone"), true)
	for _, g := range goodNews {
		if !slices.ContainsFunc(g.rules, func(rule string) bool { _, bad := found[rule]; return bad }) {
			line(true, s.say(r, g.key), false)
		}
	}
	for rule, one := range found {
		line(false, s.say(r, "lint."+rule), one.Hard)
	}
	slices.SortStableFunc(out.Checks, func(a, b check) int { return strings.Compare(order(a), order(b)) })
	line(p.Parts <= partsMost, s.say(r, "web.check.parts"), true)
	return out
}

// carriesForm says whether a channel of the ladder carries a form.
func (s *server) carriesForm(ladder campaigns.Ladder, form string) bool {
	return slices.ContainsFunc(ladder, func(step campaigns.Step) bool {
		return slices.ContainsFunc(step.Channels, func(c string) bool { return s.Lines.FormOf(c) == form })
	})
}

// partsMost is how many parts an SMS may have (rulings.md 15).
const partsMost = 3

// order puts what is refused in front, then what asks for a reason, then what is good.
func order(c check) string {
	switch {
	case c.Good:
		return "2"
	case c.Hard:
		return "0" + c.Words
	}
	return "1" + c.Words
}
