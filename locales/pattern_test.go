package locales

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		src    string
		fields []string
	}{
		{"", nil},
		{"không có trường", nil},
		{"{{name}}", []string{"name"}},
		{"{{.name}} và {{ name }}, {{phone}}", []string{"name", "phone"}},
		{"một { ngoặc } đơn", nil},
		{"{{họ tên}}", []string{"họ tên"}},
		{"{{notice.exam.first}}", []string{"notice.exam.first"}},
	} {
		p, err := Parse(row.src)
		require.NoError(t, err, row.src)
		require.Equal(t, row.fields, p.Fields(), row.src)
	}
	for _, src := range []string{"{{", "}}", "{{name", "name}}", "{{}}", "{{ }}", "{{.}}", "{{if .x}}", "{{range .}}{{end}}",
		"{{name | html}}", "{{a{{b}}c}}", "{{$x}}", "{{a..b}}", "{{a.}}", "{{1a}}", "{{\xff}}", "{{" + strings.Repeat("a", 65) + "}}"} {
		_, err := Parse(src)
		var syntax *SyntaxError
		require.ErrorAs(t, err, &syntax, src)
	}
}

func TestExecuteTakesOnlyFields(t *testing.T) {
	t.Parallel()
	p, err := Parse("a {{b}}")
	require.NoError(t, err)
	_, err = p.Execute(struct{ B string }{"x"})
	require.Error(t, err)
	_, err = p.Execute(nil)
	var missing *MissingFieldError
	require.ErrorAs(t, err, &missing)
	text, err := p.Execute(map[string]string{"b": "c"})
	require.NoError(t, err)
	require.Equal(t, "a c", text)
}
