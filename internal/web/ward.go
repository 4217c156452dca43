package web

import (
	"slices"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// wardView is one ward as its province sees it: its campaigns, its chores, what it was told to reach. Nobody's name stands
// on it but those of staff who set targets.
type wardView struct {
	Frame
	AsOf    time.Time
	Row     wardRow
	Words   string
	Phone   string
	Lines   []wardCampaign
	Chores  []chore
	Targets []targetLine
}

// wardCampaign is a campaign as far as it concerns a ward.
type wardCampaign struct {
	To, Name string
	State    tag
	areaRow
}

func (s *server) showWard(r *request) error {
	if err := r.need(mayReport); err != nil {
		return err
	}
	ward, err := s.Record.Unit(r.ctx, campaigns.UnitID(r.Params("id")))
	if err != nil {
		return err
	}
	if !under(ward.Path, r.unit.Path) || ward.Kind != campaigns.Ward {
		return campaigns.ErrNotFound
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	v := wardView{AsOf: now, Phone: ward.Phone, Frame: s.frame(r, "wards", "web.ward.title", "name", ward.Name)}
	v.Frame.Back = &link{To: "/wards", Words: s.say(r, "web.wards.title")}
	if err := s.wardCampaigns(r, &v, ward, now); err != nil {
		return err
	}
	s.finishWard(r, &v.Row)
	v.Words = s.say(r, "web.goal.words", "done", v.Row.Verified, "meant", v.Row.Meant)
	if v.Chores, err = s.choresAt(r, ward.Path, now); err != nil {
		return err
	}
	for i := range v.Chores { // the queues themselves are the ward's
		v.Chores[i].To = ""
	}
	return s.show(r, "ward", &v)
}

// wardCampaigns adds up what has run in the ward, with the targets of each campaign.
func (s *server) wardCampaigns(r *request, v *wardView, ward campaigns.Unit, now time.Time) error {
	list, err := s.Record.CampaignsAt(r.ctx, r.unit.Path, "", "", 200)
	if err != nil {
		return err
	}
	for _, c := range list {
		if !hasRun(c.State) {
			continue
		}
		report, err := s.reportOf(r.ctx, c.ID)
		if err != nil {
			return err
		}
		runs, err := s.Record.Runs(r.ctx, c.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(report.Units, func(u campaigns.UnitReport) bool { return u.UnitID == ward.ID })
		if i < 0 || len(runs) == 0 {
			continue
		}
		u := report.Units[i]
		p := newProgress(c, runs[0], campaigns.CampaignReport{Total: u.Funnel, Units: []campaigns.UnitReport{u}}, nil, now)
		v.Row.Meant, v.Row.Verified = v.Row.Meant+u.Funnel.Meant, v.Row.Verified+u.Funnel.Verified
		v.Row.against(p)
		v.Lines = append(v.Lines, wardCampaign{To: "/campaigns/" + string(c.ID), Name: c.Name, State: s.stateTag(r, c.State),
			areaRow: s.areaRow(r, Area{Name: c.Name, Meant: u.Funnel.Meant, Verified: u.Funnel.Verified}, p)})
		if err := s.wardTargets(r, v, c, ward.ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) wardTargets(r *request, v *wardView, c campaigns.Campaign, ward campaigns.UnitID) error {
	list, err := s.Record.Targets(r.ctx, c.ID, true, "", targetsMost)
	for _, t := range list {
		if t.UnitID == ward {
			line := s.targetLine(r, t, c.Name)
			line.To = "/campaigns/" + string(c.ID) + "/targets"
			v.Targets = append(v.Targets, line)
		}
	}
	return err
}
