package roster

import (
	"strings"

	"github.com/loaphuong/loa/campaigns/vn"
)

// contacts reads every address of the row and says whose it is.
func (b *builder) contacts() {
	b.country()
	for _, f := range []struct {
		field  Field
		medium string
		owner  string
	}{
		{FieldPhone, MediumPhone, OwnerSelf}, {FieldZalo, MediumZalo, OwnerSelf},
		{FieldGuardianPhone, MediumPhone, OwnerGuardian}, {FieldRelativePhone, MediumPhone, OwnerRelative},
	} {
		for _, c := range b.plan.cols[f.field] {
			b.phones(f.field, c, f.medium, f.owner)
		}
	}
	for _, c := range b.plan.cols[FieldEmail] {
		b.email(c)
	}
	b.row.Person.Guardian = b.personName(FieldGuardian, b.plan.first(FieldGuardian), b.cell(b.plan.first(FieldGuardian)))
	b.row.Person.Relative = b.personName(FieldRelative, b.plan.first(FieldRelative), b.cell(b.plan.first(FieldRelative)))
}

// phones reads the numbers in a cell; two numbers are two contacts.
func (b *builder) phones(f Field, column int, medium, owner string) {
	raw := plainNumber(b.cell(column))
	if raw == "" || medium == MediumZalo && b.zaloMark(raw) {
		return
	}
	numbers, findings := vn.ParsePhones(raw, "")
	unconfirmed := false
	if abroad := b.row.Person.Country; owner == OwnerSelf && abroad != "" && abroad != "VN" && !international(raw) {
		numbers, findings, unconfirmed = b.bare(raw, abroad, numbers, findings)
	}
	b.add(f, column, findings)
	for _, n := range numbers {
		if n.E164 == "" || b.known(medium, n.E164, owner) {
			continue
		}
		b.row.Person.Contacts = append(b.row.Person.Contacts, Contact{
			Medium: medium, Value: n.E164, Kind: n.Kind, Owner: owner, Migrated: n.Migrated,
			Unconfirmed: n.Migrated || unconfirmed,
		})
	}
}

// bare reads a number without a country code of somebody who works abroad. A number that only one of the two countries
// knows is that country's; one that both know is taken as Vietnamese, as people at home write it, and said to be doubtful.
func (b *builder) bare(raw, abroad string, home []vn.Phone, homeFindings []vn.Finding) ([]vn.Phone, []vn.Finding, bool) {
	// The zero in front of a national number is not part of it: 010 in Korea, 090 in Japan.
	foreign, _ := vn.ParsePhones(strings.TrimPrefix(strings.TrimLeft(raw, " '("), "0"), abroad)
	switch {
	case !sound(foreign, abroad):
		return home, homeFindings, false
	case !sound(home, "VN"):
		return foreign, []vn.Finding{{Code: "phone_read_abroad", Value: raw, Suggestion: foreign[0].E164, Severity: vn.Info}}, false
	}
	return home, append(homeFindings, vn.Finding{
		Code: "phone_country_doubtful", Value: raw, Suggestion: foreign[0].E164, Severity: vn.Warn,
	}), true
}

// sound reports numbers that the country's numbering plan knows (Possible marks those that have the right length only).
func sound(numbers []vn.Phone, region string) bool {
	for _, n := range numbers {
		if n.E164 == "" || n.Possible || n.Region != region {
			return false
		}
	}
	return len(numbers) > 0
}

func international(raw string) bool {
	s := strings.TrimLeft(raw, " '(")
	return strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00")
}

// zaloMark is a tick in a "Zalo" column: the phone number has Zalo, it is not another address.
func (b *builder) zaloMark(raw string) bool { return digits(raw) < 4 }

func (b *builder) known(medium, value, owner string) bool {
	for _, c := range b.row.Person.Contacts {
		if c.Medium == medium && c.Value == value && c.Owner == owner {
			return true
		}
	}
	return false
}

func (b *builder) email(column int) {
	raw := b.cell(column)
	if raw == "" {
		return
	}
	address, findings := vn.ParseEmail(raw)
	b.add(FieldEmail, column, findings)
	if address != "" && !b.known(MediumEmail, address, OwnerSelf) {
		b.row.Person.Contacts = append(b.row.Person.Contacts, Contact{Medium: MediumEmail, Value: address, Owner: OwnerSelf})
	}
}

func (b *builder) country() {
	column := b.plan.first(FieldCountry)
	raw := b.cell(column)
	if raw == "" {
		return
	}
	iso, ok := vn.ParseCountry(raw)
	if !ok {
		b.row.Findings = append(b.row.Findings, Finding{
			Field: FieldCountry, Column: column, Code: "country_unknown", Value: raw, Severity: vn.Error,
		})
		return
	}
	b.row.Person.Country = iso
}
