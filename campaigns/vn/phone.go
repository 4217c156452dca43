package vn

import "strings"

// PhoneKind says what a number can be used for.
type PhoneKind string

const (
	Mobile   PhoneKind = "mobile"
	Landline PhoneKind = "landline" // a voice or a visit, never SMS
	Service  PhoneKind = "service"  // nobody's own; never read from a roster
	Foreign  PhoneKind = "foreign"  // no SMS of ours: relatives, Zalo, mail
)

// Phone is one number read from a cell.
type Phone struct {
	E164     string
	Kind     PhoneKind
	Region   string // ISO 3166-1, two letters
	Migrated bool   // rewritten from its form of before 2018: unconfirmed
	Repaired bool   // an eaten zero put back
	Possible bool   // of the right shape, but in a range that the numbering data does not know
}

// A cell of telephone numbers is short; what is longer is another column, or an attack on the reader's patience.
const (
	maxPhoneDigits = 120
	maxPhoneText   = 1000
)

// ParsePhones reads all numbers of a cell, in order. Two numbers are two contacts: none is picked. region is the country
// where the person lives, for numbers written without a country; "" and "VN" are Vietnam.
//
// A Vietnamese number is refused for its length or leading digits only. A number with letters is refused: libraries
// would read O912… as a keypad. Whatever could be read in two ways is left empty with a suggestion.
func ParsePhones(cell, region string) ([]Phone, []Finding) {
	if plainMobile(cell) && (region == "" || region == "VN") {
		return vietnamese(cell[1:], cell)
	}
	text, found := cleanPhoneCell(cell)
	if text == "" || failed(found) {
		return nil, found
	}
	if noneWords[Fold(text)] {
		return nil, append(found, info("phone_none", text))
	}
	if countDigits(text) > maxPhoneDigits || len(text) > maxPhoneText {
		return nil, append(found, fail("phone_too_many", text, ""))
	}
	var phones []Phone
	for _, piece := range splitPhones(text) {
		p, more := readPiece(piece, region)
		found = append(found, more...)
		for _, phone := range p {
			if holds(phones, phone.E164) {
				found = append(found, info("phone_repeated", phone.E164))
				continue
			}
			phones = append(phones, phone)
		}
	}
	if len(phones) > 1 {
		found = append(found, info("phone_several", text))
	}
	return phones, found
}

// plainMobile is the way most cells are written: ten digits, a zero first.
func plainMobile(s string) bool {
	return len(s) == 10 && s[0] == '0' && onlyDigits(s) && mobileShaped(s[1:])
}

// cleanPhoneCell keeps the line ends of wrapped cells as separators, and writes all digits as plain ones.
func cleanPhoneCell(cell string) (string, []Finding) {
	if len(cell) <= maxTextBytes && strings.ContainsAny(cell, "\n\r") {
		cell = strings.Map(func(r rune) rune {
			if r == '\n' || r == '\r' {
				return ';'
			}
			return r
		}, strings.TrimSpace(validOrSame(cell)))
	}
	text, found := CleanText(cell)
	wide := widen(text)
	if wide != text {
		found = append(found, info("phone_digits_rewritten", text))
	}
	return wide, found
}

// validOrSame leaves broken UTF-8 for CleanText to refuse.
func validOrSame(s string) string {
	if validText(s) != s {
		return "\xff" + strings.Trim(s, "\r\n")
	}
	return s
}

func holds(phones []Phone, e164 string) bool {
	for _, p := range phones {
		if p.E164 == e164 {
			return true
		}
	}
	return false
}

