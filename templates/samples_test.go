package templates

import (
	"flag"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/locales"
)

var update = flag.Bool("update", false, "write the golden files")

// set loads everything as a program would.
func set(t testing.TB) (*Set, *locales.Catalogue) {
	t.Helper()
	cat, err := locales.Load()
	require.NoError(t, err)
	s, err := New(cat)
	require.NoError(t, err)
	return s, cat
}

// ordinary is the recipient that domain.md §9 budgets for: unit 9, name 20, place 15, time 10, phone 11.
var ordinary = map[string]string{
	"unit": "P.HongHa", "place": "THPT Hồng Hà 1", "time": "8h T7 10/4", "date": "02/04/2027", "hours": "7h30-11h30",
	"deadline": "15/04/2027", "name": "Nguyễn Thị Minh Anh", "honorific": "Ông/Bà", "phone": "02033827113", "code": "K7M2QX",
	"doc_list": "giấy khai sinh", "doc_no": "12/TB-CA", "class": "12A3", "yob": "2009", "n": "7", "village": "thôn Đông",
	"return_date": "20/04/2027", "phone_tail": "113", "stop": "Ngừng nhận tin: 02033827113",
	"expiry": "15/04/2027", "age": "40", "bday": "15/04/2027", "slot": "12",
}

// budget fills each field to the last character of the budget.
var budget = with(ordinary, map[string]string{"unit": "P.HongHai", "place": "THPT Hồng Hà 12", "name": "Nguyễn Thị Minh Hoàn"})

// longest is the longest that is likely: a name of 30, two siblings, a place of 25.
var longest = with(ordinary, map[string]string{"unit": "P.HongHai", "place": "Nhà văn hóa thôn Đông Hải", "time": "7h30 T7, 10/4",
	"name": "Nguyễn Hoàng Anh và Minh Khánh", "honorific": "Anh/Chị", "phone": "024 33827113"})

// hard is a recipient whose values try to be more than values.
var hard = with(ordinary, map[string]string{"name": "{{phone}}\r\n<b>Nguye\u0302\u0303n\u202e Thị\u200b  A</b>", "place": "Nhà văn hoá “số 5” – tổ 3…",
	"class": "12A3'", "village": "thôn {{.code}}", "doc_list": "=SUM(1) giấy khai sinh\n\n%s"})

func with(base, more map[string]string) map[string]string {
	out := maps.Clone(base)
	maps.Copy(out, more)
	return out
}

// full is how the caller names the unit outside SMS.
func full(form string, fields map[string]string) map[string]string {
	if strings.HasPrefix(form, "sms") {
		return fields
	}
	return with(fields, map[string]string{"unit": "phường Hồng Hà"})
}

// render renders or stops the test.
func render(t testing.TB, s *Set, r Ref, tag string, fields map[string]string) Content {
	t.Helper()
	c, err := s.Render(Request{Kind: r.Kind, Step: r.Step, Form: r.Form, Locale: tag, Fields: full(r.Form, fields)})
	require.NoError(t, err, "%s %s", r, tag)
	return c
}
