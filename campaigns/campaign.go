package campaigns

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Campaign is a purpose with a time: a kind, an audience, a ladder and the words that fill its templates.
type Campaign struct {
	ID         CampaignID
	UnitID     UnitID
	Kind       string
	Name       string
	State      CampaignState
	Filter     Filter
	Ladder     Ladder
	WordsID    TemplateVersionID // the words of a kind whose words staff write
	Fields     map[string]string // place, time, deadline, doc_no ... for the templates
	DeadlineOn string            // ISO date, "" where there is none
	Basis      string            // the legal basis, named by the kind
	Fact       Fact              // the verified outcome that ends the ladder
	Author     string
	AuthorRank int // how high the author stood over the unit then; 0 is not known
	Approver   string
	AudienceID AudienceID
	StartsAt   time.Time // policy time; of a scheduled campaign
	Emergency  bool      // two people have decided that its notices pass a stop (rulings.md 20)
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// CampaignState is where a campaign stands between an officer's draft and its end.
type CampaignState string

const (
	Draft     CampaignState = "draft"
	Submitted CampaignState = "submitted" // audience frozen, waits for a second person
	Returned  CampaignState = "returned"
	Approved  CampaignState = "approved"
	Scheduled CampaignState = "scheduled" // approved, and the engine launches it when its time has come
	Running   CampaignState = "running"
	Paused    CampaignState = "paused"
	Completed CampaignState = "completed"
	Cancelled CampaignState = "cancelled"
)

// CampaignStates lists all states in the order a campaign meets them.
var CampaignStates = []CampaignState{Draft, Submitted, Returned, Approved, Scheduled, Running, Paused, Completed, Cancelled}

// Verb is what a person (or the engine, for the launch of a scheduled one) does to a campaign.
type Verb string

const (
	Submit     Verb = "submit"
	Return     Verb = "return"
	Approve    Verb = "approve"
	Schedule   Verb = "schedule"
	Unschedule Verb = "unschedule"
	Launch     Verb = "launch"
	Release    Verb = "release" // the rest of a launch that is held after its canary
	Pause      Verb = "pause"
	Resume     Verb = "resume"
	Cancel     Verb = "cancel"
	Complete   Verb = "complete"
)

// Verbs lists all verbs.
var Verbs = []Verb{Submit, Return, Approve, Schedule, Unschedule, Launch, Release, Pause, Resume, Cancel, Complete}

// campaignMoves is the whole legal-move table: verb, from, to.
var campaignMoves = map[Verb]map[CampaignState]CampaignState{
	Submit:     {Draft: Submitted, Returned: Submitted},
	Return:     {Submitted: Returned, Approved: Returned},
	Approve:    {Submitted: Approved},
	Schedule:   {Approved: Scheduled, Scheduled: Scheduled},
	Unschedule: {Scheduled: Approved},
	Launch:     {Approved: Running, Scheduled: Running},
	Release:    {Running: Running},
	Pause:      {Running: Paused},
	Resume:     {Paused: Running},
	Cancel: {Draft: Cancelled, Submitted: Cancelled, Returned: Cancelled, Approved: Cancelled, Scheduled: Cancelled, Running: Cancelled,
		Paused: Cancelled},
	Complete: {Running: Completed, Paused: Completed},
}

// Errors of campaign verbs; API and CLI map them to a reply.
var (
	ErrIllegalMove   = errors.New("campaign: this step is not possible now")
	ErrSecondPerson  = errors.New("campaign: a second person must approve, not the author")
	ErrHigherRank    = errors.New("campaign: more than 500 people are meant; somebody who stands higher than the author must approve")
	ErrNoActor       = errors.New("campaign: name the person who acts")
	ErrEmptyAudience = errors.New("campaign: nobody matches the audience")
	ErrUnknownKind   = errors.New("campaign: unknown kind")
	ErrNotFound      = errors.New("not found")
	ErrConflict      = errors.New("conflict")
	ErrNoShortName   = errors.New("campaign: the unit needs a short name of at most 9 characters before SMS can be sent")
	ErrNoPhone       = errors.New("campaign: the unit needs its published phone number, which every notice names; set it first")
	ErrMissingFields = errors.New("campaign: fields for the templates are missing")
	ErrPast          = errors.New("campaign: the time to start must lie ahead, within a year")
	ErrNotHeld       = errors.New("campaign: the launch is not held")
	ErrNotApprover   = errors.New("campaign: only the person who approved the campaign may let it go on early")
	ErrSecondGrant   = errors.New("campaign: a second person must grant what the first asked for")
	ErrLeft          = errors.New("campaign: people are left; give a reason for each or for the groups of them")
	ErrFuture        = errors.New("outcome: a fact cannot lie in the future")
	ErrNotDraft      = errors.New("campaign: only a draft, or a campaign that was given back, can be changed")
	ErrNotAuthor     = errors.New("campaign: only its author changes it")
	ErrBadText       = errors.New("text holds a character that cannot be stored")
)

// SamePerson compares names of actors as people would: capitals and spaces make nobody another person.
func SamePerson(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// TopRank is the rank above which there is none; LargeAudience is how many people a campaign may mean before its approver
// must stand higher than its author (rulings.md 17).
const (
	TopRank       = 4
	LargeAudience = 500
)

// CheckRank refuses an approver who does not stand higher than the author of a large campaign. Nobody stands higher than
// the top: there a second person of the same rank is enough.
func (c Campaign) CheckRank(rank, people int) error {
	if people > LargeAudience && rank <= c.AuthorRank && rank < TopRank {
		return ErrHigherRank
	}
	return nil
}

// Next returns the state that verb leads to, or ErrIllegalMove. Approving one's own campaign is refused (rulings.md 17), and
// only who approved may let the rest of a held launch go (rulings.md 18).
func (c Campaign) Next(verb Verb, actor string) (CampaignState, error) {
	if strings.TrimSpace(actor) == "" {
		return c.State, ErrNoActor
	}
	to, ok := campaignMoves[verb][c.State]
	if !ok {
		return c.State, fmt.Errorf("%w: cannot %s a campaign that is %s", ErrIllegalMove, verb, c.State)
	}
	switch {
	case verb == Approve && SamePerson(actor, c.Author):
		return c.State, ErrSecondPerson
	case verb == Release && !SamePerson(actor, c.Approver):
		return c.State, ErrNotApprover
	}
	return to, nil
}
