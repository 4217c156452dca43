package web

import (
	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// who names the visitor as the audit log does.
func (r *request) actor() access.Who {
	return access.Who{Kind: access.ByStaff, ID: r.who.Login, Name: r.who.Actor, From: r.visit.From}
}

// act writes into the audit log what the visitor has just done. Who it was is filled in here.
func (s *server) act(r *request, e access.Entry) error {
	e.Who = r.actor()
	return s.Record.RecordAudit(r.ctx, e)
}

// campaignVerbs are the moves of a campaign, by the verb of the record, as the audit log calls them.
var campaignVerbs = map[campaigns.Verb]access.Verb{
	campaigns.Submit: access.CampaignSent, campaigns.Approve: access.CampaignApproved, campaigns.Return: access.CampaignReturned, campaigns.Launch: access.CampaignLaunched,
	campaigns.Pause: access.CampaignPaused, campaigns.Resume: access.CampaignResumed, campaigns.Cancel: access.CampaignStopped,
}

// moved writes into the audit log that a campaign was moved; why is what the visitor gave as the reason, or nothing.
func (s *server) moved(r *request, c campaigns.Campaign, verb campaigns.Verb, why string) error {
	return s.act(r, access.Entry{Unit: c.UnitID, Verb: campaignVerbs[verb], Object: "campaign", ObjectID: string(c.ID), Reason: why})
}
