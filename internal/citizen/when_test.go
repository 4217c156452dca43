package citizen_test

import (
	"context"
	"crypto/sha256"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/locales"
)

// meetings are the times and the calls for help of a book. One office, two times, one seat each.
type meetings struct {
	booked map[string]campaigns.Meeting // by hash
	helps  []string
	full   bool
}

var offered = []campaigns.Meeting{{On: "2026-12-02", Time: "08:00"}, {On: "2026-12-02", Time: "08:30"}, {On: "2026-12-05", Time: "07:00", Place: "Nhà văn hóa"}, {On: "2026-12-07", Time: "09:00"}}

func (b *book) Slots(context.Context, []byte) ([]campaigns.Slot, error) {
	out := make([]campaigns.Slot, len(offered))
	for i, m := range offered {
		out[i] = campaigns.Slot{Meeting: m, Left: 1}
	}
	out[1].Left = 0
	return out, nil
}

func (b *book) Book(_ context.Context, hash []byte, kind campaigns.AnswerKind, m campaigns.Meeting) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	inv := b.tokens[string(hash)]
	if inv == nil {
		return citizen.ErrUnknown
	}
	if b.full || m == offered[1] || m.On < "2026" {
		return campaigns.ErrNoSlot
	}
	if b.booked == nil {
		b.booked = map[string]campaigns.Meeting{}
	}
	b.booked[string(hash)], inv.Answered = m, kind
	b.writes++
	return nil
}

func (b *book) Booked(_ context.Context, hash []byte) (campaigns.Appointment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, ok := b.booked[string(hash)]
	if !ok {
		return campaigns.Appointment{}, campaigns.ErrNotFound
	}
	return campaigns.Appointment{ID: "a", Meeting: m}, nil
}

func (b *book) Help(_ context.Context, _ []byte, text string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writes++
	b.helps = append(b.helps, text)
	return nil
}

func TestChoosingATime(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	status, _, h := f.do(t, "POST", "/r/"+f.token+"?lang=vi", "answer=other_date")
	require.Equal(t, 303, status)
	require.Equal(t, "/r/"+f.token+"/when?answer=other_date&lang=vi", h.Get("Location"))
	status, page, _ := f.do(t, "GET", h.Get("Location"), "")
	require.Equal(t, 200, status)
	require.Less(t, len(page), 6<<10)
	for _, want := range []string{"08:00, thứ Tư 02/12/2026", "07:00, thứ Bảy 05/12/2026, Nhà văn hóa", `value="2026-12-05|07:00|Nhà văn hóa"`, "day=2026-12-07", "cán bộ sẽ gọi"} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "08:30", "full times are not among the nearest")
	_, page, _ = f.do(t, "GET", "/r/"+f.token+"/when?day=2026-12-02", "")
	require.Regexp(t, `2026-12-02\|08:30\|" disabled`, page)
	require.NotContains(t, page, "Nhà văn hóa\"")

	// The last seat was taken a moment ago: the day stays.
	status, _, h = f.do(t, "POST", "/r/"+f.token+"/when", url.Values{"slot": {"2026-12-02|08:30|"}, "answer": {"other_date"}}.Encode())
	require.Equal(t, 303, status)
	require.Equal(t, "/r/"+f.token+"/when?answer=other_date&day=2026-12-02&full=1", h.Get("Location"))
	_, page, _ = f.do(t, "GET", h.Get("Location"), "")
	require.Contains(t, page, "Giờ này vừa hết chỗ")

	status, _, h = f.do(t, "POST", "/r/"+f.token+"/when", url.Values{"slot": {"2026-12-05|07:00|Nhà văn hóa"}, "answer": {"other_date"}}.Encode())
	require.Equal(t, 303, status)
	_, page, _ = f.do(t, "GET", h.Get("Location"), "")
	for _, want := range []string{"Đã ghi nhận lịch hẹn", "07:00, thứ Bảy 05/12/2026, Nhà văn hóa", "Mang theo: giấy khai sinh", "/r/" + f.token + "/hen.ics"} {
		require.Contains(t, page, want)
	}
	require.Less(t, len(page), 6<<10)

	status, file, h := f.do(t, "GET", "/r/"+f.token+"/hen.ics", "")
	require.Equal(t, 200, status)
	require.Contains(t, h.Get("Content-Type"), "text/calendar")
	for _, want := range []string{"DTSTART:20261205T000000Z", "DTEND:20261205T003000Z", "LOCATION:Nhà văn hóa", "SUMMARY:Công an phường An Hòa", "END:VCALENDAR\r\n"} {
		require.Contains(t, file, want)
	}
	for _, line := range strings.Split(file, "\r\n") {
		require.LessOrEqual(t, len(line), 75, line)
	}
	require.NotContains(t, file, f.token)
	require.NotContains(t, file, "Thảo")
}

