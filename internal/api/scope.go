package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// rule says who may call an operation. An operation without a rule, and one whose objects are not looked at one by one
// (scoped), is open only to who holds its permission at the root: nobody sees another unit's by an oversight.
type rule struct {
	need   access.Permission
	scoped bool // the handler asks within for every object, and queries ask for the caller's scope
	self   bool // it concerns only the caller
	early  bool // with self: also who is still on the way to being signed in
	open   bool // before anybody has signed in
}

// rules is the table of all operations. A test compares it with the routes.
var rules = map[string]rule{
	"me": {self: true, early: true},

	"sign-in": {open: true}, "sign-in-second": {open: true}, "sign-in-start": {open: true}, "confirm-second-factor": {open: true},
	"sign-out": {self: true, early: true}, "offer-second-factor": {self: true, early: true}, "list-my-sessions": {self: true}, "end-my-session": {self: true}, "change-password": {self: true},

	"list-staff": {need: access.StaffRead, scoped: true}, "get-staff": {need: access.StaffRead, scoped: true},
	"invite-staff": {need: access.StaffManage, scoped: true}, "disable-staff": {need: access.StaffManage, scoped: true},
	"reset-staff": {need: access.StaffManage, scoped: true}, "set-staff-roles": {need: access.StaffManage, scoped: true},
	"list-keys": {need: access.KeyRead, scoped: true}, "issue-key": {need: access.KeyManage, scoped: true},
	"rotate-key": {need: access.KeyManage, scoped: true}, "revoke-key": {need: access.KeyManage, scoped: true},
	"list-audit": {need: access.AuditRead, scoped: true}, "verify-audit": {need: access.AuditRead, scoped: true}, "export-audit": {need: access.AuditRead, scoped: true},

	"list-kinds": {need: access.CampaignRead, scoped: true}, // the same for everybody
	"list-units": {need: access.UnitRead}, "get-unit": {need: access.UnitRead}, "save-unit": {need: access.UnitWrite}, "import-units": {need: access.UnitWrite},
	"upload-roster": {need: access.RosterImport}, "list-rosters": {need: access.RosterRead}, "get-roster": {need: access.RosterRead},
	"get-roster-rows": {need: access.RosterRead},
	"search-people":   {need: access.PersonRead}, "get-person": {need: access.PersonRead},
	"create-campaign": {need: access.CampaignDraft}, "list-campaigns": {need: access.CampaignRead}, "get-campaign": {need: access.CampaignRead},
	"preview-audience": {need: access.CampaignRead}, "list-launches": {need: access.CampaignRead},
	"submit-campaign": {need: access.CampaignDraft}, "return-campaign": {need: access.CampaignDecide}, "approve-campaign": {need: access.CampaignDecide},
	"launch-campaign": {need: access.CampaignLaunch}, "pause-campaign": {need: access.CampaignStop}, "resume-campaign": {need: access.CampaignStop},
	"cancel-campaign": {need: access.CampaignStop}, "complete-campaign": {need: access.CampaignStop},
	"get-report": {need: access.ReportRead}, "get-reports": {need: access.ReportRead}, "set-target": {need: access.TargetWrite},
	"list-deliveries": {need: access.DeliveryRead},
	"list-tasks":      {need: access.TaskRead}, "list-task-people": {need: access.TaskRead}, "tick-task": {need: access.TaskTick},
	"record-response": {need: access.ResponseRecord}, "refute-claim": {need: access.ResponseRecord},
	"list-channels": {need: access.ChannelRead}, "override-channel": {need: access.ChannelDecide},
	"list-inbox": {need: access.InboxRead}, "handle-inbox": {need: access.InboxHandle},
	"record-outcome": {need: access.OutcomeRecord}, "import-outcomes": {need: access.OutcomeRecord},
	"record-opt-out": {need: access.OptOutRecord}, "count-opt-outs": {need: access.OptOutCount},

	"list-notices": {need: access.CampaignRead, scoped: true}, "list-filter-fields": {need: access.CampaignRead, scoped: true}, // the same for everybody
	"list-templates": {need: access.CampaignRead}, "get-template": {need: access.CampaignRead}, "list-template-versions": {need: access.CampaignRead},
	"create-template": {need: access.CampaignDraft}, "add-template-version": {need: access.CampaignDraft}, "preview-template": {need: access.CampaignDraft},
	"lint-text":       {need: access.CampaignDraft},
	"preview-filter":  {need: access.CampaignDraft},
	"explain-person":  {need: access.PersonRead},
	"send-test":       {need: access.CampaignDraft, scoped: true},
	"follow-campaign": {need: access.ReportRead}, "follow-roster": {need: access.RosterRead},
	"schedule-campaign": {need: access.CampaignLaunch}, "unschedule-campaign": {need: access.CampaignLaunch}, "release-campaign": {need: access.CampaignDecide},
	"close-campaign": {need: access.CampaignStop}, "list-decisions": {need: access.CampaignRead},
	"get-budget": {need: access.CampaignRead}, "set-budget": {need: access.CampaignDecide}, "list-prices": {need: access.ChannelRead}, "set-price": {need: access.ChannelDecide},
	"get-emergency": {need: access.CampaignRead}, "ask-emergency": {need: access.CampaignDecide}, "grant-emergency": {need: access.CampaignDecide},
	"get-hours": {need: access.UnitRead}, "set-hours": {need: access.UnitWrite}, "list-appointments": {need: access.TaskRead},
	"list-targets": {need: access.ReportRead}, "get-league": {need: access.ReportRead}, "list-residual": {need: access.DeliveryRead}, "get-quality": {need: access.ReportRead},
	"download-task-file": {need: access.TaskRead}, "list-task-runs": {need: access.TaskRead}, "record-task-run": {need: access.TaskTick},
	"compare-lists": {need: access.RosterImport}, "list-comparisons": {need: access.RosterRead}, "get-comparison": {need: access.RosterRead}, "list-compared": {need: access.RosterRead},
	"list-suspects": {need: access.PersonRead}, "merge-people": {need: access.RosterImport}, "tell-people-apart": {need: access.RosterImport},
	"list-defects": {need: access.PersonRead}, "list-reviews": {need: access.PersonRead}, "record-review": {need: access.OutcomeRecord},
	"get-review-levels": {need: access.UnitRead}, "set-review-levels": {need: access.UnitWrite},
	"create-webhook": {need: access.KeyManage}, "list-webhooks": {need: access.KeyRead}, "get-webhook": {need: access.KeyRead}, "rotate-webhook": {need: access.KeyManage},
	"drop-secret-webhook": {need: access.KeyManage}, "disable-webhook": {need: access.KeyManage}, "enable-webhook": {need: access.KeyManage},
	"test-webhook": {need: access.KeyManage}, "list-untold": {need: access.KeyRead}, "retell-webhook": {need: access.KeyManage},
}

