package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/templates"
)

// carrier keeps what it carries.
type carrier struct {
	mu     sync.Mutex
	bodies []string
}

func (c *carrier) Send(_ context.Context, m notifier.Message) (notifier.Sent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies = append(c.bodies, m.Body)
	return notifier.Sent{ProviderID: m.Key}, nil
}

// town is a ward with people who were written to, and the pages that they answer on.
type town struct {
	t      *testing.T
	s      *store.Store
	ring   *keys.Ring
	ward   campaigns.Unit
	engine *work.Engine
	told   *carrier
	pages  *fiber.App
	log    *bytes.Buffer
}

// eachTown runs f in a town on each database.
func eachTown(t *testing.T, f func(t *testing.T, w *town)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, newTown(t, filepath.Join(t.TempDir(), "loa.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, newTown(t, apptest.PostgresURL(t)))
	})
}

func newTown(t *testing.T, target string) *town {
	ctx := context.Background()
	w := &town{t: t, ring: keys.New(), told: &carrier{}, log: &bytes.Buffer{}}
	var err error
	w.s, err = store.Open(ctx, target, w.ring)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.s.Close()) })
	require.NoError(t, w.s.TakeNode(ctx))
	require.NoError(t, w.s.MarkPurpose(ctx, store.Test))
	require.NoError(t, w.s.SetPolicy(ctx, apptest.Start, 1))
	_, err = w.s.SaveUnits(ctx, []campaigns.Unit{{Code: "P", Kind: campaigns.Province, Name: "Tỉnh Thử", ValidFrom: "2025-07-01"},
		{Code: "W", Kind: campaigns.Ward, Name: "Phường Thử", ShortName: "Thu", Phone: "0203 382 7113", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(t, err)
	w.ward, err = w.s.UnitByCode(ctx, "W", "2026-12-01")
	require.NoError(t, err)
	cat, err := locales.Load()
	require.NoError(t, err)
	set, err := templates.New(cat)
	require.NoError(t, err)
	writer := work.NewWriter(set, cat, w.ring)
	line := func(name, medium, form string) work.Line {
		return work.Line{Channel: w.told, Spec: notifier.Spec{Name: name, Medium: medium, Form: form, Loopback: true,
			Limits: notifier.Limits{Window: 10, Timeout: time.Second}, Policy: notifier.Policy{Receipts: true, Token: true}}}
	}
	w.engine = work.New(work.Options{Name: "w", Record: w.s, Render: writer, Log: slog.New(slog.DiscardHandler),
		Lines: []work.Line{line("zalo.test", "zalo", "long"), line("sms.test", "sms", "sms_plain")}})
	w.pages = citizen.New(citizen.Options{Record: app.CitizenRecord(w.s), Words: cat, Rate: citizen.Rate{PerSecond: 1e6, Burst: 1e6},
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Check: app.CheckCode(w.s, set, writer, w.engine.FormOf)})
	return w
}

// launch tells everybody in the ward and returns the launch.
func (w *town) launch(kind string, fields map[string]string) campaigns.LaunchID {
	ctx := context.Background()
	c, err := w.s.CreateCampaign(ctx, campaigns.Campaign{UnitID: w.ward.ID, Kind: kind, Name: "Thử", Filter: campaigns.Under(w.ward.ID), Basis: "x", Fact: campaigns.CardIssued, Author: "an",
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"zalo.test", "sms.test"}}, {Name: "reminder", AfterDays: 3, Channels: []string{"sms.test"}}}, Fields: fields})
	require.NoError(w.t, err)
	_, err = w.s.SubmitCampaign(ctx, c.ID, "an")
	require.NoError(w.t, err)
	require.NoError(w.t, w.s.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
	run, _, err := w.s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
	require.NoError(w.t, err)
	for range 2 {
		w.engine.Tick(ctx)
	}
	return run.ID
}

func (w *town) do(method, path, form string) (status int, page, to string) {
	req := httptest.NewRequest(method, path, strings.NewReader(form))
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := w.pages.Test(req, -1)
	require.NoError(w.t, err)
	raw, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return resp.StatusCode, string(raw), resp.Header.Get("Location")
}

var exam = map[string]string{"place": "THPT Thử", "time": "8h T7 05/12", "date": "05/12/2026", "deadline": "15/12/2026", "doc_list": "giấy khai sinh", "doc_no": "12/TB"}

