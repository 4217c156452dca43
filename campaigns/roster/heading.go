package roster

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// exact are headings that mean one thing only, as folded by headingKey.
var exact = map[string]Field{
	"ho va ten": FieldName, "ho ten": FieldName, "ht": FieldName, "hoten": FieldName, "name": FieldName,
	"full name": FieldName, "fullname": FieldName, "ho va ten khai sinh": FieldName, "ho chu dem va ten": FieldName,
	"ho chu dem va ten khai sinh": FieldName, "ho dem va ten": FieldName, "ho va ten hs": FieldName, "ten": FieldGivenName,
	"ten goi": FieldIgnore, "ho": FieldFamilyName, "ho dem": FieldFamilyName, "ho va dem": FieldFamilyName,
	"ho va ten dem": FieldFamilyName, "ho ten dem": FieldFamilyName, "ho lot": FieldFamilyName, "ho va ten lot": FieldFamilyName,
	"ho chu dem": FieldFamilyName, "ho va chu dem": FieldFamilyName, "last name": FieldFamilyName, "surname": FieldFamilyName,
	"family name": FieldFamilyName, "first name": FieldGivenName, "given name": FieldGivenName,
	"ns": FieldBorn, "ntns": FieldBorn, "dob": FieldBorn, "born": FieldBorn, "birthday": FieldBorn, "ngay thang nam": FieldBorn,
	"gt": FieldSex, "phai": FieldSex, "sex": FieldSex, "gender": FieldSex, "nam nu": FieldSex, "nu": FieldFemaleMark,
	"nam": FieldMaleMark, "female": FieldFemaleMark, "male": FieldMaleMark, "gioi": FieldSex,
	"pid": FieldID, "id": FieldID, "so dinh danh": FieldID, "sddcn": FieldID, "mdd": FieldID, "national id": FieldID,
	"dt": FieldPhone, "sdt": FieldPhone, "so dt": FieldPhone, "tel": FieldPhone, "phone": FieldPhone, "mobile": FieldPhone,
	"lien he": FieldPhone, "lien lac": FieldPhone, "dtdd": FieldPhone, "contact": FieldPhone,
	"mail": FieldEmail, "email": FieldEmail, "e mail": FieldEmail, "thu dien tu": FieldEmail,
	"phu huynh": FieldGuardian, "nguoi giam ho": FieldGuardian, "cha me": FieldGuardian, "bo me": FieldGuardian,
	"tdp": FieldGroup, "to": FieldGroup, "to dp": FieldGroup, "to dan pho": FieldGroup, "ban": FieldGroup, "khoi": FieldGroup,
	"thon": FieldGroup, "xom": FieldGroup, "ap": FieldGroup, "khu": FieldGroup, "khu pho": FieldGroup, "buon": FieldGroup,
	"lang": FieldGroup, "khom": FieldGroup, "soc": FieldGroup, "kp": FieldGroup, "village": FieldGroup, "group": FieldGroup,
	"lop": FieldClass, "class": FieldClass, "truong": FieldSchool, "school": FieldSchool, "nuoc": FieldCountry,
	"quoc gia": FieldCountry, "country": FieldCountry, "vneid": FieldEIDLevel, "dddt": FieldEIDLevel, "ghi chu": FieldNote,
	"gc": FieldNote, "note": FieldNote, "notes": FieldNote, "remarks": FieldNote, "luu y": FieldNote, "dan toc": FieldEthnicity,
	"ethnicity": FieldEthnicity, "ethnic group": FieldEthnicity, "ton giao": FieldReligion, "religion": FieldReligion,
	"stt": FieldIndex, "tt": FieldIndex, "so tt": FieldIndex, "so thu tu": FieldIndex, "no": FieldIndex, "s t t": FieldIndex,
	"language": FieldLanguage, "ngon ngu": FieldLanguage, "dia chi": FieldAddress, "address": FieldAddress,
	"quan he": FieldIgnore, "nguoi lien he": FieldRelative, "nguoi lien lac": FieldRelative, "so": FieldIndex,
}

