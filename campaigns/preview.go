package campaigns

// Preview is whom a filter means now and how they can be got at. A person counts for every medium that reaches them.
type Preview struct {
	Total    int        `json:"total" doc:"How many people are meant now."`
	Reach    ReachCount `json:"reach" doc:"How many of them each medium reaches."`
	Excluded Excluded   `json:"excluded" doc:"Who is meant and would not be told, by the first reason that holds."`
	Sample   []PersonID `json:"sample" nullable:"false" doc:"Ids of a few of them."`
}

// ReachCount counts people by medium. Addresses that were stopped count here; Excluded says how many have no other.
type ReachCount struct {
	SMS   int `json:"sms" doc:"Have a Vietnamese mobile."`
	Zalo  int `json:"zalo" doc:"Have a mobile or a Zalo account."`
	Email int `json:"email" doc:"Have an e-mail address."`
	Phone int `json:"phone" doc:"Any phone that can be called."`
	Relay int `json:"relay" doc:"Are in a class, whose teacher can pass it on."`
	Visit int `json:"visit" doc:"Are at home."`
}

// Excluded counts who would not be told and why.
type Excluded struct {
	Verified  int `json:"verified" doc:"What the campaign works towards is verified already."`
	NoChannel int `json:"no_channel" doc:"No usable address, no class, not at home."`
	Stopped   int `json:"stopped" doc:"Every usable address was stopped; a teacher or a visit may still reach them."`
}
