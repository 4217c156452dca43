package roster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/campaigns/vn"
)

// truth is what a row of a messy file really is; the README of the data says how.
type truth struct {
	Name     string  `json:"name"`
	Born     string  `json:"born"`
	Sex      string  `json:"sex"`
	PID      string  `json:"pid"`
	Phone    *string `json:"phone"`
	KinPhone *string `json:"kin_phone"`
	Guardian string  `json:"guardian"`
	HasCard  *bool   `json:"has_card"`
	EIDLevel *int    `json:"eid_level"`
	YearOnly bool    `json:"year_only"`
	LegacyID bool    `json:"legacy_id"`
	Country  string  `json:"country"`
	Returns  *string `json:"returns"`
	Note     string  `json:"note"`
	Fault    string  `json:"fault"`
}

var today = vn.Date{Year: 2026, Month: 11, Day: 24}

// score counts one field of one file.
type score struct{ want, got, right, wrongSilent int }

// see compares one value; doubted says that a warning or an error stands on the field.
func (s *score) see(want, got string, equal, doubted bool) (silent bool) {
	if want != "" {
		s.want++
	}
	if got != "" {
		s.got++
	}
	switch {
	case want != "" && equal:
		s.right++
	case got != "" && !equal && !doubted:
		s.wrongSilent++
		return true
	}
	return false
}

func TestTruth(t *testing.T) {
	t.Parallel()
	fields := []string{"name", "born", "sex", "id", "legacy", "phone", "kin_phone", "guardian", "returns", "country", "has_card", "eid_level", "note"}
	var table strings.Builder
	fmt.Fprintf(&table, "%-22s %-10s %9s %9s %8s %8s %12s\n", "file", "field", "expected", "got", "prec %", "recall %", "wrong-silent")
	for _, file := range []struct {
		name      string
		encoding  roster.Encoding
		delimiter rune
		owner     string // whose the phone of the truth is
	}{
		{"students-hong-ha", roster.UTF8, ',', roster.OwnerGuardian},
		{"overseas-cua-lo", roster.UTF16LE, '\t', roster.OwnerSelf},
		{"elderly-tuong-duong", roster.UTF8, ';', roster.OwnerSelf},
	} {
		data, err := os.ReadFile("../../internal/sim/rosters/" + file.name + ".csv")
		require.NoError(t, err)
		var want struct{ People []truth }
		raw, err := os.ReadFile("testdata/" + file.name + ".truth.json")
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, &want))

		f, err := roster.Open(bytes.NewReader(data), int64(len(data)), roster.Options{
			Name: file.name + ".csv", Today: today, AllowInvented: true,
		})
		require.NoError(t, err)
		require.Equal(t, file.encoding, f.Layout().Encoding)
		require.Equal(t, string(file.delimiter), string(f.Layout().Delimiter))

		scores := map[string]*score{}
		for _, k := range fields {
			scores[k] = &score{}
		}
		n := 0
		for row, err := range f.Rows(context.Background()) {
			require.NoError(t, err)
			require.Equal(t, n+2, row.Number, "a row was lost or invented")
			compare(t, scores, row, want.People[n], f.Layout().Sheets[0].Columns, file.owner)
			n++
		}
		require.Equal(t, len(want.People), n)
		for _, k := range fields {
			s := scores[k]
			if s.want+s.got == 0 {
				continue
			}
			fmt.Fprintf(&table, "%-22s %-10s %9d %9d %8.2f %8.2f %12d\n", file.name, k, s.want, s.got,
				percent(s.right, s.got), percent(s.right, s.want), s.wrongSilent)
			require.Zero(t, s.wrongSilent, "%s: %s taken silently and wrong", file.name, k)
			require.Equal(t, s.want, s.right, "%s: %s not recalled", file.name, k)
		}
		require.NoError(t, f.Close())
	}
	t.Log("\n" + table.String())
}

func percent(a, b int) float64 {
	if b == 0 {
		return 100
	}
	return 100 * float64(a) / float64(b)
}

