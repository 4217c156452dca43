package app_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/inbound"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
	"github.com/loaphuong/loa/templates"
)

// cell is a list of one person with one bad cell.
func cell(heading, text string, show func([]roster.Row) string) func(id, want string) trial {
	columns, values := []string{"Họ và tên", "Năm sinh"}, []string{"Nguyễn Văn An", "2003"}
	switch heading {
	case "name":
		values[0] = text
	case "born":
		columns[1], values[1] = "Ngày sinh", text
	case "id":
		columns, values = append(columns, "Giới tính", "Số CCCD"), append(values, "Nam", text)
	case "phone":
		columns, values = append(columns, "SĐT"), append(values, text)
	}
	return func(id, want string) trial { return sheetOf(id, roster.Options{}, sheet(columns, values), show, want) }
}

func sheet(rows ...[]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			panic(err)
		}
	}
	w.Flush()
	return b.Bytes()
}

func showName(rows []roster.Row) string { return inShort(rows[0], rows[0].Person.Name) }
func showBorn(rows []roster.Row) string { return inShort(rows[0], rows[0].Person.Born.String()) }
func showID(rows []roster.Row) string {
	return inShort(rows[0], rows[0].Person.ID+rows[0].Person.LegacyID)
}

func showPhone(rows []roster.Row) string {
	var out []string
	for _, c := range rows[0].Person.Contacts {
		out = append(out, c.Value)
	}
	return inShort(rows[0], strings.Join(out, "+"))
}

// showAll shows the names and whatever was found in any row.
func showAll(rows []roster.Row) string {
	out := names(rows)
	for _, r := range rows {
		if r.Rejected != "" {
			out += " rejected:" + r.Rejected
		}
		for _, f := range r.Findings {
			if f.Code != "date_year_only" {
				out += " " + f.Code
			}
		}
	}
	return strings.TrimSpace(out)
}

func inShort(r roster.Row, value string) string {
	if len(value) > 60 {
		value = fmt.Sprintf("%d bytes", len(value))
	}
	if value == "" {
		value = "-"
	}
	if r.Rejected != "" {
		value = "rejected"
	}
	var codes []string
	for _, f := range r.Findings {
		if f.Code == "date_year_only" && r.Person.Born.Year == 2003 {
			continue // of the list itself
		}
		codes = append(codes, f.Code)
		if f.Suggestion != "" {
			codes[len(codes)-1] += "?" + f.Suggestion
		}
	}
	return strings.TrimSpace(value + " " + strings.Join(codes, " "))
}

// sheetOf is an entry that is a file: it is read to its end.
func sheetOf(id string, opt roster.Options, file []byte, show func([]roster.Row) string, want string) trial {
	opt.Today = vn.Date{Year: 2026, Month: 11, Day: 24}
	return trial{id, func(t *testing.T, _ *corpusWorld) string {
		f, err := roster.Open(bytes.NewReader(file), int64(len(file)), opt)
		if err != nil {
			var e *roster.Error
			require.ErrorAs(t, err, &e, id)
			return "refused:" + e.Code
		}
		defer f.Close()
		var rows []roster.Row
		for r, err := range f.Rows(context.Background()) {
			if err != nil {
				var e *roster.Error
				require.ErrorAs(t, err, &e, id)
				return "stopped:" + e.Code
			}
			rows = append(rows, r)
		}
		out := show(rows)
		var marks []string
		for _, w := range f.Layout().Warnings {
			marks = append(marks, w.Code)
		}
		if len(marks) > 0 {
			out += " !" + strings.Join(marks, " ")
		}
		return out
	}, []string{want}}
}

