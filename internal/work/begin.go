package work

import "context"

// begin launches what is scheduled for now and plans the reminders of appointments.
func (e *Engine) begin(ctx context.Context) {
	e.launchDue(ctx)
	planned, err := e.record.PlanAppointments(ctx, e)
	if err != nil {
		e.trouble(ctx, "plan reminders of appointments", err)
	}
	e.meter.Planned(planned)
}

// launchDue launches the scheduled campaigns whose time has come.
func (e *Engine) launchDue(ctx context.Context) {
	runs, err := e.record.LaunchDue(ctx, Lane)
	if err != nil {
		e.trouble(ctx, "launch what is scheduled", err)
	}
	for _, r := range runs {
		e.log.Info("launched as scheduled", "campaign", string(r.CampaignID), "audience", r.Audience, "canary", string(r.Canary))
	}
}