func TestCalendarWithoutADay(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	_, unknown, _ := f.do(t, "GET", "/r/"+tokenOf("other"), "")
	status, page, _ := f.do(t, "GET", "/r/"+f.token+"/hen.ics", "")
	require.Equal(t, 404, status)
	require.Equal(t, unknown, page)
	hash := sha256.Sum256([]byte(f.token))
	inv := f.book.tokens[string(hash[:])]
	inv.Answered, inv.Fields["date"], inv.Fields["doc_list"] = campaigns.WillCome, "05/12/2026", "a;b,c\nd\\e"
	_, file, _ := f.do(t, "GET", "/r/"+f.token+"/hen.ics", "")
	require.Contains(t, file, "DTSTART;VALUE=DATE:20261205")
	require.Contains(t, strings.ReplaceAll(file, "\r\n ", ""), `a\;b\,c\nd\\e`)
}

func TestAskingForHelp(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	_, _, h := f.do(t, "POST", "/r/"+f.token, "answer=need_help")
	_, page, _ := f.do(t, "GET", h.Get("Location"), "")
	require.Contains(t, page, `name="what" value="moving" checked`)
	require.Less(t, len(page), 6<<10)
	note := "Xin gọi sau 17 giờ\r\n, mã OTP 123456 " + strings.Repeat("ă", 400)
	status, _, h := f.do(t, "POST", "/r/"+f.token+"/help", url.Values{"what": {"call"}, "note": {note}}.Encode())
	require.Equal(t, 303, status)
	require.Len(t, f.book.helps, 1)
	require.True(t, strings.HasPrefix(f.book.helps[0], "Mong cán bộ gọi lại. Xin gọi sau 17 giờ , mã OTP ****** ă"), f.book.helps[0])
	require.LessOrEqual(t, len([]rune(f.book.helps[0])), 330)
	_, page, _ = f.do(t, "GET", h.Get("Location"), "")
	require.NotContains(t, page, "<textarea")
	require.Contains(t, page, "2 ngày làm việc")
	status, _, _ = f.do(t, "POST", "/r/"+f.token+"/help", "what=money")
	require.Equal(t, 400, status)
}

// security.md T19 for all that is new: looking writes nothing, and another site's page can choose nothing.
func TestNewPagesReadOnly(t *testing.T) {
	t.Parallel()
	f := setup(t, withCheck)
	for range 10 {
		for _, m := range []string{"GET", "HEAD", "OPTIONS"} {
			for _, p := range []string{"/r/" + f.token + "/when?answer=stop&slot=2026-12-05", "/r/" + f.token + "/hen.ics", "/r/" + f.token + "/help?what=call", "/check?code=K7M2QX"} {
				f.do(t, m, p, "")
			}
		}
	}
	require.Zero(t, f.book.writes)
	for _, p := range []string{"/when", "/help"} {
		status, _, _ := f.do(t, "POST", "/r/"+f.token+p, "slot=2026-12-05|07:00|&what=call", "Sec-Fetch-Site", "cross-site")
		require.Equal(t, 403, status, p)
	}
	require.Zero(t, f.book.writes)
	_, unknown, _ := f.do(t, "GET", "/r/"+tokenOf("other"), "")
	for _, p := range []string{"/when", "/help", "/hen.ics", "/done"} {
		for _, m := range []string{"GET", "POST"} {
			status, page, _ := f.do(t, m, "/r/"+tokenOf("other")+p, "slot=x&what=x")
			require.Equal(t, 404, status, p)
			require.Equal(t, unknown, page, "unknown tokens look alike")
		}
	}
}

