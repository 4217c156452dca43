package vn

// Sex is the sex on the birth record; "" where it is not known.
type Sex string

const (
	Male   Sex = "male"
	Female Sex = "female"
)

var sexWords = map[string]Sex{
	"nam": Male, "nu": Female, "m": Male, "f": Female, "male": Male, "female": Female, "trai": Male, "gai": Female,
	"nam gioi": Male, "nu gioi": Female, "con trai": Male, "con gai": Female, "be trai": Male, "be gai": Female,
	"dan ong": Male, "dan ba": Female, "phu nu": Female, "ong": Male, "ba": Female, "boy": Male, "girl": Female,
	"man": Male, "woman": Female, "mr": Male, "mrs": Female, "ms": Female, "(nam)": Male, "(nu)": Female,
}

// ParseSex reads a cell of a sex column. 1 and 0 are how school software writes Nam and Nữ; it is the usual way round,
// not the only one, so it is reported. A cross under a "Nữ" heading is for the caller, who knows the heading. A lone
// "N" fits both words and is refused.
func ParseSex(cell string) (Sex, []Finding) {
	text, found := CleanText(cell)
	if text == "" {
		return "", found
	}
	key := trimNumber(Fold(text))
	if sex, ok := sexWords[key]; ok {
		return sex, found
	}
	switch key {
	case "1":
		return Male, append(found, info("sex_from_digit", text))
	case "0":
		return Female, append(found, info("sex_from_digit", text))
	}
	return "", append(found, fail("sex_unreadable", text, ""))
}
