package templates

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/templates/lint"
)

// vietnamese makes the words of one form.
func vietnamese(form, text string) map[string]map[string]string {
	return map[string]map[string]string{form: {"vi": text}}
}

// written renders words of staff as a notice of the kind custom.
func written(t testing.TB, s *Set, form, text string, fields map[string]string) (Content, error) {
	t.Helper()
	words, err := s.Compile(vietnamese(form, text))
	require.NoError(t, err)
	return s.Render(Request{Kind: "custom", Step: "first", Form: form, Locale: "vi", Fields: full(form, fields), Staff: words})
}

func TestStaff(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	words, err := s.Compile(map[string]map[string]string{
		"sms_plain": {"vi": "CA {{unit}} moi {{name}} den {{place}} {{time}}.", "en": "{{unit}} police invite {{name}} to {{place}} {{time}}."},
		"long":      {"vi": "Kính mời {{honorific}} {{name}} đến {{place}}, {{time}}, mang theo {{doc_list}}."},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"sms_plain", "long"}, words.Forms())
	require.Equal(t, []string{"unit", "name", "place", "time", "phone"}, words.Fields("first", "sms_plain"))
	require.Nil(t, words.Fields("first", "visit"))
	require.Regexp(t, "^[0-9a-f]{12}$", words.Version())

	ask := Request{Kind: "custom", Step: "reminder", Form: "sms_plain", Locale: "en", Fields: ordinary, Staff: words}
	c, err := s.Render(ask)
	require.NoError(t, err)
	require.Equal(t, "P.HongHa police invite Nguyen Thi Minh Anh to THPT Hong Ha 1 8h T7 10/4. Ask/Stop: 02033827113", c.Body)
	require.Equal(t, "en", c.Locale)
	require.Equal(t, 1, c.Segments.Parts)

	ask.Form, ask.Fields = "long", full("long", ordinary)
	require.Equal(t, "vi", s.Locale(ask), "written in Vietnamese alone")
	c, err = s.Render(ask)
	require.NoError(t, err)
	require.Equal(t, "vi", c.Locale)
	require.Equal(t, "Thông báo của Công an phường Hồng Hà", c.Subject)
	for _, part := range []string{"Kính mời Ông/Bà Nguyễn Thị Minh Anh đến", "Mã kiểm tra thông báo: K7M2QX", "không hỏi mã OTP", "Ngừng nhận tin: 02033827113"} {
		require.Contains(t, c.Body, part, "the frame cannot be left out")
	}

	ask.Form = "visit"
	_, err = s.Render(ask)
	require.ErrorIs(t, err, ErrNoTemplate)
	ask.Form, ask.Staff = "long", nil
	_, err = s.Render(ask)
	require.ErrorIs(t, err, ErrNoTemplate, "no words are shipped for the kind")
}

// TestStaffForms: every form has a frame, and what many hear or read names nobody.
func TestStaffForms(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	for _, form := range Forms {
		c, err := written(t, s, form, "Moi den {{place}}, {{time}}.", ordinary)
		require.NoError(t, err, form)
		require.Contains(t, c.Body, "Moi den THPT H", form)
		_, err = s.Compile(vietnamese(form, "Moi {{name}} den."))
		if form == "speech" || form == "relay_group" || form == "relay_task" {
			var refused *FieldNotAllowedError
			require.ErrorAs(t, err, &refused, form)
			require.Equal(t, "name", refused.Field)
		} else {
			require.NoError(t, err, form)
		}
	}
}

func TestStaffVersion(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	version := func(words map[string]map[string]string) string {
		w, err := s.Compile(words)
		require.NoError(t, err)
		return w.Version()
	}
	base := version(vietnamese("sms", "Mời đến {{place}}."))
	require.Equal(t, base, version(vietnamese("sms", "  Mời đê\u0301n {{place}}.\n")), "the same words in another spelling")
	seen := map[string]bool{base: true}
	for _, other := range []map[string]map[string]string{vietnamese("sms", "Mời đến {{place}}"), vietnamese("long", "Mời đến {{place}}."), vietnamese("sms", "Mời đến {{time}}."),
		{"sms": {"vi": "Mời đến {{place}}.", "en": "Come to {{place}}."}}} {
		v := version(other)
		require.False(t, seen[v])
		seen[v] = true
	}
}

