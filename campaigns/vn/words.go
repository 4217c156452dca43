package vn

// noneWords are what people write for "there is none", as comparison keys.
var noneWords = map[string]bool{
	"khong co": true, "khong": true, "ko co": true, "ko": true, "k co": true, "k": true, "kg": true, "kg co": true, "hong co": true, "chua co": true,
	"chua": true, "khong dung": true, "khong ro": true, "chua ro": true, "khong biet": true, "khong nho": true, "chua cap": true,
	"chua lam": true, "mat": true, "trong": true, "khong co so": true, "khong co dien thoai": true, "ko co dt": true, "khong co dt": true,
	"khong sdt": true, "khong co sdt": true, "khong co email": true, "khong dung dien thoai": true, "chua co so": true,
	"chua co dien thoai": true, "chua cap nhat": true, "chua xac dinh": true, "khong xac dinh": true, "khong cung cap": true,
	"x": true, "xx": true, "xxx": true, "-": true, "--": true, "---": true, "_": true, ".": true, "..": true, "...": true, "/": true, "?": true,
	"0": true, "n/a": true, "na": true, "none": true, "null": true, "nil": true, "no": true, "unknown": true, "#n/a": true,
	"(trong)": true, "(khong co)": true,
}

var yesNoWords = map[string]bool{
	"co": true, "x": true, "1": true, "da": true, "da co": true, "roi": true, "co roi": true, "da co roi": true, "yes": true,
	"y": true, "true": true, "t": true, "v": true, "✓": true, "✔": true, "✅": true, "☑": true, "ok": true, "da cap": true, "da lam": true,
	"da nhan":    true,
	"da lam roi": true, "da duoc cap": true, "da dang ky": true, "da kich hoat": true, "dung": true,
	"khong": false, "0": false, "chua": false, "ko": false, "k": false, "no": false, "n": false, "false": false, "f": false,
	"chua co": false, "khong co": false, "ko co": false, "chua cap": false, "chua lam": false, "chua nhan": false,
	"chua duoc cap": false, "chua dang ky": false, "chua kich hoat": false, "kg": false, "sai": false, "✗": false, "✘": false, "☐": false,
}

// ParseYesNo reads a tick. An empty cell, a dash or anything else is not known, which is not the same as no.
func ParseYesNo(cell string) (value, known bool) {
	text, _ := CleanText(cell)
	value, known = yesNoWords[trimNumber(Fold(text))]
	return value, known
}

var levelWords = map[string]int{
	"0": 0, "chua": 0, "khong": 0, "chua co": 0, "khong co": 0, "ko": 0, "chua dang ky": 0, "chua kich hoat": 0, "chua lam": 0,
	"1": 1, "i": 1, "mot": 1, "01": 1, "2": 2, "ii": 2, "hai": 2, "02": 2,
}

// ParseLevel reads the level of an electronic identity: 1 or 2 (Decree 69/2024/NĐ-CP), 0 for none.
func ParseLevel(cell string) (level int, known bool) {
	text, _ := CleanText(cell)
	key := trimNumber(Fold(text))
	for _, lead := range []string{"da ", "vneid ", "tai khoan ", "dinh danh dien tu ", "dinh danh ", "muc do ", "muc ", "cap do ", "cap ", "level ",
		"m", "l"} {
		if len(key) > len(lead) && key[:len(lead)] == lead {
			key = key[len(lead):]
		}
	}
	level, known = levelWords[key]
	return level, known
}
