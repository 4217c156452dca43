package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
)

// casesPerOperation is how often each operation is asked; every second question keeps to its schema.
const casesPerOperation = 20

// Whatever is asked, nobody gets a 5xx, and every answer keeps to what the description promises of it.
func TestAnswersKeepToTheDescription(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward, campaign := e.running()
		ask := &asker{e: e, rng: rand.New(rand.NewPCG(4, 2)), ids: []string{string(ward), campaign, "90001", "12345", ""}}
		ask.know(e.do("POST", "/api/v1/people/search", m{"name": "an"}), e.do("GET", "/api/v1/tasks", nil),
			e.do("GET", "/api/v1/campaigns/"+campaign+"/launches", nil), e.do("GET", "/api/v1/rosters?unit="+string(ward), nil))
		seen := map[int]int{}
		for _, op := range ask.operations() {
			for i := range casesPerOperation {
				seen[ask.once(t, op, i%2 == 0)/100]++
			}
		}
		require.Greater(t, seen[2], 100, "hardly anything that keeps to its schema is accepted: %v", seen)
		require.Greater(t, seen[4], 100, "hardly anything is refused: %v", seen)
	})
}

// asker makes up questions from the description.
type asker struct {
	e   *engine
	rng *rand.Rand
	ids []string // of things that exist
}

// know remembers the ids of a list.
func (a *asker) know(lists ...answer) {
	for _, l := range lists {
		var page struct{ Items []struct{ ID string } }
		l.is(200).into(&page)
		for _, it := range page.Items {
			a.ids = append(a.ids, it.ID)
		}
	}
}

func (a *asker) operations() (out []*huma.Operation) {
	for _, item := range a.e.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Patch, item.Delete} {
			if op != nil {
				out = append(out, op)
			}
		}
	}
	slices.SortFunc(out, func(x, y *huma.Operation) int { return strings.Compare(x.OperationID, y.OperationID) })
	return out
}

// once asks an operation and checks the answer; it returns the status.
func (a *asker) once(t *testing.T, op *huma.Operation, good bool) int {
	path := op.Path
	query := url.Values{}
	header := []string{"Authorization", "Bearer " + a.e.key, "Loa-Actor", pick(a.rng, "Lan", "Hùng", "H%C3%B9ng")}
	for _, p := range op.Parameters {
		v := a.text(a.value(p.Schema, good, 0), good)
		switch {
		case p.Name == "If-Match" && good:
			header = append(header, p.Name, "*")
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(a.id(v, good)))
		case p.In == "query" && (p.Required || a.rng.IntN(2) == 0):
			if good && strings.Contains(p.Name, "unit") {
				v = a.ids[0]
			}
			query.Set(p.Name, v)
		case p.In == "header" && p.Name != "Loa-Actor" && a.rng.IntN(4) == 0 && strings.IndexFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) < 0:
			header = append(header, p.Name, v)
		}
	}
	if q := query.Encode(); q != "" {
		path += "?" + q
	}
	kind, raw := a.body(op, good)
	req := httptest.NewRequest(op.Method, path, bytes.NewReader(raw))
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	got := a.e.send(req)
	what := fmt.Sprintf("%s %s\n%.2000s\n-> %d %.2000s", op.Method, path, raw, got.status, got.body)
	require.Less(t, got.status, 500, what)
	a.conforms(t, op, got, what)
	return got.status
}

// conforms holds an answer against the description of its status.
func (a *asker) conforms(t *testing.T, op *huma.Operation, got answer, what string) {
	media := got.header.Get("Content-Type")
	if got.status >= 400 {
		require.Contains(t, media, "application/problem+json", what)
		require.NotEmpty(t, got.text("code"), what)
		require.NotEmpty(t, got.text("title"), what)
		return
	}
	promised := op.Responses[strconv.Itoa(got.status)]
	require.NotNil(t, promised, "the description does not know this status: %s", what)
	if !strings.Contains(media, "application/json") {
		return
	}
	require.Contains(t, promised.Content, "application/json", what)
	var v any
	got.into(&v)
	var res huma.ValidateResult
	registry := a.e.huma.OpenAPI().Components.Schemas
	huma.Validate(registry, promised.Content["application/json"].Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, &res)
	require.Empty(t, res.Errors, what)
}

