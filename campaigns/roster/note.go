package roster

import "github.com/loaphuong/loa/campaigns/vn"

// What a note can say that is kept. Everything else in a note is dropped, and what is kept is kept as a fact about the
// campaign (come to the house, no smartphone, away), never as a text (rulings.md 14).
var (
	visitWords = []string{"khuyet tat", "om dau", "om", "om nang", "dau om", "benh", "benh nang", "benh tat", "tai bien", "bi liet", "liet nua nguoi", "liet giuong", "nam lieu", "nam mot cho",
		"di lai kho", "kho di lai", "di lai kho khan", "khong di lai duoc", "khong di duoc", "kho khan di lai", "gia yeu", "suc yeu",
		"rat yeu", "suc khoe yeu", "yeu suc", "gia ca", "tan tat", "xe lan", "bi mu", "mu hai mat", "mu loa", "khiem thi", "khiem thinh", "diec", "lang tai", "tam than", "thieu nang", "can den nha",
		"lam tai nha", "luu dong", "den tan nha", "khong tu di", "neo don", "disabled", "ill", "bedridden", "home visit"}
	noSmartWords = []string{"khong co dien thoai thong minh", "khong dt thong minh", "khong co dt thong minh", "khong co smartphone",
		"khong dung dien thoai thong minh", "khong dung dt thong minh", "khong smartphone", "dien thoai cuc gach", "dt cuc gach",
		"khong co dien thoai", "khong dung dien thoai", "chua co dien thoai thong minh", "dien thoai den trang", "no smartphone"}
	awayWords = []string{"di vang", "vang nha", "vang mat", "di lam xa", "di lam an xa", "lam an xa", "di xa", "khong co nha", "o xa", "dang o nuoc ngoai",
		"di xuat khau lao dong", "xkld", "khong o nha", "khong co mat", "away"}
)

// What a note is shown as in Row.Cells: neutral words that are read the same when the report comes back.
const (
	noteVisit   = "cần đến nhà"
	noteNoSmart = "không có điện thoại thông minh"
	noteAway    = "đi vắng"
)

// readNote takes what may be kept out of a note. shown is what stands for it from then on.
func readNote(text string, p *Person) (shown string, dropped bool) {
	key := headingKey(text)
	if key == "" {
		return "", false
	}
	add := func(s string) {
		if shown != "" {
			shown += ", "
		}
		shown += s
	}
	visit := anyPhrase(key, visitWords) && !anyPhrase(key, []string{"khong om", "khong benh", "khong khuyet tat", "khong bi benh", "benh vien"})
	if visit {
		p.NeedsVisit = true
		add(noteVisit)
	}
	if anyPhrase(key, noSmartWords) {
		p.NoSmartphone = true
		add(noteNoSmart)
	}
	if anyPhrase(key, awayWords) {
		p.Away = true
		add(noteAway)
	}
	return shown, shown == ""
}

// languages that an ethnicity may suggest (domain.md §7; VOV4 broadcasts in most of them). Where a people speaks several,
// the most widely broadcast is named; the village decides.
var languages = map[string]string{
	"thai": "blt", "mong": "hmn", "h mong": "hmn", "hmong": "hmn", "meo": "hmn", "dao": "ium", "tay": "tyz", "nung": "nut", "muong": "mtq",
	"e de": "rad", "ede": "rad", "gia rai": "jra", "jrai": "jra", "gia lai": "jra", "ba na": "bdq", "bana": "bdq", "xo dang": "sed",
	"k ho": "kpm", "co ho": "kpm", "cham": "cjm", "khmer": "km", "kho me": "km", "m nong": "cmo", "mnong": "cmo", "co tu": "ktv",
	"bru van kieu": "bru", "van kieu": "bru", "hre": "hre", "raglai": "rog", "ra glai": "rog", "chu ru": "cje", "stieng": "sti", "xtieng": "sti",
	"gie trieng": "jeh", "ta oi": "tth", "kho mu": "kjg", "ha nhi": "hni",
}

// suggestLanguage is a suggestion for the officer and fills nothing: the finding names the language only.
func suggestLanguage(ethnicity string, column int) (Finding, bool) {
	tag := languages[headingKey(ethnicity)]
	return Finding{Field: FieldLanguage, Column: column, Code: "language_suggested", Suggestion: tag, Severity: vn.Info}, tag != ""
}
