package notifyv2

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Nothing that stands in an Authorization header is trusted, or makes us stumble.
func FuzzReadToken(f *testing.F) {
	b := base64.RawURLEncoding.EncodeToString
	f.Add("Bearer " + b([]byte(`{"alg":"HS256"}`)) + "." + b([]byte(`{"iss":"11111111-1111-4111-8111-111111111111","iat":1}`)) + "." + b([]byte("x")))
	f.Add("Bearer " + b([]byte(`{"alg":"none"}`)) + "." + b([]byte(`{"iat":1e400}`)) + ".")
	f.Add("bearer a.b.c")
	f.Add("")
	f.Fuzz(func(t *testing.T, header string) {
		tok, err := readToken(header)
		if err != nil {
			var told *problem
			require.ErrorAs(t, err, &told)
			return
		}
		id, err := tok.service()
		if err == nil {
			require.True(t, isUUID(string(id)))
		}
		if tok.issuedAt != nil {
			tok.fresh(time.Unix(1, 0))
		}
		require.False(t, tok.signedBy("secret") && len(tok.signature) != 32)
	})
}

// Whatever a body is, it is a form or a refusal that can be shown.
func FuzzReadForm(f *testing.F) {
	f.Add(`{"phone_number":"0912345678","template_id":"11111111-1111-4111-8111-111111111111","personalisation":{"name":["a",1,null,{"file":"x"}]},"reference":null}`)
	f.Add(`{"personalisation":[]}`)
	f.Add(`{"a":1}{"b":2}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, raw string) {
		form, err := readForm([]byte(raw), []string{"phone_number", "template_id", "personalisation", "reference"}, []string{"phone_number"})
		if err != nil {
			return
		}
		form.values()
		_, _, _ = form.id("template_id"), form.reference(), form.web("phone_number")
		form.file()
		for _, text := range form.wrong {
			require.Less(t, utf8.RuneCountInString(text), 60*len(form.fields)+200)
		}
	})
}

func TestSentences(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]any{"": {}, "một": {"một"}, "một và hai": {"một", "", nil, "hai"}, "1, có và yes": {"1", "có", true}} {
		require.Equal(t, want, sentence(list))
	}
}

func TestUUIDs(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"11111111-1111-4111-8111-111111111111": true, "ABCDEFAB-1111-4111-8111-111111111111": true, "11111111-1111-4111-8111-11111111111g": false,
		"111111111111411181111111111111111111": false, "": false, strings.Repeat("é", 18): false} {
		require.Equal(t, want, isUUID(s), s)
	}
}