// body makes a body by the description, or one that is broken in some way.
func (a *asker) body(op *huma.Operation, good bool) (kind string, raw []byte) {
	if op.RequestBody == nil {
		return "", nil
	}
	for media, content := range op.RequestBody.Content {
		if media != "application/json" {
			return pick(a.rng, media, "text/csv", "multipart/form-data; boundary=x"), []byte(pick(a.rng, "", "a,b\n1,2\n", "\x00\xff", "--x\r\n\r\n--x--", roster, units))
		}
		if !good && a.rng.IntN(4) == 0 {
			return media, []byte(pick(a.rng, "", "{", "null", "[]", `"x"`, "{}{}", "\xef\xbb\xbf{}", `{"a":1e400}`, `{"a":"\ud800"}`, strings.Repeat("[", 100_000)))
		}
		raw, err := json.Marshal(a.value(content.Schema, good, 0))
		require.NoError(a.e.t, err)
		return media, raw
	}
	return "", nil
}

// value makes a value of a schema, or one that is not.
func (a *asker) value(s *huma.Schema, good bool, depth int) any {
	if s.Ref != "" {
		s = a.e.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	if !good && a.rng.IntN(5) == 0 || depth > 6 {
		return pick[any](a.rng, nil, true, -1, 1e300, "", "x", hostile(a.rng), []any{}, m{}, m{"x": m{"y": []any{1, nil}}})
	}
	if len(s.Enum) > 0 {
		return s.Enum[a.rng.IntN(len(s.Enum))]
	}
	switch s.Type {
	case huma.TypeObject:
		return a.object(s, good, depth)
	case huma.TypeArray:
		list := []any{}
		for range a.rng.IntN(3) + 1 {
			list = append(list, a.value(s.Items, good, depth+1))
		}
		return list
	case huma.TypeBoolean:
		return a.rng.IntN(2) == 0
	case huma.TypeInteger, huma.TypeNumber:
		return a.number(s, good)
	case huma.TypeString:
		return a.string(s, good)
	}
	return pick[any](a.rng, "x", 1, true)
}

func (a *asker) object(s *huma.Schema, good bool, depth int) any {
	out := m{}
	for name, sub := range s.Properties {
		required := slices.Contains(s.Required, name)
		if required && (good || a.rng.IntN(5) > 0) || !required && a.rng.IntN(3) > 0 {
			out[name] = a.value(sub, good, depth+1)
		}
	}
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok && len(s.Properties) == 0 {
		for range a.rng.IntN(3) {
			out[pick(a.rng, "place", "time", "x", "doc_no")] = a.value(more, good, depth+1)
		}
	}
	if !good && a.rng.IntN(5) == 0 {
		out["surprise"] = 1
	}
	return out
}

func (a *asker) number(s *huma.Schema, good bool) any {
	low, high := 0, 100
	if s.Minimum != nil {
		low = int(*s.Minimum)
	}
	if s.Maximum != nil {
		high = int(*s.Maximum)
	}
	if !good {
		return pick[any](a.rng, low-1, high+1, 1e18, -1e18, 0.5)
	}
	return low + a.rng.IntN(max(1, high-low+1))
}

func (a *asker) string(s *huma.Schema, good bool) any {
	if !good {
		return hostile(a.rng)
	}
	switch s.Format {
	case "date":
		return pick(a.rng, "2026-12-01", "2027-04-29", "1999-02-28")
	case "date-time":
		return "2026-12-01T09:00:00+07:00"
	}
	v := pick(a.rng, a.ids[a.rng.IntN(len(a.ids))], "Nguyễn Văn An", "exam", "card", "2027-04-29", "sms.test", "stop", "1")
	if s.MinLength != nil && len(v) < *s.MinLength {
		v = strings.Repeat("x", *s.MinLength)
	}
	if r := []rune(v); s.MaxLength != nil && len(r) > *s.MaxLength {
		v = string(r[:*s.MaxLength])
	}
	return v
}

// id is what stands in a path: mostly something that exists.
func (a *asker) id(v string, good bool) string {
	if good {
		return pick(a.rng, a.ids...)
	}
	return v
}

// text writes a value as a parameter does.
func (a *asker) text(v any, _ bool) string {
	if s, ok := v.(string); ok {
		return s
	}
	raw, err := json.Marshal(v)
	require.NoError(a.e.t, err)
	return string(raw)
}

// hostile is a text that programs stumble over.
func hostile(rng *rand.Rand) string {
	return pick(rng, "", " ", "\x00", "a\x00b", "\ufeff", "'; DROP TABLE unit;--", "../../etc/passwd", "%00", "{{.}}", "<script>", "\u202e", "=1+1",
		strings.Repeat("x", 3000), strings.Repeat("đ", 300), "9223372036854775808", "-1", "null", "1e400", "2026-02-31", "\r\nX: y")
}

func pick[T any](rng *rand.Rand, of ...T) T { return of[rng.IntN(len(of))] }
