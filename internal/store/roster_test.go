package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// ward saves the two invented wards and returns the first.
func ward(t *testing.T, s *store.Store) campaigns.Unit {
	t.Helper()
	save(t, s, twoWards()...)
	return byCode(t, s, "90001", "2026-12-01")
}

func start(t *testing.T, s *store.Store, r store.Roster) store.Roster {
	t.Helper()
	r, err := s.StartRoster(context.Background(), r)
	require.NoError(t, err)
	return r
}

func rows(drafts ...store.Draft) []store.RosterRow {
	out := make([]store.RosterRow, len(drafts))
	for i, d := range drafts {
		out[i] = store.RosterRow{Number: i + 2, Draft: d, Original: `{"cells":[]}`}
	}
	return out
}

// importAll imports drafts as one roster and returns it closed, with the traces of its rows.
func importAll(t *testing.T, s *store.Store, r store.Roster, drafts ...store.Draft) (store.Roster, []store.RowTrace) {
	t.Helper()
	ctx := context.Background()
	r = start(t, s, r)
	require.Equal(t, "reading", r.State)
	_, err := s.ImportRows(ctx, r, 0, rows(drafts...))
	require.NoError(t, err)
	r, err = s.FinishRoster(ctx, r.ID, nil)
	require.NoError(t, err)
	traces, err := s.RosterRows(ctx, r.ID, "", 0, 1000)
	require.NoError(t, err)
	require.Len(t, traces, len(drafts))
	return r, traces
}

func phone(number string, owner campaigns.Owner) store.ContactDraft {
	return store.ContactDraft{Medium: "phone", Kind: "mobile", Owner: owner, Address: number}
}

func TestTheSamePerson(t *testing.T) {
	t.Parallel()
	base := store.Draft{Name: "Nguyễn Văn Hòa", Born: "2008-05-01", ID: "003208000001", Guardian: "Lê Thị Lan",
		Contacts: []store.ContactDraft{phone("+84900000101", campaigns.Guardian)}}
	noID := base
	noID.ID = ""
	for name, c := range map[string]struct {
		first, second store.Draft
		rule          string
		alike         bool
	}{
		"equal ID number":          {base, store.Draft{Name: "Nguyễn Văn Hòa", ID: "003208000001"}, store.RuleID, false},
		"name, birth and phone":    {base, store.Draft{Name: "NGUYEN VAN HOA", Born: "2008-05-01", Contacts: base.Contacts}, store.RulePhone, false},
		"name, birth and guardian": {base, store.Draft{Name: "Nguyễn Văn Hoà", Born: "2008-05-01", Guardian: "LÊ THỊ LAN"}, store.RuleGuardian, false},
		"name and birth alone":     {base, store.Draft{Name: "Nguyễn Văn Hòa", Born: "2008-05-01"}, store.RuleNew, true},
		"name, year and phone":     {base, store.Draft{Name: "Nguyễn Văn Hòa", Born: "2008", Contacts: base.Contacts}, store.RuleNew, true},
		"name and phone":           {base, store.Draft{Name: "Nguyễn Văn Hòa", Contacts: base.Contacts}, store.RuleNew, true},
		"twins": {base, store.Draft{Name: "Nguyễn Văn Hòa", Born: "2008-05-01", ID: "003208000002", Guardian: "Lê Thị Lan",
			Contacts: base.Contacts}, store.RuleNew, false},
		"another name":           {base, store.Draft{Name: "Nguyễn Văn Bình", Born: "2008-05-01", Contacts: base.Contacts}, store.RuleNew, false},
		"the number comes later": {noID, base, store.RulePhone, false},
		"old number and name":    {store.Draft{Name: "Vi Thị Ba", Born: "1960", Legacy: "180000001"}, store.Draft{Name: "Vi Thị Ba", Born: "1960-02-03", Legacy: "180000001"}, store.RuleLegacy, false},
		"old number, other name": {store.Draft{Name: "Vi Thị Ba", Legacy: "180000001"}, store.Draft{Name: "Vi Văn Tư", Legacy: "180000001"}, store.RuleNew, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apptest.EachStore(t, func(t *testing.T, s *store.Store) {
				unit := ward(t, s).ID
				// Within one batch, and against the database.
				_, in := importAll(t, s, store.Roster{UnitID: unit, Fingerprint: "a"}, c.first, c.second)
				_, later := importAll(t, s, store.Roster{UnitID: unit, Fingerprint: "b"}, c.second)
				require.Equal(t, c.rule, in[1].Rule)
				require.Equal(t, c.alike, has(in[1], store.CodePossibleDuplicate))
				require.Equal(t, c.rule != store.RuleNew, in[0].Person == in[1].Person)
				require.Equal(t, c.rule != store.RuleNew, has(in[1], store.CodeDuplicateInFile))
				if c.second.ID != "" || c.rule != store.RuleNew {
					require.Equal(t, in[1].Person, later[0].Person)
					require.Equal(t, "duplicate", later[0].Verdict)
				}
			})
		})
	}
}