// compare holds a row against the truth. What the file does not have, or has damaged, is not expected of the reader; but
// then it must not claim to have it.
func compare(t *testing.T, scores map[string]*score, row roster.Row, p truth, cols []roster.Column, owner string) {
	t.Helper()
	cell := func(f roster.Field) string {
		for _, c := range cols {
			if c.Field == f && c.Index < len(row.Cells) {
				return strings.TrimSpace(row.Cells[c.Index])
			}
		}
		return ""
	}
	see := func(key string, f roster.Field, want, got string, equal bool) {
		if scores[key].see(want, got, equal, doubted(row, f)) {
			t.Errorf("row %d %s: want %q got %q from %q, findings %v", row.Number, key, want, got, cell(f), row.Findings)
		} else if want != "" && !equal {
			t.Errorf("row %d %s: not recalled: want %q got %q from %q, findings %v", row.Number, key, want, got, cell(f), row.Findings)
		}
	}
	is := func(key string, f roster.Field, want, got string) { see(key, f, want, got, want == got) }
	got := row.Person

	if p.Fault == "name_missing" {
		require.Equal(t, "name_missing", row.Rejected)
	} else {
		require.Empty(t, row.Rejected, "row %d", row.Number)
		written := cell(roster.FieldName)
		equal := got.Name == p.Name || written == strings.ToUpper(written) && strings.EqualFold(got.Name, p.Name)
		see("name", roster.FieldName, p.Name, got.Name, equal && norm.NFC.IsNormalString(got.Name))
	}
	born := p.Born
	if p.YearOnly {
		born = born[:4]
	}
	if p.Fault == "birth_date_invalid" {
		born = ""
		require.True(t, doubted(row, roster.FieldBorn), "row %d", row.Number)
	}
	is("born", roster.FieldBorn, born, got.Born.String())

	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, cell(roster.FieldID))
	id, legacy := p.PID, ""
	switch {
	case digits == "":
		id = ""
	case p.LegacyID:
		id, legacy = "", digits
	case p.Fault == "id_number_invalid", p.Fault == "sex_disagrees_with_id" && len(digits) < 12:
		// Eaten zeros are put back only where birth date and sex agree with the result.
		id = ""
		require.True(t, doubted(row, roster.FieldID), "row %d", row.Number)
	}
	is("id", roster.FieldID, id, got.ID)
	is("legacy", roster.FieldID, legacy, got.LegacyID)

	sex := p.Sex
	if cell(roster.FieldSex) == "" && id == "" || p.Fault == "sex_disagrees_with_id" {
		sex = ""
	}
	if p.Fault == "sex_disagrees_with_id" {
		require.True(t, doubted(row, roster.FieldSex) || doubted(row, roster.FieldID), "row %d", row.Number)
	} else {
		is("sex", roster.FieldSex, sex, string(got.Sex))
	}

	ownField := map[string]roster.Field{roster.OwnerSelf: roster.FieldPhone, roster.OwnerGuardian: roster.FieldGuardianPhone}[owner]
	is("phone", ownField, deref(p.Phone), got.Phone(owner))
	is("kin_phone", roster.FieldRelativePhone, deref(p.KinPhone), got.Phone(roster.OwnerRelative))
	written := cell(roster.FieldGuardian)
	see("guardian", roster.FieldGuardian, p.Guardian, got.Guardian, got.Guardian == p.Guardian ||
		written == strings.ToUpper(written) && strings.EqualFold(got.Guardian, p.Guardian))
	is("returns", roster.FieldReturns, deref(p.Returns), got.Returns.String())
	is("country", roster.FieldCountry, p.Country, got.Country)
	is("has_card", roster.FieldHasCard, show(p.HasCard), show(got.HasCard))
	is("eid_level", roster.FieldEIDLevel, show(p.EIDLevel), show(got.EIDLevel))
	is("note", roster.FieldNote, noted(p.Note), marks(got))
}

// doubted reports a warning or an error on a field.
func doubted(row roster.Row, f roster.Field) bool {
	for _, v := range row.Findings {
		if v.Field == f && v.Severity != vn.Info {
			return true
		}
	}
	return false
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func show[T any](v *T) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(*v)
}

func noted(note string) string {
	return map[string]string{
		"khuyết tật, không đi lại được": "visit", "ốm đau": "visit", "không có điện thoại thông minh": "nosmart", "đi vắng": "away",
	}[note]
}

func marks(p roster.Person) string {
	var out []string
	for _, m := range []struct {
		on   bool
		name string
	}{{p.NeedsVisit, "visit"}, {p.NoSmartphone, "nosmart"}, {p.Away, "away"}} {
		if m.on {
			out = append(out, m.name)
		}
	}
	return strings.Join(out, " ")
}
