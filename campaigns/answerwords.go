package campaigns

import (
	"slices"
	"strings"
)

// answerPhrases are the whole messages that mean an answer, with their accents (domain.md T11, rulings.md 20). A phone may
// have written them without accents or as bare Telex keys; one entry covers all of these. A new phrase belongs into the
// corpus of answerwords_test.go too.
var answerPhrases = map[AnswerKind]string{
	AlreadyDone: `1, đã làm, đã làm rồi, làm rồi, đã xong, đã xong rồi, xong, xong rồi, làm xong, làm xong rồi, đã làm xong, đã làm xong rồi,
		đã làm thẻ, đã làm thẻ rồi, làm thẻ rồi, đã làm căn cước, đã làm căn cước rồi, làm căn cước rồi, đã làm cccd, đã làm cccd rồi,
		làm cccd rồi, đã có thẻ, đã có thẻ rồi, có thẻ rồi, đã nhận thẻ, đã nhận thẻ rồi, nhận thẻ rồi, đã hoàn thành`,
	OtherDate: `2, hẹn, hẹn lại, hẹn lại ngày khác, hẹn ngày khác, đổi ngày, đổi lịch, đổi hẹn, dời ngày, dời lịch, bận, bận rồi, đang bận,
		bận chưa đi được, chưa đi được`,
	HomeVisit: `3, đến nhà, cần đến nhà, cần cán bộ đến nhà, cán bộ đến nhà, tới nhà, cần tới nhà, ở nhà, làm tại nhà, làm ở nhà`,
	WrongAnswer: `4, sai, sai số, sai số rồi, sai người, sai người rồi, nhầm, nhầm rồi, nhầm số, nhầm số rồi, nhầm người, nhầm người rồi,
		lộn số, lộn số rồi, lộn người, không phải, không phải tôi, không phải số này, không phải người này, không quen,
		không biết người này`,
	Stop: `tc, t c, từ chối, từ chối nhận tin, stop, unsubscribe, dừng, dừng lại, dừng tin, dừng nhận tin, dừng nhắn, dừng nhắn tin,
		ngừng, ngừng tin, ngừng nhận tin, ngừng nhắn, ngừng nhắn tin, ngưng, ngưng tin, ngưng nhận tin, ngưng nhắn, ngưng nhắn tin,
		hủy, hủy tin, hủy nhận tin, thôi nhận tin, thôi nhắn tin, đừng nhắn tin, đừng nhắn nữa, đừng nhắn tin nữa, đừng gửi nữa,
		đừng gửi tin nữa, không nhận tin, không nhận tin nữa, không muốn nhận tin, không muốn nhận tin nữa, không nhắn nữa,
		không nhắn tin nữa`,
	WillCome: `có, sẽ đến, sẽ tới, sẽ đi, sẽ có mặt, đúng, đúng rồi, ok, oke, okay, okie, vâng, dạ vâng, dạ có, dạ được, đồng ý, nhất trí`,
	NeedHelp: `tg, help, ?, trợ giúp, cần giúp, cần giúp đỡ, cần hỗ trợ, hỗ trợ`,
}

// accentsOnly are the phrases that may say something else once their accents are gone: BAN is also "bạn", HUY a name, DUNG
// TIN also "đừng tin". Two answers that share a bare form, as DUNG does, are seen by match itself.
var accentsOnly = `dừng, đúng, đúng rồi, dừng lại, dừng tin, dừng nhắn, hủy, hủy tin, bận, bận rồi, đang bận, dạ, dạ có, dạ được, có thẻ rồi,
	đã có thẻ, lộn người, đổi ngày, đổi lịch, đổi hẹn, dời ngày, dời lịch, tới nhà, không nhận tin, không quen`

// What stands around an answer and changes nothing. A speaker is dropped only before two words or more: "tôi sai" is not
// "sai số".
var (
	before   = phrases("", "xin, vui lòng, làm ơn, dạ, số, chọn, bấm, phím")
	after    = phrases("", "ạ, anh ạ, chị ạ, nhé, nha, nhá, cảm ơn, xin cảm ơn")
	speakers = phrases("", "tôi, em, cháu, con, mình, tui, gia đình, nhà tôi, nhà em, gia đình tôi, gia đình em")
)

// menu are the short words of our own help text. People copy its whole line: "1 Da lam".
var menu = []string{"1", "2", "3", "4", "tc", "tg"}