// A citizen asks for another day, takes the last seat, and the office sees it; the second one is told that it is gone.
func TestAnAppointmentByThePage(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		an := apptest.AddPerson(t, w.s, w.ward, "Nguyễn Văn An", "+84910000001")
		binh := apptest.AddPerson(t, w.s, w.ward, "Lê Thị Bình", "+84910000002")
		launch := w.launch("exam", exam)
		require.NoError(t, w.s.SetReceptions(ctx, w.ward.ID, []campaigns.Reception{{Weekday: 5, Hours: campaigns.Hours{Open: 480, Close: 540}, Every: 30, Seats: 1}}, "binh"))
		token, _ := w.ring.Token(string(launch), string(an))
		other, _ := w.ring.Token(string(launch), string(binh))
		_, _, to := w.do("POST", "/r/"+token, "answer=other_date")
		_, page, _ := w.do("GET", to, "")
		require.Contains(t, page, "08:00, thứ Sáu 04/12/2026")
		choose := url.Values{"slot": {"2026-12-04|08:00|"}, "answer": {"other_date"}}.Encode()
		for range 2 { // twice is once
			status, _, to := w.do("POST", "/r/"+token+"/when", choose)
			require.Equal(t, 303, status)
			require.Equal(t, "/r/"+token+"/done", to)
		}
		_, _, to = w.do("POST", "/r/"+other+"/when", choose)
		require.Contains(t, to, "full=1")
		for _, bad := range []string{"2026-12-05|08:00|", "2026-12-04|08:10|", "2020-01-01||", "x|y|z", "2026-12-04|08:00|Nơi khác"} {
			_, _, to = w.do("POST", "/r/"+other+"/when", url.Values{"slot": {bad}}.Encode())
			require.Contains(t, to, "full=1", bad)
		}
		_, page, _ = w.do("GET", "/r/"+token+"/done", "")
		require.Contains(t, page, "Đã ghi nhận lịch hẹn")
		_, page, _ = w.do("GET", "/r/"+token+"/hen.ics", "")
		require.Contains(t, page, "DTSTART:20261204T010000Z")

		chores, err := w.s.Chores(ctx, w.ward.Path, "appointment", "", 10)
		require.NoError(t, err)
		require.Len(t, chores, 1)
		require.Equal(t, []string{"Nguyễn Văn An", "2026-12-04 08:00 "}, []string{chores[0].Name, chores[0].Place})
		story, err := w.s.Story(ctx, an)
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(story, func(l store.StoryLine) bool {
			return l.What == "appointment" && strings.HasPrefix(l.Kind, "2026-12-04 08:00")
		}))
		n, err := w.s.CountAnswers(ctx, launch, an)
		require.NoError(t, err)
		require.Equal(t, 2, n, "the wish for another day, and the day")

		// The code that the appointment carries can be checked, and says nothing of whose it is.
		_, page, _ = w.do("POST", "/check?lang=vi", "code="+chores[0].Code)
		require.Contains(t, page, "Mã này của một lịch hẹn")
		require.NotContains(t, page, "An")
	})
}

// One seat and eight who want it: one gets it.
func TestTheLastSeat(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		var who []campaigns.PersonID
		for i := range 8 {
			who = append(who, apptest.AddPerson(t, w.s, w.ward, fmt.Sprintf("Nguyễn Văn %c", 'A'+i), fmt.Sprintf("+8491000000%d", i)))
		}
		launch := w.launch("exam", exam)
		require.NoError(t, w.s.SetReceptions(ctx, w.ward.ID, []campaigns.Reception{{Weekday: 5, Hours: campaigns.Hours{Open: 480, Close: 540}, Every: 60, Seats: 1}}, "binh"))
		var wg sync.WaitGroup
		got := make([]error, len(who))
		for i, p := range who {
			wg.Go(func() {
				_, hash := w.ring.Token(string(launch), string(p))
				got[i] = w.s.BookByToken(ctx, hash, campaigns.WillCome, campaigns.Meeting{On: "2026-12-04", Time: "08:00"})
			})
		}
		wg.Wait()
		seated := 0
		for _, err := range got {
			if err == nil {
				seated++
				continue
			}
			require.ErrorIs(t, err, campaigns.ErrNoSlot)
		}
		require.Equal(t, 1, seated)
	})
}

