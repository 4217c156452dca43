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
	LaunchedAt time.Time
	StoppedAt  time.Time
	Audience   int
}
