package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Reports is the record of figures.
type Reports interface {
	Report(ctx context.Context, id campaigns.CampaignID, mediumOf func(channel string) string) (campaigns.CampaignReport, error)
}

func (a *API) reports(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/report", id: "get-report", slow: true, tag: "reports", summary: "Who was meant, reached, acted and is left"},
		func(ctx context.Context, in *ByID) (*Body[campaigns.Report], error) {
			c, err := a.Record.Campaign(ctx, campaigns.CampaignID(in.ID))
			if err != nil {
				return nil, err
			}
			return body(a.reportOf(ctx, []campaigns.Campaign{c}))
		})
	register(a, h, route{method: http.MethodGet, path: "/report", id: "get-reports", slow: true, tag: "reports", summary: "The reports of all campaigns, a page at a time"},
		func(ctx context.Context, in *struct {
			Cursor string `query:"cursor" maxLength:"64"`
			Limit  int    `query:"limit" default:"20" minimum:"1" maximum:"50"`
		}) (*Body[ReportPage], error) {
			list, err := a.Record.CampaignsWithin(ctx, callerOf(ctx).Scope(access.ReportRead), false, campaigns.CampaignID(in.Cursor), in.Limit+1)
			if err != nil {
				return nil, err
			}
			page := pageOf(list, in.Limit, func(c campaigns.Campaign) string { return string(c.ID) })
			r, err := a.reportOf(ctx, page.Items)
			return body(ReportPage{Report: r, Next: page.Next}, err)
		})
}

// ReportPage is a report with the cursor of the campaigns that follow.
type ReportPage struct {
	campaigns.Report
	Next string `json:"next,omitempty" doc:"Cursor of the campaigns that follow; absent at the end."`
}

func (a *API) reportOf(ctx context.Context, list []campaigns.Campaign) (campaigns.Report, error) {
	now, err := a.Record.PolicyNow(ctx)
	if err != nil {
		return campaigns.Report{}, err
	}
	r := campaigns.Report{AsOf: now, Campaigns: []campaigns.CampaignReport{}}
	for _, c := range list {
		one, err := a.Record.Report(ctx, c.ID, a.Lines.MediumOf)
		if err != nil {
			return r, err
		}
		r.Campaigns = append(r.Campaigns, one)
	}
	return r, nil
}
