package vn

import "strings"

// Why a number that somebody typed as the address of one text is none, in words that stay the same.
const (
	TooShort   = "too_short"
	TooLong    = "too_long"
	Letters    = "letters"
	NoCountry  = "country"
	NotMobile  = "not_mobile"  // a service, or digits that no mobile begins with
	IsLandline = "is_landline" // a Vietnamese number that takes no texts
	IsForeign  = "is_foreign"
)

// The digits of a number that can be dialled at all (ITU-T E.164).
const fewestDigits, mostDigits = 9, 15

// SendTo reads the one number that a text shall go to, in any spelling that ParsePhones reads; why is "" for a Vietnamese
// mobile and says otherwise why it is none. A cell of a roster may be doubtful, an address may not: nothing is guessed.
func SendTo(text string) (e164, why string) {
	clean, _ := CleanText(text)
	clean = strings.NewReplacer("‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "−", "-").Replace(widen(clean))
	if strings.Trim(clean, "0123456789+-(). ") != "" || strings.ContainsFunc(clean, func(r rune) bool { return !strings.ContainsRune("0123456789+-(). ", r) }) {
		return "", Letters
	}
	digits := countDigits(clean)
	if digits > mostDigits+2 { // two zeros before the country
		return "", TooLong
	}
	phones, found := ParsePhones(clean, "VN")
	if len(phones) != 1 {
		return "", whyNot(found, digits)
	}
	switch phones[0].Kind {
	case Mobile:
		return phones[0].E164, ""
	case Foreign:
		return "", IsForeign
	}
	return "", IsLandline
}

func whyNot(found []Finding, digits int) string {
	for _, f := range found {
		switch f.Code {
		case "phone_country_unclear", "phone_country_unknown":
			return NoCountry
		case "phone_service", "phone_leading_digit", "phone_is_id_number", "phone_old_area_code":
			if digits >= fewestDigits {
				return NotMobile
			}
		}
	}
	switch {
	case digits < fewestDigits+1:
		return TooShort
	case digits > fewestDigits+3:
		return TooLong
	}
	return NotMobile
}
