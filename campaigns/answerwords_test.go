package campaigns

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inboundCorpus is what citizens write, by what it means: with accents and without, as Telex keys, in short forms, with
// courtesy, full width, in both places of a tone, and our own menu copied. Texts are parted by bars.
var inboundCorpus = map[AnswerKind]string{
	AlreadyDone: `1|1.|(1)|１|1️⃣|1 ạ|1 Da lam|1. Đã làm|số 1|so 1|chon 1|Bấm phím 1|đã làm|ĐÃ LÀM RỒI|Da lam roi|ddax lamf|ddax lafm rooif|daxd lamf|đã làm r|da lam r
		|lm roi|làm rùi|xong|xong r|Xong rồi ạ|da xong|đã xong nhé|em làm rồi|e làm rồi ạ|toi lam roi|cháu làm xong rồi|Dạ em làm rồi ạ|lam xong roi
		|đã làm cccd|lam cccd roi|Đã làm căn cước rồi|da lam can cuoc roi|đã có thẻ|em đã có thẻ rồi ạ|da nhan the|gia đình đã làm rồi|gia dinh da lam roi a|đã làm!!!`,
	OtherDate: `2|2 hen lai|2: Hẹn lại|hẹn|HEN|Hen lai|hẹn lại nhé|hẹn lại ngày khác|henj laji|bận|Bận ạ|baanj|đang bận|em đang bận|tôi bận rồi|xin hẹn lại|xin hen ngay khac
		|đổi lịch|dời ngày ạ|chua di duoc|chưa đi đc|em chưa đi được ạ`,
	HomeVisit: `3|3 can den nha|3. Cần đến nhà|đến nhà|Den nha|ddeens nhaf|O nha|ở nhà|can den nha|Xin cán bộ đến nhà|can bo den nha|làm tại nhà|lam o nha|tới nhà|den nha nhe`,
	WrongAnswer: `4|4 sai so|4; Sai số|sai|SAI SO|Sai số rồi|sai so r|nhầm|Nham so|nhầm số rồi ạ|nhaamf soos|nhầm người|lộn số|lon so roi|không phải|khong phai|k phai|ko phải
		|Ko phai toi|hong phai|hổng phải|kg phai so nay|khong phai nguoi nay|không quen|khong biet nguoi nay|Số sai`,
	Stop: `TC|tc.|T.C|Tc ạ|TC Ngung nhan tin|TC: Ngừng nhận tin|từ chối|Tu choi|tuwf choois|tuwf choois|từ chối nhận tin|toi tu choi|STOP|Ｓｔｏｐ|dừng|duwngf|duwfng|DỪNG LẠI
		|dung nhan tin|đừng nhắn nữa|dung nhan tin nua|Xin đừng nhắn tin nữa|vui lòng ngừng nhắn tin|ngừng|ngung|ngưng|Ngưng nhận tin|ngung tin|hủy|huỷ|huyr|Hủy nhận tin
		|huy nhan tin|không nhận tin nữa|k nhan tin nua|ko muốn nhận tin nữa|tôi không muốn nhận tin nữa|thoi nhan tin|Thôi nhận tin|xin dung gui tin nua|đừng gửi nữa|unsubscribe`,
	WillCome: `có|Co|CÓ Ạ|cos|sẽ đến|Se den|sẽ đến ạ|toi se den|Tôi sẽ đến|em se den nhe|gia đình sẽ đến|chau se toi|sẽ có mặt|đúng|Đúng rồi|ddungs|ok|OK ạ|oke|Okie|ok 👍|vâng|vang a|Dạ vâng
		|da vang|dạ có|dạ đc|đồng ý|dong y|nhất trí`,
	NeedHelp: `TG|tg|help|?|???| ? |trợ giúp|tro giup|cần giúp đỡ|can ho tro|Em cần hỗ trợ`,
}

// inboxCorpus is what only a human may read: words with two meanings, questions, sentences, refusals of the opposite.
var inboxCorpus = `DUNG|dung|Dung.|HUY|huy|BAN|ban a|ban roi|dung roi|dung tin|dung lai|da|da co|da duoc|dạ|co the roi|da co the|toi sai|tôi sai|đến nha|ddeens nha|không|Khong|ko|k
	|chưa|chua|chưa làm|chua lam|đã làm chưa|đã làm?|1?|có?|sẽ đến?|1 2|12|1 hen lai|2 da lam|tc da lam|1/2|12/5|8h|tôi không muốn dừng|đừng dừng|không từ chối
	|da lam roi nhung chua lay the|sẽ đến nhưng muộn|hẹn rồi|hen roi|hẹn cán bộ mai|ai đấy|lừa đảo|lua dao|bao gio lam|mấy giờ|o dau|ở đâu|cám ơn|cam on|👍|😡|.|,|...
	|đ|x|doi ngay|khong quen|toi nha|khong nhan tin|đã lam|stop it please now or else i call somebody at the station|xin|xin ạ|1 1 1|số|nha nha nha|một|mot|hoan thanh chua|tu van`

func TestInboundCorpus(t *testing.T) {
	t.Parallel()
	count := 0
	for kind, list := range inboundCorpus {
		for text := range strings.SplitSeq(list, "|") {
			got, ok := ReadAnswer(text)
			require.True(t, ok, "%q is not read", text)
			require.Equal(t, kind, got, "%q", text)
			count++
		}
	}
	inbox := 0
	for text := range strings.SplitSeq(inboxCorpus, "|") {
		got, ok := ReadAnswer(text)
		require.False(t, ok, "%q is read as %s", text, got)
		inbox++
	}
	t.Logf("inbound corpus: %d texts read, %d left to people", count, inbox)
	require.GreaterOrEqual(t, count, 180)
	require.GreaterOrEqual(t, inbox, 80)
}

// One entry covers its spellings; without accents a phrase is either read as the same answer or left to people.
func TestEveryPhraseIsReadInEverySpelling(t *testing.T) {
	t.Parallel()
	for _, p := range known {
		var full, bare, keys, typed []string
		for _, s := range p.parts {
			full, bare = append(full, s.full), append(bare, s.bare)
			first, last := s.full, s.full
			if len(s.raw) > 0 {
				first, last = s.raw[0], s.raw[len(s.raw)-1]
			}
			keys, typed = append(keys, first), append(typed, last)
		}
		for _, words := range [][]string{full, keys, typed} {
			got, ok := ReadAnswer(strings.ToUpper(strings.Join(words, " ")))
			require.True(t, ok, words)
			require.Equal(t, p.kind, got, words)
		}
		if got, ok := ReadAnswer(strings.Join(bare, " ")); ok {
			require.Equal(t, p.kind, got, bare)
		}
	}
	for _, text := range split(accentsOnly) {
		_, isAnswer := ReadAnswer(text)
		require.True(t, isAnswer || text == "dạ", "%q is no phrase", text)
	}
}