// A call for help is a text in the inbox of the unit, at most three from one token, and an OTP in it is masked.
func TestHelpReachesTheOffice(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		an := apptest.AddPerson(t, w.s, w.ward, "Nguyễn Văn An", "+84910000001")
		launch := w.launch("exam", exam)
		token, _ := w.ring.Token(string(launch), string(an))
		for _, note := range []string{"mẹ tôi không đi được, mã 123456", "mẹ tôi không đi được, mã 123456", "b", "c", "d", "e"} {
			status, _, to := w.do("POST", "/r/"+token+"/help", url.Values{"what": {"moving"}, "note": {note}}.Encode())
			require.Equal(t, 303, status)
			require.Contains(t, to, "told=1")
		}
		list, err := w.s.Inbox(ctx, []string{w.ward.Path}, "", 10)
		require.NoError(t, err)
		require.Len(t, list, 3)
		require.Equal(t, store.InboxItem{ID: list[0].ID, Channel: "page", Why: "help", Text: "Đi lại khó khăn. mẹ tôi không đi được, mã ******", Person: an, At: list[0].At}, list[0])
		require.NotContains(t, w.log.String(), token)
		require.NotContains(t, w.log.String(), "mẹ tôi")
	})
}

// The code that a notice carries shows what the notice said, without a name; before the reminder has left, its code is nobody's.
func TestCheckingThroughTheStore(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		apptest.AddPerson(t, w.s, w.ward, "Nguyễn Văn An", "+84910000001")
		launch := w.launch("exam", exam)
		require.NotEmpty(t, w.told.bodies)
		code := w.ring.Code("notice|"+string(launch)+"|1", 6)
		require.Contains(t, w.told.bodies[0], code, "the long form carries the code")
		status, page, _ := w.do("POST", "/check?lang=vi", "code="+strings.ToLower(code[:3])+"-"+code[3:])
		require.Equal(t, 200, status)
		for _, want := range []string{"Công an Phường Thử gửi ngày 01/12/2026", "THPT Thử", "15/12/2026", "CA Thu", code, "Đối chiếu nội dung"} {
			require.Contains(t, page, want)
		}
		for _, not := range []string{"Nguyễn", "910000001", "12A", "{{"} {
			require.NotContains(t, page, not)
		}
		_, unknown, _ := w.do("POST", "/check?lang=vi", "code=AAAAAA")
		status, page, _ = w.do("POST", "/check?lang=vi", "code="+w.ring.Code("notice|"+string(launch)+"|2", 6))
		require.Equal(t, 404, status)
		require.Equal(t, unknown, page)
		require.NotContains(t, page, `<div class="box text">`)
	})
}

// security.md T16 and T17: ten thousand guesses find nothing; unknown, expired and erased tokens get the same bytes.
func TestTokensTellNothing(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		ctx := context.Background()
		an := apptest.AddPerson(t, w.s, w.ward, "Nguyễn Văn An", "+84910000001")
		launch := w.launch("exam", exam)
		known, _ := w.ring.Token(string(launch), string(an))
		status, _, _ := w.do("GET", "/r/"+known, "")
		require.Equal(t, 200, status)
		_, unknown, _ := w.do("GET", "/r/"+strings.Repeat("A", 22), "")

		guesses := 2000
		for i := range guesses {
			token, hash := keys.New().Token("guess", fmt.Sprint(i))
			if i%10 == 0 {
				status, page, _ := w.do("GET", "/r/"+token, "")
				require.Equal(t, 404, status)
				require.Equal(t, unknown, page)
				continue
			}
			_, err := w.s.Invitation(ctx, hash)
			require.ErrorIs(t, err, store.ErrUnknownToken)
		}

		list, err := w.s.Campaigns(ctx, "", 2)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.NoError(t, w.s.CancelCampaign(ctx, list[0].ID, "binh"))
		require.NoError(t, w.s.SetPolicy(ctx, apptest.Start.AddDate(0, 0, 31), 1))
		for _, under := range []string{"", "/done", "/when", "/hen.ics"} {
			status, page, _ := w.do("GET", "/r/"+known+under, "")
			require.Equal(t, 404, status, under)
			require.Equal(t, unknown, page, "expired%s", under)
		}
		status, page, _ := w.do("POST", "/r/"+known, "answer=stop")
		require.Equal(t, 404, status)
		require.Equal(t, unknown, page)
	})
}
