package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// demand is what an operation asks of If-Match.
type demand int

const (
	noVersion    demand = iota
	takesVersion        // checked where it is sent
	needsVersion        // 428 without it; * is a change whatever the record says now
	needsSight          // 428 without it, and * is for programs only: a person decides about what they have seen
)

// marks go with a request: what it says of versions, and what its operation says of the answer beside the body.
type marks struct {
	match   *tags // If-Match; nil where it was not sent
	version string
	next    string // cursor of the page that follows
	paged   bool
}

type marksKey struct{}

func marksOf(ctx context.Context) *marks {
	if m, ok := ctx.Value(marksKey{}).(*marks); ok {
		return m
	}
	return &marks{}
}

// versioned answers with a body and its version, which becomes the strong ETag that If-Match of a change names.
func versioned[T any](ctx context.Context, v T, version string, err error) (*Body[T], error) {
	if err == nil {
		marksOf(ctx).version = version
	}
	return body(v, err)
}

// expecting gives the store the versions that a change was made from.
func (d demand) expecting(ctx context.Context) (context.Context, error) {
	if d == noVersion {
		return ctx, nil
	}
	match := marksOf(ctx).match
	switch {
	case match == nil && d == takesVersion:
		return ctx, nil
	case match == nil:
		return ctx, errNoVersion
	case match.any && d == needsSight && callerOf(ctx).StaffID != "":
		return ctx, errNoSight
	case match.any:
		return ctx, nil
	}
	return campaigns.Expect(ctx, match.strong...), nil
}

// tags are the entity tags of If-Match or If-None-Match.
type tags struct {
	any    bool // *
	strong []string
	weak   []string
}

// maxTags is how many tags one request may name.
const maxTags = 50

// readTags reads a list of entity tags or * (RFC 9110 §8.8.3, §13.1.1); false where it is neither.
func readTags(header string) (t tags, ok bool) {
	header = strings.Trim(header, " \t")
	if header == "*" {
		return tags{any: true}, true
	}
	for header != "" {
		if rest, comma := strings.CutPrefix(header, ","); comma {
			header = strings.TrimLeft(rest, " \t")
			continue
		}
		rest, weak := strings.CutPrefix(header, "W/")
		if rest, ok = strings.CutPrefix(rest, `"`); !ok {
			return tags{}, false
		}
		value, after, closed := strings.Cut(rest, `"`)
		if !closed || strings.IndexFunc(value, func(r rune) bool { return r <= ' ' || r == 0x7f }) >= 0 {
			return tags{}, false
		}
		if weak {
			t.weak = append(t.weak, value)
		} else {
			t.strong = append(t.strong, value)
		}
		header = strings.TrimLeft(after, " \t")
		if header != "" && header[0] != ',' || len(t.weak)+len(t.strong) > maxTags {
			return tags{}, false
		}
	}
	return t, len(t.weak)+len(t.strong) > 0
}

// has compares weakly, as If-None-Match does.
func (t tags) has(value string) bool {
	if t.any {
		return true
	}
	for _, list := range [][]string{t.strong, t.weak} {
		for _, v := range list {
			if v == value {
				return true
			}
		}
	}
	return false
}

