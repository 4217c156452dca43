package templates

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSubstitute(t *testing.T) {
	t.Parallel()
	fields := map[string]string{"name": "{{phone}}", "phone": "0203", "place": ""}
	text, err := Substitute("Chào {{name}}, {{ .name }}: {{phone}}{{place}}.", fields, Allowed)
	require.NoError(t, err)
	require.Equal(t, "Chào {{phone}}, {{phone}}: 0203.", text)

	_, err = Substitute("{{otp}}", map[string]string{"otp": "1"}, Allowed)
	var refused *FieldNotAllowedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "otp", refused.Field)

	_, err = Substitute("{{code}}", fields, Allowed)
	var missing *MissingFieldError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "code", missing.Field)

	_, err = Substitute("Chào {{name", fields, Allowed)
	var syntax *SyntaxError
	require.ErrorAs(t, err, &syntax)
}

// FuzzSubstitute: whatever the text and the value, the value stands in the result as it is, once for each time it was
// asked for, and the text around it is untouched.
func FuzzSubstitute(f *testing.F) {
	for _, row := range [][2]string{{"Chào {{name}}.", "{{phone}}"}, {"{{name}}{{name}}", "{{name}}"}, {"{{.name}}", "}}{{"}, {"{{", "x"}, {"x", "{{phone"}, {"{{ name }}\n{{phone}}", "\u202e"}} {
		f.Add(row[0], row[1])
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		fields := map[string]string{"name": value, "phone": "\x01"} // cleaned to nothing
		got, err := Substitute(text, fields, func(string) bool { return true })
		if err != nil {
			var syntax *SyntaxError
			var missing *MissingFieldError
			require.True(t, errors.As(err, &syntax) || errors.As(err, &missing), err)
			return
		}
		require.Equal(t, naive(text, Clean(value)), got)
		require.Equal(t, Clean(value), Clean(Clean(value)), "cleaning twice changes nothing")
	})
}

// naive is another way to say the same: cut at the braces, then join.
func naive(text, value string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}}")
		if strings.TrimPrefix(strings.TrimSpace(name), ".") == "name" {
			b.WriteString(value)
		}
		text = after
	}
}
