package access

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Kinds of who acts.
const (
	ByStaff    = "staff"
	ByKey      = "key"
	ByOperator = "operator" // somebody at the command line of the server
	BySystem   = "system"
)

// Who acts. From is the address the request came from.
type Who struct {
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
	From string `json:"from,omitempty"`
}

// Verb is what was done, by noun and verb. It is stored in rows and never renamed; staff read it in the words of
// locales, audit.<verb>.
type Verb string

// The verbs of staff, keys and the log itself.
const (
	StaffSignedIn    Verb = "staff.sign_in"
	SessionEnded     Verb = "staff.sign_out"
	StaffInvited     Verb = "staff.invite"
	StaffStarted     Verb = "staff.start"
	StaffReset       Verb = "staff.reset"
	StaffDisabled    Verb = "staff.disable"
	StaffRolesSet    Verb = "staff.roles"
	PasswordSet      Verb = "staff.password"
	SecondFactorSet  Verb = "staff.second_factor"
	RecoveryCodeUsed Verb = "staff.use_recovery_code"
	RecoveryRenewed  Verb = "staff.recovery_codes"
	SessionsEnded    Verb = "staff.end_sessions"
	PasskeyAdded     Verb = "staff.add_passkey"
	PasskeyRemoved   Verb = "staff.remove_passkey"
	IdentityLinked   Verb = "staff.link"
	IdentityUnlinked Verb = "staff.unlink"
	KeyIssued        Verb = "key.issue"
	KeyRotated       Verb = "key.rotate"
	KeyRevoked       Verb = "key.revoke"
	AuditExported    Verb = "audit.export"
	AuditViewed      Verb = "audit.view"
	PersonViewed     Verb = "person.view"
	PersonRevealed   Verb = "person.reveal"
	BudgetSpent      Verb = "person.budget"
	ServiceMade      Verb = "service.create"
	ServiceSet       Verb = "service.set"
	TemplateMarked   Verb = "template.mark"
	PersonErased     Verb = "person.erase"
	PersonCorrected  Verb = "person.correct"
	PersonRestricted Verb = "person.restrict"
	PersonFreed      Verb = "person.unrestrict"
	PersonFiled      Verb = "person.file"
	RequestTaken     Verb = "request.take"
	RequestAccepted  Verb = "request.accept"
	RequestExtended  Verb = "request.extend"
	RequestDone      Verb = "request.done"
	RequestRefused   Verb = "request.refuse"
	ExportAsked      Verb = "export.ask"
	ExportGranted    Verb = "export.grant"
	ExportRefused    Verb = "export.refuse"
	ExportMade       Verb = "export.make"
	ExposureAsked    Verb = "exposure.ask"
	BackupMade       Verb = "backup.make"
	DatabaseRestored Verb = "backup.restore"
	RingRotated      Verb = "ring.rotate"
	UnitSaved        Verb = "unit.save"
	ChannelTested    Verb = "channel.test"
	HookMade         Verb = "webhook.create"
	HookChanged      Verb = "webhook.change"
	RosterUndone     Verb = "roster.undo"
	TestSent         Verb = "campaign.test_send"
	PersonStopped    Verb = "person.stop"
	CampaignSent     Verb = "campaign.submit"
	CampaignApproved Verb = "campaign.approve"
	CampaignReturned Verb = "campaign.return"
	CampaignLaunched Verb = "campaign.launch"
	CampaignPaused   Verb = "campaign.pause"
	CampaignResumed  Verb = "campaign.resume"
	CampaignStopped  Verb = "campaign.stop"
	RosterImported   Verb = "roster.import"
	RosterMended     Verb = "roster.mend"
	TaskTicked       Verb = "task.tick"
	PersonAnswered   Verb = "person.answer"
	PersonReported   Verb = "person.report"
	PersonVerified   Verb = "person.verify"
	ClaimRefuted     Verb = "person.refute"
)

