package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1.000", 12_480: "12.480", 2_882_600: "2.882.600", -1234: "−1.234"} {
		require.Equal(t, want, number("vi", n))
	}
	require.Equal(t, "12,480", number("en", 12_480))
	for _, c := range []struct {
		part, whole int
		want        string
	}{{0, 0, "–"}, {0, 10, "0,0 %"}, {1, 2, "50,0 %"}, {10, 10, "100,0 %"}, {9_999_999, 10_000_000, "99,9 %"}, {1, 10_000_000, "0,1 %"}} {
		require.Equal(t, c.want, rate("vi", c.part, c.whole))
	}
	require.Equal(t, "49.7%", rate("en", 497, 1000))
}

func TestBars(t *testing.T) {
	t.Parallel()
	require.Equal(t, bar{Width: "75%"}, newBar(3, 4, ""))
	require.Equal(t, bar{Width: "100%"}, newBar(9, 4, ""), "never over the edge")
	late := goalBar(30, 52)
	require.Equal(t, "22%", late.Gap)
	require.Equal(t, "bad", late.Late)
	require.Equal(t, "warn", goalBar(40, 52).Late)
	require.Empty(t, goalBar(60, 52).Gap)
	require.Equal(t, bar{Width: "60%"}, goalBar(60, 0), "without a plan there is no tick")
}

func TestTokensAreMaskedAnew(t *testing.T) {
	t.Parallel()
	one, two := maskToken("secret"), maskToken("secret")
	require.NotEqual(t, one, two)
	require.True(t, goodToken(one, "secret"))
	require.True(t, goodToken(two, "secret"))
	for _, bad := range []string{"", "x", one + "A", strings.Repeat("A", len(one)), "*", maskToken("secreT"), maskToken("")} {
		require.False(t, goodToken(bad, "secret"), bad)
	}
	require.False(t, goodToken(maskToken(""), ""), "no session has an empty token")
}

func FuzzGoodToken(f *testing.F) {
	f.Add("AAAA", "secret")
	f.Fuzz(func(t *testing.T, masked, token string) {
		if goodToken(masked, token) && (token == "" || masked == "") {
			t.Fatal("an empty token was taken")
		}
	})
}

func TestOnlyOwnAddresses(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"/", "/campaigns?state=running", "/people/1"} {
		require.Equal(t, good, inside(good))
	}
	for _, bad := range []string{"", "//evil.example", "https://evil.example", "/\\evil.example", "/x\r\nSet-Cookie: a=b", "/sign-out", "javascript:alert(1)"} {
		require.Equal(t, "/", inside(bad), bad)
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"": "", "21/02/2027": "2027-02-21", "1/2/2027": "2027-02-01", "21-02-2027": "2027-02-21", "2027-02-21": "2027-02-21"} {
		iso, ok := readDay(typed)
		require.True(t, ok, typed)
		require.Equal(t, want, iso)
	}
	for _, bad := range []string{"31/02/2027", "2027", "21/02/27", "x", "21/13/2027", "21/02/1066"} {
		_, ok := readDay(bad)
		require.False(t, ok, bad)
	}
}

func TestTyped(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Hòa\nMai", clean("Ho\u0300a\r\nMai\u202e\x00"))
	require.Equal(t, "hoa", nameKey("  H%ò_a\\ "))
	require.Equal(t, "c.csv", baseName(`C:\a/b\c.csv`))
}

func TestEventsAreFramed(t *testing.T) {
	t.Parallel()
	require.Equal(t, "data: <p>a\ndata: b</p>\n\n", string(event([]byte("<p>a\nb</p>"))))
}

func TestCursorBefore(t *testing.T) {
	t.Parallel()
	require.Empty(t, before(""))
	require.Less(t, before("01a2b"), "01a2b")
	require.Greater(t, before("01a2b"), "01a2a")
}

func TestMendedRows(t *testing.T) {
	t.Parallel()
	l := Roster{Layout: roster.Layout{Sheets: []roster.SheetLayout{{Columns: []roster.Column{{Index: 0, Heading: "Họ tên"}, {Index: 1, Heading: "SĐT"}}}}}}
	rows := []RosterRow{{Number: 2, Cells: []string{"An", "09"}}, {Number: 5, Cells: []string{"Bình"}}}
	raw, n := mended(l, rows, url.Values{"c-2-1": {"09"}, "c-5-1": {" 0912, 345 "}})
	require.Equal(t, []RowRef{{Row: 5}}, n, "a row in which nothing was changed stays out")
	require.Equal(t, "Họ tên,SĐT\nBình,\"0912, 345\"\n", string(raw))
	_, n = mended(l, rows, url.Values{})
	require.Empty(t, n)
}

func TestProgress(t *testing.T) {
	t.Parallel()
	begin := time.Date(2027, 3, 1, 8, 0, 0, 0, campaigns.Zone)
	now := begin.AddDate(0, 0, 10)
	day := int(campaigns.Day(begin))
	report := campaigns.CampaignReport{Total: campaigns.Funnel{Meant: 100, Verified: 30}, Units: []campaigns.UnitReport{{Goal: 90}}}
	p := newProgress(campaigns.Campaign{DeadlineOn: "2027-03-21"}, campaigns.Run{LaunchedAt: begin}, report, []VerifiedDay{{day - 3, 2}, {day + 2, 7}, {day + 8, 21}}, now)
	require.InDelta(t, 44, p.plan, 1, "half of the time, half of the goal")
	require.InDelta(t, 3, p.perDay, 0.01, "of the last seven days")
	require.Equal(t, 30, p.figures[len(p.figures)-1].Total)
	require.InDelta(t, 61, p.forecast(), 2)
	open := newProgress(campaigns.Campaign{}, campaigns.Run{LaunchedAt: begin}, report, nil, now)
	require.Zero(t, open.plan, "without a deadline there is no plan line")
}
