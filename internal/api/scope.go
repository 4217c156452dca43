package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// rule says who may call an operation. An operation without a rule, and one that is open to nobody in particular, is open
// only to who holds its permission at the root: nobody sees another unit's by an oversight.
type rule struct {
	need   access.Permission
	of     campaigns.Noun // what {id} names; it is there only for who holds need in a unit that it belongs to
	around bool           // with of: what belongs to a unit above concerns its subtree, too, and is there to be read
	scoped bool           // its objects are named elsewhere: the handler asks within for each, and queries ask for the caller's scope
	shared bool           // it tells everybody the same
	self   bool           // it concerns only the caller
	early  bool           // with self: also who is still on the way to being signed in
	open   bool           // before anybody has signed in
}

// byUnit says whether holding need in some unit is enough to begin with.
func (r rule) byUnit() bool { return r.of != "" || r.scoped || r.shared }

// rules is the table of all operations. A test compares it with the routes.
var rules = map[string]rule{
	"me": {self: true, early: true},

	"sign-in": {open: true}, "sign-in-second": {open: true}, "sign-in-start": {open: true}, "confirm-second-factor": {open: true},
	"sign-out": {self: true, early: true}, "offer-second-factor": {self: true, early: true}, "list-my-sessions": {self: true}, "end-my-session": {self: true}, "change-password": {self: true},

	"ask-passkey": {open: true}, "sign-in-passkey": {open: true},
	"ask-new-passkey": {self: true, early: true}, "add-passkey": {self: true, early: true}, "list-passkeys": {self: true}, "name-passkey": {self: true},
	"remove-passkey": {self: true}, "prove-second-factor": {self: true}, "renew-recovery-codes": {self: true},
	"list-providers": {need: access.StaffRead, scoped: true}, "list-staff-links": {need: access.StaffRead, scoped: true}, "link-staff": {need: access.StaffManage, scoped: true},
	"unlink-staff": {need: access.StaffManage, scoped: true}, "end-staff-sessions": {need: access.StaffManage, scoped: true},

	"list-staff": {need: access.StaffRead, scoped: true}, "get-staff": {need: access.StaffRead, scoped: true},
	"invite-staff": {need: access.StaffManage, scoped: true}, "disable-staff": {need: access.StaffManage, scoped: true},
	"reset-staff": {need: access.StaffManage, scoped: true}, "set-staff-roles": {need: access.StaffManage, scoped: true},
	"list-keys": {need: access.KeyRead, scoped: true}, "issue-key": {need: access.KeyManage, scoped: true},
	"rotate-key": {need: access.KeyManage, scoped: true}, "revoke-key": {need: access.KeyManage, scoped: true},
	"list-audit": {need: access.AuditRead, scoped: true}, "verify-audit": {need: access.AuditRead, scoped: true}, "export-audit": {need: access.AuditRead, scoped: true},

	"list-units": {need: access.UnitRead, scoped: true}, "get-unit": {need: access.UnitRead, of: campaigns.UnitNoun, around: true},
	"save-unit": {need: access.UnitWrite, scoped: true}, "import-units": {need: access.UnitWrite, scoped: true},
	"get-hours": {need: access.UnitRead, of: campaigns.UnitNoun, around: true}, "set-hours": {need: access.UnitWrite, of: campaigns.UnitNoun},
	"list-defects": {need: access.PersonRead, of: campaigns.UnitNoun}, "get-quality": {need: access.ReportRead, of: campaigns.UnitNoun},

	"upload-roster": {need: access.RosterImport, scoped: true}, "list-rosters": {need: access.RosterRead, scoped: true}, "get-roster": {need: access.RosterRead, of: campaigns.RosterNoun},
	"get-roster-rows": {need: access.RosterRead, of: campaigns.RosterNoun}, "follow-roster": {need: access.RosterRead, of: campaigns.RosterNoun},
	"compare-lists": {need: access.RosterImport, scoped: true}, "list-comparisons": {need: access.RosterRead, scoped: true},
	"get-comparison": {need: access.RosterRead, of: campaigns.ComparisonNoun}, "list-compared": {need: access.RosterRead, of: campaigns.ComparisonNoun},

	"search-people": {need: access.PersonRead, scoped: true}, "get-person": {need: access.PersonRead, of: campaigns.PersonNoun},
	"list-suspects": {need: access.PersonRead, scoped: true}, "merge-people": {need: access.RosterImport, of: campaigns.PersonNoun},
	"tell-people-apart": {need: access.RosterImport, of: campaigns.PersonNoun}, "list-decisions": {need: access.PersonRead, of: campaigns.PersonNoun},
	"list-reviews": {need: access.PersonRead, of: campaigns.PersonNoun}, "record-review": {need: access.OutcomeRecord, of: campaigns.PersonNoun},
	"get-review-levels": {need: access.UnitRead, shared: true}, "set-review-levels": {need: access.UnitWrite}, // one set of levels for all

	"list-kinds": {need: access.CampaignRead, shared: true}, "list-notices": {need: access.CampaignRead, shared: true}, "list-filter-fields": {need: access.CampaignRead, shared: true},
	"create-campaign": {need: access.CampaignDraft, scoped: true}, "edit-campaign": {need: access.CampaignDraft, of: campaigns.CampaignNoun}, "list-campaigns": {need: access.CampaignRead, scoped: true},
	"get-campaign": {need: access.CampaignRead, of: campaigns.CampaignNoun, around: true}, "list-launches": {need: access.CampaignRead, of: campaigns.CampaignNoun, around: true},
	"preview-audience": {need: access.CampaignRead, of: campaigns.CampaignNoun}, "preview-filter": {need: access.CampaignDraft, scoped: true},
	"get-submission":  {need: access.PersonRead, of: campaigns.CampaignNoun},
	"explain-person":  {need: access.PersonRead, of: campaigns.CampaignNoun, around: true},
	"submit-campaign": {need: access.CampaignDraft, of: campaigns.CampaignNoun}, "return-campaign": {need: access.CampaignDecide, of: campaigns.CampaignNoun},
	"approve-campaign": {need: access.CampaignDecide, of: campaigns.CampaignNoun}, "release-campaign": {need: access.CampaignDecide, of: campaigns.CampaignNoun},
	"launch-campaign": {need: access.CampaignLaunch, of: campaigns.CampaignNoun}, "schedule-campaign": {need: access.CampaignLaunch, of: campaigns.CampaignNoun},
	"unschedule-campaign": {need: access.CampaignLaunch, of: campaigns.CampaignNoun},
	"pause-campaign":      {need: access.CampaignStop, of: campaigns.CampaignNoun}, "resume-campaign": {need: access.CampaignStop, of: campaigns.CampaignNoun},
	"cancel-campaign": {need: access.CampaignStop, of: campaigns.CampaignNoun}, "complete-campaign": {need: access.CampaignStop, of: campaigns.CampaignNoun},
	"close-campaign": {need: access.CampaignStop, of: campaigns.CampaignNoun},
	"get-budget":     {need: access.CampaignRead, of: campaigns.CampaignNoun}, "set-budget": {need: access.CampaignDecide, of: campaigns.CampaignNoun},
	"get-emergency": {need: access.CampaignRead, of: campaigns.CampaignNoun}, "ask-emergency": {need: access.CampaignDecide, of: campaigns.CampaignNoun},
	"grant-emergency": {need: access.CampaignDecide, of: campaigns.CampaignNoun}, // and only the province: the handler asks

	"get-report": {need: access.ReportRead, of: campaigns.CampaignNoun}, "get-reports": {need: access.ReportRead, scoped: true}, "follow-campaign": {need: access.ReportRead, of: campaigns.CampaignNoun},
	"set-target": {need: access.TargetWrite, of: campaigns.CampaignNoun}, "list-targets": {need: access.ReportRead, of: campaigns.CampaignNoun},
	"get-league": {need: access.ReportRead, of: campaigns.CampaignNoun}, "list-residual": {need: access.DeliveryRead, of: campaigns.CampaignNoun},
	"list-deliveries": {need: access.DeliveryRead, of: campaigns.CampaignNoun}, "list-appointments": {need: access.TaskRead, of: campaigns.CampaignNoun},

	"list-tasks": {need: access.TaskRead, scoped: true}, "list-task-people": {need: access.TaskRead, of: campaigns.TaskNoun}, "tick-task": {need: access.TaskTick, of: campaigns.TaskNoun},
	"download-task-file": {need: access.TaskRead, of: campaigns.TaskNoun}, "list-task-runs": {need: access.TaskRead, of: campaigns.TaskNoun}, "record-task-run": {need: access.TaskTick, of: campaigns.TaskNoun},
	"record-response": {need: access.ResponseRecord, of: campaigns.CampaignNoun, around: true}, "refute-claim": {need: access.ResponseRecord, of: campaigns.CampaignNoun, around: true},
	"list-inbox": {need: access.InboxRead, scoped: true}, "handle-inbox": {need: access.InboxHandle, of: campaigns.InboxNoun},
	"record-outcome": {need: access.OutcomeRecord, scoped: true}, "import-outcomes": {need: access.OutcomeRecord, scoped: true},
	"record-opt-out": {need: access.OptOutRecord, shared: true}, "count-opt-outs": {need: access.OptOutCount, shared: true}, // an address belongs to no unit (rulings.md 20)

	"list-channels": {need: access.ChannelRead, shared: true}, "override-channel": {need: access.ChannelDecide}, // channels serve all
	"list-prices": {need: access.ChannelRead, shared: true}, "set-price": {need: access.ChannelDecide},

	"list-templates": {need: access.CampaignRead, scoped: true}, "get-template": {need: access.CampaignRead, of: campaigns.TemplateNoun},
	"list-template-versions": {need: access.CampaignRead, of: campaigns.TemplateNoun}, "create-template": {need: access.CampaignDraft, scoped: true},
	"add-template-version": {need: access.CampaignDraft, of: campaigns.TemplateNoun}, "preview-template": {need: access.CampaignDraft, scoped: true},
	"lint-text": {need: access.CampaignDraft, scoped: true},

	"create-webhook": {need: access.KeyManage, scoped: true}, "list-webhooks": {need: access.KeyRead, scoped: true}, "get-webhook": {need: access.KeyRead, of: campaigns.WebhookNoun},
	"rotate-webhook": {need: access.KeyManage, of: campaigns.WebhookNoun}, "drop-secret-webhook": {need: access.KeyManage, of: campaigns.WebhookNoun},
	"disable-webhook": {need: access.KeyManage, of: campaigns.WebhookNoun}, "enable-webhook": {need: access.KeyManage, of: campaigns.WebhookNoun},
	"test-webhook": {need: access.KeyManage, of: campaigns.WebhookNoun}, "list-untold": {need: access.KeyRead, of: campaigns.WebhookNoun}, "retell-webhook": {need: access.KeyManage, of: campaigns.WebhookNoun},

	"create-service":    {need: access.KeyManage, scoped: true},
	"list-services":     {need: access.KeyRead, scoped: true},
	"set-service":       {need: access.KeyManage, scoped: true},
	"issue-service-key": {need: access.KeyManage, scoped: true},
	"mark-template":     {need: access.CampaignDecide, scoped: true},
	"create-send":       {need: access.MessageSend, scoped: true},
	"create-send-csv":   {need: access.MessageSend, scoped: true},
	"get-send":          {need: access.MessageRead, scoped: true},
	"list-send-rows":    {need: access.MessageRead, scoped: true},

	"get-links":         {need: access.UnitRead, scoped: true},
	"set-links":         {need: access.UnitWrite, scoped: true},
	"get-reception":     {need: access.UnitRead, scoped: true},
	"set-reception":     {need: access.CampaignDecide, scoped: true},
	"follow-comparison": {need: access.RosterRead, of: campaigns.ComparisonNoun},
	"set-unit-target":   {need: access.TargetWrite, scoped: true},
	"list-unit-targets": {need: access.ReportRead, scoped: true},
	"get-unit-league":   {need: access.ReportRead, scoped: true},

	"reveal-person":    {need: access.PersonReveal, of: campaigns.PersonNoun},
	"restrict-person":  {need: access.RequestHandle, of: campaigns.PersonNoun},
	"take-request":     {need: access.RequestHandle, scoped: true},
	"list-requests":    {need: access.RequestHandle, scoped: true},
	"get-request":      {need: access.RequestHandle, scoped: true},
	"accept-request":   {need: access.RequestHandle, scoped: true},
	"refuse-request":   {need: access.RequestHandle, scoped: true},
	"finish-request":   {need: access.RequestHandle, scoped: true},
	"extend-request":   {need: access.RequestHandle, scoped: true},
	"get-request-file": {need: access.RequestHandle, scoped: true},
	"ask-export":       {need: access.PersonExport, scoped: true},
	"list-exports":     {need: access.PersonExport, scoped: true},
	"get-export":       {need: access.PersonExport, scoped: true},
	"grant-export":     {need: access.PersonExport, scoped: true},
	"refuse-export":    {need: access.PersonExport, scoped: true},
	"get-export-file":  {need: access.PersonExport, scoped: true},
	"get-retention":    {need: access.AuditRead, shared: true}, // figures of the whole platform, of nobody in particular
	"get-exposure":     {need: access.AuditRead, scoped: true},

	"send-test": {need: access.CampaignDraft, of: campaigns.CampaignNoun},
}