// versions reads If-Match before an operation and writes ETag and Link after it. What has no version of its own gets a weak
// one made of the bytes of its answer: enough to be asked for again at no cost, never enough to change it.
func versions(c *fiber.Ctx) error {
	m := &marks{}
	if lines := c.Request().Header.PeekAll(fiber.HeaderIfMatch); len(lines) > 0 {
		t, ok := readTags(joined(lines))
		if !ok {
			return writeProblem(c, &Problem{Title: http.StatusText(http.StatusBadRequest), Status: http.StatusBadRequest, Code: "if_match_invalid",
				Detail: `If-Match must be the ETag of an answer as it came, with its quotes, several of them with commas, or *.`})
		}
		m.match = &t
	}
	c.SetUserContext(context.WithValue(c.UserContext(), marksKey{}, m))
	if err := c.Next(); err != nil || c.Response().StatusCode()/100 != 2 {
		return err
	}
	if m.paged && c.Method() == fiber.MethodGet {
		c.Set(fiber.HeaderLink, linkOf(c, m.next))
	}
	tag, value := `"`+m.version+`"`, m.version
	if m.version == "" {
		if c.Method() != fiber.MethodGet || c.Response().StatusCode() != http.StatusOK || c.Response().IsBodyStream() ||
			!strings.HasPrefix(string(c.Response().Header.ContentType()), fiber.MIMEApplicationJSON) {
			return nil
		}
		sum := sha256.Sum256(c.Response().Body())
		value = base64.RawURLEncoding.EncodeToString(sum[:16])
		tag = `W/"` + value + `"`
	}
	c.Set(fiber.HeaderETag, tag)
	if lines := c.Request().Header.PeekAll(fiber.HeaderIfNoneMatch); len(lines) > 0 && c.Method() == fiber.MethodGet {
		if t, ok := readTags(joined(lines)); ok && t.has(value) { // what cannot be read is not there: the whole answer is never wrong
			c.Response().ResetBody()
			c.Response().Header.SetContentType("")
			c.Status(http.StatusNotModified)
		}
	}
	return nil
}

func joined(lines [][]byte) string {
	parts := make([]string, len(lines))
	for i, l := range lines {
		parts[i] = string(l)
	}
	return strings.Join(parts, ", ")
}

// linkOf names the first page and the one that follows (RFC 8288), relative to the address of this one.
func linkOf(c *fiber.Ctx, next string) string {
	query := url.Values{}
	for k, v := range c.Request().URI().QueryArgs().All() {
		query.Add(string(k), string(v))
	}
	query.Del("cursor")
	at := func(rel string) string {
		address := c.Path()
		if len(query) > 0 {
			address += "?" + query.Encode()
		}
		return "<" + address + `>; rel="` + rel + `"`
	}
	first := at("first")
	if next == "" {
		return first
	}
	query.Set("cursor", next)
	return at("next") + ", " + first
}

// describeVersions completes an operation with the headers and answers of this file.
func describeVersions(op *huma.Operation, d demand, paged bool) {
	text := func(words string) *huma.Header {
		return &huma.Header{Description: words, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	problem := func(words string) *huma.Response {
		return &huma.Response{Description: words, Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}}
	}
	for status, res := range op.Responses {
		if status[0] != '2' || res.Content["application/json"] == nil {
			continue
		}
		if res.Headers == nil {
			res.Headers = map[string]*huma.Header{}
		}
		switch {
		case op.Method == http.MethodGet && status == "200":
			res.Headers["ETag"] = text(`Version of the answer. A strong one ("...") is what If-Match of a change names; a weak one (W/"...") only saves asking for the same again.`)
		case d != noVersion:
			res.Headers["ETag"] = text("Version after the change, where the answer shows what was changed.")
		}
		if paged && op.Method == http.MethodGet {
			res.Headers["Link"] = text(`RFC 8288: rel="first", and rel="next" where another page follows.`)
		}
	}
	if res := op.Responses["200"]; op.Method == http.MethodGet && res != nil && res.Content["application/json"] != nil {
		op.Parameters = append(op.Parameters, &huma.Param{Name: "If-None-Match", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "ETag of an earlier answer: 304 without a body where nothing has changed since."})
		op.Responses["304"] = &huma.Response{Description: "Not Modified: the earlier answer still holds."}
	}
	if d == noVersion {
		return
	}
	words := "ETag of what the change was made from; * for a change whatever it says now."
	if d == needsSight {
		words = "ETag of what was looked at; people who have signed in must name it, * is for programs only."
	}
	if d == takesVersion {
		words += " Left out, nothing is compared."
	} else {
		op.Responses["428"] = problem("Precondition Required: the change needs If-Match; the detail says where to get it.")
	}
	op.Parameters = append(op.Parameters, &huma.Param{Name: "If-Match", In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Description: words})
	op.Responses["400"] = problem("Bad Request: If-Match cannot be read.")
	op.Responses["412"] = problem("Precondition Failed: it has changed since it was read. Nothing was done; read it again.")
}
