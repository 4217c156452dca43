package vn

// milestones are the ages at which an identity card must be changed (Law on Identification, article 21).
var milestones = [...]int{14, 25, 40, 60}

// CardDue says when a card issued on a day must be changed, by the birth date of its holder; both are ISO dates. A card
// issued within the two years before a milestone is good to the next one (domain.md §2.3). dueOn is "" for a card for
// life. ok is false where one of the days is not known, or the card would be older than its holder.
func CardDue(born, issuedOn string) (dueOn string, ok bool) {
	birth, err := ParseISODate(born)
	if err != nil || !birth.Full() {
		return "", false
	}
	issued, err := ParseISODate(issuedOn)
	if err != nil || !issued.Full() || issued.Before(birth) {
		return "", false
	}
	for _, age := range milestones {
		if issued.Before(birth.Birthday(age - 2)) {
			return birth.Birthday(age).String(), true
		}
	}
	return "", true
}

// Turns14 is the day on which somebody born on an ISO date turns 14, "" where the day of birth is not known.
func Turns14(born string) string {
	birth, err := ParseISODate(born)
	if err != nil || !birth.Full() {
		return ""
	}
	return birth.Birthday(milestones[0]).String()
}