// Verbs lists every verb.
func Verbs() []Verb {
	return []Verb{StaffSignedIn, SessionEnded, StaffInvited, StaffStarted, StaffReset, StaffDisabled, StaffRolesSet, PasswordSet, SecondFactorSet, RecoveryCodeUsed, RecoveryRenewed, SessionsEnded, PasskeyAdded, PasskeyRemoved, IdentityLinked, IdentityUnlinked, KeyIssued, KeyRotated, KeyRevoked, AuditExported, AuditViewed, PersonViewed, PersonRevealed, BudgetSpent, PersonErased,
		PersonCorrected, PersonRestricted, PersonFreed, PersonFiled, RequestTaken, RequestAccepted, RequestExtended, RequestDone, RequestRefused, ExportAsked,
		ExportGranted, ExportRefused, ExportMade, ExposureAsked, BackupMade, DatabaseRestored, RingRotated, ServiceMade, ServiceSet, TemplateMarked,
		UnitSaved, ChannelTested, HookMade, HookChanged, RosterUndone, TestSent, PersonStopped,
		CampaignSent, CampaignApproved, CampaignReturned, CampaignLaunched, CampaignPaused, CampaignResumed, CampaignStopped,
		RosterImported, RosterMended, TaskTicked, PersonAnswered, PersonReported, PersonVerified, ClaimRefuted}
}

// Entry is one thing that somebody did or looked at, for the audit log. It holds no message bodies and no secrets. Before
// and After hold what is nobody's personal data; values of a person go into Personal, which is sealed under a key of that
// person's own: erasure destroys the key, and the log keeps only that something happened.
type Entry struct {
	Unit     campaigns.UnitID // whose chain it joins, "" for what belongs to no unit
	Who      Who
	Verb     Verb
	Object   string // what kind of thing: "staff"
	ObjectID string
	Reason   string
	Before   map[string]any
	After    map[string]any
	Person   campaigns.PersonID
	Personal map[string]string
}

// Row is an entry as it stands in the chain of its unit. Detail is the JSON text of reason, before and after.
type Row struct {
	Unit     campaigns.UnitID
	N        int64
	At       time.Time
	Who      Who
	Verb     Verb
	Object   string
	ObjectID string
	Detail   string
	Person   campaigns.PersonID
	Sealed   []byte
	Hash     []byte
}

// Sum is the hash of a row that follows one with the hash prev. Every field goes in behind its length, so that nothing can
// be moved from one to the next.
func (r Row) Sum(prev []byte) []byte {
	h := sha256.New()
	put := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	put(prev)
	put([]byte(r.Unit))
	put(binary.BigEndian.AppendUint64(nil, uint64(r.N)))              //nolint:gosec // a count
	put(binary.BigEndian.AppendUint64(nil, uint64(r.At.UnixMilli()))) //nolint:gosec // after 1970
	for _, s := range []string{r.Who.Kind, r.Who.ID, r.Who.Name, r.Who.From, string(r.Verb), r.Object, r.ObjectID, r.Detail, string(r.Person)} {
		put([]byte(s))
	}
	put(r.Sealed)
	return h.Sum(nil)
}

// AuditFilter says which rows of a unit's chain are meant; what is left empty means all.
type AuditFilter struct {
	Unit        campaigns.UnitID
	Before      int64 // rows before this number
	Verbs       []Verb
	By          string // id of who acted, or a part of the name
	Person      campaigns.PersonID
	From, Until time.Time
}

// Looks are the verbs of who saw personal data.
func Looks() []Verb {
	return []Verb{PersonViewed, PersonRevealed, BudgetSpent, AuditViewed, AuditExported}
}

// Head is where a chain ends: what an office notes every day and keeps elsewhere, so that a log that was set back shows.
type Head struct {
	Unit campaigns.UnitID
	N    int64
	Hash []byte
}

// ChainState is what a look along a whole chain found.
type ChainState struct {
	Head
	Broken int64  // the first row that does not fit, 0 = none
	Why    string // "" = the chain holds
}

// Walk checks rows, which must come in order, against the chain they claim to be.
type Walk struct {
	n    int64
	prev []byte
	// Broken and Why say where the chain breaks first; Why is "" while it holds.
	Broken int64
	Why    string
}

// Next takes the row that follows.
func (w *Walk) Next(r Row) {
	if w.Why != "" {
		return
	}
	switch {
	case r.N != w.n+1:
		w.Broken, w.Why = w.n+1, "a row is missing or out of order"
	case string(r.Sum(w.prev)) != string(r.Hash):
		w.Broken, w.Why = r.N, "the row does not match its hash"
	}
	w.n, w.prev = r.N, r.Hash
}

// End compares where the walk ended with the head, whose seal has been checked.
func (w *Walk) End(head Head, sealed bool) ChainState {
	if w.Why == "" {
		switch {
		case !sealed:
			w.Broken, w.Why = head.N, "the head of the chain was not sealed with this key ring"
		case head.N != w.n || string(head.Hash) != string(w.prev):
			w.Broken, w.Why = w.n+1, "the chain does not end where its head says"
		}
	}
	return ChainState{Head: head, Broken: w.Broken, Why: w.Why}
}
