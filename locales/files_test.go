package locales

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// update writes the locale files sorted: `go test ./locales -run Sorted -update` after adding keys anywhere in them.
var update = flag.Bool("update", false, "sort the locale files")

// complete lists the languages that must have every key. Others may lag behind; the locale page lists what they lack.
var complete = []string{"vi", "en"}

func shippedFiles(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	var out []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") {
			out = append(out, e.Name())
		}
	}
	return out
}

func TestFilesAreSorted(t *testing.T) {
	t.Parallel()
	for _, name := range shippedFiles(t) {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		entries, err := readEntries(data)
		require.NoError(t, err, name)
		if *update {
			require.NoError(t, os.WriteFile(name, format(t, entries), 0o644))
			continue
		}
		require.True(t, slices.IsSortedFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) }),
			"%s is not sorted: run this test with -update", name)
	}
}

func format(t *testing.T, entries []entry) []byte {
	t.Helper()
	values := map[string]any{}
	for _, e := range entries {
		values[e.key] = e.forms
		if !e.counted {
			values[e.key] = e.forms["other"]
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(values)) // sorts keys
	return b.Bytes()
}

func TestVietnameseAndEnglishAreComplete(t *testing.T) {
	t.Parallel()
	c, err := Load()
	require.NoError(t, err)
	for _, tag := range complete {
		require.Empty(t, c.Missing(tag), tag)
	}
	for _, tag := range c.Tags() {
		text, used, err := c.Text(tag, "state.delivered", nil)
		require.NoError(t, err)
		require.NotEmpty(t, text)
		if c.Has(tag, "state.delivered") {
			require.Equal(t, tag, used, "go-i18n serves %s by another language", tag)
		}
	}
}

// TestCitizensAreServedInEveryLanguage: the answer page, the warnings, how to check and how to stop, and what answers a
// citizen are there in every language that is shipped at all, except where only unaccented letters may stand.
func TestCitizensAreServedInEveryLanguage(t *testing.T) {
	t.Parallel()
	c, err := Load()
	require.NoError(t, err)
	require.Subset(t, c.Tags(), []string{"vi", "en", "fr", "ja", "ko", "zh-Hant"})
	for _, tag := range c.Tags() {
		for _, prefix := range []string{"answer.", "warning.", "reply.", "honorific.", "join.", "count.", "notice.footer", "notice.stop.long"} {
			for _, key := range c.Keys(prefix) {
				require.True(t, c.Has(tag, key) || strings.HasSuffix(key, "plain"), "%s: %s", tag, key)
			}
		}
	}
	for tag, want := range map[string]string{"fr": "0 personne, 1 personne, 2 personnes", "en": "0 people, 1 person, 2 people", "ja": "0人, 1人, 2人", "ko": "0명, 1명, 2명", "zh-Hant": "0 人, 1 人, 2 人"} {
		require.Equal(t, want, strings.Join([]string{c.Say(tag, "count.people", "n", "0"), c.Say(tag, "count.people", "n", "1"), c.Say(tag, "count.people", "n", "2")}, ", "))
	}
}

// TestPluralForms demands the forms that the language has for whole numbers, and no others.
func TestPluralForms(t *testing.T) {
	t.Parallel()
	names := map[plural.Form]string{plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many"}
	c, err := Load()
	require.NoError(t, err)
	for _, tag := range c.Tags() {
		want := map[string]bool{}
		for n := range 1001 {
			want[names[plural.Cardinal.MatchPlural(language.MustParse(tag), n, 0, 0, 0, 0)]] = true
		}
		for key, m := range c.files[tag].messages {
			if !m.plural() {
				continue
			}
			for form := range want {
				require.Contains(t, m, form, "%s: %s", tag, key)
			}
			for form := range m {
				require.True(t, want[form] || form == "many", "%s: %s: form %q is never used", tag, key, form)
			}
			for _, n := range []int{0, 1, 2, 5, 11, 100} {
				_, _, err := c.Plural(tag, key, n, everyField(m["other"]))
				require.NoError(t, err)
			}
		}
	}
}

// TestFieldsAgree: a translation may leave out the form of address, nothing else.
func TestFieldsAgree(t *testing.T) {
	t.Parallel()
	c, err := Load()
	require.NoError(t, err)
	for _, tag := range c.Tags() {
		for key, m := range c.files[tag].messages {
			fields := m["other"].Fields()
			for _, f := range c.files[Fallback].messages[key]["other"].Fields() {
				if f != "honorific" {
					require.Contains(t, fields, f, "%s: %s", tag, key)
				}
			}
		}
	}
}

func TestEveryTextRenders(t *testing.T) {
	t.Parallel()
	c, err := Load()
	require.NoError(t, err)
	for _, tag := range c.Tags() {
		for _, key := range c.Keys("") {
			p := c.files[Fallback].messages[key]["other"]
			text := c.Say(tag, key, pairs(everyField(p))...)
			require.NotContains(t, text, "{{", "%s: %s", tag, key)
			require.NotContains(t, text, "<no value>", "%s: %s", tag, key)
		}
	}
}

// TestTexts holds every text to the house's typography: no stray blanks, nothing invisible, no exclamation marks
// (ux.md §8), warnings without fields, since a linter removes them verbatim.
func TestTexts(t *testing.T) {
	t.Parallel()
	c, err := Load()
	require.NoError(t, err)
	for tag, f := range c.files {
		for key, m := range f.messages {
			require.Equal(t, strings.ToLower(key), key)
			for _, p := range m {
				text, err := p.Execute(everyField(p))
				require.NoError(t, err)
				require.Equal(t, strings.TrimSpace(text), text, "%s: %s", tag, key)
				require.NotContains(t, text, "  ", "%s: %s", tag, key)
				require.NotContains(t, text, "!", "%s: %s", tag, key)
				require.False(t, strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }), "%s: %s", tag, key)
				if strings.HasPrefix(key, "warning.") {
					require.Empty(t, p.Fields(), "%s: %s", tag, key)
				}
			}
		}
	}
}