// TestStaffWordsPerStep: a step says what is written for it, every other step what is written for all; a step may be the only
// one that has words in a form.
func TestStaffWordsPerStep(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	words, err := s.Compile(map[string]map[string]string{
		"sms_plain":          {"vi": "CA {{unit}} moi {{name}} den {{place}}.", "en": "{{unit}} police invite {{name}}."},
		"reminder/sms_plain": {"vi": "CA {{unit}} nhac {{name}} den {{place}} truoc {{deadline}}."},
		"last/long":          {"vi": "Lần cuối: kính mời {{name}} đến {{place}}."},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"sms_plain", "reminder/sms_plain", "last/long"}, words.Slots())
	require.Equal(t, []string{"sms_plain", "long"}, words.Forms())
	body := func(step, form, locale string) string {
		c, err := s.Render(Request{Kind: "custom", Step: step, Form: form, Locale: locale, Fields: full(form, ordinary), Staff: words})
		require.NoError(t, err)
		require.Contains(t, c.Body, ordinary["phone"], "the frame stands around it")
		return c.Body
	}
	require.Contains(t, body("first", "sms_plain", "vi"), "moi Nguyen Thi Minh Anh")
	require.Contains(t, body("last", "sms_plain", "vi"), "moi Nguyen Thi Minh Anh")
	require.Contains(t, body("reminder", "sms_plain", "vi"), "nhac Nguyen Thi Minh Anh den THPT Hong Ha 1 truoc 15/04/2027")
	require.Contains(t, body("reminder", "sms_plain", "en"), "nhac", "a step without the language is served in Vietnamese, not by another step")
	require.Contains(t, body("last", "long", "vi"), "Lần cuối")
	require.Contains(t, words.Fields("reminder", "sms_plain"), "deadline")
	require.NotContains(t, words.Fields("first", "sms_plain"), "deadline")
	require.Nil(t, words.Fields("first", "long"))
	_, err = s.Render(Request{Kind: "custom", Step: "first", Form: "long", Locale: "vi", Fields: full("long", ordinary), Staff: words})
	require.ErrorIs(t, err, ErrNoTemplate)
	for _, key := range []string{"second/sms", "/sms", "reminder/", "reminder/fax", "reminder/sms/x", "Reminder/sms"} {
		_, err := s.Compile(vietnamese(key, "Mời đến."))
		require.ErrorIs(t, err, ErrUnknownForm, key)
	}
	_, err = s.Compile(vietnamese("reminder/sms_plain", "Mời đến."))
	var refused *WordsError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "reminder/sms_plain", refused.Form)
}

// TestStaffLinks: words may lead to hosts of the state over https, and are written only for a unit that may name all of them;
// whatever else looks like a link is refused when it is written.
func TestStaffLinks(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	words, err := s.Compile(vietnamese("long", "Kính mời {{name}} xem lịch tại https://congan.quangninh.gov.vn/lich trước {{deadline}}."))
	require.NoError(t, err)
	require.Equal(t, []string{"congan.quangninh.gov.vn"}, words.Links())
	ask := Request{Kind: "custom", Step: "first", Form: "long", Locale: "vi", Fields: full("long", ordinary), Staff: words}
	for _, hosts := range [][]string{nil, {"quangninh.gov.vn"}, {"congan.quangninh.gov.vn.vn"}} {
		ask.Hosts = hosts
		_, err = s.Render(ask)
		var fraud *FraudError
		require.ErrorAs(t, err, &fraud, hosts)
		require.Equal(t, lint.Link, fraud.Rule)
	}
	ask.Hosts = []string{"dichvucong.gov.vn", "congan.quangninh.gov.vn"}
	c, err := s.Render(ask)
	require.NoError(t, err)
	require.Contains(t, c.Body, "https://congan.quangninh.gov.vn/lich")
	for _, bad := range []string{"http://congan.quangninh.gov.vn", "congan.quangninh.gov.vn", "https://vneid-gov.vn/x", "https://congan.gov.vn.evil.com/x", "https://evil.com/https://a.gov.vn/",
		"https://a.gov.vn@evil.com", "https://a.gov.vn và https://evil.com", "https://CONGAN.gov.vn.co/x", "https://a.gov.vn:8080@evil.com/"} {
		_, err := s.Compile(vietnamese("long", "Kính mời {{name}} xem tại "+bad+" trước {{deadline}}."))
		var fraud *FraudError
		require.ErrorAs(t, err, &fraud, bad)
	}
}

