package vn

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHolidays(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]string{
		"2027-01-01": "Tết Dương lịch", "2027-02-05": "Giao thừa", "2027-02-06": "Tết Nguyên đán", "2027-02-09": "Tết Nguyên đán", "2027-02-10": "",
		"2027-02-04": "",
		"2028-01-25": "Giao thừa", "2028-01-26": "Tết Nguyên đán", "2029-02-12": "Giao thừa", "2029-02-13": "Tết Nguyên đán",
		"2026-04-26": "Giỗ Tổ Hùng Vương", "2027-04-16": "Giỗ Tổ Hùng Vương", "2028-04-04": "Giỗ Tổ Hùng Vương",
		"2027-04-30": "Ngày Chiến thắng", "2027-05-01": "Quốc tế Lao động", "2027-09-02": "Quốc khánh", "2027-09-03": "", "2035-09-02": "Quốc khánh",
	} {
		d, err := ParseISODate(day)
		require.NoError(t, err)
		name, ok := IsHoliday(d)
		require.Equal(t, want, name, day)
		require.Equal(t, want != "", ok, day)
	}
	_, ok := IsHoliday(Date{Year: 2027})
	require.False(t, ok, "a year alone is no day")
}

func TestHolidayOrder(t *testing.T) {
	t.Parallel()
	for year := 2025; year < 2032; year++ {
		days := Holidays(year)
		require.True(t, slices.IsSortedFunc(days, func(a, b Holiday) int { return a.Date.Compare(b.Date) }), year)
		if HolidaysKnown(year) {
			require.Len(t, days, 10)
		}
	}
	require.True(t, HolidaysKnown(2027))
	require.False(t, HolidaysKnown(2029), "the Hùng Kings' day of 2029 is not published here")
	require.False(t, HolidaysKnown(2031))
}

func TestWorkdays(t *testing.T) {
	t.Parallel()
	require.True(t, IsWorkday(Date{2026, 11, 24}))
	require.False(t, IsWorkday(Date{2026, 11, 28}), "Saturday")
	require.False(t, IsWorkday(Date{2027, 4, 30}))
	require.False(t, IsWorkday(Date{Year: 2027}))
}