// TestNeededKeys lists the groups that other packages ask for by composed keys.
func TestNeededKeys(t *testing.T) {
	t.Parallel()
	c, err := Load()
	require.NoError(t, err)
	answers := "will_come already_done other_date home_visit need_help wrong_person stop"
	for prefix, names := range map[string]string{
		"answer.kind.":   answers,
		"answer.thanks.": answers,
		"answer.":        "title question expired unknown never_ask officer_check",
		"medium.":        "sms zalo email relay visit print speech",
		"state.":         "planned queued claimed sending accepted delivered undelivered failed unknown unknown_final no_receipt suppressed cancelled expired merged",
		"campaign.":      "draft submitted returned approved running paused completed cancelled",
		"reason.": "no_basis erased restricted opted_out wrong_person no_consent answered_stop verified claimed wants_visit deadline_passed quiet_hours " +
			"cap_person_day cap_person_month cap_address_day household_merged no_channel away_from_home launch_paused launch_cancelled not_in_audience " +
			"number_invalid number_unreachable not_on_zalo refused_by_citizen content_refused too_long provider_rejected provider_down rate_limited " +
			"render_failed lint_refused misconfigured no_answer_from_provider too_many_tries worker_lost no_receipt_in_time absent declined moved expired " +
			"not_come said_coming asked_date asked_help not_sent_yet unknown not_ticked",
		"action.":    "visit call new_number desk wait remind verify_claim fix_data relay",
		"kind.":      "exam returning homevisit eid2 renewal turning14 cardready mismatch custom",
		"outcome.":   "card eid1 eid2 handed matched",
		"form.":      "sms_plain sms long relay_task relay_group relay_private visit speech print",
		"field.":     "expiry age bday slot",
		"step.":      "first reminder last",
		"word.":      "and",
		"join.":      "names",
		"honorific.": "unknown male female parents",
	} {
		for name := range strings.FieldsSeq(names) {
			require.True(t, c.Has(Fallback, prefix+name), prefix+name)
		}
	}
	require.True(t, slices.IsSorted(c.Keys("")))
}

func everyField(p *Pattern) map[string]string {
	out := map[string]string{}
	for _, f := range p.Fields() {
		out[f] = "1"
	}
	return out
}

func pairs(m map[string]string) []string {
	var out []string
	for k, v := range m {
		out = append(out, k, v)
	}
	return out
}