// TestStaffRefusals: what cannot be compiled is refused when it is written, not when it is sent.
func TestStaffRefusals(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	for label, row := range map[string]struct {
		words map[string]map[string]string
		is    error
	}{
		"nothing":          {nil, ErrNoWords},
		"unknown form":     {vietnamese("fax", "x"), ErrUnknownForm},
		"English only":     {map[string]map[string]string{"sms": {"en": "Come."}}, ErrNoVietnamese},
		"blank":            {vietnamese("sms", " \n"), ErrNoVietnamese},
		"blank English":    {map[string]map[string]string{"sms": {"vi": "Mời đến.", "en": " "}}, ErrNoWords},
		"unknown language": {map[string]map[string]string{"sms": {"vi": "Mời đến.", "xx": "x"}}, ErrUnknownWords},
		"long SMS":         {vietnamese("sms", strings.Repeat("a", 141)), ErrTooMany},
		"10 MB":            {vietnamese("long", strings.Repeat("a", 10<<20)), ErrTooMany},
		"zero width":       {vietnamese("sms", "Mời\u200b đến."), ErrCharacters},
		"bidi":             {vietnamese("sms", "Mời \u202eđến."), ErrCharacters},
		"carriage return":  {vietnamese("sms", "Mời\r\nBcc: a"), ErrCharacters},
		"NUL":              {vietnamese("sms", "Mời\x00 đến."), ErrCharacters},
		"no UTF-8":         {vietnamese("sms", "Mời \xff"), ErrCharacters},
	} {
		_, err := s.Compile(row.words)
		require.ErrorIs(t, err, row.is, label)
		var words *WordsError
		require.ErrorAs(t, err, &words, label)
	}
	_, err := s.Compile(vietnamese("sms_plain", "Mời đến."))
	var charset *CharsetError
	require.ErrorAs(t, err, &charset)
}

// TestTemplateCorpus is M1 to M14 of the bad-input corpus: refused when written, or shown as it is, never executed.
func TestTemplateCorpus(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	refused := func(text string) error {
		_, err := s.Compile(vietnamese("long", text))
		require.Error(t, err, text)
		return err
	}
	var field *FieldNotAllowedError
	require.ErrorAs(t, refused("{{foo}}"), &field) // M1
	require.Equal(t, "foo", field.Field)
	var syntax *SyntaxError
	for _, text := range []string{"{{.}}", `{{template "x"}}`, `{{printf "%999999d" 1}}`, "a {{", "{{name", "name}}", "{{{name}}}", "{{}}", "{{7*7}}", "{{if name}}"} { // M4, M5, M6, M10
		err := refused(text)
		require.True(t, errors.As(err, &syntax) || errors.As(err, &field), text)
	}
	for _, key := range []string{"{{words}}", "{{notice.footer}}", "{{answer.title}}", "{{warning.otp}}"} { // our own keys are no fields
		require.ErrorAs(t, refused(key), &field, key)
	}
	words, err := s.Compile(vietnamese("long", "Kính mời {{name}}, {{class}}.")) // M2
	require.NoError(t, err)
	_, err = s.Render(Request{Kind: "custom", Form: "long", Fields: with(ordinary, map[string]string{"class": ""}), Staff: words})
	var missing *MissingFieldError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "class", missing.Field)

	c, err := written(t, s, "long", "Kính mời {{name}}.", with(ordinary, map[string]string{"name": "{{phone}} {{.code}}"})) // M3
	require.NoError(t, err)
	require.Contains(t, c.Body, "Kính mời {{phone}} {{.code}}.")
	for _, literal := range []string{"${7*7}", "%s%n", "#{}", "Subject: x", "$1", `\n`, "<b>", "%{x}"} { // M7, M8, M9
		c, err := written(t, s, "sms", "Mời đến "+literal+".", ordinary)
		require.NoError(t, err, literal)
		require.Contains(t, c.Body, "Mời đến "+literal+".")
		require.Empty(t, c.Subject)
	}
	c, err = written(t, s, "sms", "Subject: mời đến trụ sở.", ordinary)
	require.NoError(t, err)
	require.Empty(t, c.Subject, "only a frame has a subject")

	c, err = written(t, s, "sms", "Mời {{name}} đến.", with(ordinary, map[string]string{"name": strings.Repeat("Nguyễn ", 1500)})) // M11
	require.NoError(t, err)
	require.LessOrEqual(t, c.Segments.Units, 280)
	c, err = written(t, s, "sms", "Moi {{name}} den.", with(ordinary, map[string]string{"name": "An"})) // M12: the frame is accented
	require.NoError(t, err)
	require.Equal(t, "ucs2", c.Segments.Encoding)
	c, err = written(t, s, "sms_plain", "Moi {{name}} den [phong 1] {cua 2}.", with(ordinary, map[string]string{"name": "An"})) // M13
	require.NoError(t, err)
	require.Equal(t, "gsm7", c.Segments.Encoding)
	require.Equal(t, utf8.RuneCountInString(c.Body)+4, c.Segments.Units)
	c, err = written(t, s, "sms", "Mời {{name}} đến.", with(ordinary, map[string]string{"name": strings.Repeat("😀", 60)})) // M14
	require.NoError(t, err)
	require.Equal(t, Count(c.Body), c.Segments)
}

