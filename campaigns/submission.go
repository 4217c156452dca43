package campaigns

import "time"

// Submission is what an author has handed in: the audience as it was frozen, beside the one before it.
type Submission struct {
	Campaign    Campaign
	People      int
	WithPhone   int // of them, those who have a phone that may be written to
	FrozenAt    time.Time
	Sample      []PersonID // a few of them, from all over the audience
	Before      int        // how many were frozen the time before, 0 where there was none
	BeforeAt    time.Time
	FilterMoved bool // the filter is not the one of the time before
}
