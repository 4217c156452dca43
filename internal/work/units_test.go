package work_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

// realUnits opens the official list, which is no part of this repository (rulings.md 13).
func realUnits(t *testing.T) string {
	t.Helper()
	path := os.Getenv("LOA_TEST_UNITS")
	if path == "" {
		path = "../../../shared/data/units-vn-2026-07.csv"
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Skip("the list of all units of Vietnam is not here: set LOA_TEST_UNITS to its path to import it")
	}
	return string(raw)
}

func TestAllUnitsOfVietnam(t *testing.T) {
	t.Parallel()
	list := realUnits(t)
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		r, err := work.ImportUnits(ctx, s, strings.NewReader(list), "units.csv", "2026-07-01")
		require.NoError(t, err)
		require.Equal(t, work.UnitsReport{Rows: 34 + 3321, UnitsSaved: store.UnitsSaved{New: 34 + 3321}}, r)
		r, err = work.ImportUnits(ctx, s, strings.NewReader(list), "units.csv", "2026-07-01")
		require.NoError(t, err)
		require.True(t, r.NothingChanged())
		require.Zero(t, r.New+r.Changed+r.Versioned)

		provinces, err := s.Children(ctx, "")
		require.NoError(t, err)
		require.Len(t, provinces, 34)
		for _, p := range provinces {
			wards, err := s.Children(ctx, p.ID)
			require.NoError(t, err)
			known, ok := vn.ProvinceByCode(p.Code)
			require.True(t, ok, p.Code)
			require.Len(t, wards, known.Units, p.Name)
			require.Contains(t, vn.Fold(p.Name), vn.Fold(known.Name))
		}

		// A ward is renamed, and the whole list imported again: one version more, everything else as it was.
		changed := strings.Replace(list, "Phường Ba Đình,phuong", "Đặc khu Ba Đình,dac_khu", 1)
		r, err = work.ImportUnits(ctx, s, strings.NewReader(changed), "units.csv", "2027-01-01")
		require.NoError(t, err)
		require.Equal(t, store.UnitsSaved{Versioned: 1, Unchanged: 3354}, r.UnitsSaved)
		before, err := s.UnitByCode(ctx, "00004", "2026-12-31")
		require.NoError(t, err)
		require.Equal(t, "Phường Ba Đình", before.Name)
		after, err := s.UnitByCode(ctx, "00004", "2027-01-01")
		require.NoError(t, err)
		require.Equal(t, "Đặc khu Ba Đình", after.Name)
	})
}

// Seven provinces keep a familiar name but carry the code of another old province: what a birth number begins with is
// never a unit's code (domain.md §2.2).
func TestSevenTraps(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		r, err := work.SeedProvinces(ctx, s, "2025-07-01")
		require.NoError(t, err)
		require.Equal(t, 34, r.New)
		r, err = work.SeedProvinces(ctx, s, "2025-07-01")
		require.NoError(t, err)
		require.True(t, r.NothingChanged())
		for code, trap := range map[string]struct{ name, old, prefix string }{
			"15": {"Tỉnh Lào Cai", "Yên Bái", "015"}, "24": {"Tỉnh Bắc Ninh", "Bắc Giang", "024"}, "44": {"Tỉnh Quảng Trị", "Quảng Bình", "044"},
			"52": {"Tỉnh Gia Lai", "Bình Định", "052"}, "80": {"Tỉnh Tây Ninh", "Long An", "080"}, "82": {"Tỉnh Đồng Tháp", "Tiền Giang", "082"},
			"91": {"Tỉnh An Giang", "Kiên Giang", "091"},
		} {
			u, err := s.UnitByCode(ctx, code, "2026-12-01")
			require.NoError(t, err)
			require.Equal(t, trap.name, u.Name)
			_, born, ok := vn.ProvinceByBirthCode(trap.prefix)
			require.True(t, ok)
			require.Equal(t, trap.old, born.OldName, "a number that begins with %s", trap.prefix)
			_, err = s.UnitByCode(ctx, trap.prefix, "2026-12-01")
			require.ErrorIs(t, err, campaigns.ErrNotFound)
		}
	})
}

