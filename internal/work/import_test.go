package work_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

// truth is what a row of a messy roster really is.
type truth struct {
	PID         string  `json:"pid"`
	Phone       *string `json:"phone"`
	KinPhone    *string `json:"kin_phone"`
	Fault       string  `json:"fault"`
	LegacyID    bool    `json:"legacy_id"`
	YearOnly    bool    `json:"year_only"`
	DuplicateOf *int    `json:"duplicate_of"`
}

var rosters = []string{"students-hong-ha", "overseas-cua-lo", "elderly-tuong-duong"}

func messy(t *testing.T, name string) (data []byte, people []truth) {
	t.Helper()
	data, err := os.ReadFile("../sim/rosters/" + name + ".csv")
	require.NoError(t, err)
	raw, err := os.ReadFile("../../campaigns/roster/testdata/" + name + ".truth.json")
	require.NoError(t, err)
	var file struct{ People []truth }
	require.NoError(t, json.Unmarshal(raw, &file))
	return data, file.People
}

// seed saves an invented ward.
func seed(t testing.TB, s *store.Store) campaigns.UnitID {
	t.Helper()
	ctx := context.Background()
	_, err := s.SaveUnits(ctx, []campaigns.Unit{
		{Code: "90", Kind: campaigns.Province, Name: "Tỉnh Sông Hồng", ValidFrom: "2025-07-01"},
		{Code: "90001", Kind: campaigns.Ward, Name: "Phường Hồng Hà", ParentID: "90", ValidFrom: "2025-07-01"},
	})
	require.NoError(t, err)
	u, err := s.UnitByCode(ctx, "90001", "2026-12-01")
	require.NoError(t, err)
	return u.ID
}

func request(unit campaigns.UnitID, name string, data []byte) work.Request {
	return work.Request{UnitID: unit, File: bytes.NewReader(data), Size: int64(len(data)), Name: name + ".csv", Actor: "an officer"}
}

func importFile(t *testing.T, s work.RosterRecord, req work.Request) work.Report {
	t.Helper()
	r, err := (&work.Importer{Record: s}).Import(context.Background(), req)
	require.NoError(t, err)
	return r
}

func traces(t *testing.T, s *store.Store, id campaigns.RosterID) []store.RowTrace {
	t.Helper()
	list, err := s.RosterRows(context.Background(), id, "", 0, 100_000)
	require.NoError(t, err)
	return list
}

func TestMessyRosters(t *testing.T) {
	t.Parallel()
	for _, name := range rosters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apptest.EachStore(t, func(t *testing.T, s *store.Store) {
				data, people := messy(t, name)
				unit := seed(t, s)
				r := importFile(t, s, request(unit, name, data))
				duplicates, rejected := 0, 0
				for _, p := range people {
					if p.DuplicateOf != nil {
						duplicates++
					}
					if p.Fault == "name_missing" {
						rejected++
					}
				}
				require.Equal(t, "done", r.State)
				require.Equal(t, len(people), r.Rows)
				require.Equal(t, rejected, r.Rejected)
				require.Equal(t, duplicates, r.Duplicates)
				require.Equal(t, duplicates, r.InFile)
				require.Equal(t, len(people)-duplicates-rejected, r.New)
				require.Equal(t, r.New, r.Accepted)
				require.Zero(t, r.Known)
				compare(t, s, r, people)
				t.Logf("%s: rows %d, new %d, duplicates %d, rejected %d, with findings %d, units %d, findings %v, remarks %v",
					name, r.Rows, r.New, r.Duplicates, r.Rejected, r.WithFindings, r.UnitsCreated, r.Findings, r.Remarks)

				// The same file again adds nobody, with the same settings or with others.
				again := importFile(t, s, request(unit, name, data))
				require.True(t, again.AlreadyImported)
				require.Zero(t, again.New+again.Changed+again.Accepted)
				require.Equal(t, r.New, again.Unchanged)
				req := request(unit, name, data)
				req.ConsentRef = "minutes 3/2026"
				again = importFile(t, s, req)
				require.False(t, again.AlreadyImported)
				require.Zero(t, again.New)
				require.Zero(t, again.UnitsCreated)
				require.Equal(t, r.New, again.Known)
			})
		})
	}
}

