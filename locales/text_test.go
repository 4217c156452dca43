package locales

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// sample is a small catalogue with a gap: English has no "only.vi".
func sample(t *testing.T, english string) (*Catalogue, error) {
	t.Helper()
	return loadFS(fstest.MapFS{
		"vi.json": {Data: []byte(`{"_name":"Tiếng Việt","_direction":"ltr","hello":"Chào {{name}}","only.vi":"Chỉ {{ .name }}","people":{"other":"{{n}} người"}}`)},
		"en.json": {Data: []byte(english)},
	})
}

const english = `{"_name":"English","_direction":"ltr","hello":"Hello {{.name}}","people":{"one":"{{n}} person","other":"{{n}} people"}}`

func TestTextReportsTheLanguageReallyUsed(t *testing.T) {
	t.Parallel()
	c, err := sample(t, english)
	require.NoError(t, err)
	fields := map[string]string{"name": "An"}
	for _, row := range []struct{ tag, key, text, used string }{
		{"en", "hello", "Hello An", "en"},
		{"en-GB", "hello", "Hello An", "en"},
		{"vi", "hello", "Chào An", "vi"},
		{"en", "only.vi", "Chỉ An", "vi"},
		{"ja", "hello", "Chào An", "vi"},
		{"", "hello", "Chào An", "vi"},
		{"not a tag", "hello", "Chào An", "vi"},
		{strings.Repeat("x", 1000), "hello", "Chào An", "vi"},
	} {
		text, used, err := c.Text(row.tag, row.key, fields)
		require.NoError(t, err, row)
		require.Equal(t, row.text, text, row)
		require.Equal(t, row.used, used, row)
	}
	require.Equal(t, []string{"only.vi"}, c.Missing("en"))
	require.Len(t, c.Missing("ja"), 3)
	require.False(t, c.Has("en", "only.vi"))
	require.True(t, c.Has("vi", "only.vi"))
	require.Equal(t, []string{"vi", "en"}, c.Tags())
	require.Equal(t, "English", c.Name("en"))
	require.Equal(t, "ltr", c.Direction("en"))
}

func TestTextFailsRatherThanSayNoValue(t *testing.T) {
	t.Parallel()
	c, err := sample(t, english)
	require.NoError(t, err)
	for _, tag := range []string{"vi", "en", "ja"} {
		for _, key := range []string{"hello", "only.vi"} {
			text, used, err := c.Text(tag, key, map[string]string{"other": "x"})
			var missing *MissingFieldError
			require.ErrorAs(t, err, &missing, "%s %s", tag, key)
			require.Equal(t, "name", missing.Field)
			require.Empty(t, text)
			require.Empty(t, used)
		}
	}
	_, _, err = c.Text("en", "nothing", nil)
	require.ErrorIs(t, err, ErrUnknownKey)
	_, _, err = c.Text("en", "people", nil)
	require.Error(t, err, "a message with plural forms needs a number")
	_, _, err = c.Plural("en", "hello", 1, nil)
	require.Error(t, err, "a message without plural forms takes no number")
}

func TestValuesAreNotRead(t *testing.T) {
	t.Parallel()
	c, err := sample(t, english)
	require.NoError(t, err)
	for _, name := range []string{"{{name}}", "{{.name}}", "<no value>", "{{", "}}", "%s", "{{range .}}"} {
		text, _, err := c.Text("en", "hello", map[string]string{"name": name})
		require.NoError(t, err)
		require.Equal(t, "Hello "+name, text)
	}
}

func TestPlural(t *testing.T) {
	t.Parallel()
	c, err := sample(t, english)
	require.NoError(t, err)
	for _, row := range []struct {
		tag  string
		n    int
		want string
	}{{"en", 0, "0 people"}, {"en", 1, "1 person"}, {"en", 2, "2 people"}, {"vi", 1, "1 người"}, {"fr", 1, "1 người"}} {
		text, _, err := c.Plural(row.tag, "people", row.n, nil)
		require.NoError(t, err)
		require.Equal(t, row.want, text)
	}
	text, used, err := c.Plural("en", "people", 12480, map[string]string{"n": "12,480"})
	require.NoError(t, err)
	require.Equal(t, "12,480 people", text)
	require.Equal(t, "en", used)
}

func TestSayNeverFails(t *testing.T) {
	t.Parallel()
	c, err := sample(t, english)
	require.NoError(t, err)
	require.Equal(t, "Hello An", c.Say("en", "hello", "name", "An"))
	require.Equal(t, "Hello {{name}}", c.Say("en", "hello"))
	require.Equal(t, "Hello {{name}}", c.Say("en", "hello", "name"))
	require.Equal(t, "no.such.key", c.Say("en", "no.such.key", "name", "An"))
	require.Equal(t, "1 person", c.Say("en", "people", "n", "1"))
	require.Equal(t, "5 people", c.Say("en", "people", "n", "5"))
	require.Equal(t, "{{n}} people", c.Say("en", "people"))
}

func TestManyReadersAtOnce(t *testing.T) {
	t.Parallel()
	c, err := sample(t, english)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if c.Say("en", "hello", "name", "An") != "Hello An" {
					t.Error("wrong text")
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkText(b *testing.B) {
	c, err := Load()
	require.NoError(b, err)
	fields := map[string]string{"unit": "P.HongHa", "phone": "02033827113"}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.Text("vi", "reply.received.sms", fields); err != nil {
			b.Fatal(err)
		}
	}
}
