package vn

import (
	"cmp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// GivenName is the part by which a person is called and listed: the last word of a Vietnamese name. The Ê Đê, Gia Rai
// and M'nông put the family name last: H'Hen Niê is H'Hen, Y Bhăm Ksơr is Y Bhăm.
func GivenName(full string) string {
	given, _, _ := nameParts(full)
	return given
}

func nameParts(full string) (given, family, middle string) {
	words := strings.Fields(NFC(full))
	n := len(words)
	switch {
	case n == 0:
		return "", "", ""
	case n == 1:
		return words[0], "", ""
	case isHName(words[0]):
		return words[0], words[n-1], strings.Join(words[1:n-1], " ")
	case words[0] == "Y" && n == 2:
		return words[0] + " " + words[1], "", ""
	case words[0] == "Y":
		return words[0] + " " + words[1], words[n-1], strings.Join(words[2:n-1], " ")
	}
	return words[n-1], words[0], strings.Join(words[1:n-1], " ")
}

func isHName(word string) bool {
	word = strings.ReplaceAll(word, "’", "'")
	return len(word) > 2 && (word[0] == 'H' || word[0] == 'h') && word[1] == '\''
}

// CompareNames orders names as a Vietnamese list does: by given name, then family, then middle, each by the alphabet
// a ă â b c d đ e ê … and only then by tone: ngang, huyền, hỏi, ngã, sắc, nặng (domain.md §7).
func CompareNames(a, b string) int {
	aGiven, aFamily, aMiddle := nameParts(a)
	bGiven, bFamily, bMiddle := nameParts(b)
	return cmp.Or(
		comparePart(aGiven, bGiven), comparePart(aFamily, bFamily), comparePart(aMiddle, bMiddle),
		strings.Compare(NFC(a), NFC(b)),
	)
}

func comparePart(a, b string) int {
	if a == b {
		return 0
	}
	aKey, bKey := partKey(a), partKey(b)
	return strings.Compare(aKey, bKey)
}

// partKey is the letters of the alphabet, then a zero, then the tones. Apostrophes do not count, as in dictionaries.
func partKey(s string) string {
	letters := make([]byte, 0, 2*len(s)+1)
	tones := make([]byte, 0, len(s))
	for _, r := range s {
		if r == '\'' || r == '’' {
			continue
		}
		place, tone := placeOf(unicode.ToLower(r))
		letters = append(letters, byte(place>>8), byte(place))
		tones = append(tones, tone)
	}
	letters = append(letters, 0, 0)
	return string(append(letters, tones...))
}

// alphabet is the Vietnamese one; f, j, w and z stand in the names of peoples and foreigners.
const alphabet = " -.aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"

var places = buildPlaces()

func buildPlaces() map[rune]rune {
	m := make(map[rune]rune)
	for i, r := range []rune(alphabet) {
		m[r] = rune(i + 1)
	}
	return m
}

var toneMarks = map[rune]byte{0x300: 2, 0x309: 3, 0x303: 4, 0x301: 5, 0x323: 6}

// placeOf takes a letter apart into its place in the alphabet and its tone: ấ is â with sắc. Letters outside the
// alphabet come after it.
func placeOf(r rune) (place rune, tone byte) {
	if p, ok := places[r]; ok {
		return p, 1
	}
	tone = 1
	rest := make([]rune, 0, 4)
	for _, m := range norm.NFD.String(string(r)) {
		if t, ok := toneMarks[m]; ok {
			tone = t
			continue
		}
		rest = append(rest, m)
	}
	letter := []rune(norm.NFC.String(string(rest)))
	if len(letter) == 0 {
		return 0x80, tone
	}
	if p, ok := places[letter[0]]; ok {
		return p, tone
	}
	return min(letter[0]+0x80, 0xffff), tone
}