// compare unseals everyone and looks for a number that is not theirs.
func compare(t *testing.T, s *store.Store, r work.Report, people []truth) {
	t.Helper()
	ctx := context.Background()
	everyone, err := s.FindPeople(ctx, store.PeopleFilter{Limit: 10_000})
	require.NoError(t, err)
	require.Len(t, everyone, r.New)
	byID := map[campaigns.PersonID]campaigns.Person{}
	for _, p := range everyone {
		byID[p.ID] = p
	}
	firstOf := map[int]campaigns.PersonID{}
	for _, row := range traces(t, s, r.RosterID) {
		want := people[row.Number-2]
		if row.Verdict == "rejected" {
			require.Empty(t, row.Person)
			continue
		}
		firstOf[row.Number-2] = row.Person
		if want.DuplicateOf != nil {
			require.Equal(t, firstOf[*want.DuplicateOf], row.Person)
			require.Equal(t, "duplicate", row.Verdict)
		}
		bare, err := s.RevealPerson(ctx, row.Person)
		require.NoError(t, err)
		if bare.ID != "" {
			require.Equal(t, want.PID, bare.ID, "row %d", row.Number)
			require.False(t, want.LegacyID)
		}
		for _, c := range byID[row.Person].Contacts {
			number, err := s.ContactAddress(ctx, c.ID)
			require.NoError(t, err)
			if c.Medium != "phone" {
				require.Contains(t, number, "@example.com")
				continue
			}
			require.True(t, want.Phone != nil && *want.Phone == number || want.KinPhone != nil && *want.KinPhone == number, "row %d has a phone of somebody else", row.Number)
			require.False(t, c.Consented)
		}
	}
}

// A list with its columns in another order is another file about the same people; who cannot be told with certainty is
// pointed out, not merged.
func TestColumnsInAnotherOrder(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		data, people := messy(t, "students-hong-ha")
		unit := seed(t, s)
		importFile(t, s, request(unit, "first", data))
		lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).ReadAll()
		require.NoError(t, err)
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		w.Comma = ';'
		for _, l := range lines {
			slices.Reverse(l)
			require.NoError(t, w.Write(l))
		}
		w.Flush()
		r := importFile(t, s, request(unit, "second", out.Bytes()))
		uncertain := 0
		for _, row := range traces(t, s, r.RosterID) {
			if row.Rule == store.RuleNew {
				uncertain++
				fault := people[row.Number-2].Fault
				require.True(t, fault == "birth_date_invalid" || fault == "id_number_invalid", fault)
				require.True(t, hasCode(row, store.CodePossibleDuplicate), "row %d", row.Number)
			}
		}
		require.Equal(t, uncertain, r.New)
		require.Less(t, uncertain, 15)
		require.Zero(t, r.Changed)
		require.Zero(t, r.UnitsCreated)
	})
}

func hasCode(row store.RowTrace, code string) bool {
	return slices.ContainsFunc(row.Codes, func(c store.RowCode) bool { return c.Code == code })
}

func TestAChangedPhoneIsReported(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		data, _ := messy(t, "students-hong-ha")
		unit := seed(t, s)
		importFile(t, s, request(unit, "first", data))
		changed := bytes.Replace(data, []byte("Trịnh Thị Nga,0930000880,"), []byte("Trịnh Thị Nga,0930000881,"), 1)
		require.NotEqual(t, data, changed)
		r := importFile(t, s, request(unit, "second", changed))
		require.Equal(t, 1, r.Changed)
		row := traces(t, s, r.RosterID)[1]
		require.Equal(t, []string{"guardian_phone"}, row.Changes)
		p, err := s.Person(ctx, row.Person)
		require.NoError(t, err)
		number, err := s.ContactAddress(ctx, p.Contacts[0].ID)
		require.NoError(t, err)
		require.Equal(t, "+84930000881", number)
	})
}

var errKilled = errors.New("killed")

// killed stops like a process that is killed: after some batches nothing is recorded any more, not even the failure.
type killed struct {
	*store.Store
	after int
}