func withCheck(o *citizen.Options) {
	o.Check = func(_ context.Context, code, lang string) (citizen.Official, error) {
		if code != "K7M2QX" {
			return citizen.Official{}, citizen.ErrUnknown
		}
		return citizen.Official{Unit: "phường An Hòa", Phone: "0204 000 0113", Date: "01/12/2026", What: "notice", Texts: []string{lang + ": CA P.AnHoa moi ..."}}, nil
	}
}

func TestChecking(t *testing.T) {
	t.Parallel()
	f := setup(t, withCheck)
	_, page, _ := f.do(t, "GET", "/r/"+f.token, "")
	require.Contains(t, page, `href="/check?lang=vi"`)
	status, page, _ := f.do(t, "GET", "/check", "")
	require.Equal(t, 200, status)
	require.Less(t, len(page), 6<<10)
	require.Equal(t, []string{`name="code"`}, regexp.MustCompile(`name="[a-z]+"`).FindAllString(strings.ReplaceAll(page, `<meta name="`, `<meta n="`), -1), "asks for the code and for nothing else")
	for _, code := range []string{"K7M2QX", "k7m2qx", " K7M-2QX "} {
		status, page, _ = f.do(t, "POST", "/check?lang=vi", url.Values{"code": {code}}.Encode())
		require.Equal(t, 200, status)
		for _, want := range []string{"Công an phường An Hòa gửi ngày 01/12/2026", "vi: CA P.AnHoa moi", "Đối chiếu nội dung", "tel:02040000113", "OTP"} {
			require.Contains(t, page, want)
		}
		require.NotContains(t, strings.ToLower(page), "tin thật")
	}
	_, unknown, wantHead := f.do(t, "POST", "/check", "code=AAAAAA")
	for _, form := range []string{"", "code=", "code=K7M2Q", "code=K7M2QXX", "code=%3Cscript%3E", "code=" + strings.Repeat("A", 5000), "code=0912345678", "code=%00%00%00%00%00%00"} {
		status, page, head := f.do(t, "POST", "/check", form)
		require.Equal(t, 404, status, form)
		require.Equal(t, unknown, page, form)
		head.Del("Date")
		wantHead.Del("Date")
		require.Equal(t, wantHead, head)
	}
}

func TestGuessingCodesIsSlowedDown(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *citizen.Options) {
		withCheck(o)
		o.Rate = citizen.Rate{PerSecond: 0.001, Burst: 100, MissCost: 10}
	})
	asked := 0
	for ; asked < 50; asked++ {
		if status, _, _ := f.do(t, "POST", "/check", "code=AAAAAA"); status == 429 {
			break
		}
	}
	require.LessOrEqual(t, asked, 10)
}

// Every page in every language: no script, no input for numbers, within 6 KB, and it says what is never asked.
func TestPagesInEveryLanguage(t *testing.T) {
	t.Parallel()
	words, err := locales.Load()
	require.NoError(t, err)
	for _, tag := range words.Tags() {
		f := setup(t, withCheck)
		never := words.Say(tag, "answer.never_ask")
		f.do(t, "POST", "/r/"+f.token, "answer=need_help")
		for _, p := range []string{"/r/" + f.token, "/r/" + f.token + "/done", "/r/" + f.token + "/when", "/check"} {
			status, page, _ := f.do(t, "GET", p+"?lang="+tag, "")
			require.Equal(t, 200, status, p)
			require.Contains(t, page, `<html lang="`+tag+`"`)
			require.NotContains(t, page, "<script")
			require.NotContains(t, page, "answer.", "a word is missing")
			require.Contains(t, page, never[:10], p)
			require.LessOrEqual(t, len(page), 6<<10, "%s %s", tag, p)
		}
	}
}
