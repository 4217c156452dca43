package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

// clerk is who acts in these tests.
var clerk = access.Who{Kind: access.ByStaff, ID: "s1", Name: "Lan (lan)"}

// Values that nobody else in these tests has: where one is found, it was not erased.
const (
	canaryName, canaryGuardian = "Quách Thị Hoàng Yến Canary", "Quách Văn Canary"
	canaryPhone, canaryID      = "+84900007731", "003310077310"
	canaryHome                 = "Số 7731 ngõ Canary"
)

func canaryDraft() store.Draft {
	return store.Draft{Name: canaryName, Born: "2010-07-31", ID: canaryID, Guardian: canaryGuardian, Address: canaryHome, School: "THPT Hoa Sen", Class: "12A1",
		Contacts: []store.ContactDraft{{Medium: "phone", Kind: "mobile", Owner: campaigns.Guardian, Address: canaryPhone}}}
}

// everything is each value of each table, as text.
func everything(t *testing.T, s *store.Store, raw *sql.DB) string {
	t.Helper()
	var out strings.Builder
	for _, table := range tablesOf(t, s, raw) {
		rows, err := raw.Query(`SELECT * FROM ` + table)
		require.NoError(t, err)
		cols, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			values := make([]any, len(cols))
			for i := range values {
				values[i] = new(any)
			}
			require.NoError(t, rows.Scan(values...))
			for _, v := range values {
				fmt.Fprintf(&out, "%s %x\n", *(v.(*any)), *(v.(*any)))
			}
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close()) //nolint:sqlclosecheck // one table after the other, in a loop
	}
	return out.String()
}

func tablesOf(t *testing.T, s *store.Store, raw *sql.DB) (out []string) {
	t.Helper()
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`
	if s.Dialect() == "postgres" {
		query = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name`
	}
	rows, err := raw.Query(query)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		out = append(out, name)
	}
	require.NoError(t, rows.Err())
	require.Greater(t, len(out), 40)
	return out
}

// Whoever is erased is nowhere: not by a value in clear, not by the blind index of one but for the stop list, and not in what
// was sealed, which cannot be opened because it is not there (security.md T48).
func TestErasedIsNowhere(t *testing.T) {
	t.Parallel()
	eachRaw(t, func(t *testing.T, s *store.Store, raw *sql.DB) {
		ctx := context.Background()
		ward := wardOf(t, s)
		r, traces := importAll(t, s, store.Roster{UnitID: ward.ID, FileName: "a.csv", Fingerprint: "f"}, canaryDraft(), store.Draft{Name: "Lê Văn Khác", Born: "2010-01-01", Contacts: []store.ContactDraft{mobile(5, campaigns.Guardian)}})
		person := traces[0].Person
		told(t, s, ward)
		_, err := s.RecordOptOut(ctx, s.AddressIndex("phone", canaryPhone), "text")
		require.NoError(t, err)
		require.NoError(t, s.RecordAudit(ctx, access.Entry{Unit: ward.ID, Who: clerk, Verb: access.PersonRevealed, Object: "person", Person: person,
			Personal: map[string]string{"phone": canaryPhone}}))
		_, err = s.SeePeople(ctx, access.Sight{Who: clerk, Unit: ward.ID, Kind: access.View, People: []campaigns.PersonID{person}}, 10)
		require.NoError(t, err)
		before := everything(t, s, raw)
		require.Contains(t, before, canaryName)
		require.Contains(t, before, fmt.Sprintf("%x", s.AddressIndex("phone", canaryPhone)))

		erased, err := s.ErasePerson(ctx, person, clerk, "")
		require.NoError(t, err)
		require.Equal(t, []campaigns.PersonID{person}, erased)
		_, err = raw.Exec(`DELETE FROM opt_out`)
		require.NoError(t, err)
		after := everything(t, s, raw)
		for _, value := range []string{canaryName, "canary", "Canary", canaryGuardian, canaryPhone, canaryPhone[3:], canaryID, canaryHome, "2010-07-31",
			fmt.Sprintf("%x", s.AddressIndex("phone", canaryPhone))} {
			require.NotContains(t, after, value)
		}
		p, err := s.Person(ctx, person)
		require.NoError(t, err)
		require.False(t, p.ErasedAt.IsZero())
		require.Empty(t, p.Contacts)
		found, err := s.FindPeople(ctx, store.PeopleFilter{ID: canaryID})
		require.NoError(t, err)
		require.Empty(t, found)
		list0, err := s.Campaigns(ctx, "", 1)
		require.NoError(t, err)
		states, err := s.DeliveryStates(ctx, list0[0].ID)
		require.NoError(t, err)
		require.Equal(t, 1, states["suppressed erased"], "%v", states)
		other, err := s.Person(ctx, traces[1].Person)
		require.NoError(t, err)
		require.Equal(t, "Lê Văn Khác", other.Name)
		rows, err := s.RosterRows(ctx, r.ID, "", 0, 10)
		require.NoError(t, err)
		require.Empty(t, rows[0].Original)
		state, err := s.VerifyAudit(ctx, ward.ID)
		require.NoError(t, err)
		require.Empty(t, state.Why)
		again, err := s.ErasePerson(ctx, person, clerk, "")
		require.NoError(t, err)
		require.Empty(t, again, "once is enough")
		_, err = s.ErasePerson(ctx, "nobody", clerk, "")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		list, err := s.Erasures(ctx, campaigns.Erasure{}, 10)
		require.NoError(t, err)
		require.Len(t, list, 1)
		more, err := s.Erasures(ctx, list[0], 10)
		require.NoError(t, err)
		require.Empty(t, more)
	})
}