// openPaths are the operations that nobody has signed in for yet.
var openPaths = []string{root + "/signin", root + "/signin/second", root + "/signin/start", root + "/signin/second-factor"}

// admits says whether a caller may call an operation at all; its objects are another question.
func admits(c access.Caller, operation string) error {
	r := rules[operation]
	switch {
	case r.open, r.self && (c.KeyID != "" || c.Stage == access.Full || r.early && c.StaffID != ""):
		return nil
	case r.need == "" && c.Everywhere():
		return nil
	case r.need != "" && r.scoped && c.MayAnywhere(r.need), r.need != "" && c.May(r.need, access.Root):
		return nil
	}
	return access.ErrForbidden
}

// admission asks admits before anything of the request is read.
func admission(operation string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if err := admits(callerOf(ctx.Context()), operation); err != nil {
			_ = writeProblem(humafiber.Unwrap(ctx), match(err)) // only a body that does not encode fails
			return
		}
		next(ctx)
	}
}

// within lets a caller at an object of the unit of this path; for others it is not there.
func within(ctx context.Context, p access.Permission, unitPath string) error {
	if callerOf(ctx).May(p, unitPath) {
		return nil
	}
	return campaigns.ErrNotFound
}

// acting returns the caller under the name of the person who acts.
func acting(ctx context.Context, in Acting) (access.Caller, error) {
	c := callerOf(ctx)
	name, err := in.actor()
	if err == nil && c.StaffID == "" {
		c.Name = name + " (" + c.Name + ")"
	}
	return c, err
}
