package vn

import "testing"

// BenchmarkRow reads the cells of a common row: rosters of a province have 200,000 of them.
func BenchmarkRow(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		CleanName("Nguyễn Thị Hồng Hạnh")
		d, _ := ParseDate("22/07/2009", testDay, BirthDate)
		sex, _ := ParseSex("Nữ")
		ParseID("079309001234", d, sex, false)
		ParsePhones("0912345678", "")
		ParseYesNo("Có")
		Fold("Nguyễn Thị Hồng Hạnh")
	}
}

func BenchmarkCells(b *testing.B) {
	for _, c := range []struct {
		name string
		read func()
	}{
		{"name", func() { CleanName("Nguyễn Thị Hồng Hạnh") }},
		{"capitals", func() { CleanName("NGUYỄN THỊ HỒNG HẠNH") }},
		{"fold", func() { Fold("Nguyễn Thị Hồng Hạnh") }},
		{"date", func() { ParseDate("22/07/2009", testDay, BirthDate) }},
		{"id", func() { ParseID("079309001234", Date{2009, 7, 22}, Female, false) }},
		{"phone", func() { ParsePhones("0912345678", "") }},
		{"phone spaced", func() { ParsePhones("0912 345 678", "") }},
		{"phone foreign", func() { ParsePhones("+821020007913", "") }},
		{"order", func() { CompareNames("Nguyễn Thị Hồng Hạnh", "Nguyễn Thị Hồng Hoa") }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.read()
			}
		})
	}
}
