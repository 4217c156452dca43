package app

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// addition is what a developer does to add something (house.md §7): new files, and lines put into files that are there.
type addition struct {
	files map[string]string   // path, whole text
	lines map[string][]string // path, then pairs: the line after which, the new line
}

// top stands once in every locale file; where a line stands in it is for a test of their order, and for -update.
const top = `"_direction": "ltr",` + "\n"

// residence is a campaign kind with its words, in the two steps' forms that an SMS has.
var residence = addition{
	files: map[string]string{
		"campaigns/kind/residence.go": `package kind

import "github.com/loaphuong/loa/campaigns"

// residence: people who moved here and whose card names another place.
var residence = Kind{
	Name:  "residence",
	Basis: "Luật Căn cước 26/2023/QH15",
	Done:  campaigns.CardIssued,
	Lane:  campaigns.Normal,
	Needs: []string{"place"},
	Steps: campaigns.Ladder{{Name: "first", Channels: []string{"sms"}}},
	Filter: func(unit campaigns.UnitID) campaigns.Filter {
		return campaigns.All(campaigns.Under(unit), campaigns.Is("has_card", true))
	},
}
`,
		"templates/notice/residence/first.sms_plain.tmpl": "{{notice.residence.sms_plain}} {{warning.otp_plain}} {{notice.stop.sms_plain}}\n",
		"templates/notice/residence/first.sms.tmpl":       "{{notice.residence.sms}} {{warning.otp}} {{notice.stop.sms}}\n",
	},
	lines: map[string][]string{
		"campaigns/kind/kind.go": {"	return []Kind{", "residence, "},
		"locales/vi.json": {top, `"answer.ask.residence": "{{honorific}} sẽ đến làm thẻ theo nơi ở mới chứ ạ?",` + "\n", top, `"kind.residence": "Người mới chuyển đến",` + "\n",
			top, `"notice.residence.sms": "Công an {{unit}}: mời {{name}} đến {{place}} đổi thẻ căn cước theo nơi ở mới.",` + "\n",
			top, `"notice.residence.sms_plain": "CA {{unit}}: moi {{name}} den {{place}} doi the can cuoc theo noi o moi.",` + "\n"},
		"locales/en.json": {top, `"answer.ask.residence": "Will you come to change the card?",` + "\n", top, `"kind.residence": "People who moved here",` + "\n",
			top, `"notice.residence.sms": "{{unit}} police: {{name}}, please change the ID card at {{place}}.",` + "\n",
			top, `"notice.residence.sms_plain": "{{unit}} police: {{name}}, please change the ID card at {{place}}.",` + "\n"},
		"locales/fr.json":      {top, `"answer.ask.residence": "Viendrez-vous ?",` + "\n"},
		"locales/ja.json":      {top, `"answer.ask.residence": "来られますか。",` + "\n"},
		"locales/ko.json":      {top, `"answer.ask.residence": "오시겠습니까?",` + "\n"},
		"locales/zh-Hant.json": {top, `"answer.ask.residence": "請問您會來嗎？",` + "\n"},
	},
}

// pigeon is a channel: its file, its line in All, its line among the fixtures. The whole wire suite runs over it.
var pigeon = addition{
	files: map[string]string{"notifier/channel/sms_pigeon.go": `package channel

import "github.com/loaphuong/loa/notifier"

// smsPigeonSpec carries texts to a provider that speaks the simulated one's JSON under a name of its own.
func smsPigeonSpec(d Deps) notifier.Spec {
	return simulatorSpec(d, "sms.pigeon", "sms", "sms", 2, smsCodes)
}
`},
	lines: map[string][]string{
		"notifier/channel/all.go":              {"	return []notifier.Spec{\n", "		smsPigeonSpec(d),\n"},
		"notifier/channel/conformance_test.go": {"	return map[string]channeltest.Fixture{\n", `		"sms.pigeon":     {Wire: &smsSimulatorFixture},` + "\n"},
	},
}

// letter is a template for a notice that is there already, in a form that it lacked.
var letter = addition{files: map[string]string{"templates/notice/returning/first.visit.tmpl": "{{notice.visit.who}}\n{{notice.visit.code}}\n{{notice.visit.officers}} {{notice.visit.check}}\n{{warning.no_transfer}}\n{{notice.stop.long}}\n"}}

// german is a locale: one file and nothing else. Its texts are those of French but for two.
func german(t *testing.T, root string) addition {
	raw, err := os.ReadFile(filepath.Join(root, "locales/fr.json"))
	require.NoError(t, err)
	var all map[string]any
	require.NoError(t, json.Unmarshal(raw, &all))
	all["_name"] = "Deutsch"
	all["answer.ask.residence"] = "Kommen Sie?"
	all["notice.residence.sms"] = "Polizei {{unit}}: {{name}}, bitte den Ausweis ändern, {{place}}."
	delete(all, "notice.stop.sms") // the rest of a template that lacks one sentence is in the fallback
	out, err := json.MarshalIndent(all, "", "  ")
	require.NoError(t, err)
	return addition{files: map[string]string{"locales/de.json": string(out)}}
}

