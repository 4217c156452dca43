package vn

// The structure of a personal identification number: PPP place of birth registration, G century and sex, YY year of
// birth, six random digits (Decree 137/2015/NĐ-CP Art. 13; Circular 07/2016/TT-BCA Art. 7). There is no check digit.
const idLength = 12

// SexFromID reads G: even is male, odd is female. "" where id is no 12 digits.
func SexFromID(id string) Sex {
	if !isID(id) {
		return ""
	}
	if (id[3]-'0')%2 == 0 {
		return Male
	}
	return Female
}

// BirthYearFromID reads G and YY: 0 and 1 are the 1900s, 2 and 3 the 2000s, and so on to 9. 0 where id is no 12 digits.
func BirthYearFromID(id string) int {
	if !isID(id) {
		return 0
	}
	yy, _ := digits(id, 4, 6)
	return 1900 + int(id[3]-'0')/2*100 + yy
}

// BirthProvince reads PPP: the province as it was called when the number was given, and the code of the province in
// which that place lies today. ok is false for numbers given abroad and for codes that never were.
func BirthProvince(id string) (legacyName, currentCode string, ok bool) {
	if !isID(id) {
		return "", "", false
	}
	p, b, ok := ProvinceByBirthCode(id[:3])
	return b.OldName, p.Code, ok
}

func isID(id string) bool { return len(id) == idLength && onlyDigits(id) }

// invented reports the prefixes of invented people: 003, 005 and 007 were never province codes (rulings.md 13). 000 is
// none either, and is no one's.
func invented(prefix string) bool { return prefix == "003" || prefix == "005" || prefix == "007" }

// abroad reports a prefix for births registered outside Vietnam. The annex of country codes is not public: they are
// accepted and no country is derived.
func abroad(prefix string) bool { return prefix > "096" }

// alive reports whether the century of an ID can be that of a living person: 1900s or 2000s.
func alive(id string) bool { return id[3] <= '3' }

// idShaped reports whether 12 digits could well be somebody's identification number. It is asked of telephone cells.
func idShaped(s string) bool {
	if len(s) != idLength || s[0] != '0' || !alive(s) {
		return false
	}
	_, known := birthPlaces[s[:3]]
	return known || invented(s[:3])
}