func has(t store.RowTrace, code string) bool {
	for _, c := range t.Codes {
		if c.Code == code {
			return true
		}
	}
	return false
}

func TestALaterRosterUpdatesAndNeverErases(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unit := ward(t, s).ID
		yes, two := true, 2
		first := store.Draft{Name: "LÒ THỊ MAI", Born: "2008", Sex: "female", ID: "003308000007", Address: "Ngõ Hoa Ban", Village: "Tổ 4",
			School: "THPT Sông Hồng", Class: "12A", Guardian: "Lò Văn Pó", Contacts: []store.ContactDraft{phone("+84900000201", campaigns.Guardian)}}
		r, traces := importAll(t, s, store.Roster{UnitID: unit, Fingerprint: "a"}, first)
		require.Equal(t, 3, r.Counts.UnitsCreated)
		require.Equal(t, 1, r.Counts.New)
		id := traces[0].Person

		r, traces = importAll(t, s, store.Roster{UnitID: unit, Fingerprint: "b"}, store.Draft{Name: "Lò Thị Mai", Born: "2008-03-04", ID: "003308000007",
			School: "Trường THPT Sông Hồng", Class: "12B", Card: &yes, EID: &two, NeedsVisit: true,
			Contacts: []store.ContactDraft{phone("+84900000202", campaigns.Guardian)}})
		require.Equal(t, []string{"name", "born", "class", "has_card", "eid_level", "needs_visit", "guardian_phone"}, traces[0].Changes)
		require.Equal(t, 1, r.Counts.Changed)
		require.Zero(t, r.Counts.New)
		require.Equal(t, 1, r.Counts.UnitsCreated, "the class only; the school is known by its folded name")

		p, err := s.Person(ctx, id)
		require.NoError(t, err)
		require.Equal(t, "Lò Thị Mai", p.Name)
		require.Equal(t, "2008-03-04", p.Born)
		require.Equal(t, "007", p.IDTail)
		require.Equal(t, "Lò Văn Pó", p.Guardian)
		require.True(t, *p.CardClaim)
		require.False(t, p.Card, "a claim is not a fact")
		require.Zero(t, p.EID)
		require.Equal(t, "202", p.Contacts[0].Tail, "the latest number leads")
		require.Len(t, p.Contacts, 2)
		bare, err := s.RevealPerson(ctx, id)
		require.NoError(t, err)
		require.Equal(t, campaigns.Numbers{ID: "003308000007", Address: "Ngõ Hoa Ban"}, bare)
		number, err := s.ContactAddress(ctx, p.Contacts[0].ID)
		require.NoError(t, err)
		require.Equal(t, "+84900000202", number)

		_, traces = importAll(t, s, store.Roster{UnitID: unit, Fingerprint: "c"}, store.Draft{Name: "Vi Thị Khác", Born: "2001-01-01", Sex: "male", ID: "003308000007"})
		require.Empty(t, traces[0].Changes)
		require.True(t, has(traces[0], store.CodeNameDiffers) && has(traces[0], store.CodeBirthDiffers) && has(traces[0], store.CodeSexDiffers))
		_, traces = importAll(t, s, store.Roster{UnitID: unit, Fingerprint: "d"}, store.Draft{Name: "Lò Thị Mai", ID: "003308000007"})
		require.Empty(t, traces[0].Changes)
	})
}

func TestOnlyAnAuthoritativeRosterMakesFacts(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unit := ward(t, s).ID
		yes, two := true, 2
		d := store.Draft{Name: "Lò Thị Mai", ID: "003308000007", Card: &yes, EID: &two}
		_, traces := importAll(t, s, store.Roster{UnitID: unit, Fingerprint: "a"}, d)
		r, again := importAll(t, s, store.Roster{UnitID: unit, Fingerprint: "a", Authoritative: true, Actor: "an officer"}, d)
		require.Equal(t, traces[0].Person, again[0].Person)
		require.Equal(t, []string{"card_verified", "eid_verified"}, again[0].Changes)
		require.Equal(t, 1, r.Counts.Changed)
		p, err := s.Person(ctx, traces[0].Person)
		require.NoError(t, err)
		require.True(t, p.Card)
		require.Equal(t, 2, p.EID)
		fresh, err := s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: p.ID, Fact: campaigns.EIDLevel1, Source: "list"}, {PersonID: p.ID, Fact: campaigns.CardIssued, Source: "list"}})
		require.NoError(t, err)
		require.Zero(t, fresh, "the roster has recorded them")
	})
}

