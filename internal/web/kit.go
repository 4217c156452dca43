package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// kitView shows every component once, for those who add a page, and for the tests of a browser.
type kitView struct {
	Frame
	Tags    []tag
	Bars    []bar
	Fields  []field
	Chart   *drawings
	Steps   []step
	Chips   []chip
	Rows    []summaryRow
	Preview *preview
	Checks  []check
}

// kit needs no session: there is nothing of anybody on it.
func (s *server) kit(app *fiber.App) {
	app.Get("/ui-kit", s.guard(func(r *request) error {
		v := kitView{Frame: s.frame(r, "", "web.kit.title"), Bars: []bar{newBar(3, 4, ""), goalBar(30, 52), goalBar(46, 52), goalBar(60, 52), newBar(1, 9, "warn")},
			Steps: s.importSteps(r, "", 3), Chips: []chip{{To: "/ui-kit", Words: s.say(r, "web.list.all"), Current: true, Counted: true, Count: 1234}, {To: "/ui-kit", Words: s.say(r, "web.group.left")}},
			Rows: []summaryRow{{s.say(r, "web.sum.kind"), s.say(r, "kind.exam"), "/ui-kit"}}, Checks: []check{{Good: true, Words: s.say(r, "web.check.link")}, {Words: s.say(r, "web.check.phone"), Hard: true}}}
		for _, st := range []campaigns.CampaignState{campaigns.Draft, campaigns.Submitted, campaigns.Returned, campaigns.Approved, scheduled, campaigns.Running,
			campaigns.Paused, campaigns.Completed, campaigns.Cancelled} {
			v.Tags = append(v.Tags, s.stateTag(r, st))
		}
		v.Tags = append(v.Tags, s.standing(r, 20, true), s.standing(r, 5, true), s.standing(r, -1, true))
		begin := time.Date(2027, 3, 2, 8, 0, 0, 0, campaigns.Zone)
		p := progress{begin: begin, end: begin.AddDate(0, 0, 58), now: begin.AddDate(0, 0, 24), whole: 12_480, done: 6_204, goal: 11_856, plan: 39.3}
		p.accumulate([]VerifiedDay{{int(campaigns.Day(begin)), 900}, {int(campaigns.Day(begin)) + 9, 2_600}, {int(campaigns.Day(begin)) + 20, 2_704}})
		v.Chart = s.chartOf(r, p)
		m := s.mend(r)
		for _, f := range []field{s.text(r, "account", "text"), s.text(r, "password", "password"), s.text(r, "why", "area"), s.text(r, "what", "radio"), s.text(r, "more", "checks"), s.text(r, "fact", "select")} {
			f.Options = []option{{"a", s.say(r, "web.what.done"), "", true}, {"b", s.say(r, "web.what.will_come"), s.say(r, "web.source.claim.hint"), false}}
			if f.Name == "account" {
				m.wrong(&f, "web.sign_in.wrong")
			}
			v.Fields = append(v.Fields, f)
		}
		m.into(&v.Frame)
		v.Note = &note{"ok", "ok", s.say(r, "web.done.saved")}
		v.Preview = s.previewText(r, "exam", "first", map[string]string{"place": s.say(r, "web.sample.place"), "time": s.say(r, "web.sample.time"), "deadline": "29/04/2027",
			"doc_list": s.say(r, "web.sample.doc_list"), "doc_no": "12/TB"}, 4118)
		return s.show(r, "kit", &v)
	}))
}
