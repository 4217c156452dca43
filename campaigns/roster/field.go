package roster

// Field is what a column means.
type Field string

const (
	FieldName          Field = "name"
	FieldFamilyName    Field = "family_name" // họ và tên đệm
	FieldGivenName     Field = "given_name"
	FieldBorn          Field = "born"
	FieldBirthDay      Field = "birth_day"
	FieldBirthMonth    Field = "birth_month"
	FieldBirthYear     Field = "birth_year"
	FieldBornMale      Field = "born_male" // two columns "Nam" and "Nữ" that hold the birth year or date
	FieldBornFemale    Field = "born_female"
	FieldSex           Field = "sex"
	FieldMaleMark      Field = "male_mark"   // x in a "Nam" column
	FieldFemaleMark    Field = "female_mark" // x in a "Nữ" column
	FieldID            Field = "id"
	FieldPhone         Field = "phone"
	FieldEmail         Field = "email"
	FieldZalo          Field = "zalo"
	FieldGuardian      Field = "guardian"
	FieldGuardianPhone Field = "guardian_phone"
	FieldRelative      Field = "relative"
	FieldRelativePhone Field = "relative_phone"
	FieldAddress       Field = "address"
	FieldGroup         Field = "group" // tổ dân phố, bản, khối, thôn, xóm
	FieldSchool        Field = "school"
	FieldClass         Field = "class"
	FieldCountry       Field = "country"
	FieldReturns       Field = "returns"
	FieldHasCard       Field = "has_card"
	FieldNoCard        Field = "no_card"      // x where there is no card yet
	FieldCardIssued    Field = "card_issued"  // printed on the card
	FieldCardExpires   Field = "card_expires" // printed on the card
	FieldCardReady     Field = "card_ready"   // when a new card can be fetched
	FieldEIDLevel      Field = "eid_level"
	FieldLanguage      Field = "language"
	FieldNote          Field = "note"
	FieldEthnicity     Field = "ethnicity" // never stored
	FieldReligion      Field = "religion"  // never stored
	FieldIndex         Field = "index"     // STT
	FieldIgnore        Field = "ignore"

	fieldHouseholder Field = "householder" // the person where a list names nobody else, else ignored
)

// Fields are all fields, in the order in which a form offers them.
var Fields = []Field{
	FieldName, FieldFamilyName, FieldGivenName, FieldBorn, FieldBirthDay, FieldBirthMonth, FieldBirthYear, FieldBornMale,
	FieldBornFemale, FieldSex, FieldMaleMark, FieldFemaleMark, FieldID, FieldPhone, FieldEmail, FieldZalo, FieldGuardian,
	FieldGuardianPhone, FieldRelative, FieldRelativePhone, FieldAddress, FieldGroup, FieldSchool, FieldClass, FieldCountry,
	FieldReturns, FieldHasCard, FieldNoCard, FieldCardIssued, FieldCardExpires, FieldCardReady, FieldEIDLevel, FieldLanguage, FieldNote, FieldEthnicity, FieldReligion,
	FieldIndex, FieldIgnore,
}

// several reports fields that may stand in more than one column of a sheet.
func (f Field) several() bool {
	switch f {
	case FieldID, FieldPhone, FieldEmail, FieldZalo, FieldGuardianPhone, FieldRelativePhone, FieldNote, FieldEthnicity,
		FieldReligion, FieldIgnore, FieldIndex:
		return true
	}
	return false
}

// person reports fields that say something about a person: they make a row a header.
func (f Field) person() bool { return f != "" && f != FieldIgnore && f != FieldIndex }
