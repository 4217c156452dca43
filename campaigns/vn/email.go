package vn

import "strings"

// maxEmailText bounds what is looked at; an address has at most 254 bytes.
const maxEmailText = 1000

// ParseEmail reads one electronic mail address and writes its domain in small letters. Addresses with Vietnamese
// letters, two addresses, a comma for a dot and the like leave the field empty, with a suggestion where there is one.
func ParseEmail(cell string) (string, []Finding) {
	text, found := CleanText(cell)
	if text == "" || failed(found) {
		return "", found
	}
	if len(text) > maxEmailText {
		return "", append(found, fail("email_invalid", text, ""))
	}
	if noneWords[Fold(text)] {
		return "", append(found, info("email_none", text))
	}
	if validEmail(text) {
		at := strings.LastIndexByte(text, '@')
		return text[:at] + strings.ToLower(text[at:]), found
	}
	if strings.Count(text, "@") > 1 {
		return "", append(found, fail("email_several", text, ""))
	}
	return "", append(found, fail("email_invalid", text, mendEmail(text)))
}

// mendEmail suggests what was probably meant, or nothing.
func mendEmail(s string) string {
	s = strings.TrimPrefix(strings.ToLower(Unaccent(s)), "mailto:")
	s = strings.NewReplacer(" ", "", ",", ".", ";", "", "<", "", ">", "").Replace(s)
	s = strings.Trim(s, ".")
	if validEmail(s) {
		return s
	}
	return ""
}

// validEmail checks the shape that mail servers of today accept (a strict reading of RFC 5321: no quotes, no literals).
func validEmail(s string) bool {
	at := strings.IndexByte(s, '@')
	if at < 1 || at > 64 || len(s) > 254 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if local[0] == '.' || local[at-1] == '.' || strings.Contains(local, "..") {
		return false
	}
	for i := 0; i < len(local); i++ {
		if c := local[i]; !isAlnum(c) && strings.IndexByte("._%+-'!#$&*/=?^`{|}~", c) < 0 {
			return false
		}
	}
	return validDomain(domain)
}

func validDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := 0; i < len(label); i++ {
			if !isAlnum(label[i]) && label[i] != '-' {
				return false
			}
		}
	}
	top := labels[len(labels)-1]
	return len(top) > 1 && (!strings.ContainsAny(top, "0123456789") || strings.HasPrefix(strings.ToLower(top), "xn--"))
}

func isAlnum(c byte) bool { return isDigit(c) || isLetter(c) }