// probeWord looks at what was added from where it is used; it is the only file that a developer would not write.
const probeWord = `package templates

import "testing"

func TestAdded(t *testing.T) {
	s, cat := set(t)
	for _, r := range []Ref{{"residence", "first", "sms"}, {"residence", "first", "sms_plain"}, {"returning", "first", "visit"}} {
		for _, tag := range []string{"vi", "en", "de"} {
			c := render(t, s, r, tag, ordinary) // renders, and lints what it renders
			t.Logf("%s %s in %s: %s", r, tag, c.Locale, c.Body)
		}
	}
	t.Log(cat.Name("de"), cat.Say("de", "answer.ask.residence"))
}
`

// TestAdding adds a kind, a channel, a locale and a template as house.md §7 says, over the tree and not in it (go test
// -overlay), and runs the suites that watch over kinds, channels, locales and templates. What is named here is all that
// changes. The golden texts are left out: their files are written by -update and read by a human.
func TestAdding(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles four packages anew; run without -short")
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	list := []addition{residence, pigeon, letter, german(t, root), {files: map[string]string{"templates/added_test.go": probeWord}}}
	out := goTest(t, root, overlay(t, root, list), "./campaigns/kind", "./notifier/channel", "./templates", "./locales")
	for _, want := range []string{
		"--- PASS: TestKinds/residence", "--- PASS: TestEveryKindLaunches/residence", "--- PASS: TestConformance/sms.pigeon", "--- PASS: TestNothingLikeAFraud",
		"--- PASS: TestSMSLengths", "--- PASS: TestCitizensAreServedInEveryLanguage", "--- PASS: TestAdded",
		"mời Nguyễn Thị Minh Anh đến THPT Hồng Hà 1", "please change the ID card at THPT Hồng Hà 1", "residence/first.sms de in vi", "Deutsch Kommen Sie?",
	} {
		require.Contains(t, out, want)
	}
}

// Whoever forgets a part is told which one.
func TestAddingHalf(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles packages anew; run without -short")
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	bare := addition{files: pigeon.files, lines: map[string][]string{"notifier/channel/all.go": pigeon.lines["notifier/channel/all.go"]}}
	wordless := addition{files: map[string]string{"campaigns/kind/residence.go": residence.files["campaigns/kind/residence.go"]},
		lines: map[string][]string{"campaigns/kind/kind.go": residence.lines["campaigns/kind/kind.go"]}}
	out := goTestFails(t, root, overlay(t, root, []addition{bare, wordless}), "./campaigns/kind", "./notifier/channel")
	require.Contains(t, out, "--- FAIL: TestKinds/residence")
	require.Contains(t, out, "sms.pigeon")
}

// overlay writes the additions into a folder of the test and the file that go's -overlay reads.
func overlay(t *testing.T, root string, list []addition) string {
	t.Helper()
	dir, replace := t.TempDir(), map[string]string{}
	put := func(path, text string) {
		to := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		require.NoError(t, os.WriteFile(to, []byte(text), 0o600))
		replace[filepath.Join(root, path)] = to
	}
	for _, a := range list {
		for path, text := range a.files {
			_, err := os.Stat(filepath.Join(root, path))
			require.ErrorIs(t, err, os.ErrNotExist, "%s is a new file", path)
			put(path, text)
		}
		for path, pairs := range a.lines {
			require.NotContains(t, replace, filepath.Join(root, path), "one addition a file")
			raw, err := os.ReadFile(filepath.Join(root, path))
			require.NoError(t, err)
			text := string(raw)
			for pair := range slices.Chunk(pairs, 2) {
				require.Equal(t, 1, strings.Count(text, pair[0]), "%s: %q", path, pair[0])
				text = strings.Replace(text, pair[0], pair[0]+pair[1], 1)
			}
			put(path, text)
		}
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	to := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(to, raw, 0o600))
	return to
}

func goTest(t *testing.T, root, overlay string, packages ...string) string {
	t.Helper()
	out, err := runGo(root, overlay, packages)
	require.NoError(t, err, out)
	return out
}

func goTestFails(t *testing.T, root, overlay string, packages ...string) string {
	t.Helper()
	out, err := runGo(root, overlay, packages)
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, out)
	require.NotContains(t, out, "build failed")
	return out
}

// suites are the tests that watch over what is added; files sorted by their own test are left to -update.
const suites = "TestKinds|TestEveryKind|TestConformance$|TestSMSLengths|TestStopLine|TestLongParagraphs|TestNothingLikeAFraud|TestNoUnusedNoticeKeys|TestAdded|" +
	"TestVietnameseAndEnglishAreComplete|TestCitizensAreServed|TestPluralForms|TestFieldsAgree|TestEveryTextRenders|TestTexts"

func runGo(root, overlay string, packages []string) (string, error) {
	args := append([]string{"test", "-overlay", overlay, "-vet=off", "-count=1", "-v", "-timeout=2m", "-run", suites}, packages...)
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.WaitDelay = root, 5*time.Second
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}
