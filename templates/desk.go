package templates

// Desk is the kind of the texts that no campaign sends: what answers a citizen, serves an appointment or a mobile
// session, or instructs a helper. They are rendered like notices: Request{Kind: Desk, Step: Thanks, Form: "sms"}.
// What each needs says Set.Fields.
const Desk = "desk"

// Steps of Desk.
const (
	Session     = "session"     // a mobile session: to the family (sms, long), as a leaflet without names (print), for the loudspeaker (speech)
	Thanks      = "thanks"      // the papers were received; when the card comes
	Stopped     = "stopped"     // no more reminders to this number
	Help        = "help"        // which answers a two-way channel understands
	Appointment = "appointment" // reminder of an appointment
	Received    = "received"    // an answer was received
	Safety      = "safety"      // a message held digits that nobody should send
	RelayCard   = "relay_card"  // what a helper does from house to house (print)
)
