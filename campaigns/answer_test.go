package campaigns

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadAnswer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]AnswerKind{
		"1": AlreadyDone, "Da lam": AlreadyDone, " ĐÃ LÀM. ": AlreadyDone, "xong": AlreadyDone,
		"2": OtherDate, "hẹn lại": OtherDate, "bận": OtherDate,
		"3": HomeVisit, "den nha": HomeVisit, "4": WrongAnswer, "Nhầm số!": WrongAnswer, "khong phai": WrongAnswer,
		"TC": Stop, "tc.": Stop, "Từ chối": Stop, "STOP": Stop, "dừng": Stop, "hủy": Stop, "huỷ": Stop, "ngung  nhan tin": Stop,
		"Đúng": WillCome, "vâng": WillCome, "sẽ đến": WillCome, "TG": NeedHelp, "?": NeedHelp,
	} {
		got, ok := ReadAnswer(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	// A bare accentless DUNG, HUY or BAN could be three words each; sentences are for people to read (rulings.md 20).
	for _, text := range []string{"DUNG", "huy", "Ban", "", "   ", "toi da lam roi nhung chua lay the", "1 2", "12", "tôi không muốn dừng"} {
		_, ok := ReadAnswer(text)
		require.False(t, ok, text)
	}
}

func TestSecretsAreFoundAndMasked(t *testing.T) {
	t.Parallel()
	for text, secret := range map[string]bool{
		"so cccd 003209797926": true, "ma 123456 nhe": true, "123456": true, "0912345678": false, "12345": false, "1234567": false, "": false,
	} {
		require.Equal(t, secret, HoldsSecret(text), text)
	}
	require.Equal(t, "cccd ************, ma ******, so 5", MaskDigits("cccd 003209797926, ma 123456, so 5"))
}

func FuzzReadAnswer(f *testing.F) {
	for _, s := range []string{"1", "đã làm", "TC", "123456", "\x00", "ngừng nhận tin"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kind, ok := ReadAnswer(s)
		if ok != kind.Known() {
			t.Fatalf("%q read as %q, %v", s, kind, ok)
		}
		if HoldsSecret(MaskDigits(s)) {
			t.Fatalf("a secret is left in %q", MaskDigits(s))
		}
	})
}
