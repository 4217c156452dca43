package templates

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/templates/lint"
)

// TestLadders: every kind has what its channels carry, in every step.
func TestLadders(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	for kind, forms := range map[string]string{
		"exam":      "sms_plain sms long relay_task relay_group relay_private visit print speech",
		"returning": "sms_plain sms long print speech",
		"homevisit": "sms_plain sms long visit speech print",
		"eid2":      "sms_plain sms long visit print speech",
		"renewal":   "sms_plain sms long visit print speech",
		"turning14": "sms_plain sms long relay_task relay_group relay_private visit print speech",
		"cardready": "sms_plain sms long visit print speech",
		"mismatch":  "sms_plain sms long visit print speech",
	} {
		for _, step := range []string{"first", "reminder", "last"} {
			for form := range strings.FieldsSeq(forms) {
				require.Contains(t, s.Templates(), Ref{kind, step, form})
				require.NotEmpty(t, s.Fields(kind, step, form))
			}
		}
	}
	require.Nil(t, s.Fields("returning", "first", "visit"))
	for step, forms := range map[string]string{Session: "sms_plain sms long print speech", RelayCard: "print", Thanks: "sms_plain sms long", Stopped: "sms_plain sms long",
		Help: "sms_plain sms long", Appointment: "sms_plain sms long", Received: "sms_plain sms long", Safety: "sms_plain sms long"} {
		for form := range strings.FieldsSeq(forms) {
			require.NotEmpty(t, s.Fields(Desk, step, form), "%s %s", step, form)
		}
	}
}

// answers says whether a text answers what a citizen asked or did, rather than being sent unasked.
func answers(r Ref) bool { return r.Kind == Desk && r.Step != Session }

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

// TestLongParagraphs: Zalo takes paragraphs of at most 400 characters (domain.md §4.1).
func TestLongParagraphs(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	for _, r := range s.Templates() {
		for _, tag := range cat.Tags() {
			for p := range strings.Lines(render(t, s, r, tag, ordinary).Body) {
				require.True(t, r.Form != "long" || utf8.RuneCountInString(p) <= 400, "%s %s: %d %s", r, tag, utf8.RuneCountInString(p), p)
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
		if answers(r) {
			continue
		}
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
			if !answers(r) && (r.Kind == "homevisit" || r.Form == "visit" || r.Form == "long" || r.Form == "print") {
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
		if r.Form != "relay_group" && r.Form != "relay_task" && r.Form != "speech" && (r.Kind != Desk || r.Form != "print") {
			continue
		}
		for _, tag := range cat.Tags() {
			require.NotContains(t, render(t, s, r, tag, ordinary).Body, ordinary["name"], r)
		}
		require.NotContains(t, s.Fields(r.Kind, r.Step, r.Form), "name")
	}
}

// TestNothingLikeAFraud: the linter finds nothing in any shipped text, and all but the shortest of them warn of frauds.
func TestNothingLikeAFraud(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	for _, r := range s.Templates() {
		for _, tag := range cat.Tags() {
			c := render(t, s, r, tag, ordinary)
			warnings := Warnings(cat, c.Locale)
			for _, text := range []string{c.Subject, c.Body} {
				found := lint.Check(text, lint.Options{Phones: []string{ordinary["phone"]}, Warnings: warnings})
				_, hard := lint.Hard(found)
				require.False(t, hard, "%s %s: %v %s", r, tag, found, text)
			}
			warned := slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(c.Body, w) })
			if !answers(r) && r.Form != "relay_task" && !(r.Kind == "homevisit" && strings.HasPrefix(r.Form, "sms")) {
				require.True(t, warned, "%s %s has no warning", r, tag)
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
	for _, form := range Forms {
		if src, err := frames.ReadFile("frame/" + form + ".tmpl"); err == nil {
			keys, err := FieldsOf(string(src))
			require.NoError(t, err)
			for _, key := range keys {
				used[key] = true
			}
		}
	}
	for _, prefix := range []string{"notice.", "reply."} {
		for _, key := range cat.Keys(prefix) {
			require.True(t, used[key], key)
		}
	}
}