func TestPeopleOfAnotherUnit(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		here := ward(t, s)
		there := byCode(t, s, "90002", "2026-12-01")
		d := store.Draft{Name: "Lò Thị Mai", ID: "003308000007"}
		_, traces := importAll(t, s, store.Roster{UnitID: here.ID, Fingerprint: "a"}, d)
		d.Contacts = []store.ContactDraft{phone("+84900000203", campaigns.Self)}
		_, other := importAll(t, s, store.Roster{UnitID: there.ID, Fingerprint: "b"}, d)
		require.True(t, has(other[0], store.CodeOtherUnit))
		p, err := s.Person(ctx, traces[0].Person)
		require.NoError(t, err)
		require.Empty(t, p.Contacts)
		require.Equal(t, here.ID, p.UnitID)

		_, other = importAll(t, s, store.Roster{UnitID: there.ID, Fingerprint: "c", Authoritative: true}, d)
		require.Equal(t, []string{"unit", "phone"}, other[0].Changes)
		found, err := s.FindPeople(ctx, store.PeopleFilter{Unit: there.ID, Phone: "+84900000203"})
		require.NoError(t, err)
		require.Len(t, found, 1)
	})
}

func TestRostersAreTakenUpAndNotRepeated(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unit := ward(t, s).ID
		r := start(t, s, store.Roster{UnitID: unit, Fingerprint: "a"})
		all := rows(store.Draft{Name: "Lò Thị Một"}, store.Draft{Name: "Lò Thị Hai", Contacts: []store.ContactDraft{phone("+84900000204", campaigns.Relative)}})
		_, err := s.ImportRows(ctx, r, 0, all[:1])
		require.NoError(t, err)
		_, err = s.ImportRows(ctx, r, 0, all[:1])
		require.ErrorIs(t, err, store.ErrOvertaken)
		_, err = s.FailRoster(ctx, r.ID, "interrupted")
		require.NoError(t, err)

		up := start(t, s, store.Roster{UnitID: unit, Fingerprint: "a"})
		require.Equal(t, r.ID, up.ID)
		require.Equal(t, 1, up.Counts.Rows)
		_, err = s.ImportRows(ctx, up, 1, all[1:])
		require.NoError(t, err)
		done, err := s.FinishRoster(ctx, r.ID, []store.Remark{{Code: "total_rows", Count: 1}})
		require.NoError(t, err)
		require.Equal(t, 2, done.Counts.New)
		require.Empty(t, done.Counts.Failure)
		require.Equal(t, done, start(t, s, store.Roster{UnitID: unit, Fingerprint: "a"}))

		// With other settings the file is read again and its rows are the same people, however little they say.
		again, traces := importAll(t, s, store.Roster{UnitID: unit, Fingerprint: "a", ConsentRef: "minutes 3/2026"}, all[0].Draft,
			store.Draft{Name: "Lò Thị Hai", Contacts: []store.ContactDraft{{Medium: "phone", Kind: "mobile", Owner: campaigns.Relative, Address: "+84900000204", Consented: true}}})
		require.Zero(t, again.Counts.New)
		require.Equal(t, store.RuleSameRow, traces[0].Rule)
		require.Equal(t, []string{"consent"}, traces[1].Changes)

		list, err := s.Rosters(ctx, unit, "", 1)
		require.NoError(t, err)
		require.Equal(t, again.ID, list[0].ID)
		list, err = s.Rosters(ctx, unit, list[0].ID, 5)
		require.NoError(t, err)
		require.Len(t, list, 1)
	})
}

func TestAPhoneOfManyIsRemarkedOn(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		var drafts []store.Draft
		for i := range 6 {
			drafts = append(drafts, store.Draft{Name: fmt.Sprint("Người ", i), Contacts: []store.ContactDraft{phone("+84900000205", campaigns.Self)}})
		}
		r, _ := importAll(t, s, store.Roster{UnitID: ward(t, s).ID, Fingerprint: "a"}, drafts...)
		require.Equal(t, []store.Remark{{Code: "phone_shared_by_many", Count: 1}}, r.Counts.Remarks)
	})
}

func TestTracesHoldNoValuesInClear(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unit := ward(t, s).ID
		r := start(t, s, store.Roster{UnitID: unit, Fingerprint: "a"})
		row := store.RosterRow{Number: 2, Rejected: "name_missing", Original: `{"cells":["003308000007"]}`,
			Codes: []store.RowCode{{Code: "name_missing", Field: "name", Severity: "error"}}}
		counts, err := s.ImportRows(ctx, r, 0, []store.RosterRow{row})
		require.NoError(t, err)
		require.Equal(t, store.Counts{Rows: 1, Rejected: 1, Findings: map[string]int{"name_missing": 1}}, counts)
		traces, err := s.RosterRows(ctx, r.ID, "", 0, 10)
		require.NoError(t, err)
		require.Equal(t, row.Original, traces[0].Original)
		traces[0].Original = ""
		raw, err := json.Marshal(traces)
		require.NoError(t, err)
		require.NotContains(t, string(raw), "003308")
	})
}