func (k *killed) ImportRows(ctx context.Context, r store.Roster, from int, rows []store.RosterRow) (store.Counts, error) {
	if k.after--; k.after < 0 {
		return store.Counts{}, errKilled
	}
	return k.Store.ImportRows(ctx, r, from, rows)
}

func (k *killed) FailRoster(context.Context, campaigns.RosterID, string) (store.Roster, error) {
	return store.Roster{}, errKilled
}

func TestAnImportKilledHalfWayEndsTheSame(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		data, _ := messy(t, "overseas-cua-lo")
		unit := seed(t, s)
		_, err := (&work.Importer{Record: &killed{s, 3}, Batch: 500}).Import(ctx, request(unit, "x", data))
		require.ErrorIs(t, err, errKilled)

		stop, cancel := context.WithCancel(ctx)
		req := request(unit, "x", data)
		req.Progress = func(rows int) {
			if rows >= 2500 {
				cancel()
			}
		}
		failed, err := (&work.Importer{Record: s, Batch: 500}).Import(stop, req)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, "failed", failed.State)
		require.Equal(t, "interrupted", failed.Failure)

		r := importFile(t, s, request(unit, "x", data))
		require.True(t, r.Resumed)
		require.Equal(t, failed.RosterID, r.RosterID)

		other := apptest.SQLite(t)
		whole := importFile(t, other, request(seed(t, other), "x", data))
		require.Equal(t, whole.Counts, r.Counts)
		a, b := traces(t, s, r.RosterID), traces(t, other, whole.RosterID)
		require.Len(t, a, len(b))
		for i := range a {
			require.Equal(t, b[i].Rule, a[i].Rule)
			require.Equal(t, b[i].Codes, a[i].Codes)
			require.Equal(t, b[i].Original, a[i].Original)
		}
	})
}

// Two lists that name the same people, imported at the same moment, make each of them once.
func TestTwoImportsAtOnce(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		data, people := messy(t, "students-hong-ha")
		unit := seed(t, s)
		reports, errs := make([]work.Report, 3), make([]error, 3)
		var wg sync.WaitGroup
		for i := range reports {
			wg.Go(func() {
				file := append(bytes.Clone(data), bytes.Repeat([]byte("\n"), i)...) // another file
				reports[i], errs[i] = (&work.Importer{Record: s}).Import(context.Background(), request(unit, "x", file))
			})
		}
		wg.Wait()
		made := 0
		for i, r := range reports {
			require.NoError(t, errs[i])
			require.Equal(t, len(people), r.Rows)
			made += r.New
		}
		certain := 0
		for _, p := range people {
			if p.Fault == "" && p.DuplicateOf == nil {
				certain++
			}
		}
		require.GreaterOrEqual(t, made, certain)
		require.Less(t, made, len(people)+60, "only those who cannot be told with certainty are made again")
	})
}

func TestRelativesAreWrittenToWithConsentOnly(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unit := seed(t, s)
		file := []byte("Họ và tên,Năm sinh,Người thân,SĐT người thân\nVi Thị Ba,1990,Vi Văn Tư,0900000123\n")
		consented := func(ref string) bool {
			req := request(unit, "x", file)
			req.ConsentRef = ref
			r := importFile(t, s, req)
			p, err := s.Person(ctx, traces(t, s, r.RosterID)[0].Person)
			require.NoError(t, err)
			require.Len(t, p.Contacts, 1)
			require.Equal(t, campaigns.Relative, p.Contacts[0].Owner)
			return p.Contacts[0].Consented
		}
		require.False(t, consented(""))
		require.True(t, consented("minutes 3/2026"))
	})
}

func TestTheReportGoesBackToTheOfficer(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		data, people := messy(t, "students-hong-ha")
		r := importFile(t, s, request(seed(t, s), "x", data))
		var out bytes.Buffer
		im := &work.Importer{Record: s}
		require.NoError(t, im.WriteRows(ctx, &out, r.RosterID))
		lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(out.Bytes(), []byte("\ufeff")))).ReadAll()
		require.NoError(t, err)
		require.Len(t, lines, 1+len(people))
		require.Equal(t, []string{"verdict", "rule", "changes", "reason", "suggestion"}, lines[0][len(lines[0])-5:])
		require.Equal(t, "Phan Minh Dũng", lines[1][2])
		last := lines[len(lines)-1]
		require.Equal(t, []string{"duplicate", "id_number"}, last[len(last)-5:len(last)-3])
		require.Contains(t, last[len(last)-2], store.CodeDuplicateInFile)
		for _, l := range lines {
			for _, c := range l {
				require.NotContains(t, "=+-@", c[:min(1, len(c))]+"\x00", "a cell that could run")
			}
		}
		require.ErrorIs(t, im.WriteRows(ctx, &out, "nobody"), campaigns.ErrNotFound)
	})
}

