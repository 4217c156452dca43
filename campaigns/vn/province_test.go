package vn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProvinces(t *testing.T) {
	t.Parallel()
	all := Provinces()
	require.Len(t, all, 34)
	units, cities, last := 0, 0, ""
	births := map[string]string{}
	for _, p := range all {
		require.Greater(t, p.Code, last, "in the order of codes")
		last = p.Code
		require.Equal(t, NFC(p.Name), p.Name)
		units += p.Units
		if p.Kind == "thanh_pho" {
			cities++
		}
		for _, b := range p.BirthCodes {
			require.Empty(t, births[b.Code], b.Code)
			births[b.Code] = b.OldName
			got, birth, ok := ProvinceByBirthCode(b.Code)
			require.True(t, ok)
			require.Equal(t, p, got)
			require.Equal(t, b, birth)
		}
		got, ok := ProvinceByCode(p.Code)
		require.True(t, ok)
		require.Equal(t, p, got)
	}
	require.Len(t, births, 63)
	require.Equal(t, 3321, units)
	require.Equal(t, 7, cities)
	dongNai, _ := ProvinceByCode("75")
	require.Equal(t, "thanh_pho", dongNai.Kind, "a city since 30 April 2026")
	for _, gap := range []string{"003", "005", "007", "009", "013", "016", "018", "021", "023", "000", "097", "999", "1", ""} {
		_, _, ok := ProvinceByBirthCode(gap)
		require.False(t, ok, gap)
	}
	_, ok := ProvinceByCode("02")
	require.False(t, ok)
	all[0].BirthCodes[0].OldName = "changed"
	again, _ := ProvinceByCode("01")
	require.Equal(t, "Hà Nội", again.BirthCodes[0].OldName, "callers cannot change the table")
}

// TestSevenTraps: seven provinces of today are named like one old province and numbered like another.
func TestSevenTraps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, name, ownBirth, sameDigits, otherName string }{
		{"15", "Lào Cai", "010", "015", "Yên Bái"},
		{"24", "Bắc Ninh", "027", "024", "Bắc Giang"},
		{"44", "Quảng Trị", "045", "044", "Quảng Bình"},
		{"52", "Gia Lai", "064", "052", "Bình Định"},
		{"80", "Tây Ninh", "072", "080", "Long An"},
		{"82", "Đồng Tháp", "087", "082", "Tiền Giang"},
		{"91", "An Giang", "089", "091", "Kiên Giang"},
	} {
		p, birth, ok := ProvinceByBirthCode(c.sameDigits)
		require.True(t, ok)
		require.Equal(t, c.code, p.Code)
		require.Equal(t, c.name, p.Name)
		require.Equal(t, c.otherName, birth.OldName, "a card with %s was not given in %s", c.sameDigits, c.name)
		p, birth, ok = ProvinceByBirthCode(c.ownBirth)
		require.True(t, ok)
		require.Equal(t, c.code, p.Code)
		require.Equal(t, c.name, birth.OldName)
	}
	traps := 0
	for _, p := range Provinces() {
		for _, b := range p.BirthCodes {
			if b.Code == "0"+p.Code && b.OldName != p.Name && b.OldName != "Thừa Thiên Huế" {
				traps++
			}
		}
	}
	require.Equal(t, 7, traps)
}