// readNumber reads one number, digits only. plus says that a + stood before it, raw is what a finding shows.
func readNumber(d string, plus bool, region, raw string) ([]Phone, []Finding) {
	home := region == "" || region == "VN"
	switch {
	case !plus && idShaped(d):
		return nil, []Finding{fail("phone_is_id_number", raw, foreignGuess(d, region))}
	case plus && strings.HasPrefix(d, "00"): // +0084…
		return international(d[2:], raw)
	case plus && strings.HasPrefix(d, "0"):
		return nil, []Finding{fail("phone_leading_digit", raw, guess(d[1:]))}
	case plus:
		return international(d, raw)
	case strings.HasPrefix(d, "00") && len(d) >= 11:
		phones, found := international(d[2:], raw)
		if mobileShaped(d[2:]) && (len(phones) == 0 || phones[0].Possible) { // one zero too many, rather than a country
			return nil, []Finding{fail("phone_leading_digit", raw, guess(d[2:]))}
		}
		return phones, found
	case !home:
		return elsewhere(d, region, raw)
	case strings.HasPrefix(d, "84") && len(d) >= 11:
		return international(d, raw)
	case strings.HasPrefix(d, "0"):
		return vietnamese(d[1:], raw)
	}
	return bareNumber(d, raw)
}

// international reads a number that begins with its country.
func international(d, raw string) ([]Phone, []Finding) {
	if !strings.HasPrefix(d, "84") {
		return foreign(d, raw)
	}
	n := d[2:]
	if len(n) > 9 && n[0] == '0' { // +84 (0)912…
		n = n[1:]
	}
	return vietnamese(n, raw)
}

// vietnamese reads a national number without its zero.
func vietnamese(n, raw string) ([]Phone, []Finding) {
	if mobileShaped(n) {
		p := Phone{E164: "+84" + n, Kind: Mobile, Region: "VN"}
		if assigned(n) && !stamped(n) {
			return []Phone{p}, nil
		}
		var found []Finding
		if !assigned(n) {
			p.Possible = true
			found = append(found, warn("phone_range_unknown", raw))
		}
		if stamped(n) {
			found = append(found, warn("phone_suspicious", raw))
		}
		return []Phone{p}, found
	}
	if now, ok := migrate(n); ok {
		p := Phone{E164: "+84" + now, Kind: Mobile, Region: "VN", Migrated: true, Possible: !assigned(now)}
		f := info("phone_prefix_2018", raw)
		f.Suggestion = p.E164
		if p.Possible {
			return []Phone{p}, []Finding{f, warn("phone_range_unknown", raw)}
		}
		return []Phone{p}, []Finding{f}
	}
	if len(n) == 10 && n[0] == '2' {
		return landline(n, raw)
	}
	return nil, []Finding{refuseNational(n, raw)}
}

func refuseNational(n, raw string) Finding {
	switch {
	case service(n):
		return fail("phone_service", raw, "")
	case len(n) < 9 || len(n) > 10:
		return fail("phone_wrong_length", raw, "")
	case len(n) == 9 && n[0] == '4': // Hà Nội before 2017
		return fail("phone_old_area_code", raw, "+842"+n)
	case len(n) == 10 && mobileShaped(n[:9]) || len(n) == 9 && n[0] == '2':
		return fail("phone_wrong_length", raw, "")
	}
	return fail("phone_leading_digit", raw, "")
}

// bareNumber reads digits that begin neither with a zero nor with 84: a number column ate the zero, or the country of a
// foreign number stands without its plus.
func bareNumber(d, raw string) ([]Phone, []Finding) {
	_, old := migrate(d)
	if mobileShaped(d) || old || len(d) == 10 && d[0] == '2' {
		phones, found := vietnamese(d, raw)
		for i := range phones {
			phones[i].Repaired = true
			f := info("phone_zero_restored", raw)
			f.Suggestion = phones[i].E164
			found = append([]Finding{f}, found...)
		}
		return phones, found
	}
	if service(d) {
		return nil, []Finding{fail("phone_service", raw, "")}
	}
	if idShaped("0" + d) {
		return nil, []Finding{fail("phone_is_id_number", raw, "")}
	}
	if p, ok := lookUp("+"+d, ""); ok && !p.Possible && len(d) >= 10 {
		return nil, []Finding{fail("phone_country_unclear", raw, p.E164)}
	}
	return nil, []Finding{fail("phone_wrong_length", raw, "")}
}

// guess is the Vietnamese number that n (without zero) could be, for a suggestion.
func guess(n string) string {
	n = strings.TrimLeft(n, "0")
	if p, _ := vietnamese(n, n); len(p) == 1 && !p[0].Possible {
		return p[0].E164
	}
	return ""
}
