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
	Fields     map[string]string // place, time, deadline, doc_no ... for the templates
	DeadlineOn string            // ISO date, "" where there is none
	Basis      string            // the legal basis, named by the kind
	Fact       Fact              // the verified outcome that ends the ladder
	Author     string
	Approver   string
	AudienceID AudienceID
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
	Running   CampaignState = "running"
	Paused    CampaignState = "paused"
	Completed CampaignState = "completed"
	Cancelled CampaignState = "cancelled"
)

// CampaignStates lists all states in the order a campaign meets them.
var CampaignStates = []CampaignState{Draft, Submitted, Returned, Approved, Running, Paused, Completed, Cancelled}

// Verb is what a person (or the engine, for complete) does to a campaign.
type Verb string

const (
	Submit   Verb = "submit"
	Return   Verb = "return"
	Approve  Verb = "approve"
	Launch   Verb = "launch"
	Pause    Verb = "pause"
	Resume   Verb = "resume"
	Cancel   Verb = "cancel"
	Complete Verb = "complete"
)

// campaignMoves is the whole legal-move table: verb, from, to.
var campaignMoves = map[Verb]map[CampaignState]CampaignState{
	Submit:   {Draft: Submitted, Returned: Submitted},
	Return:   {Submitted: Returned, Approved: Returned},
	Approve:  {Submitted: Approved},
	Launch:   {Approved: Running},
	Pause:    {Running: Paused},
	Resume:   {Paused: Running},
	Cancel:   {Draft: Cancelled, Submitted: Cancelled, Returned: Cancelled, Approved: Cancelled, Running: Cancelled, Paused: Cancelled},
	Complete: {Running: Completed},
}

// Errors of campaign verbs; API and CLI map them to a reply.
var (
	ErrIllegalMove   = errors.New("campaign: this step is not possible now")
	ErrSecondPerson  = errors.New("campaign: a second person must approve, not the author")
	ErrNoActor       = errors.New("campaign: name the person who acts")
	ErrEmptyAudience = errors.New("campaign: nobody matches the audience")
	ErrUnknownKind   = errors.New("campaign: unknown kind")
	ErrNotFound      = errors.New("not found")
	ErrConflict      = errors.New("conflict")
	ErrNoShortName   = errors.New("campaign: the unit needs a short name of at most 9 characters before SMS can be sent")
	ErrNoPhone       = errors.New("campaign: the unit needs its published phone number, which every notice names; set it first")
	ErrMissingFields = errors.New("campaign: fields for the templates are missing")
	ErrFuture        = errors.New("outcome: a fact cannot lie in the future")
	ErrBadText       = errors.New("text holds a character that cannot be stored")
)

// samePerson compares names of actors as people would: capitals and spaces make nobody another person.
func samePerson(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// Next returns the state that verb leads to, or ErrIllegalMove. Approving one's own campaign is refused (rulings.md 17).
func (c Campaign) Next(verb Verb, actor string) (CampaignState, error) {
	if strings.TrimSpace(actor) == "" {
		return c.State, ErrNoActor
	}
	to, ok := campaignMoves[verb][c.State]
	if !ok {
		return c.State, fmt.Errorf("%w: cannot %s a campaign that is %s", ErrIllegalMove, verb, c.State)
	}
	if verb == Approve && samePerson(actor, c.Author) {
		return c.State, ErrSecondPerson
	}
	return to, nil
}
