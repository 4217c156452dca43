package roster

import (
	"strings"

	"github.com/loaphuong/loa/campaigns/vn"
)

// places reads where the person lives, learns and returns.
func (b *builder) places() {
	p := &b.row.Person
	p.School, p.Class = b.text(FieldSchool), b.text(FieldClass)
	p.Group, p.Address = b.text(FieldGroup), b.text(FieldAddress)
	p.Locale = b.language()
	if c := b.plan.first(FieldReturns); c >= 0 && b.cell(c) != "" {
		p.Returns = b.date(FieldReturns, c, vn.FutureDate)
	}
}

// language reads a column that names the language in which to speak to the person.
func (b *builder) language() string {
	c := b.plan.first(FieldLanguage)
	raw := b.cell(c)
	key := strings.TrimPrefix(headingKey(raw), "tieng ")
	switch {
	case key == "":
		return ""
	case key == "viet" || key == "kinh" || key == "pho thong" || key == "vi":
		return "vi"
	case languages[key] != "":
		return languages[key]
	}
	b.row.Findings = append(b.row.Findings, Finding{
		Field: FieldLanguage, Column: c, Code: "language_unknown", Value: raw, Severity: vn.Warn,
	})
	return ""
}

// card reads what the list claims of card and electronic identity.
func (b *builder) card() {
	p := &b.row.Person
	if c := b.plan.first(FieldHasCard); c >= 0 {
		p.HasCard = b.yesNo(FieldHasCard, c)
	}
	if c := b.plan.first(FieldNoCard); c >= 0 && b.cell(c) != "" {
		if without := b.yesNo(FieldNoCard, c); without != nil {
			with := !*without
			if p.HasCard != nil && *p.HasCard != with {
				b.note(c, FieldNoCard, "card_marks_contradict", vn.Error)
				p.HasCard = nil
			} else {
				p.HasCard = &with
			}
		}
	}
	if c := b.plan.first(FieldEIDLevel); c >= 0 {
		p.EIDLevel = b.level(c)
	}
	b.cardDates()
}

// cardDates reads what is printed on the card and when a new one can be fetched. A date that is not whole says nothing.
func (b *builder) cardDates() {
	p := &b.row.Person
	for _, d := range []struct {
		field Field
		kind  vn.DateKind
		to    *vn.Date
	}{{FieldCardIssued, vn.BirthDate, &p.CardIssued}, {FieldCardExpires, vn.FutureDate, &p.CardExpires}, {FieldCardReady, vn.FutureDate, &p.CardReady}} {
		c := b.plan.first(d.field)
		if c < 0 || b.cell(c) == "" || d.field == FieldCardExpires && forLife(b.cell(c)) {
			continue
		}
		if date := b.date(d.field, c, d.kind); date.Full() {
			*d.to = date
		} else if !date.IsZero() {
			b.note(c, d.field, "date_incomplete", vn.Warn)
		}
	}
	if !p.CardIssued.IsZero() && p.ID == "" && p.LegacyID != "" {
		b.note(b.plan.first(FieldCardIssued), FieldCardIssued, "date_of_old_card", vn.Info)
		p.CardIssued = vn.Date{}
	}
	if !p.CardIssued.IsZero() && !p.CardExpires.IsZero() && !p.CardIssued.Before(p.CardExpires) {
		b.note(b.plan.first(FieldCardExpires), FieldCardExpires, "card_dates_contradict", vn.Error)
		p.CardIssued, p.CardExpires = vn.Date{}, vn.Date{}
	}
}

// forLife reads what stands on a card that need not be changed any more.
func forLife(cell string) bool {
	return anyPhrase(headingKey(cell), []string{"khong thoi han", "khong xac dinh", "vo thoi han", "suot doi", "no expiry"})
}

// yesNo reads a yes-or-no cell. In a column that is used at all, an empty cell means no, and a finding says that this
// was inferred; a cell that the row does not even have says nothing.
func (b *builder) yesNo(f Field, c int) *bool {
	raw := b.cell(c)
	if raw == "" {
		if c >= len(b.row.Cells) && b.ragged || !b.plan.used[c] {
			return nil
		}
		b.note(c, f, "blank_read_as_no", vn.Info)
		return new(bool)
	}
	value, known := vn.ParseYesNo(plainNumber(raw))
	if !known {
		b.row.Findings = append(b.row.Findings, Finding{Field: f, Column: c, Code: "yes_no_unknown", Value: raw, Severity: vn.Error})
		return nil
	}
	return &value
}

func (b *builder) level(c int) *int {
	raw := b.cell(c)
	if raw == "" {
		if c >= len(b.row.Cells) && b.ragged || !b.plan.used[c] {
			return nil
		}
		b.note(c, FieldEIDLevel, "blank_read_as_no", vn.Info)
		return new(int)
	}
	level, known := vn.ParseLevel(plainNumber(raw))
	if !known {
		b.row.Findings = append(b.row.Findings, Finding{
			Field: FieldEIDLevel, Column: c, Code: "level_unknown", Value: raw, Severity: vn.Error,
		})
		return nil
	}
	return &level
}

// leaveOut reads notes, and then takes out of the cells what must not be kept.
func (b *builder) leaveOut() {
	for _, c := range b.plan.cols[FieldNote] {
		raw := b.cell(c)
		if raw == "" {
			continue
		}
		shown, dropped := readNote(raw, &b.row.Person)
		if dropped {
			b.note(c, FieldNote, "note_not_kept", vn.Info)
		}
		b.row.Cells[c] = shown
	}
	for _, c := range b.plan.cols[FieldEthnicity] {
		raw := b.cell(c)
		if raw == "" {
			continue
		}
		if f, ok := suggestLanguage(raw, c); ok && b.row.Person.Locale == "" {
			b.row.Findings = append(b.row.Findings, f)
		}
		b.row.Cells[c] = ""
	}
	for _, c := range b.plan.cols[FieldReligion] {
		if c < len(b.row.Cells) {
			b.row.Cells[c] = ""
		}
	}
}
