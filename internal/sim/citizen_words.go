package sim

import "strconv"

// saying is how people put a meaning into words.
type saying struct {
	answer string // campaigns.AnswerKind; "" where only a human can tell
	words  []string
}

// sayings are texts as people write them: with and without accents, with the digit of the help text (domain.md T11),
// in capitals, with a word too many. The first of each is one that Loa reads; some of the others it must hand to a
// human rather than guess, and none may it read as something else.
var sayings = map[ReactionKind]saying{
	SaysComing:  {"will_come", []string{"Sẽ đến", "se den", "OK", "vâng", "Đúng", "có", "dạ mai cháu đưa em lên ạ", "dong y"}},
	BreaksWord:  {"will_come", []string{"ok", "vang", "se den"}},
	ClaimsTrue:  {"already_done", []string{"da lam roi", "Đã làm", "1", "xong", "Da lam", "Đã làm rồi.", "chau lam o truong hom thu 7 roi", "làm rồi"}},
	ClaimsFalse: {"already_done", []string{"1", "da lam", "xong roi dung nhan nua", "Đã xong"}},
	OtherDate:   {"other_date", []string{"2", "hen lai", "Hẹn", "hẹn lại", "bận", "tuan sau duoc khong", "Cho e hen sang t7"}},
	HomeVisit:   {"home_visit", []string{"3", "den nha", "Đến nhà", "ở nhà", "Mẹ tôi liệt không đi được", "can den nha"}},
	NeedsHelp:   {"need_help", []string{"TG", "?", "trợ giúp", "help", "ai day a", "can giay to gi a"}},
	WrongPerson: {"wrong_person", []string{"4", "nham so", "sai số", "nham so roi", "không phải", "toi khong co con hoc truong nay"}},
	Stops:       {"stop", []string{"TC", "tc", "từ chối", "Dừng", "ngung nhan tin", "STOP", "dung gui nua"}},
	Unreadable: {"", []string{"dung", "ban", "HUY", "a oi", "alo", "chau no dang o voi ba ngoai", "goi lai cho toi", "😀",
		"De hoi bo no da", "may gio thi mo cua"}},
	TellsSecret: {"", []string{"so cccd cua toi 003201123456", "ma la 482913 dung khong", "003 con 2 so quen roi, so cu 003305000111", "OTP 110022"}},
}

// citizenDraw is draw with a step.
func citizenDraw(seed int64, word, person, kind string, step int) uint64 {
	return draw(seed, "citizen", word, person, kind, strconv.Itoa(step))
}
