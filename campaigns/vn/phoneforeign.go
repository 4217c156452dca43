package vn

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// foreign reads a number of another country, its country code first. Only the library knows the lengths of others.
func foreign(d, raw string) ([]Phone, []Finding) {
	p, ok := lookUp("+"+d, "")
	if !ok {
		return nil, []Finding{fail("phone_foreign_invalid", raw, "")}
	}
	return foreignPhone(p, raw)
}

func foreignPhone(p Phone, raw string) ([]Phone, []Finding) {
	if p.Possible {
		return []Phone{p}, []Finding{warn("phone_range_unknown", raw)}
	}
	return []Phone{p}, nil
}

// elsewhere reads a number without a country, of a person who lives abroad. Some countries write their numbers just as
// Vietnam does (Taiwan: 09 and eight digits): those are left to a human.
func elsewhere(d, region, raw string) ([]Phone, []Finding) {
	there, ok := lookUp(d, region)
	here, found := homeNumber(d, raw)
	switch {
	case ok && !there.Possible && len(here) > 0:
		return nil, []Finding{fail("phone_country_unclear", raw, there.E164)}
	case ok && !there.Possible:
		return foreignPhone(there, raw)
	case len(here) > 0:
		return here, append(found, info("phone_vietnamese", raw))
	case ok: // the country is assumed and the range unknown: twice in doubt
		return nil, []Finding{fail("phone_country_unclear", raw, there.E164)}
	}
	return nil, []Finding{fail("phone_wrong_length", raw, "")}
}

// homeNumber reads d as a Vietnamese number with its zero or its 84; an eaten zero is not assumed for somebody abroad.
func homeNumber(d, raw string) ([]Phone, []Finding) {
	switch {
	case strings.HasPrefix(d, "84") && len(d) >= 11:
		return international(d, raw)
	case strings.HasPrefix(d, "0"):
		return vietnamese(d[1:], raw)
	}
	return nil, nil
}

// foreignGuess is the foreign number that d could be, for a suggestion.
func foreignGuess(d, region string) string {
	if region == "" || region == "VN" {
		return ""
	}
	if p, ok := lookUp(d, region); ok && !p.Possible {
		return p.E164
	}
	return ""
}

// lookUp asks the library. ok is false where the length or the country cannot be; Possible marks a number whose shape
// is right but whose range the data does not know.
func lookUp(number, region string) (Phone, bool) {
	if len(number) > 18 {
		return Phone{}, false
	}
	n, err := phonenumbers.Parse(number, region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return Phone{}, false
	}
	p := Phone{E164: phonenumbers.Format(n, phonenumbers.E164), Kind: Foreign, Region: phonenumbers.GetRegionCodeForNumber(n)}
	if p.Region == "" {
		p.Region = phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
	}
	if p.Possible = !phonenumbers.IsValidNumber(n); p.Possible {
		again, err := phonenumbers.Parse(p.E164, "")
		if err != nil || phonenumbers.Format(again, phonenumbers.E164) != p.E164 { // a trunk zero is left inside
			return Phone{}, false
		}
	}
	return p, len(p.E164) >= 8 && len(p.E164) <= 16 && p.Region != "VN"
}

// landline reads a fixed line: 02, an area code of 2017, and the subscriber.
func landline(n, raw string) ([]Phone, []Finding) {
	p := Phone{E164: "+84" + n, Kind: Landline, Region: "VN"}
	number, err := phonenumbers.Parse(p.E164, "")
	if err != nil || !phonenumbers.IsValidNumber(number) {
		p.Possible = true
		return []Phone{p}, []Finding{warn("phone_range_unknown", raw)}
	}
	return []Phone{p}, []Finding{info("phone_landline", raw)}
}