// headingRule recognises a heading by the phrases in it; the first rule that fits decides.
type headingRule struct {
	field Field
	all   [][]string // one phrase of each list must occur
	none  []string   // and none of these
}

var (
	phoneWords    = []string{"sdt", "dt", "so dt", "dien thoai", "di dong", "dtdd", "phone", "mobile", "tel", "telephone", "so may", "lien he", "lien lac", "dthoai"}
	guardianWords = []string{"phu huynh", "giam ho", "cha me", "bo me", "me", "bo", "cha", "ph", "phhs", "bao ho", "nguoi dai dien", "parent", "guardian", "father", "mother", "parents"}
	relativeWords = []string{"nguoi than", "than nhan", "relative", "nguoi nha", "gia dinh", "nguoi lien he", "lien he khan"}
	otherPapers   = []string{"cmnd", "cmt", "cmtnd", "ho chieu", "passport", "visa", "the bhyt", "bhyt", "bao hiem", "hop dong", "ho khau", "tam tru", "phu huynh", "cha", "me", "bo", "giam ho", "lao dong"}
	cardWords     = []string{"cccd", "can cuoc", "cmnd", "cmt", "cmtnd", "cc", "chip"}
)

var headingRules = []headingRule{
	{FieldReligion, [][]string{{"ton giao", "religion"}}, nil},
	{FieldEthnicity, [][]string{{"dan toc", "ethnic", "ethnicity"}}, nil},
	{FieldCardExpires, [][]string{{"het han", "gia tri den", "co gia tri den", "han su dung", "thoi han", "han the", "expires", "expiry", "valid until"}}, otherPapers},
	{FieldCardReady, [][]string{{"ngay co the", "ngay tra the", "hen tra the", "tra the", "ngay the ve", "the ve ngay", "ngay nhan the", "nhan the", "ngay lay the", "card ready"}}, otherPapers},
	{FieldCardIssued, [][]string{{"ngay cap", "cap ngay", "issued on", "issue date", "date of issue"}}, append([]string{"noi cap", "quyet dinh"}, otherPapers...)},
	{FieldIgnore, [][]string{{"ngay cap", "noi cap", "noi sinh", "que quan", "nguyen quan", "nghe nghiep", "quan he", "trinh do",
		"quoc tich", "so ho khau", "ma ho", "ngay vao", "cccd cua", "cccd phu huynh", "ngay het han", "het han", "thoi han", "place of birth"}}, nil},
	{FieldEIDLevel, [][]string{{"vneid", "dinh danh dien tu", "muc dinh danh", "dinh danh muc", "tai khoan dinh danh", "muc do dinh danh", "eid level", "eid"}}, nil},
	{FieldIgnore, [][]string{{"email", "mail"}, append(append([]string{}, guardianWords...), relativeWords...)}, nil},
	{FieldEmail, [][]string{{"email", "e mail", "mail", "thu dien tu"}}, nil},
	{FieldGuardianPhone, [][]string{phoneWords, guardianWords}, nil},
	{FieldRelativePhone, [][]string{phoneWords, relativeWords}, nil},
	{FieldZalo, [][]string{{"zalo"}}, nil},
	{FieldReturns, [][]string{{"ve nuoc", "ngay ve", "ve que", "du kien ve", "thoi gian ve", "return", "returns", "return date"}}, nil},
	{FieldNoCard, [][]string{cardWords, {"chua co", "chua lam", "chua cap", "chua"}}, nil},
	{FieldHasCard, [][]string{append([]string{"card"}, cardWords...), {"da co", "co", "da lam", "da cap", "tinh trang", "da duoc cap", "has", "duoc cap", "lam"}}, []string{"so"}},
	{FieldID, [][]string{{"cccd", "cmnd", "cmt", "cmtnd", "can cuoc", "dinh danh", "so dinh danh", "ma dinh danh", "citizen id", "id number", "national id", "personal id", "so cc", "giay to"}}, nil},
	{FieldBorn, [][]string{{"ngay sinh", "nam sinh", "sinh ngay", "sinh nam", "ngay thang nam sinh", "birth", "date of birth", "year of birth", "dob", "birthday", "ngay thang nam"}}, guardianWords},
	{FieldBirthMonth, [][]string{{"thang sinh", "sinh thang", "birth month"}}, nil},
	{FieldSex, [][]string{{"gioi tinh", "nam nu", "gender", "sex"}}, nil},
	{FieldPhone, [][]string{phoneWords}, []string{"dan toc", "dinh danh"}},
	{FieldGuardian, [][]string{guardianWords}, []string{"dia chi", "nam", "ngay", "tuoi"}},
	{FieldRelative, [][]string{relativeWords}, []string{"dia chi"}},
	{FieldFamilyName, [][]string{{"ho dem", "ho va ten dem", "ho lot", "ho va dem", "ho chu dem"}}, []string{"dem va ten"}},
	{FieldAddress, [][]string{{"dia chi", "noi o", "cho o", "thuong tru", "tam tru", "cu tru", "hktt", "address", "noi o hien nay"}}, nil},
	{FieldCountry, [][]string{{"nuoc lam viec", "nuoc so tai", "nuoc dang", "quoc gia", "country", "nuoc ngoai", "nuoc den", "lam viec tai nuoc", "nuoc"}}, []string{"trong nuoc"}},
	{fieldHouseholder, [][]string{{"chu ho"}}, nil},
	{FieldName, [][]string{{"ho va ten", "ho ten", "full name", "ho chu dem va ten", "ho dem va ten", "ten hoc sinh", "ten cong dan", "ten nguoi", "ten hs", "name"}}, []string{"truong", "school", "class"}},
	{FieldClass, [][]string{{"lop", "class", "khoi lop"}}, nil},
	{FieldSchool, [][]string{{"truong", "school", "truong hoc"}}, []string{"nha truong ghi"}},
	{FieldGroup, [][]string{{"tdp", "to dan pho", "thon", "xom", "ban", "ap", "khu pho", "buon", "khom", "khoi pho", "khoi xom", "to", "khu dan cu", "khoi"}}, []string{"van ban"}},
	{FieldNote, [][]string{{"ghi chu", "luu y", "note", "suc khoe", "benh", "khuyet tat", "hoan canh", "tinh trang"}}, nil},
	{FieldLanguage, [][]string{{"ngon ngu", "language", "noi tieng", "tieng noi"}}, nil},
}

