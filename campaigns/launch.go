package campaigns

import "time"

// Lane is the queue a launch's deliveries wait in.
type Lane string

const (
	Urgent Lane = "urgent"
	Normal Lane = "normal"
	Bulk   Lane = "bulk"
)

// Lanes lists the lanes in the order in which they are drained.
var Lanes = []Lane{Urgent, Normal, Bulk}

// Run is one launch of a campaign.
type Run struct {
	ID         LaunchID
	CampaignID CampaignID
	N          int
	State      string // running, paused, completed, cancelled
	Lane       Lane
	Canary     Canary
	ReleaseAt  time.Time // policy time at which a held launch lets go by itself
	LaunchedAt time.Time
	StoppedAt  time.Time
	Audience   int
}

// Canary says whether a launch sends to a few first and holds before the rest (rulings.md 18).
type Canary string

const (
	NoCanary       Canary = "none"
	CanaryHeld     Canary = "held" // until Run.ReleaseAt, or until the approver releases it
	CanaryReleased Canary = "released"
)

// A launch by staff of more than CanaryAbove persons sends to CanarySize first and holds for CanaryHold.
const (
	CanaryAbove = 500
	CanarySize  = 20
	CanaryHold  = 5 * time.Minute
)

// Held says whether only the canary may be planned now.
func (r Run) Held(now time.Time) bool { return r.Canary == CanaryHeld && now.Before(r.ReleaseAt) }
