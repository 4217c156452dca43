package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

//go:embed templates/*.html
var files embed.FS

// Frame is what every page has around its own content.
type Frame struct {
	Lang, Dir string
	Title     string // of the page, its one h1
	Tab       string // what the browser's tab says: state, page, product
	Unit      string
	Person    string
	CSRF      string
	Path      string // of this page, to come back to
	Back      *link
	Nav       []navItem
	Jobs      int
	Languages []link
	Summary   *summary // what must be mended in a form
	Note      *note    // what the last step did
	Live      bool     // the page has a stream
	Passkeys  bool     // the page has the script of passkeys
	ReadOnly  bool     // who reads may change nothing
	IdleAfter int      // seconds without a request after which the page warns that the session will end
	Plain     bool     // without menu: sign-in, errors of strangers
}

// link leads somewhere; its words are translated already.
type link struct {
	To, Words string
	Current   bool
	Tag       string // language of the words, where it is not the page's
}

// note is a box that says something.
type note struct{ Kind, Icon, Words string } // Kind: ok, warn or ""

// navItem is a line of the menu.
type navItem struct {
	Key, Icon, To string
	Current, Sep  bool
	Count         int
	Bar           bool // also in the bar at the bottom of a phone
}

// menu lists what stands in the menu, and the permission that shows it.
var menu = []struct {
	key, icon, to, permission string
	sep, bar                  bool
	only                      campaigns.UnitKind // where the line stands, "" for all but classes
}{
	{"class", "class", "/class", mayTasks, false, true, campaigns.Class},
	{"overview", "overview", "/", "", false, true, ""},
	{"wards", "pin", "/wards", mayReport, false, false, campaigns.Province},
	{"campaigns", "campaign", "/campaigns", mayReadAll, false, true, ""},
	{"todo", "todo", "/todo", mayTasks, false, true, ""},
	{"hours", "calendar", "/hours", mayTasks, false, false, ""},
	{"visits", "home", "/visits", mayTasks, false, false, ""},
	{"approvals", "approve", "/approvals", mayDecide, false, false, ""},
	{"rosters", "people", "/rosters", mayRosters, false, false, ""},
	{"texts", "template", "/texts", mayReadAll, false, false, ""},
	{"reports", "report", "/reports", mayReport, false, false, ""},
	{"desk", "user", "/desk", mayRequests, false, false, ""},
	{"audit", "history", "/audit", mayAudit, true, false, ""},
	{"users", "people", "/users", mayStaff, false, false, ""},
	{"settings", "settings", "/settings", mayStaff, false, false, ""},
	{"account", "user", "/account", "", true, false, ""},
	{"help", "help", "/help", "", false, false, ""},
}

// frame makes what stands around a page. nav is the line of the menu it belongs to, "" for none; kv fill the title.
func (s *server) frame(r *request, nav, title string, kv ...any) Frame {
	f := Frame{Lang: r.lang, Dir: s.Words.Direction(r.lang), Title: s.say(r, title, kv...), Path: r.OriginalURL()}
	f.Tab = f.Title + " – " + s.say(r, "web.product")
	for _, tag := range languages {
		f.Languages = append(f.Languages, link{To: tag, Words: s.Words.Name(tag), Current: tag == r.lang, Tag: tag})
	}
	if r.who.CSRF != "" {
		f.CSRF = maskToken(r.who.CSRF)
	}
	if f.Plain = r.unit.ID == ""; f.Plain {
		return f
	}
	f.Unit, f.Person, f.ReadOnly, f.IdleAfter = r.unit.Name, r.who.Name, readOnly(r), int((access.SessionLimits.Idle-idleWarning)/time.Second)
	w := s.waiting(r)
	f.Jobs = w.Jobs
	for _, m := range menu {
		if m.permission != "" && !r.may(m.permission, r.unit.Path) || m.only != "" && m.only != r.unit.Kind || r.unit.Kind == campaigns.Class && !forTeachers(m.key) {
			continue
		}
		item := navItem{Key: "web.nav." + m.key, Icon: m.icon, To: m.to, Current: m.key == nav, Sep: m.sep, Bar: m.bar || r.unit.Kind == campaigns.Class && m.key == "help"}
		switch m.key {
		case "todo":
			item.Count = w.Todo
		case "approvals":
			item.Count = w.Approvals
		}
		f.Nav = append(f.Nav, item)
	}
	return f
}

// idleWarning is how long before the end of an idle session its pages say so.
const idleWarning = 2 * time.Minute

// readOnly says whether the person may look at the unit and change nothing there, as an auditor.
func readOnly(r *request) bool {
	for _, p := range []string{mayDraft, mayDecide, mayLaunch, mayStop, mayAnswer, mayOutcome, mayTick, mayInbox, mayImport, mayStaffing} {
		if r.may(p, r.unit.Path) {
			return false
		}
	}
	return r.may(mayAudit, r.unit.Path)
}

// forTeachers says which lines of the menu a class has.
func forTeachers(key string) bool { return key == "class" || key == "account" || key == "help" }

// pageSet is every page in one language, by name.
type pageSet map[string]*template.Template

// parsePages parses each page with the layout and the parts, once for every language because the words are bound to it.
func (s *server) parsePages() map[string]pageSet {
	names, _ := fs.Glob(files, "templates/*.html") // the pattern is well formed
	out := map[string]pageSet{}
	for _, tag := range languages {
		shared := template.Must(template.New("").Funcs(s.functions(tag)).ParseFS(files, "templates/layout.html", "templates/parts.html"))
		out[tag] = pageSet{}
		for _, file := range names {
			name := strings.TrimSuffix(path.Base(file), ".html")
			if name == "layout" || name == "parts" {
				continue
			}
			out[tag][name] = template.Must(template.Must(shared.Clone()).ParseFS(files, file))
		}
	}
	return out
}

// render writes a page, zipped where the browser takes it.
func (s *server) render(c *fiber.Ctx, status int, lang, page string, view any) error {
	var buf bytes.Buffer
	if err := s.pages[lang][page].ExecuteTemplate(&buf, "layout", view); err != nil {
		return err
	}
	return send(c.Status(status), buf.Bytes())
}

// piece renders a named part of a page, for the live stream and for parts that are asked for alone.
func (s *server) piece(lang, page, part string, view any) ([]byte, error) {
	var buf bytes.Buffer
	err := s.pages[lang][page].ExecuteTemplate(&buf, part, view)
	return buf.Bytes(), err
}

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func send(c *fiber.Ctx, html []byte) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding+", "+fiber.HeaderCookie)
	if !acceptsGzip(c) {
		return c.Send(html)
	}
	var buf bytes.Buffer
	w := zippers.Get().(*gzip.Writer)
	defer zippers.Put(w)
	w.Reset(&buf)
	if _, err := w.Write(html); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentEncoding, "gzip")
	return c.Send(buf.Bytes())
}

// show renders a page of somebody who has signed in.
func (s *server) show(r *request, page string, view any) error {
	return s.render(r.Ctx, fiber.StatusOK, r.lang, page, view)
}
