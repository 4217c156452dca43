package channel

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/loaphuong/loa/notifier"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 5, 9, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "30": 30 * time.Second, " 30 ": 30 * time.Second, "-5": 0, "soon": 0, "1.5": 0, "99999999999999999999": 0,
		"9999999": maxRetryAfter, "9223372036854775807": maxRetryAfter,
		now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Add(-time.Minute).Format(http.TimeFormat): 0,
		now.AddDate(1, 0, 0).Format(http.TimeFormat): maxRetryAfter,
	} {
		require.Equal(t, want, retryAfter(http.Header{"Retry-After": {value}}, now), "%q", value)
	}
}

// Every status there can be comes to something, and only 2xx is a yes.
func TestEveryStatus(t *testing.T) {
	t.Parallel()
	for status := 100; status < 600; status++ {
		for _, promised := range []bool{false, true} {
			f := statusRules{now: time.Now, rejected5xx: promised}.judge(answer{status: status, header: http.Header{}})
			if status/100 == 2 {
				require.Nil(t, f)
				continue
			}
			require.NotNil(t, f)
			require.Contains(t, notifier.FailureReasons, f.Reason)
			require.Equal(t, fmt.Sprintf("HTTP %d", status), f.Detail)
			if status >= 500 {
				require.Equal(t, promised, f.Class == notifier.Temporary, status)
				require.Equal(t, !promised, f.Class == notifier.Unclear, status)
			}
		}
	}
}

func TestCodeDetail(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"124", "-118", "ERR_AUTH", "E1.2"} {
		require.Equal(t, "code "+code, codeDetail(code))
	}
	for _, code := range []string{"", "84950000123", "so 0950000123", "Lữ", "a b", strings.Repeat("x", 25), "a\nb"} {
		require.Equal(t, "a code that cannot be shown", codeDetail(code), code)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ to, form, want string }{
		{"+84950000123", formE164, "+84950000123"}, {"+84950000123", form84, "84950000123"}, {"+84950000123", form0, "0950000123"},
		{"+4915112345678", form84, "4915112345678"}, {"+4915112345678", form0, ""},
	} {
		got, f := number(c.to, c.form)
		require.Equal(t, c.want, got)
		require.Equal(t, c.want == "", f != nil)
	}
}

// Whatever a text holds, it stays one value of the body it is put into, and fields in it are not read.
func TestTemplateHoldsAnyText(t *testing.T) {
	t.Parallel()
	js, err := parseWire(`{"a":"{{text}}","b":["{{to}}","{{ text }}"]}`, "to", "text")
	require.NoError(t, err)
	form, err := parseWire(`to={{to}}&text={{text}}&end=1`, "to", "text")
	require.NoError(t, err)
	doc, err := parseWire(`<m><to>{{to}}</to><text>{{text}}</text></m>`, "to", "text")
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[{}"\\&=%+<>;a{{text}}]{0,20}`)).Draw(t, "text")
		values := map[string]string{"to": "+84", "text": text}
		var got struct {
			A string
			B []string
		}
		if err := json.Unmarshal([]byte(js.fill(func(f string) string { return values[f] }, escapeJSON)), &got); err != nil || got.A != text || got.B[1] != text {
			t.Fatalf("JSON: %v, %q became %q", err, text, got.A)
		}
		query, err := url.ParseQuery(form.fill(func(f string) string { return values[f] }, queryEscape))
		if err != nil || query.Get("text") != text || query.Get("end") != "1" {
			t.Fatalf("form: %v, %q became %q", err, text, query.Get("text"))
		}
		var m struct {
			Text string `xml:"text"`
		}
		if err := xml.Unmarshal([]byte(doc.fill(func(f string) string { return values[f] }, escapeXML)), &m); err != nil {
			t.Fatalf("XML: %v", err)
		}
	})
}

func TestDotted(t *testing.T) {
	t.Parallel()
	v, err := decode([]byte(`{"a":{"b":[{"c":12345678901234567890},{"c":" x "}]},"t":true,"n":null,"o":{}}`))
	require.NoError(t, err)
	for path, want := range map[string]string{"a.b.0.c": "12345678901234567890", "a.b.1.c": "x", "t": "true", "n": "", "o": "", "": "",
		"a.b.2.c": "", "a.b.-1.c": "", "a.b.x": "", "a.b": "", "z.z": "", "t.x": "", ".": ""} {
		require.Equal(t, want, dig(v, path), path)
	}
	for _, bad := range []string{"", "{", "{} {}", "{}x", "nul", strings.Repeat("[", 20000)} {
		_, err := decode([]byte(bad))
		require.ErrorIs(t, err, errNotJSON)
	}
}

func TestReadTimeAndNumber(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 1, 5, 2, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Time{"": {}, "x": {}, "-1": {}, "0": {}, "99999999999999999": {}, "2027-01-05T09:00:00+07:00": at,
		fmt.Sprint(at.Unix()): at, fmt.Sprint(at.UnixMilli()): at} {
		require.Equal(t, want, readTime(s), s)
	}
	for s, want := range map[string]string{"+84950000123": "+84950000123", "84950000123": "+84950000123", "0950 000-123": "+84950000123", "8x55": "8x55", "5656": "5656", "": ""} {
		require.Equal(t, want, readNumber(s), s)
	}
}

// roundTrip is a transport that is not net/http's and tells nothing about what it wrote.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A transport that does not say whether it wrote is not believed to have written nothing.
func TestForeignTransportIsUnclear(t *testing.T) {
	t.Parallel()
	client := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("connect: +84950000123") })}
	ch, _, err := smsHTTPSpec(Deps{HTTP: client}.withDefaults()).Open(with())
	require.NoError(t, err)
	_, err = ch.Send(t.Context(), notifier.Message{To: "+84950000123", Key: "k", Body: "x"})
	var f *notifier.Failure
	require.ErrorAs(t, err, &f)
	require.Equal(t, notifier.Unclear, f.Class)
	require.NotContains(t, err.Error(), "950000123")
}