func utf16Of(s string, big, mark bool) []byte {
	if mark {
		s = "\ufeff" + s
	}
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

const plainList = "Họ và tên;Năm sinh;Tổ\r\nNguyễn Văn Đức;1950;Tổ 5\r\nTrần Thị Hương;1961;Tổ 6\r\nVũ Thúy Quỳnh;1970;Tổ 7\r\n"

func windows1258(s string) []byte {
	var out []byte
	for _, r := range s {
		b, ok := charmap.Windows1258.EncodeRune(r)
		if !ok { // a letter with a tone is the letter and a tone behind it
			parts := []rune(norm.NFD.String(string(r)))
			base := []rune(norm.NFC.String(string(parts[:len(parts)-1])))
			tone := parts[len(parts)-1]
			if len(base) > 1 || len(parts) == 3 && strings.ContainsRune("\u0323", parts[1]) {
				base, tone = []rune(norm.NFC.String(string([]rune{parts[0], parts[2]}))), parts[1]
			}
			b, _ = charmap.Windows1258.EncodeRune(base[0])
			out = append(out, b)
			b, _ = charmap.Windows1258.EncodeRune(tone)
		}
		out = append(out, b)
	}
	return out
}

// twice is text whose UTF-8 was taken for Windows-1252 and written as UTF-8 again.
func twice(s string) string {
	var out strings.Builder
	for i := range len(s) {
		r := charmap.Windows1252.DecodeByte(s[i])
		if r == '\ufffd' {
			r = rune(s[i])
		}
		out.WriteRune(r)
	}
	return out.String()
}

// imported is an entry that is a file and goes all the way into a record of its own.
func imported(id string, file []byte, want string) trial {
	return trial{id, func(t *testing.T, _ *corpusWorld) string {
		town := newTown(t, t.TempDir()+"/loa.db")
		ctx := context.Background()
		importer := &work.Importer{Record: town.s}
		ask := work.Request{UnitID: town.ward.ID, File: bytes.NewReader(file), Size: int64(len(file)), Name: "a.csv", Actor: "an"}
		rep, err := importer.Import(ctx, ask)
		require.NoError(t, err)
		again, err := importer.Import(ctx, ask)
		require.NoError(t, err)
		require.True(t, again.AlreadyImported)
		require.Zero(t, again.New, "the second time nobody is new")
		out := fmt.Sprint(rep.New, " new")
		for _, r := range rep.Remarks {
			out += fmt.Sprint(" ", r.Code, ":", r.Count)
		}
		traces, err := town.s.RosterRows(ctx, rep.RosterID, "", 0, 10)
		require.NoError(t, err)
		for _, row := range traces {
			for _, c := range row.Codes {
				if c.Code == store.CodeNameDiffers {
					out += " " + c.Code
				}
			}
		}
		return out
	}, []string{want}}
}

// corpusFields fill a notice.
var corpusFields = map[string]string{"unit": "P.HongHa", "place": "THPT Hồng Hà 1", "time": "8h T7 10/4", "deadline": "15/04/2027", "name": "Nguyễn Thị Minh Anh", "honorific": "Ông/Bà",
	"phone": "02033827113", "code": "K7M2QX", "doc_list": "giấy khai sinh", "doc_no": "12/TB-CA", "class": "12A3"}

func fieldsWith(field, value string) map[string]string {
	out := map[string]string{}
	for k, v := range corpusFields {
		out[k] = v
	}
	out[field] = value
	return out
}

// refusedAs says why words or a value were refused.
func refusedAs(err error) string {
	var field *templates.FieldNotAllowedError
	var syntax *templates.SyntaxError
	var missing *templates.MissingFieldError
	var fraud *templates.FraudError
	var charset *templates.CharsetError
	switch {
	case errors.As(err, &charset):
		return "refused:charset " + string(charset.Char)
	case errors.As(err, &field):
		return "refused:field " + field.Field
	case errors.As(err, &syntax):
		return "refused:syntax"
	case errors.As(err, &missing):
		return "held:" + missing.Field
	case errors.As(err, &fraud):
		return "refused:" + string(fraud.Rule)
	}
	return "refused:" + err.Error()
}

// shown is a name in a text message: as it stands between the words around it, in an unaccented one where that is said.
func shown(id, name, want string) trial {
	return trial{id, func(_ *testing.T, w *corpusWorld) string {
		form := "sms"
		if strings.HasPrefix(want, "refused:charset") {
			form = "sms_plain"
		}
		c, err := w.set.Render(templates.Request{Kind: "exam", Step: "first", Form: form, Locale: "vi", Fields: fieldsWith("name", name)})
		if err != nil {
			return refusedAs(err)
		}
		if strings.Contains(c.Body, " "+want) {
			return want
		}
		return c.Body
	}, []string{want}}
}

// words is an entry that staff write as the text of a form; with gives a field a value; see says what became of it.
func words(id, form, text, field, value string, see func(templates.Content) string, want string) trial {
	return trial{id, func(_ *testing.T, w *corpusWorld) string {
		staff, err := w.set.Compile(campaigns.StaffWords{form: {"vi": text}})
		if err != nil {
			return refusedAs(err)
		}
		c, err := w.set.Render(templates.Request{Kind: "custom", Step: "first", Form: form, Locale: "vi", Fields: fieldsWith(field, value), Staff: staff})
		if err != nil {
			return refusedAs(err)
		}
		return see(c)
	}, []string{want}}
}

// literally says whether a text stands in the notice as it was written.
func literally(text string) func(templates.Content) string {
	return func(c templates.Content) string {
		if strings.Contains(c.Body, text) && c.Subject == "" {
			return "as it is"
		}
		return c.Subject + "|" + c.Body
	}
}

// parts counts an SMS, and says that the count is that of the whole text.
func parts(c templates.Content) string {
	if templates.Count(c.Body) != c.Segments || !utf8.ValidString(c.Body) {
		return "miscounted"
	}
	return fmt.Sprint(c.Segments.Encoding, " ", c.Segments.Parts, " parts ", c.Segments.Units-utf8.RuneCountInString(c.Body), " more units than characters")
}

func zipped(n int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(bytes.Repeat([]byte(" "), n))
	_ = w.Close()
	return b.String()
}

// asked is a request as it stands, over a real connection; want are the statuses that are right.
func asked(id, method, target string, header []string, body string, want ...int) trial {
	one := trial{id: id, try: func(t *testing.T, w *corpusWorld) string {
		status, answer := w.send(t, method, target, header, body)
		require.NotContains(t, answer, "surprise")
		require.NotContains(t, answer, "etc")
		return strconv.Itoa(status)
	}}
	for _, status := range want {
		one.want = append(one.want, strconv.Itoa(status))
	}
	return one
}

func post(id, body string, want ...int) trial {
	return asked(id, "POST", "/api/v1/campaigns", []string{"Content-Type: application/json"}, body, want...)
}

func get(id, target string, want ...int) trial { return asked(id, "GET", target, nil, "", want...) }

// send sends a request as it stands.
func (w *corpusWorld) send(t *testing.T, method, target string, header []string, body string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", w.addr)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(3*time.Minute)))
	head := method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nLoa-Actor: Lan\r\nAuthorization: Bearer " + w.key + "\r\n"
	for _, h := range header {
		head += h + "\r\n"
	}
	if body != "" {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	go func() { _, _ = io.WriteString(conn, head+"\r\n"+body) }() // the server may answer before it has all
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(t, err, "%.80s", target)
	defer res.Body.Close()
	answer, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(answer)
}

const corpusSecret = "corpus-secret-0123456789abcdef" // gitleaks:allow, it opens nothing

// gateway takes every text; its message ids are p1, p2 ... in the order of arrival.
type gateway struct{ n int }

func (g *gateway) Send(context.Context, notifier.Message) (notifier.Sent, error) {
	g.n++
	return notifier.Sent{ProviderID: fmt.Sprint("p", g.n)}, nil
}

// signed signs a report of receipts, so much later than now.
func signed(later time.Duration) func(string) http.Header {
	return func(body string) http.Header { return channel.Sign(corpusSecret, time.Now().Add(later), []byte(body)) }
}

// hook is a provider's report to a Loa whose texts were accepted: the real parser, the real record. The outcome is the
// answer, then how many texts are accepted, delivered and undelivered.
func hook(id, channelName string, sign func(string) http.Header, people int, want string, bodies ...string) trial {
	return trial{id, func(t *testing.T, _ *corpusWorld) string {
		town := newTown(t, t.TempDir()+"/loa.db")
		var log bytes.Buffer
		campaign, providers := town.accepted(people, &log)
		status := 0
		for _, body := range bodies {
			req := httptest.NewRequest("POST", "/receipts/"+channelName, strings.NewReader(body))
			req.Header = sign(body)
			resp, err := providers.Test(req, -1)
			require.NoError(t, err)
			status = resp.StatusCode
			town.engine.ApplyReceipts(context.Background())
		}
		require.NotContains(t, log.String(), "91000", "no number in a log")
		require.NotContains(t, log.String(), corpusSecret)
		states, err := town.s.DeliveryStates(context.Background(), campaign)
		require.NoError(t, err)
		return fmt.Sprint(status, ": ", states["accepted"], " ", states["delivered"], " ", states["undelivered number_unreachable"])
	}, []string{want}}
}

// accepted tells so many people by a gateway, and opens the listener for its reports.
func (w *town) accepted(people int, log io.Writer) (campaigns.CampaignID, *fiber.App) {
	ctx := context.Background()
	spec := notifier.Spec{Name: "sms.http", Medium: "sms", Form: "sms_plain", Loopback: true, Limits: notifier.Limits{Window: 500, InFlight: 1, Timeout: time.Second}, Policy: notifier.Policy{Receipts: true}}
	w.engine = work.New(work.Options{Name: "w", Record: w.s, Render: oneWord{}, Log: slog.New(slog.DiscardHandler), Lines: []work.Line{{Spec: spec, Channel: &gateway{}}}})
	for i := range people {
		apptest.AddPerson(w.t, w.s, w.ward, fmt.Sprint("A", i), fmt.Sprintf("+8491000%04d", i))
	}
	c, err := w.s.CreateCampaign(ctx, campaigns.Campaign{UnitID: w.ward.ID, Kind: "exam", Name: "Thử", Filter: campaigns.Under(w.ward.ID), Basis: "x", Fact: campaigns.CardIssued, Author: "an",
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"sms.http"}}}})
	require.NoError(w.t, err)
	_, err = w.s.SubmitCampaign(ctx, c.ID, "an")
	require.NoError(w.t, err)
	require.NoError(w.t, w.s.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
	_, _, err = w.s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
	require.NoError(w.t, err)
	for range 4 {
		w.engine.Tick(ctx)
	}
	channels := map[string]notifier.Channel{}
	for name, url := range map[string]string{"sms.http": "http://127.0.0.1:9/sms", "sms.http:backup": "http://127.0.0.1:9/backup"} {
		real, ok := channel.Named(channel.Deps{}, "sms.http")
		require.True(w.t, ok)
		channels[name], _, err = real.Open(notifier.Settings{"url": url, "secret": corpusSecret, "table": `{"E1":"number_unreachable"}`})
		require.NoError(w.t, err)
	}
	return c.ID, inbound.New(inbound.Options{Record: app.InboundRecord(w.s), Channels: channels, Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
}

// oneWord renders every notice alike.
type oneWord struct{}

func (oneWord) Render(notifier.Spec, notifier.Job) (work.Rendered, error) {
	return work.Rendered{Body: "x", Locale: "vi", Version: "v", Parts: 1}, nil
}

// receipt is one report as a provider writes it.
func receipt(id, status string) string {
	return fmt.Sprintf(`{"id":%q,"status":%q,"at":"2026-12-01T09:00:00+07:00"}`, id, status)
}

func receipts(n int) string {
	many := make([]map[string]string, n)
	for i := range many {
		many[i] = map[string]string{"id": fmt.Sprint("p", i+1), "status": "DELIVRD"}
	}
	raw, err := json.Marshal(many)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func names(rows []roster.Row) string {
	var out []string
	for _, r := range rows {
		if r.Rejected == "" {
			out = append(out, r.Person.Name)
		}
	}
	return strings.Join(out, ", ")
}

// workbook builds an XLSX with one sheet of the given cells.
func workbook(t *testing.T, rows [][]any, more func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, r := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		require.NoError(t, err)
		require.NoError(t, f.SetSheetRow("Sheet1", at, &r))
	}
	if more != nil {
		more(f)
	}
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	require.NoError(t, f.Close())
	return b.Bytes()
}

var head = []any{"STT", "Họ và tên", "Ngày sinh", "Số CCCD", "Điện thoại"}

func zipOf(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, body := range parts {
		p, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(p, body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// rewrite changes one part of a workbook.
func rewrite(t *testing.T, data []byte, part string, change func(string) string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range z.File {
		in, err := f.Open()
		require.NoError(t, err)
		body, err := io.ReadAll(in)
		require.NoError(t, err)
		s := string(body)
		if f.Name == part {
			s = change(s)
		}
		p, err := w.Create(f.Name)
		require.NoError(t, err)
		_, err = io.WriteString(p, s)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}