// headingKey folds a heading: small letters without marks, everything else a single space. The comparison key of
// names (vn.Fold) keeps apostrophes and such, which mean nothing here.
func headingKey(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case r == 'đ' || r == 'Đ' || r == 'ð' || r == 'Ð':
			r = 'd'
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// maxHeading is how long a heading may be; a longer cell is a title or a note.
const maxHeading = 90

// headingField says what a heading means, "" if it is not known.
func headingField(text string) Field {
	if len(text) > maxHeading {
		return ""
	}
	key := headingKey(text)
	if key == "" {
		return ""
	}
	if f, ok := exact[key]; ok {
		return birthPart(text, f)
	}
	if f, ok := exact[strings.TrimRight(key, " 0123456789")]; ok && f.several() {
		return f
	}
	for _, rule := range headingRules {
		if rule.fits(key) {
			return rule.field
		}
	}
	return ""
}

// birthPart tells "Năm" (year) from "Nam" (male): folded they are the same.
func birthPart(text string, f Field) Field {
	if f == FieldMaleMark && strings.ContainsAny(norm.NFC.String(text), "ăĂ") {
		return FieldBirthYear
	}
	return f
}

func (r headingRule) fits(key string) bool {
	for _, alternatives := range r.all {
		if !anyPhrase(key, alternatives) {
			return false
		}
	}
	return !anyPhrase(key, r.none)
}

// anyPhrase reports whether one of the phrases stands in key as whole words.
func anyPhrase(key string, phrases []string) bool {
	for _, p := range phrases {
		for i := 0; i <= len(key)-len(p); {
			j := strings.Index(key[i:], p)
			if j < 0 {
				break
			}
			at, end := i+j, i+j+len(p)
			if (at == 0 || key[at-1] == ' ') && (end == len(key) || key[end] == ' ') {
				return true
			}
			i = at + 1
		}
	}
	return false
}
