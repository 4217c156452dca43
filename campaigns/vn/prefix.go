package vn

// The mobile numbering plan. Until 2018 there were mobile numbers of eleven digits; between 15 September 2018 and
// 30 June 2019 only their prefixes changed (Ministry of Information and Communications, plan of 2018; domain.md §3).

// newPrefixes maps the old prefixes, without the zero in front, to the new ones.
var newPrefixes = map[string]string{
	"120": "70", "121": "79", "122": "77", "126": "76", "128": "78", // MobiFone
	"123": "83", "124": "84", "125": "85", "127": "81", "129": "82", // VinaPhone
	"162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39", // Viettel
	"186": "56", "188": "58", // Vietnamobile
	"199": "59", // Gmobile
}

// migrate rewrites a national number of the old plan (ten digits after the zero).
func migrate(n string) (string, bool) {
	if len(n) != 10 {
		return "", false
	}
	now, ok := newPrefixes[n[:3]]
	return now + n[3:], ok
}

// mobileShaped reports whether n (without the zero) has the length and the leading digit of a mobile number. Nothing
// more is demanded of a number: carriers open ranges before any list knows them.
func mobileShaped(n string) bool {
	return len(n) == 9 && (n[0] == '3' || n[0] == '5' || n[0] >= '7')
}

// assigned reports whether a range was known to be in use in July 2026, as the telephone library's data has it; a test
// holds the two together. Other ranges are kept and reported, not refused.
func assigned(n string) bool {
	switch n[0] {
	case '3':
		return true
	case '5':
		switch n[1] {
		case '1', '6', '8', '9':
			return true
		case '2':
			return n[2] == '2' || n[2] == '3' || n[2] == '8'
		case '5':
			return n[2] == '9'
		}
	case '7':
		return n[1] == '0' || n[1] >= '6'
	case '8':
		return n[1] >= '1' && n[1] <= '8' || n[1] == '9' && n[2] >= '6'
	case '9':
		return n[1] != '9' || n[2] != '2'
	}
	return false
}

// service reports numbers that are nobody's own: emergency and short codes, 1800 and 1900, the network of ministries.
func service(n string) bool {
	switch {
	case len(n) >= 3 && len(n) <= 5 && n[0] == '1':
		return true
	case len(n) >= 8 && len(n) <= 10 && (n[:4] == "1800" || n[:4] == "1900"):
		return true
	}
	return len(n) >= 7 && len(n) <= 9 && n[:2] == "69"
}

// KindOf tells the kind of a stored number, for those who are about to use it. "" where it is no number.
func KindOf(e164 string) PhoneKind {
	switch {
	case len(e164) < 8 || e164[0] != '+' || !onlyDigits(e164[1:]):
		return ""
	case e164[:3] != "+84":
		return Foreign
	case mobileShaped(e164[3:]):
		return Mobile
	case len(e164) == 13 && e164[3] == '2':
		return Landline
	}
	return Service
}

// stamped reports numbers typed to fill a field: one digit throughout, or counting up or down.
func stamped(n string) bool {
	same, up, down := true, true, true
	for i := 1; i < len(n); i++ {
		same = same && n[i] == n[i-1]
		up = up && n[i] == n[i-1]+1
		down = down && n[i]+1 == n[i-1]
	}
	return same || up || down
}
