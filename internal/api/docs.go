package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

//go:embed reference/page.html
var referencePage string

//go:embed reference/page.css
var referenceStyle string

var referenceTemplate = template.Must(template.New("reference").Parse(referencePage))

// reference is the description as a person reads it: one page, no script, nothing from elsewhere.
type reference struct {
	Title, Version, Description string
	Style                       template.CSS
	Groups                      []refGroup
	Operations                  int
}

type refGroup struct {
	Name       string
	Operations []refOperation
}

type refOperation struct {
	ID, Method, Path, Summary string
	Params                    []refField
	Body                      []refField
	Media                     string
	Status                    string
	Answer                    []refField
	AnswerMedia               string
	Curl                      string
}

// refField is one line of a table: a parameter, or a property with the path that leads to it.
type refField struct {
	Name, Where, Type, Doc string
	Required               bool
}

// mountDocs serves the reference at /docs. It is made once, from the same description as /openapi.json.
func mountDocs(app *fiber.App, doc *huma.OpenAPI) {
	var page bytes.Buffer
	err := referenceTemplate.Execute(&page, referenceOf(doc))
	sum := sha256.Sum256([]byte(referenceStyle))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	app.Get("/docs", func(c *fiber.Ctx) error {
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentSecurityPolicy, policy)
		c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return c.Send(page.Bytes())
	})
	mountGuides(app, policy)
}

func referenceOf(doc *huma.OpenAPI) reference {
	r := reference{Title: doc.Info.Title, Version: doc.Info.Version, Description: doc.Info.Description, Style: template.CSS(referenceStyle)} //nolint:gosec // our own file
	at := map[string]int{}
	for _, op := range operationsOf(doc) {
		tag := "other"
		if len(op.Tags) > 0 {
			tag = op.Tags[0]
		}
		i, ok := at[tag]
		if !ok {
			i = len(r.Groups)
			at[tag], r.Groups = i, append(r.Groups, refGroup{Name: tag})
		}
		r.Groups[i].Operations = append(r.Groups[i].Operations, refOperationOf(doc, op))
		r.Operations++
	}
	return r
}

// operationsOf lists all operations by path, those of one path in the order in which people think of them.
func operationsOf(doc *huma.OpenAPI) (out []*huma.Operation) {
	var paths []string
	for path := range doc.Paths {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out = append(out, op)
			}
		}
	}
	return out
}

func refOperationOf(doc *huma.OpenAPI, op *huma.Operation) refOperation {
	out := refOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary}
	for _, p := range op.Parameters {
		out.Params = append(out.Params, refField{Name: p.Name, Where: p.In, Type: typeOf(doc, p.Schema), Doc: firstOf(p.Description, p.Schema.Description), Required: p.Required})
	}
	if op.RequestBody != nil {
		for media, content := range op.RequestBody.Content {
			out.Media, out.Body = media, fieldsOf(doc, content.Schema, "", 0)
		}
	}
	for _, status := range []string{"200", "201", "202", "204"} {
		res := op.Responses[status]
		if res == nil || out.Status != "" {
			continue
		}
		out.Status = status
		for media, content := range res.Content {
			out.AnswerMedia, out.Answer = media, fieldsOf(doc, content.Schema, "", 0)
		}
	}
	out.Curl = curlOf(doc, op, out.Media)
	return out
}

// maxRefDepth keeps the tables of nested bodies readable; /openapi.json has everything.
const maxRefDepth = 4

// fieldsOf flattens a schema into lines: items[].id.
func fieldsOf(doc *huma.OpenAPI, s *huma.Schema, at string, depth int) (out []refField) {
	s = resolved(doc, s)
	switch {
	case s == nil || depth > maxRefDepth:
		return nil
	case s.Type == huma.TypeArray:
		return fieldsOf(doc, s.Items, at+"[]", depth+1)
	}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int { // what is required first
		if rx, ry := slices.Contains(s.Required, x), slices.Contains(s.Required, y); rx != ry {
			if rx {
				return -1
			}
			return 1
		}
		return strings.Compare(x, y)
	})
	for _, name := range names {
		sub := s.Properties[name]
		path := strings.TrimPrefix(at+"."+name, ".")
		out = append(out, refField{Name: path, Type: typeOf(doc, sub), Doc: firstOf(sub.Description, descriptionOf(doc, sub)), Required: slices.Contains(s.Required, name)})
		out = append(out, fieldsOf(doc, sub, path, depth+1)...)
	}
	return out
}

func resolved(doc *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

func descriptionOf(doc *huma.OpenAPI, s *huma.Schema) string {
	if r := resolved(doc, s); r != nil {
		return r.Description
	}
	return ""
}

// typeOf says what a value is, with its bounds.
func typeOf(doc *huma.OpenAPI, s *huma.Schema) string {
	s = resolved(doc, s)
	if s == nil {
		return ""
	}
	if len(s.Enum) > 0 {
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprint(v)
		}
		return strings.Join(values, " | ")
	}
	out := firstOf(s.Format, s.Type)
	switch {
	case s.Type == huma.TypeArray:
		out = "list of " + typeOf(doc, s.Items)
	case s.Minimum != nil && s.Maximum != nil:
		out += fmt.Sprintf(" %v-%v", *s.Minimum, *s.Maximum)
	case s.MaxLength != nil:
		out += fmt.Sprintf(" to %d", *s.MaxLength)
	}
	return out
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// curlOf is a command that can be tried as it stands once $KEY and what is in braces are filled in.
func curlOf(doc *huma.OpenAPI, op *huma.Operation, media string) string {
	var b strings.Builder
	b.WriteString("curl")
	if op.Method != http.MethodGet {
		b.WriteString(" -X " + op.Method)
	}
	b.WriteString(` -H "Authorization: Bearer $KEY"`)
	for _, p := range op.Parameters {
		if p.In == "header" && p.Required {
			b.WriteString(` -H "` + p.Name + `: Nguyen Van A"`)
		}
	}
	switch media {
	case "":
	case "application/json":
		b.WriteString(" --json '" + exampleOf(doc, op.RequestBody.Content[media].Schema) + "'")
	case "multipart/form-data":
		b.WriteString(" -F file=@list.xlsx")
	default:
		b.WriteString(` -H "Content-Type: ` + media + `" --data-binary @file.csv`)
	}
	return b.String() + ` "http://127.0.0.1:8420` + op.Path + `"`
}

// exampleOf is the smallest body: what is required, with the examples of the description where there are some.
func exampleOf(doc *huma.OpenAPI, s *huma.Schema) string {
	s = resolved(doc, s)
	body := map[string]any{}
	for _, name := range s.Required {
		sub := resolved(doc, s.Properties[name])
		switch {
		case len(sub.Examples) > 0:
			body[name] = sub.Examples[0]
		case len(sub.Enum) > 0:
			body[name] = sub.Enum[0]
		case sub.Type == huma.TypeInteger:
			body[name] = 1
		case sub.Type == huma.TypeArray:
			body[name] = []any{}
		case sub.Type == huma.TypeObject:
			body[name] = map[string]any{}
		default:
			body[name] = "..."
		}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return "{}"
	}
	return string(raw)
}