// The seed and the official list place the tone of some names differently; that is no new version.
func TestTheListAfterTheSeed(t *testing.T) {
	t.Parallel()
	list := realUnits(t)
	ctx := context.Background()
	s := apptest.SQLite(t)
	_, err := work.SeedProvinces(ctx, s, "2025-07-01")
	require.NoError(t, err)
	r, err := work.ImportUnits(ctx, s, strings.NewReader(list), "units.csv", "2026-07-01")
	require.NoError(t, err)
	require.Equal(t, store.UnitsSaved{New: 3321, Changed: 2, Unchanged: 32}, r.UnitsSaved)
}

func TestUnitListsWithFaults(t *testing.T) {
	t.Parallel()
	const head = "code,name,kind,parent,valid_from,valid_to\n"
	for want, file := range map[string]string{
		"x.csv, row 1, parent: the header has no such column":        "code,name,kind\n",
		"x.csv, row 2, kind: \"lang\" is not a kind of unit":         head + "1,Làng,lang,,,\n",
		"x.csv, row 3, name: is missing":                             head + "90,Tỉnh Sông,tinh,,,\n90001,,xa,90,,\n",
		"x.csv, row 2, code: is missing":                             head + ",Tỉnh Sông,tinh,,,\n",
		"x.csv, row 3, code: 90 stands in row 2 already":             head + "90,Tỉnh Sông,tinh,,,\n90,Tỉnh Sông,tinh,,,\n",
		"x.csv, row 2, parent: unit: there is no unit \"90\"":        head + "90001,Xã Lạc,xa,90,,\n",
		"x.csv, row 3, unit: unit: a village cannot stand under":     head + "90,Tỉnh Sông,tinh,,,\n90.1,Thôn Lạc,village,90,,\n",
		"x.csv, row 2, valid_from: unit: \"1/7/2025\" is not a date": head + "90,Tỉnh Sông,tinh,,1/7/2025,\n",
		"x.csv, row 2, unit: unit: valid_to 2020-01-01 is not after": head + "90,Tỉnh Sông,tinh,,2020-01-01,2020-01-01\n",
		"x.csv: there is no row below the header":                    head,
		"x.csv: the header cannot be read":                           "",
		"x.csv: parse error on line 2, column 3: bare":               head + "90\"\",\"\n",
	} {
		_, err := work.ImportUnits(context.Background(), apptest.SQLite(t), strings.NewReader(file), "x.csv", "2026-07-01")
		require.ErrorContains(t, err, want)
		require.ErrorIs(t, err, work.ErrUnitList)
	}
}

func TestUnitListsSayWhatTheyKnow(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		file := "\ufeffCode,Name,Kind,Parent,Short_name,Phone,Valid_from,Valid_to\n" +
			"90001,Phường  Hồng Hà,phuong,90,CA HONGHA,0900 000 001,,\n" +
			"901,Thị xã Cửa Sông,thi_xa,90,,,2004-01-01,2025-07-01\n" +
			"90,Tỉnh Sông Hồng,tinh,,,,,\n"
		r, err := work.ImportUnits(ctx, s, strings.NewReader(file), "x.csv", "2025-07-01")
		require.NoError(t, err)
		require.Equal(t, 3, r.New)
		u, err := s.UnitByCode(ctx, "90001", "2026-01-01")
		require.NoError(t, err)
		require.Equal(t, "Phường Hồng Hà", u.Name)
		require.Equal(t, "CA HONGHA", u.ShortName)
		old, err := s.UnitByCode(ctx, "901", "2025-06-30")
		require.NoError(t, err)
		require.Equal(t, campaigns.District, old.Kind)
	})
}
