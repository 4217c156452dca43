package access

import (
	"slices"

	"github.com/loaphuong/loa/campaigns"
)

// Permission is one thing that one may do, named by noun and verb. Its name is stored in rows of keys and never renamed.
type Permission string

// The permissions. What a permission allows, it allows in a unit and everything under it.
const (
	UnitRead       Permission = "unit.read"
	UnitWrite      Permission = "unit.write"
	RosterRead     Permission = "roster.read"
	RosterImport   Permission = "roster.import"
	PersonList     Permission = "person.list"   // a name, and that something is to be done: no numbers at all
	PersonRead     Permission = "person.read"   // the record, numbers masked
	PersonReveal   Permission = "person.reveal" // one number in full, with a reason
	PersonExport   Permission = "person.export"
	CampaignRead   Permission = "campaign.read"
	CampaignDraft  Permission = "campaign.draft" // write, submit
	CampaignDecide Permission = "campaign.decide"
	CampaignLaunch Permission = "campaign.launch"
	CampaignStop   Permission = "campaign.stop" // pause, resume, cancel, complete
	DeliveryRead   Permission = "delivery.read"
	ReportRead     Permission = "report.read"
	TargetWrite    Permission = "target.write"
	TaskRead       Permission = "task.read"
	TaskTick       Permission = "task.tick"
	ResponseRecord Permission = "response.record"
	InboxRead      Permission = "inbox.read"
	InboxHandle    Permission = "inbox.handle"
	OutcomeRecord  Permission = "outcome.record"
	OptOutRecord   Permission = "optout.record"
	OptOutCount    Permission = "optout.count"
	MessageSend    Permission = "message.send" // single messages of an integrator
	MessageRead    Permission = "message.read"
	RequestHandle  Permission = "request.handle" // what a person asks about their own data
	ChannelRead    Permission = "channel.read"
	ChannelDecide  Permission = "channel.decide"
	StaffRead      Permission = "staff.read"
	StaffManage    Permission = "staff.manage"
	KeyRead        Permission = "key.read"
	KeyManage      Permission = "key.manage"
	AuditRead      Permission = "audit.read"
)

// Role is what a person is in a unit. One person may be several things in several units.
type Role string

// The roles.
const (
	ProvinceAdmin Role = "province_admin"
	Commander     Role = "commander"
	Officer       Role = "officer"
	Desk          Role = "desk"
	Teacher       Role = "teacher"
	Auditor       Role = "auditor"
	Integrator    Role = "integrator" // a program: only keys hold it
)

// roleSpec is what a role means. Rank orders who may appoint and who approves above an author; nobody appoints, resets
// or disables somebody who is not below them, but for the highest rank.
type roleSpec struct {
	role  Role
	rank  int
	units []campaigns.UnitKind // where it may be held
	may   []Permission
}

// highest is the rank above which there is none.
const highest = campaigns.TopRank

var wardWork = []Permission{UnitRead, RosterRead, RosterImport, PersonList, PersonRead, PersonReveal, CampaignRead, CampaignDraft, CampaignStop, DeliveryRead,
	ReportRead, TaskRead, TaskTick, ResponseRecord, InboxRead, InboxHandle, OutcomeRecord, OptOutRecord, OptOutCount, RequestHandle, ChannelRead}

var command = append(slices.Clone(wardWork), PersonExport, CampaignDecide, CampaignLaunch, TargetWrite, MessageRead, StaffRead, StaffManage, KeyRead, AuditRead)

// roles is the table of roles. A role that is not here grants nothing.
var roles = []roleSpec{
	{ProvinceAdmin, highest, []campaigns.UnitKind{campaigns.Province}, append(slices.Clone(command), UnitWrite, ChannelDecide, KeyManage)},
	{Commander, 3, []campaigns.UnitKind{campaigns.Province, campaigns.Ward}, command},
	{Officer, 2, []campaigns.UnitKind{campaigns.Province, campaigns.Ward, campaigns.Village}, append(slices.Clone(wardWork), CampaignLaunch)},
	{Desk, 1, []campaigns.UnitKind{campaigns.Ward}, []Permission{UnitRead, PersonList, PersonRead, PersonReveal, CampaignRead, TaskRead, ResponseRecord, OutcomeRecord,
		OptOutRecord, RequestHandle}},
	{Teacher, 1, []campaigns.UnitKind{campaigns.Class}, []Permission{PersonList, TaskRead, TaskTick, ResponseRecord}},
	{Auditor, 3, []campaigns.UnitKind{campaigns.Province, campaigns.Ward}, []Permission{UnitRead, RosterRead, PersonList, PersonRead, CampaignRead, DeliveryRead, ReportRead,
		TaskRead, InboxRead, OptOutCount, MessageRead, ChannelRead, StaffRead, KeyRead, AuditRead}},
	{Integrator, 0, []campaigns.UnitKind{campaigns.Province, campaigns.Ward, campaigns.School}, []Permission{UnitRead, CampaignRead, ReportRead, MessageSend, MessageRead,
		ResponseRecord, OptOutRecord}},
}

// Roles lists every role, highest first.
func Roles() []Role {
	out := make([]Role, len(roles))
	for i, r := range roles {
		out[i] = r.role
	}
	return out
}

// permissions is every permission, in the order of the table.
var permissions = []Permission{UnitRead, UnitWrite, RosterRead, RosterImport, PersonList, PersonRead, PersonReveal, PersonExport, CampaignRead, CampaignDraft,
	CampaignDecide, CampaignLaunch, CampaignStop, DeliveryRead, ReportRead, TargetWrite, TaskRead, TaskTick, ResponseRecord, InboxRead, InboxHandle,
	OutcomeRecord, OptOutRecord, OptOutCount, MessageSend, MessageRead, RequestHandle, ChannelRead, ChannelDecide, StaffRead, StaffManage, KeyRead,
	KeyManage, AuditRead}

// Permissions lists every permission.
func Permissions() []Permission { return slices.Clone(permissions) }

func specOf(r Role) (roleSpec, bool) {
	i := slices.IndexFunc(roles, func(s roleSpec) bool { return s.role == r })
	if i < 0 {
		return roleSpec{}, false
	}
	return roles[i], true
}

// Rank orders roles; 0 for one that is not known.
func (r Role) Rank() int {
	s, _ := specOf(r)
	return s.rank
}

// May says whether the role holds a permission.
func (r Role) May(p Permission) bool {
	s, _ := specOf(r)
	return slices.Contains(s.may, p)
}

// Permissions lists what the role holds.
func (r Role) Permissions() []Permission {
	s, _ := specOf(r)
	return slices.Clone(s.may)
}

// FitsUnit says whether a person can hold the role in a unit of a kind. A program's role is no person's.
func (r Role) FitsUnit(kind campaigns.UnitKind) bool {
	s, ok := specOf(r)
	return ok && r != Integrator && slices.Contains(s.units, kind)
}
