package chaos

import (
	"context"
	"time"
)

// bite says whether the fault really did what it was meant to; a scenario that did not bite proves nothing.
type bite struct {
	ok   bool
	says string
}

// scenario is one fault and how it is proved.
type scenario struct {
	id    string
	title string
	short bool // one of the five sharpest
	// still is set for a scenario without a stage, such as a start that must fail.
	still   func(ctx context.Context, w *world) (bite, error)
	plan    func(people int) plan
	run     func(ctx context.Context, s *stage) (bite, error)
	within  time.Duration      // from the end of the last fault to rest, 0 = 15 s
	unknown func(s *stage) int // most deliveries that may have been unknown; nil = kills × window
	// except are invariants that this fault rightly breaks, with the reason in the scenario's file.
	except []string
}

// scenarios is the list, in the order of delivery.md §3.
var scenarios = []scenario{f01, f01Keyed, f01Production, f01Mail, f02, f03, f04, f05, f06, f07, f08, f09, f09Keyed, f09Breaker, f10, f11, f12, f13, f14, f15, f16, f17, f18}