// TestStaffWordsAreRead by the linter when they are written, with the place where it stands; warnings that are shipped may
// be used word for word.
func TestStaffWordsAreRead(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	for text, rule := range map[string]lint.Rule{
		"Mời {{name}} truy cập vneid-gov.com.":               lint.Link,
		"Mời {{name}} đọc mã O.T.P cho cán bộ.":              lint.Secret,
		"Mời nộp lệ phí 50.000đ trước ngày {{deadline}}.":    lint.Money,
		"Hỏi thêm, gọi 0912 345 678.":                        lint.Phone,
		"Không đến sẽ bị xử phạt.":                           lint.Threat,
		"Mời {{name}}, cài ứng dụng theo hướng dẫn.":         lint.Install,
		"Công an không bao giờ hỏi mật khẩu của {{name}}.":   lint.Secret,
		"Mời {{honorific}} {{name}} kết bạn Zalo cán bộ xã.": lint.Move,
	} {
		_, err := s.Compile(vietnamese("long", text))
		var fraud *FraudError
		require.ErrorAs(t, err, &fraud, text)
		require.Equal(t, rule, fraud.Rule, text)
		require.NotContains(t, err.Error(), "0912")
	}
	_, err := s.Compile(vietnamese("long", "{{name}} mật khẩu"))
	var fraud *FraudError
	require.ErrorAs(t, err, &fraud)
	require.Equal(t, []int{9, 17}, []int{fraud.Start, fraud.End})
	words, err := s.Compile(vietnamese("long", "Kính mời {{name}} đến {{place}} để làm thẻ căn cước lần đầu. Công an không hỏi mã OTP, mật khẩu và không gửi đường liên kết cài ứng dụng."))
	require.NoError(t, err)
	require.Len(t, words.Advice(), 1, "it names no day")
	require.Equal(t, lint.NoDate, words.Advice()[0].Rule)
	words, err = s.Compile(vietnamese("long", "Kính mời {{name}} đến {{place}} trước ngày {{deadline}} để làm thẻ căn cước lần đầu."))
	require.NoError(t, err)
	require.Empty(t, words.Advice())
}

// TestValuesAreRead: a name that holds a link is refused in every template and form that shows it, and not sent.
func TestValuesAreRead(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	for field, value := range map[string]string{"name": "Nguyễn Văn A vneid-gov.com", "place": "trụ sở, hoặc gọi 0987 654 321", "time": "8h, hoặc bit.ly/x", "doc_list": "giấy khai sinh, 50k",
		"village": "thôn Đông www.evil.vn", "class": "079203001234", "hours": "8h, kết bạn Zalo", "deadline": "ngay lập tức", "doc_no": "https://x.vn"} {
		for _, r := range s.Templates() {
			_, err := s.Render(Request{Kind: r.Kind, Step: r.Step, Form: r.Form, Locale: "vi", Fields: with(full(r.Form, ordinary), map[string]string{field: value})})
			shown := false
			for _, f := range s.Fields(r.Kind, r.Step, r.Form) {
				shown = shown || f == field
			}
			if !shown {
				require.NoError(t, err, "%s %s", r, field)
				continue
			}
			var fraud *FraudError
			require.ErrorAs(t, err, &fraud, "%s %s", r, field)
			require.Equal(t, field, fraud.Field)
			require.NotContains(t, err.Error(), value, "errors hold no values")
		}
	}
	for _, name := range []string{"Nguyễn Thanh Toàn", "NGUYEN THANH TOAN", "Lê Phi Hùng", "Trần Ngân Hằng", "Y Bhăm Ksơr", "H'Hen Niê", "Phạm Tài Lộc", "Ngô Khoa", "Đỗ Thị Chuyên"} {
		render(t, s, Ref{"exam", "first", "sms_plain"}, "vi", with(ordinary, map[string]string{"name": name}))
	}
	render(t, s, Ref{"exam", "first", "sms"}, "vi", with(ordinary, map[string]string{"place": "trụ sở, hỏi 0203 382 7113"})) // the unit's own
}