func TestFilesThatCannotBeReadLeaveNothing(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t)
	unit := seed(t, s)
	_, err := (&work.Importer{Record: s}).Import(context.Background(), request(unit, "x", []byte("a;b\n1;2\n")))
	require.Error(t, err)
	list, err := s.Rosters(context.Background(), unit, "", 10)
	require.NoError(t, err)
	require.Empty(t, list)
}

// In a production database invented numbers are findings (rulings.md 13).
func TestInventedPeopleInAProductionDatabase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, apptest.SQLiteFile(t), keys.New())
	require.NoError(t, err)
	defer s.Close()
	data, _ := messy(t, "elderly-tuong-duong")
	r := importFile(t, s, request(seed(t, s), "x", data))
	row := traces(t, s, r.RosterID)[0]
	bare, err := s.RevealPerson(ctx, row.Person)
	require.NoError(t, err)
	require.Empty(t, bare.ID)
	require.NotEmpty(t, row.Codes)
}

// Nothing that identifies a person by number or address can be read in the bytes of the database.
func TestNoPersonalNumbersInTheBytes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	s, err := store.Open(ctx, filepath.Join(dir, "loa.db"), keys.New())
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.MarkPurpose(ctx, store.Test))
	unit := seed(t, s)
	canaries := map[string]bool{}
	for _, name := range rosters {
		data, people := messy(t, name)
		importFile(t, s, request(unit, name, data))
		for _, p := range people {
			canaries[p.PID] = true
			for _, n := range []*string{p.Phone, p.KinPhone} {
				if n != nil {
					canaries[strings.TrimPrefix(*n, "+84")] = true
				}
			}
		}
	}
	address := "Số nhà Bảy Mươi Bảy, ngõ Hoa Ban"
	_, err = s.SavePeople(ctx, unit, []store.Draft{{Name: "Vi Thị Ba", Address: address}})
	require.NoError(t, err)
	words := []string{address, "@example.com"}
	files, err := filepath.Glob(filepath.Join(dir, "loa.db*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, c := range words {
			require.False(t, bytes.Contains(raw, []byte(c)), "%s can be read in %s", c, filepath.Base(file))
		}
		eachNumber(raw, func(number string) {
			require.False(t, canaries[number], "%s can be read in %s", number, filepath.Base(file))
		})
	}
}

// What an import writes points at nothing that is not there, though no foreign key watches while it writes.
func TestNothingDangles(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := apptest.SQLiteFile(t)
	s, err := store.Open(ctx, path, keys.New())
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.MarkPurpose(ctx, store.Test))
	unit := seed(t, s)
	for _, name := range rosters {
		data, _ := messy(t, name)
		importFile(t, s, request(unit, name, data))
	}
	data, _ := messy(t, rosters[0])
	req := request(unit, "again", bytes.ReplaceAll(data, []byte("0930000"), []byte("0930009")))
	req.Authoritative = true
	importFile(t, s, req)
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.QueryContext(ctx, `PRAGMA foreign_key_check`)
	require.NoError(t, err)
	defer rows.Close()
	require.False(t, rows.Next(), "a row points at nothing")
	require.NoError(t, rows.Err())
}

// eachNumber calls do for everything in raw that could be one of the canaries: 9 to 12 digits in a row.
func eachNumber(raw []byte, do func(number string)) {
	for i := 0; i < len(raw); {
		end := i
		for end < len(raw) && raw[end] >= '0' && raw[end] <= '9' {
			end++
		}
		for from := i; from+9 <= end; from++ {
			for n := 9; n <= 12 && from+n <= end; n++ {
				do(string(raw[from : from+n]))
			}
		}
		i = end + 1
	}
}
