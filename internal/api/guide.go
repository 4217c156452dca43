package api

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"
)

//go:embed reference/guide.html
var guidePage string

//go:embed reference/integrators.txt
var integratorsText string

//go:embed reference/campaigns.txt
var campaignsText string

//go:embed reference/notify.txt
var notifyText string

var guideTemplate = template.Must(template.New("guide").Parse(guidePage))

// guide is a page of text for people who write programs.
type guide struct {
	Title, Lead string
	Style       template.CSS
	Parts       []guidePart
}

type guidePart struct {
	ID, Title string
	Blocks    []guideBlock
}

// guideBlock is a paragraph, commands, or a table.
type guideBlock struct {
	Text, Code, Caption string
	Heads               []string
	Rows                [][]string
}

// mountGuides serves the guides beside the reference.
func mountGuides(app *fiber.App, policy string) {
	for path, text := range map[string]string{"/docs/campaigns": campaignsText, "/docs/integrators": integratorsText, "/docs/notify": notifyText} {
		var page bytes.Buffer
		err := guideTemplate.Execute(&page, readGuide(text))
		app.Get(path, func(c *fiber.Ctx) error {
			if err != nil {
				return err
			}
			c.Set(fiber.HeaderContentSecurityPolicy, policy)
			c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
			return c.Send(page.Bytes())
		})
	}
}

// readGuide reads a guide of ours: "= title", "== id | title", lines that begin with a tab are commands, with a bar rows of a
// table whose first one is its heading; all others are paragraphs.
func readGuide(text string) guide {
	g := guide{Style: template.CSS(referenceStyle)} //nolint:gosec // our own file
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case line == "":
		case strings.HasPrefix(line, "= "):
			g.Title = line[2:]
		case strings.HasPrefix(line, "== "):
			id, title, _ := strings.Cut(line[3:], " | ")
			g.Parts = append(g.Parts, guidePart{ID: id, Title: title})
		case len(g.Parts) == 0:
			g.Lead = line
		default:
			g.Parts[len(g.Parts)-1].add(line)
		}
	}
	return g
}

func (p *guidePart) add(line string) {
	last := &guideBlock{}
	if n := len(p.Blocks); n > 0 {
		last = &p.Blocks[n-1]
	}
	switch {
	case strings.HasPrefix(line, "\t") && last.Code != "":
		last.Code += "\n" + line[1:]
	case strings.HasPrefix(line, "\t"):
		p.Blocks = append(p.Blocks, guideBlock{Code: line[1:]})
	case strings.HasPrefix(line, "| ") && last.Heads != nil:
		last.Rows = append(last.Rows, strings.Split(line[2:], " | "))
	case strings.HasPrefix(line, "| "):
		p.Blocks = append(p.Blocks, guideBlock{Heads: strings.Split(line[2:], " | "), Caption: p.Title})
	default:
		p.Blocks = append(p.Blocks, guideBlock{Text: line})
	}
}