// TestNameCorpus is what of N1 to N20 of the bad-input corpus a roster lets in: shown as it is, safe, or refused.
func TestNameCorpus(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	for name, shown := range map[string]string{
		"Nguye\u0302\u0303n Thị Á": "Nguyễn Thị Á", "NGUYỄN  THỊ   Á": "NGUYỄN THỊ Á", "Ðặng An": "Ðặng An", "Bình": "Bình", "Tôn Nữ Thị Ngọc Minh Anh Thư": "Tôn Nữ Thị Ngọc Minh Anh Thư",
		"Y Bhăm Ksơr": "Y Bhăm Ksơr", "K'Brôih": "K'Brôih", strings.Repeat("Ă", 201): strings.Repeat("Ă", 200), "A\u200bn \u202eB": "An B", "An 😀": "An 😀", "An\x00\x1b[3m": "An[3m",
		"An\r\nBcc: x": "An Bcc: x", "<script>alert(1)</script>": "<script>alert(1)</script>", `"><img onerror=>`: `"><img onerror=>`, "javascript:alert(1)": "javascript:alert(1)",
		"{{7*7}}": "{{7*7}}", `=HYPERLINK("A1")`: `=HYPERLINK("A1")`, "\u3000An\u00a0": "An",
	} {
		c, err := s.Render(Request{Kind: "exam", Step: "first", Form: "sms", Fields: with(ordinary, map[string]string{"name": name})})
		require.NoError(t, err, "%q", name)
		require.Contains(t, c.Body, "kính mời em "+shown+" đến", "%q", name)
	}
	var missing *MissingFieldError
	for _, name := range []string{"", " \u00a0\u3000", "\u200b\u202e"} {
		_, err := s.Render(Request{Kind: "exam", Step: "first", Form: "sms", Fields: with(ordinary, map[string]string{"name": name})})
		require.ErrorAs(t, err, &missing)
	}
	var fraud *FraudError
	for _, name := range []string{"An vneid.com", "An 0912345678", "An https://x"} { // N20
		_, err := s.Render(Request{Kind: "exam", Step: "first", Form: "sms", Fields: with(ordinary, map[string]string{"name": name})})
		require.ErrorAs(t, err, &fraud, name)
	}
	began := time.Now()
	_, err := s.Render(Request{Kind: "exam", Step: "first", Form: "sms", Fields: with(ordinary, map[string]string{"name": strings.Repeat("Nguyễn ", 1<<17)})}) // N10
	require.NoError(t, err)
	require.Less(t, time.Since(began), time.Second)
}

// FuzzCompile: words of staff either compile and render as they are, or are refused with a reason that holds no words.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{"Mời {{name}} đến {{place}}.", "{{", "{{name}} mật khẩu", "Subject: x\n\n{{.name}}", "${7*7}%s", "{{words}}", "\u202e"} {
		f.Add(text)
	}
	s, _ := set(f)
	f.Fuzz(func(t *testing.T, text string) {
		words, err := s.Compile(vietnamese("long", text))
		if err != nil {
			var refused *WordsError
			require.ErrorAs(t, err, &refused)
			return
		}
		c, err := s.Render(Request{Kind: "custom", Form: "long", Fields: full("long", ordinary), Staff: words})
		require.NoError(t, err)
		require.Contains(t, c.Body, "Ngừng nhận tin")
		require.Contains(t, c.Body, ordinary["code"])
		require.NotContains(t, c.Subject, "\n")
	})
}
