package campaigns

import "time"

// Emergency is the wish of one person that a campaign passes a stop, and the word of a second (rulings.md 20). Nothing else
// passes a stop; caps, hours and the wrong person's phone are respected all the same.
type Emergency struct {
	Reason    string
	AskedBy   string
	AskedAt   time.Time
	GrantedBy string // "" until a second person has granted it
	GrantedAt time.Time
}
