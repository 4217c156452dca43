package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
)

// Wards is the record that leaders of a province look at.
type Wards interface {
	OverdueByUnit(ctx context.Context, path string, old time.Time) (map[campaigns.UnitID]int, error)
	Targets(ctx context.Context, id campaigns.CampaignID, history bool, after string, limit int) ([]campaigns.Target, error)
	League(ctx context.Context, id campaigns.CampaignID, by campaigns.LeagueOrder) (campaigns.League, error)
}

// wardsView is every ward of the province against its plan.
type wardsView struct {
	Frame
	AsOf   time.Time
	Kinds  []chip
	Orders []chip
	Rate   string
	Words  string
	Plan   string
	Rows   []wardRow
	// Forecast is what the pace so far leads to, of those whose campaigns have a plan; "" where none has.
	Forecast string
}

// wardRow is one ward.
type wardRow struct {
	areaRow
	id       campaigns.UnitID
	To       string
	Goal     int
	Overdue  int
	Forecast string
	// Of campaigns with a plan: persons that the plans ask for today, that are verified, and that are meant.
	planned, expected      float64
	plannedDone, plannedOf int
}

// wardOrders are the orders of the table; the largest gap stands first where none is asked for.
var wardOrders = []string{"gap", "name", "size"}

func (s *server) wards(app *fiber.App) {
	app.Get("/wards", s.page(s.listWards))
	app.Get("/wards/:id", s.page(s.showWard))
}

func (s *server) listWards(r *request) error {
	if err := r.need(mayReport); err != nil {
		return err
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	only, order, late := r.Query("kind"), r.Query("order"), r.Query("late") == "1"
	v := wardsView{Frame: s.frame(r, "wards", "web.wards.title"), AsOf: now}
	rows, err := s.wardRows(r, only, now)
	if err != nil {
		return err
	}
	meant, done, planned, expected, plannedOf := 0, 0, 0.0, 0.0, 0
	for i := range rows {
		meant, done, planned, expected, plannedOf = meant+rows[i].Meant, done+rows[i].Verified, planned+rows[i].planned, expected+rows[i].expected, plannedOf+rows[i].plannedOf
		s.finishWard(r, &rows[i])
	}
	v.Rate, v.Words = rate(r.lang, done, meant), s.say(r, "web.goal.words", "done", done, "meant", meant)
	if plannedOf > 0 && plannedOf == meant {
		v.Plan = s.percentWords(r, 100*planned/float64(meant))
	}
	if plannedOf > 0 {
		v.Forecast = s.say(r, "web.wards.forecast", "rate", s.percentWords(r, 100*expected/float64(plannedOf)))
	}
	if late {
		rows = slices.DeleteFunc(rows, func(w wardRow) bool { return w.gap < 15 })
	}
	slices.SortStableFunc(rows, func(a, b wardRow) int {
		switch order {
		case "name":
			return cmp.Compare(nameKey(a.Name), nameKey(b.Name))
		case "size":
			return b.Meant - a.Meant
		}
		return cmp.Compare(b.gap, a.gap)
	})
	v.Rows = rows
	s.wardChips(r, &v, only, order, late)
	return s.show(r, "wards", &v)
}

// wardRows adds up the reports of what has run, ward by ward. People whom several campaigns mean count in each.
func (s *server) wardRows(r *request, only string, now time.Time) ([]wardRow, error) {
	list, err := s.Record.CampaignsAt(r.ctx, r.unit.Path, "", "", 200)
	if err != nil {
		return nil, err
	}
	byUnit := map[campaigns.UnitID]*wardRow{}
	for _, c := range list {
		if only != "" && c.Kind != only || !hasRun(c.State) {
			continue
		}
		report, err := s.reportOf(r.ctx, c.ID)
		if err != nil {
			return nil, err
		}
		runs, err := s.Record.Runs(r.ctx, c.ID)
		if err != nil {
			return nil, err
		}
		for _, u := range r.ownUnits(c, report.Units) {
			w := byUnit[u.UnitID]
			if w == nil {
				w = &wardRow{id: u.UnitID, To: "/wards/" + string(u.UnitID), areaRow: areaRow{Name: u.Name}}
				byUnit[u.UnitID] = w
			}
			w.Meant, w.Verified, w.Goal = w.Meant+u.Funnel.Meant, w.Verified+u.Funnel.Verified, w.Goal+u.Goal
			if len(runs) > 0 {
				w.against(newProgress(c, runs[0], campaigns.CampaignReport{Total: u.Funnel, Units: []campaigns.UnitReport{u}}, nil, now))
			}
		}
	}
	overdue, err := s.Record.OverdueByUnit(r.ctx, r.unit.Path, now.Add(-2*24*time.Hour))
	if err != nil {
		return nil, err
	}
	var out []wardRow
	for id, w := range byUnit {
		w.Overdue = overdue[id]
		out = append(out, *w)
	}
	slices.SortFunc(out, func(a, b wardRow) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.id, b.id)) })
	return out, nil
}

// against adds a campaign of the ward to what is compared with plans, where it has one.
func (w *wardRow) against(p progress) {
	if p.plan > 0 {
		w.planned += p.plan * float64(p.whole) / 100
		w.expected += p.pacedTo()
		w.plannedDone, w.plannedOf = w.plannedDone+p.done, w.plannedOf+p.whole
	}
}

func hasRun(state campaigns.CampaignState) bool {
	return slices.Contains([]campaigns.CampaignState{campaigns.Running, campaigns.Paused, campaigns.Completed, campaigns.Cancelled}, state)
}

func (s *server) finishWard(r *request, w *wardRow) {
	w.Rate, w.Bar = rate(r.lang, w.Verified, w.Meant), goalBar(percent(w.Verified, w.Meant), 0)
	if w.plannedOf == 0 {
		w.Standing = tag{"", "", s.say(r, "web.wards.no_plan")}
		return
	}
	plan := 100 * w.planned / float64(w.plannedOf)
	w.gap = plan - percent(w.plannedDone, w.plannedOf)
	w.Standing = s.standing(r, w.gap, true)
	w.Forecast = s.percentWords(r, 100*w.expected/float64(w.plannedOf))
	if w.plannedOf == w.Meant { // else the tick would stand on a bar that holds others too
		w.Bar = goalBar(percent(w.Verified, w.Meant), plan)
	}
}

func (s *server) wardChips(r *request, v *wardsView, only, order string, late bool) {
	to := func(kind, order, late string) string {
		return "/wards?" + url.Values{"kind": {kind}, "order": {order}, "late": {late}}.Encode()
	}
	is := map[bool]string{true: "1", false: ""}
	v.Kinds = append(v.Kinds, chip{To: to("", order, is[late]), Words: s.say(r, "web.list.all"), Current: only == ""})
	for _, k := range kind.All() {
		v.Kinds = append(v.Kinds, chip{To: to(k.Name, order, is[late]), Words: s.say(r, "kind."+k.Name), Current: only == k.Name})
	}
	if !slices.Contains(wardOrders, order) {
		order = wardOrders[0]
	}
	for _, o := range wardOrders {
		v.Orders = append(v.Orders, chip{To: to(only, o, is[late]), Words: s.say(r, "web.wards.by."+o), Current: order == o})
	}
	v.Orders = append(v.Orders, chip{To: to(only, order, is[!late]), Words: s.say(r, "web.wards.late"), Current: late})
}