// The ledger is applied to a database that knows nothing of it.
func TestLedgerErasesAgain(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		saved, err := s.SavePeople(ctx, ward.ID, []store.Draft{canaryDraft(), {Name: "Lê Văn Khác", Born: "2010-01-01"}})
		require.NoError(t, err)
		ledger := []campaigns.Erasure{{Person: "01-never-known", At: apptest.Start}, {Person: saved[0].ID, At: apptest.Start}}
		for _, want := range []int{1, 0} {
			n, err := s.EraseAgain(ctx, ledger)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		list, err := s.Erasures(ctx, campaigns.Erasure{}, 10)
		require.NoError(t, err)
		require.Len(t, list, 2)
		p, err := s.Person(ctx, saved[0].ID)
		require.NoError(t, err)
		require.Empty(t, p.Name)
	})
}

// Two records of one person are erased together, whichever is named.
func TestMergedRecordsAreErasedTogether(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward := wardOf(t, s)
		saved, err := s.SavePeople(ctx, ward.ID, []store.Draft{canaryDraft(), {Name: canaryName, Born: "2010-07-31", ID: "003310077311"}})
		require.NoError(t, err)
		_, err = s.MergePeople(ctx, saved[0].ID, saved[1].ID, "an", "giấy khai sinh")
		require.NoError(t, err)
		erased, err := s.ErasePerson(ctx, saved[1].ID, clerk, "")
		require.NoError(t, err)
		require.Equal(t, []campaigns.PersonID{saved[0].ID, saved[1].ID}, erased)
		for _, id := range erased {
			p, err := s.Person(ctx, id)
			require.NoError(t, err)
			require.Empty(t, p.Name)
		}
	})
}

// What was erased is not found in the file either, nor in its journal.
func TestErasedIsNotInTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "loa.db")
	ctx := context.Background()
	s, err := store.Open(ctx, path, keys.New())
	require.NoError(t, err)
	defer s.Close()
	ward := wardOf(t, s)
	saved, err := s.SavePeople(ctx, ward.ID, []store.Draft{canaryDraft()})
	require.NoError(t, err)
	bytes := func() (out string) {
		for _, end := range []string{"", "-wal"} {
			raw, err := os.ReadFile(path + end)
			require.NoError(t, err)
			out += string(raw)
		}
		return out
	}
	require.Contains(t, bytes(), canaryGuardian)
	_, err = s.ErasePerson(ctx, saved[0].ID, clerk, "")
	require.NoError(t, err)
	require.NotContains(t, bytes(), "Canary")
	require.NotContains(t, bytes(), "quach thi")
}