// shortForms are how texts abbreviate.
var shortForms = map[string]syllable{
	"k": spell("không"), "ko": spell("không"), "kg": spell("không"), "kh": spell("không"), "khg": spell("không"), "hok": spell("không"),
	"hong": spell("không"), "hông": spell("không"), "hổng": spell("không"), "hem": spell("không"), "r": spell("rồi"), "rui": spell("rồi"),
	"rùi": spell("rồi"), "lm": spell("làm"), "e": spell("em"), "t": spell("tôi"), "đc": spell("được"), "dc": spell("được"),
	"vg": spell("vâng"), "ak": spell("ạ"), "ah": spell("ạ"), "sđt": spell("số"), "sdt": spell("số"),
}

// phrase is a list of syllables that mean an answer, or are courtesy.
type phrase struct {
	kind     AnswerKind
	parts    []syllable
	accented bool // never read without its accents
}

// known are all answerPhrases.
var known = func() []phrase {
	var out []phrase
	for _, kind := range AnswerKinds {
		out = append(out, phrases(kind, answerPhrases[kind])...)
	}
	return out
}()

// phrases reads a list parted by commas.
func phrases(kind AnswerKind, list string) []phrase {
	strict := split(accentsOnly)
	var out []phrase
	for _, text := range split(list) {
		p := phrase{kind: kind, accented: slices.Contains(strict, text)}
		for s := range strings.FieldsSeq(text) {
			p.parts = append(p.parts, spell(tonePlaces.Replace(s)))
		}
		out = append(out, p)
	}
	return out
}

func split(list string) []string {
	out := strings.Split(list, ",")
	for i, text := range out {
		out[i] = strings.Join(strings.Fields(text), " ")
	}
	return out
}

// full says whether the words are the phrase with its accents, or as Telex keys.
func (p *phrase) full(words []string) bool {
	return slices.EqualFunc(words, p.parts, func(w string, s syllable) bool { return w == s.full || slices.Contains(s.raw, w) })
}

// bare says whether the words are the phrase without any accent, where that cannot be misread.
func (p *phrase) bare(words []string) bool {
	return !p.accented && slices.EqualFunc(words, p.parts, func(w string, s syllable) bool { return w == s.bare })
}

// ReadAnswer reads a citizen's text, which is in NFC: the whole message must be one known phrase, with courtesy around it
// at most. ok is false when a human must read it.
func ReadAnswer(text string) (kind AnswerKind, ok bool) {
	words := written(text)
	if len(words) > 12 { // nothing that long is one phrase
		return "", false
	}
	if kind, ok = match(words); ok {
		return kind, true
	}
	if len(words) > 1 && slices.Contains(menu, words[0]) {
		item, _ := match(words[:1])
		kind, ok = match(words[1:])
		if ok && kind == item {
			return kind, true
		}
	}
	return matchInside(lengthen(words))
}

// match finds the whole of the words, accents first. Without accents two answers may look the same; then there is none.
func match(words []string) (AnswerKind, bool) {
	for i := range known {
		if known[i].full(words) {
			return known[i].kind, true
		}
	}
	var found AnswerKind
	for i := range known {
		if !known[i].bare(words) {
			continue
		}
		if found != "" && found != known[i].kind {
			return "", false
		}
		found = known[i].kind
	}
	return found, found != ""
}

// matchInside takes courtesy away, one piece at a time, until an answer is left.
func matchInside(words []string) (AnswerKind, bool) {
	for len(words) > 0 {
		if kind, ok := match(words); ok {
			return kind, true
		}
		n, m := lead(words, before), trail(words, after)
		if s := lead(words, speakers); n == 0 && m == 0 && len(words)-s >= 2 {
			n = s
		}
		if n == 0 && m == 0 || n+m > len(words) {
			return "", false
		}
		words = words[n : len(words)-m]
	}
	return "", false
}

// lead is how many words the longest of the phrases takes at the beginning, 0 for none.
func lead(words []string, list []phrase) (most int) {
	for i := range list {
		if n := len(list[i].parts); n > most && n <= len(words) && list[i].is(words[:n]) {
			most = n
		}
	}
	return most
}

// trail is lead at the end.
func trail(words []string, list []phrase) (most int) {
	for i := range list {
		if n := len(list[i].parts); n > most && n <= len(words) && list[i].is(words[len(words)-n:]) {
			most = n
		}
	}
	return most
}

func (p *phrase) is(words []string) bool { return p.full(words) || p.bare(words) }

// lengthen writes short forms out: with accents where the message has some, without where it has none.
func lengthen(words []string) []string {
	accents := strings.ContainsFunc(strings.Join(words, ""), func(r rune) bool { _, ok := letters[r]; return ok && letters[r].bare != string(r) })
	out := slices.Clone(words)
	for i, w := range words {
		s, short := shortForms[w]
		switch {
		case short && accents:
			out[i] = s.full
		case short:
			out[i] = s.bare
		}
	}
	return out
}
