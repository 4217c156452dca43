package campaigns

// Reach is a set of ways to get at a person, as bits: the record keeps it beside the person, so that an audience is
// counted without looking at anybody's contacts. An address counts while it is usable: nobody else answered there, and
// it is not a relative's without consent. Opt-outs are left out of it: a stop belongs to an address and all its people
// (rulings.md 20), is asked for before each send, and would otherwise rewrite everybody who shares a phone.
type Reach int

const (
	ReachSMS   Reach = 1 << iota // a mobile phone in Vietnam
	ReachZalo                    // a phone that Zalo may know, or a Zalo account
	ReachEmail                   // an e-mail address
	ReachPhone                   // any phone that can be called
)

// ReachOf returns what a person's contacts are good for.
func ReachOf(contacts []Contact) Reach {
	var r Reach
	for _, c := range contacts {
		for _, m := range []struct {
			medium string
			bit    Reach
		}{{"sms", ReachSMS}, {"zalo", ReachZalo}, {"email", ReachEmail}, {"call", ReachPhone}} {
			if c.usable(m.medium) {
				r |= m.bit
			}
		}
	}
	return r
}

// ReachMedia are the media by which a filter may ask whether people can be reached: by an address, through the class
// that a teacher relays for, or at home.
var ReachMedia = []string{"sms", "zalo", "email", "relay", "visit"}

// ReachBit returns the bit of a medium that needs an address, 0 for the others.
func ReachBit(medium string) Reach {
	switch medium {
	case "sms":
		return ReachSMS
	case "zalo":
		return ReachZalo
	case "email":
		return ReachEmail
	}
	return 0
}
