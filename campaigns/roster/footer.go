package roster

import (
	"slices"
	"strings"
)

// identifying are the fields that only a row of a person fills.
var identifying = []Field{FieldBorn, FieldBirthYear, FieldBirthDay, FieldBornMale, FieldBornFemale, FieldID, FieldPhone,
	FieldEmail, FieldZalo, FieldGuardianPhone, FieldRelativePhone}

// holdsPerson reports a row with digits or an address where only a person has them.
func (p *plan) holdsPerson(cells []string) bool {
	for _, f := range identifying {
		for _, c := range p.cols[f] {
			if s := cellOf(cells, c); digits(s) >= 2 || strings.Contains(s, "@") {
				return !isTotal(firstText(cells), headingKey(firstText(cells)))
			}
		}
	}
	return false
}

// nameOf is the raw name of a row.
func (p *plan) nameOf(cells []string) string {
	if c := p.first(FieldName); c >= 0 {
		return cellOf(cells, c)
	}
	return strings.TrimSpace(cellOf(cells, p.first(FieldFamilyName)) + " " + cellOf(cells, p.first(FieldGivenName)))
}

// persons is how many fields of a person the sheet has.
func (p *plan) persons() int {
	n := 0
	for f := range p.cols {
		if f.person() {
			n++
		}
	}
	return n
}

// isTotal recognises "Tổng cộng: 45 em". "Tống Công Minh" is a name: without marks they are told apart by the number.
func isTotal(text, key string) bool {
	if text == "" || !strings.ContainsRune("tTcC", rune(text[0])) {
		return false
	}
	total := strings.HasPrefix(key, "tong") || strings.HasPrefix(key, "cong") || strings.HasPrefix(key, "total")
	if !total {
		return false
	}
	lower := strings.ToLower(text)
	for _, p := range []string{"tổng cộng", "tổng số", "tổng:", "cộng:", "cộng ", "tong cong:", "tong so:", "total"} {
		if strings.HasPrefix(lower, p) {
			return true
		}
	}
	return key == "tong" && lower != "tống" || key == "cong" && lower == "cộng" || key == "tong cong" && lower != "tống công" ||
		digits(text) > 0 && anyPhrase(key, []string{"tong cong", "tong so", "cong"})
}

// signatures are phrases of the lines below a list: who made it, who signs it, where it goes.
var signatures = []string{
	"nguoi lap", "nguoi lap bieu", "lap bang", "nguoi tong hop", "truong cong an", "pho truong cong an", "hieu truong",
	"pho hieu truong", "chu tich", "pho chu tich", "giao vien chu nhiem", "gvcn", "can bo", "ky ten", "ky ghi ro ho ten", "ghi ro ho ten",
	"xac nhan", "thu truong", "noi nhan", "to truong", "truong ban", "truong thon", "truong khoi", "tm ubnd", "tm uy ban",
	"bi thu", "ke toan", "truong phong", "nguoi duyet", "ky dong dau", "danh sach nay", "danh sach co", "an dinh danh sach",
}

// isSignature recognises such a line, and the line with place and date.
func isSignature(cells []string) bool {
	return slices.ContainsFunc(cells, func(c string) bool {
		if len(c) < 4 || len(c) > 200 {
			return false
		}
		key := headingKey(c)
		return anyPhrase(key, signatures) || anyPhrase(key, []string{"ngay"}) && anyPhrase(key, []string{"thang"}) &&
			anyPhrase(key, []string{"nam"})
	})
}

// sections are what heads a part of a list. With their marks they are no surnames (Tô, Bàn and Lớp differ), without
// marks a number has to follow.
var sections = []string{"tổ ", "bản ", "thôn ", "xóm ", "lớp ", "khối ", "ấp ", "khu ", "buôn ", "làng ", "trường ", "danh sách",
	"phần ", "mục "}

// isSection recognises a line that heads a part of the list: "Tổ dân phố số 5", "Lớp 9A", "II. Bản Phòng".
func isSection(text, key string) bool {
	if before, after, ok := strings.Cut(key, " "); ok && (strings.Trim(before, "ivx") == "" || digits(before) == len(before)) {
		key = after
		_, text, _ = strings.Cut(text, " ")
	}
	lower := strings.ToLower(text)
	if slices.ContainsFunc(sections, func(s string) bool { return strings.HasPrefix(lower, s) }) {
		return true
	}
	first, rest, _ := strings.Cut(key, " ")
	switch first {
	case "to", "lop", "thon", "ban", "khoi", "xom", "ap", "khu", "tdp", "trang":
		return digits(rest) > 0
	}
	return false
}
