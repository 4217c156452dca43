package templates

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLadders: every kind has what its channels carry, in every step.
func TestLadders(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	for kind, forms := range map[string]string{
		"exam":      "sms_plain sms long relay_task relay_group relay_private visit",
		"returning": "sms_plain sms long",
		"homevisit": "sms_plain sms long visit speech",
		"eid2":      "sms_plain sms long visit",
	} {
		for _, step := range []string{"first", "reminder", "last"} {
			for form := range strings.FieldsSeq(forms) {
				require.Contains(t, s.Templates(), Ref{kind, step, form})
				require.NotEmpty(t, s.Fields(kind, step, form))
			}
		}
	}
	require.Nil(t, s.Fields("exam", "first", "speech"))
}

// TestSMSLengths: an unaccented SMS is one part for a budgeted recipient, and no SMS is more than three for the longest
// (rulings.md 15).
func TestSMSLengths(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	for _, r := range s.Templates() {
		for _, tag := range cat.Tags() {
			if r.Form == "sms_plain" {
				for _, fields := range []map[string]string{ordinary, budget, longest} {
					require.Equal(t, "gsm7", render(t, s, r, tag, fields).Segments.Encoding, "%s %s", r, tag)
				}
				c := render(t, s, r, tag, budget)
				require.Equal(t, 1, c.Segments.Parts, "%s %s: %d %s", r, tag, c.Segments.Units, c.Body)
			}
			if strings.HasPrefix(r.Form, "sms") {
				c := render(t, s, r, tag, longest)
				require.LessOrEqual(t, c.Segments.Parts, 3, "%s %s: %d %s", r, tag, c.Segments.Units, c.Body)
			}
		}
	}
}

// TestStopLine: whatever step or channel reaches somebody first, it says how to stop (rulings.md 23). A request to a
// teacher and a loudspeaker text are not sent to an address that could stop them.
func TestStopLine(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	for _, r := range s.Templates() {
		body := render(t, s, r, "vi", ordinary).Body
		switch r.Form {
		case "relay_task", "speech":
		case "sms_plain":
			require.Contains(t, body, "Ngung tin: "+ordinary["phone"], r)
		default:
			require.Contains(t, body, "Ngừng nhận tin: "+ordinary["phone"], r)
		}
		english := render(t, s, r, "en", ordinary)
		require.Equal(t, "en", english.Locale)
		if r.Form != "relay_task" && r.Form != "speech" {
			require.Regexp(t, `(?i)stop[^:]*: `+ordinary["phone"], english.Body, r)
		}
	}
}

// TestCheckCode: a visit can be checked in every form, and so can everything long enough.
func TestCheckCode(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	for _, r := range s.Templates() {
		for _, tag := range cat.Tags() {
			c := render(t, s, r, tag, ordinary)
			if r.Kind == "homevisit" || r.Form == "visit" || r.Form == "long" {
				require.Contains(t, c.Body, ordinary["code"], "%s %s", r, tag)
			}
			require.Equal(t, r.Form == "long", c.Subject != "", r)
		}
	}
}

// TestGroupNamesNobody: a class group must not learn who lacks a card (domain.md §6.2), nor must a loudspeaker.
func TestGroupNamesNobody(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	for _, r := range s.Templates() {
		if r.Form != "relay_group" && r.Form != "relay_task" && r.Form != "speech" {
			continue
		}
		for _, tag := range cat.Tags() {
			require.NotContains(t, render(t, s, r, tag, ordinary).Body, ordinary["name"], r)
		}
		require.NotContains(t, s.Fields(r.Kind, r.Step, r.Form), "name")
	}
}

// suspicious is what a fraud writes (domain.md §6.3): outside the warning sentences a notice has none of it.
var suspicious = regexp.MustCompile(`(?i)otp|mật khẩu|mat khau|password|số căn cước|so can cuoc|id number|đường liên kết|duong lien ket|link|` +
	`http|www\.|\.vn\b|\.com\b|cài đặt|cai dat|install|kích hoạt|activate|chuyển tiền|chuyen tien|transfer|lệ phí|tiền phạt|fine\b|bank|ngân hàng|apk|` +
	`xử phạt|cưỡng chế|bị khóa|ảnh thẻ`)

func TestNothingSuspiciousOutsideWarnings(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	for _, tag := range cat.Tags() {
		var warnings []string
		for _, key := range cat.Keys("warning.") {
			warnings = append(warnings, cat.Say(tag, key))
		}
		slices.SortFunc(warnings, func(a, b string) int { return len(b) - len(a) }) // one may hold another
		for _, r := range s.Templates() {
			body := render(t, s, r, tag, ordinary).Body
			rest := body
			for _, w := range warnings {
				rest = strings.ReplaceAll(rest, w, "")
			}
			require.Empty(t, suspicious.FindString(rest), "%s %s: %s", r, tag, rest)
			if r.Form != "relay_task" && !(r.Kind == "homevisit" && strings.HasPrefix(r.Form, "sms")) {
				require.NotEqual(t, body, rest, "%s %s has no warning", r, tag)
			}
		}
	}
}

// TestNoUnusedNoticeKeys: every notice sentence is in some template.
func TestNoUnusedNoticeKeys(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	used := map[string]bool{}
	for _, r := range s.Templates() {
		src, err := shipped.ReadFile("notice/" + r.Kind + "/" + r.Step + "." + r.Form + ".tmpl")
		require.NoError(t, err)
		keys, err := FieldsOf(string(src))
		require.NoError(t, err)
		for _, key := range keys {
			used[key] = true
		}
	}
	for _, key := range cat.Keys("notice.") {
		require.True(t, used[key], key)
	}
}