// openPaths are the operations that nobody has signed in for yet.
var openPaths = []string{root + "/signin", root + "/signin/second", root + "/signin/start", root + "/signin/second-factor",
	root + "/signin/passkey/options", root + "/signin/passkey"}

// admits says whether a caller may call an operation at all; its objects are another question.
func admits(c access.Caller, operation string) error {
	r := rules[operation]
	switch {
	case r.open, r.self && (c.KeyID != "" || c.Stage == access.Full || r.early && c.StaffID != ""):
		return nil
	case r.need == "" && c.Everywhere():
		return nil
	case r.need != "" && r.byUnit() && c.MayAnywhere(r.need), r.need != "" && c.May(r.need, access.Root):
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

// Places says where things belong.
type Places interface {
	Whereabouts(ctx context.Context, noun campaigns.Noun, id string) ([]string, error)
}

// reach lets a caller at the object that a request names in its path.
func (a *API) reach(ctx context.Context, operation string, in any) error {
	r := rules[operation]
	named, ok := in.(interface{ objectID() string })
	if r.of == "" || !ok {
		return nil
	}
	if acts, ok := in.(interface{ actor() (string, error) }); ok {
		if _, err := acts.actor(); err != nil {
			return err
		}
	}
	return a.at(ctx, r.need, r.of, named.objectID(), r.around)
}

// at lets a caller at an object by its id; around also where it belongs to a unit above theirs.
func (a *API) at(ctx context.Context, p access.Permission, noun campaigns.Noun, id string, around bool) error {
	c := callerOf(ctx)
	if c.May(p, access.Root) {
		return nil
	}
	paths, err := a.pathsOf(ctx, noun, id)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if c.May(p, path) || around && c.MayBelow(p, path) || path == "" && noun == campaigns.InboxNoun {
			return nil
		}
	}
	return campaigns.ErrNotFound
}

func (a *API) pathsOf(ctx context.Context, noun campaigns.Noun, id string) ([]string, error) {
	if noun != campaigns.UnitNoun {
		return a.Record.Whereabouts(ctx, noun, id)
	}
	u, err := a.Record.Unit(ctx, campaigns.UnitID(id)) // by its id or its code
	return []string{u.Path}, err
}

// atPerson lets a caller at a person that a request names beside its path.
func (a *API) atPerson(ctx context.Context, p access.Permission, id string) error {
	return a.at(ctx, p, campaigns.PersonNoun, id, false)
}

// ofRank refuses callers who do not stand as high as this over the unit of a campaign.
func (a *API) ofRank(ctx context.Context, campaign string, rank int) error {
	c := callerOf(ctx)
	if c.Rank(access.Root) >= rank {
		return nil
	}
	paths, err := a.pathsOf(ctx, campaigns.CampaignNoun, campaign)
	if err == nil && c.Rank(paths[0]) < rank {
		err = access.ErrForbidden
	}
	return err
}

// unit finds a unit, by id or code, in which the caller holds a permission.
func (a *API) unit(ctx context.Context, p access.Permission, id string) (campaigns.Unit, error) {
	u, err := a.Record.Unit(ctx, campaigns.UnitID(id))
	if err != nil {
		return u, err
	}
	return u, within(ctx, p, u.Path)
}

// filter lets a caller use a filter only where every unit that it names concerns them, and every roster is theirs.
func (a *API) filter(ctx context.Context, p access.Permission, f campaigns.Filter) error {
	for noun, ids := range f.Named() {
		for _, id := range ids {
			if err := a.at(ctx, p, noun, id, noun == campaigns.UnitNoun); err != nil {
				return err
			}
		}
	}
	return nil
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
