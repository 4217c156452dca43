package vn

// cardAges are the ages at which an identity card must be changed (Law 26/2023/QH15, Article 21), after the first one at
// 14.
var cardAges = []int{14, 25, 40, 60}

// cardEarly is how many years before such an age a card may be made so that it is good until the next one.
const cardEarly = 2

// CardDue returns the ISO date on which a card must be changed, from the ISO dates of birth and of issue: the next of the
// ages 14, 25, 40 and 60, or the one after it where the card was made in the two years before. dueOn is "" where the card
// is good for life; ok is false where the dates do not say, such as a year alone.
func CardDue(born, issuedOn string) (dueOn string, ok bool) {
	b, errBorn := ParseISODate(born)
	issued, errIssued := ParseISODate(issuedOn)
	if errBorn != nil || errIssued != nil || !b.Full() || !issued.Full() || issued.Before(b) {
		return "", false
	}
	for _, age := range cardAges {
		early := b.Birthday(age - cardEarly)
		if issued.Before(early) {
			return b.Birthday(age).String(), true
		}
	}
	return "", true
}
