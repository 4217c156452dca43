package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/internal/access"
)

// Import imports a list; the same file with the same settings adds nobody twice.
type Import func(ctx context.Context, f RosterFile) (Roster, error)

// RosterFile is an upload that waits in a temporary file.
type RosterFile struct {
	UnitID        campaigns.UnitID
	Name          string
	Path          string
	Size          int64
	Authoritative bool
	ConsentRef    string
	Actor         string
	Started       func(id campaigns.RosterID)
	Options       roster.Options // mapping, sheet and encoding, as somebody said
}

const (
	uploadLimit = 64 << 20 // rulings.md 16
	uploadTime  = 10 * time.Minute
	uploadPath  = "/rosters/new"
	patience    = 2 * time.Second // longer imports are followed on a page of their own
)

// Reasons why a file is not taken.
var (
	errNoFile   = errors.New("web: there is no file")
	errFileSize = errors.New("web: the file is too large")
)

// uploadView is the first page of an import.
type uploadView struct {
	Frame
	Steps                 []step
	File, Source, Consent field
}

func (s *server) importing(app *fiber.App) {
	app.Get("/rosters/:id/problems", s.page(s.listProblems))
	app.Post("/rosters/:id/problems", s.page(s.mendRows))
}

func (s *server) askUpload(r *request) error { return s.uploadPage(r, fiber.StatusOK, "") }

func (s *server) uploadPage(r *request, status int, trouble string) error {
	if err := r.need(mayImport); err != nil {
		return err
	}
	v := uploadView{Frame: s.frame(r, "rosters", "web.import.title"), Steps: s.importSteps(r, "", 1), File: s.text(r, "file", "file"), Source: s.text(r, "source", "radio"),
		Consent: s.text(r, "consent", "text")}
	v.Frame.Back = &link{To: "/rosters", Words: s.say(r, "web.rosters.title")}
	v.Consent.Optional = true
	for _, k := range []string{"claim", "authority"} {
		v.Source.Options = append(v.Source.Options, option{Value: k, Words: s.say(r, "web.source."+k), Hint: s.say(r, "web.source."+k+".hint"), Chosen: k == "claim"})
	}
	if trouble != "" {
		m := s.mend(r)
		m.wrong(&v.File, trouble)
		m.into(&v.Frame)
	}
	return s.render(r.Ctx, status, r.lang, "upload", &v)
}

// upload streams the file to disk, looks whether it can be read, and keeps it until its columns are explained.
func (s *server) upload(r *request) error {
	if err := r.need(mayImport); err != nil {
		return err
	}
	f, err := s.receive(r)
	switch {
	case errors.Is(err, errNoFile):
		return s.uploadPage(r, fiber.StatusUnprocessableEntity, "web.import.no_file")
	case errors.Is(err, errFileSize):
		return s.uploadPage(r, fiber.StatusUnprocessableEntity, "web.import.too_large")
	case err != nil:
		return err
	}
	f.UnitID, f.Actor = r.unit.ID, r.who.Actor
	return s.stage(r, f)
}

// follow imports a file beside the request and waits for a moment; when it has been imported, verb is written into the audit
// log and after is done.
func (s *server) follow(r *request, f RosterFile, verb access.Verb, after func(ctx context.Context) error) error {
	type result struct {
		roster Roster
		err    error
	}
	done, started := make(chan result, 1), make(chan campaigns.RosterID, 1)
	f.Started = func(id campaigns.RosterID) { started <- id }
	who := r.actor() // the request may be over before the file is
	s.Aside(func(ctx context.Context) {
		defer os.Remove(f.Path)
		ctx, cancel := context.WithTimeout(ctx, uploadTime)
		defer cancel()
		one, err := s.Import(ctx, f)
		if err == nil {
			err = s.Record.RecordAudit(ctx, access.Entry{Unit: f.UnitID, Who: who, Verb: verb, Object: "roster", ObjectID: string(one.ID), After: map[string]any{"state": one.State}})
		}
		if err == nil {
			err = after(ctx)
		}
		done <- result{one, err}
	})
	wait := time.NewTimer(patience)
	defer wait.Stop()
	var id campaigns.RosterID
	for {
		select {
		case out := <-done:
			return s.imported(r, out.roster, out.err)
		case id = <-started:
		case <-wait.C:
			if id == "" {
				return r.to("/jobs")
			}
			return r.to("/rosters/" + string(id))
		}
	}
}

func (s *server) imported(r *request, one Roster, err error) error {
	var unreadable *roster.Error
	if errors.As(err, &unreadable) {
		key := "web.failure." + unreadable.Code
		if !s.Words.Has(r.lang, key) {
			key = "web.failure.other"
		}
		return s.uploadPage(r, fiber.StatusUnprocessableEntity, key)
	}
	if err != nil {
		return err
	}
	s.forget(r.unit.ID)
	if one.State == "failed" {
		return r.to("/rosters/" + string(one.ID))
	}
	if problemsOf(one.Findings, one.Rejected) > 0 {
		return r.to("/rosters/" + string(one.ID) + "/problems")
	}
	return r.to("/rosters/" + string(one.ID))
}

// receive reads a multipart body: first the settings with the token of the session, then the file.
func (s *server) receive(r *request) (f RosterFile, err error) {
	stream := r.Context().RequestBodyStream()
	boundary := string(r.Ctx.Request().Header.MultipartFormBoundary())
	if boundary == "" {
		return f, errBadForm
	}
	if stream == nil {
		stream = bytes.NewReader(r.Body())
	}
	_ = r.Context().Conn().SetReadDeadline(time.Now().Add(uploadTime))
	parts, known := multipart.NewReader(io.LimitReader(stream, uploadLimit+64<<10), boundary), false
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, errNoFile
		}
		if err != nil {
			return f, errBadForm
		}
		if part.FormName() == "file" {
			if !known {
				return f, errForeign
			}
			return f, s.toDisk(&f, part)
		}
		raw, err := io.ReadAll(io.LimitReader(part, 4096))
		if err != nil {
			return f, errBadForm
		}
		switch value := clean(string(raw)); part.FormName() {
		case "csrf":
			known = goodToken(value, r.who.CSRF)
		case "source":
			f.Authoritative = value == "authority"
		case "consent":
			f.ConsentRef = value[:min(len(value), 200)]
		}
	}
}

// toDisk streams the file to disk; only its owner can read it there.
func (s *server) toDisk(f *RosterFile, part *multipart.Part) error {
	f.Name = baseName(part.FileName())
	to, err := os.CreateTemp(s.TempDir, "loa-upload-*")
	if err != nil {
		return fmt.Errorf("keep an upload: %w", errors.Unwrap(err))
	}
	f.Path = to.Name()
	f.Size, err = io.Copy(to, io.LimitReader(part, uploadLimit+1))
	closed := to.Close()
	switch {
	case err != nil:
		err = errBadForm
	case f.Size > uploadLimit:
		err = errFileSize
	case f.Size == 0:
		err = errNoFile
	default:
		err = closed
	}
	if err != nil {
		_ = os.Remove(f.Path)
	}
	return err
}

// baseName is the name of a file without folders, short enough to be stored.
func baseName(name string) string {
	name = clean(filepath.Base(strings.ReplaceAll(name, `\`, "/")))
	if r := []rune(name); len(r) > 200 {
		name = string(r[len(r)-200:])
	}
	return name
}
