package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/loaphuong/loa/campaigns"
)

// uploadLimit is the most a staff upload may hold (rulings.md 16).
const uploadLimit = 64 << 20

// uploadTime bounds sending and importing a list.
const uploadTime = 10 * time.Minute

// upload is a file in a multipart body that nobody has read yet.
type upload struct {
	body     io.Reader
	boundary string
	deadline func(time.Time) error
	name     string
	path     string
	size     int64
}

var _ huma.ResolverWithPath = (*RosterUpload)(nil)

// Resolve takes the body as a stream; huma would read it into memory.
func (in *RosterUpload) Resolve(ctx huma.Context, _ *huma.PathBuffer) []error {
	c := humafiber.Unwrap(ctx)
	in.upload = upload{
		body:     c.Context().RequestBodyStream(),
		boundary: string(c.Request().Header.MultipartFormBoundary()),
		deadline: c.Context().Conn().SetReadDeadline,
	}
	if in.upload.body == nil || in.upload.boundary == "" {
		return []error{&huma.ErrorDetail{Location: "body", Message: "expected multipart/form-data with one part named file"}}
	}
	return nil
}

// store streams the part named file into a temporary file. errTooLarge when it is larger than uploadLimit.
func (u *upload) store(dir string) error {
	_ = u.deadline(time.Now().Add(uploadTime)) // a connection without deadlines is bounded by the handler's own
	parts := multipart.NewReader(io.LimitReader(u.body, uploadLimit+64<<10), u.boundary)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: there is no part named file", errUpload)
		}
		if err != nil {
			return fmt.Errorf("%w: the body cannot be read as multipart/form-data", errUpload)
		}
		if part.FormName() == "file" {
			u.name = baseName(part.FileName())
			return u.copy(dir, part)
		}
	}
}

func (u *upload) copy(dir string, from io.Reader) error {
	f, err := os.CreateTemp(dir, "loa-upload-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keep an upload: %w", errors.Unwrap(err))
	}
	u.path = f.Name()
	u.size, err = io.Copy(f, io.LimitReader(from, uploadLimit+1))
	closed := f.Close()
	switch {
	case u.size > uploadLimit:
		return errTooLarge
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the file ends before its end", errUpload)
	case err != nil:
		return fmt.Errorf("keep an upload: %w", err)
	case u.size == 0:
		return fmt.Errorf("%w: the file is empty", errUpload)
	}
	return closed
}

// remove forgets the file.
func (u *upload) remove() {
	if u.path != "" {
		_ = os.Remove(u.path)
	}
}

// baseName is the name of a file without folders, short enough to be stored.
func baseName(name string) string {
	name = filepath.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	if r := []rune(name); len(r) > 200 {
		name = string(r[len(r)-200:])
	}
	return name
}

func describeUpload(op *huma.Operation) {
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {
		Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{
			"file": {Type: huma.TypeString, Format: "binary"},
		}},
	}}}
}

func describeCSV(op *huma.Operation) {
	op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{"text/csv": {
		Schema: &huma.Schema{Type: huma.TypeString},
	}}}
}

// contentTypes are those of the files that can be downloaded.
var contentTypes = map[string]string{".csv": "text/csv; charset=utf-8", ".html": "text/html; charset=utf-8", ".txt": "text/plain; charset=utf-8",
	".ndjson": "application/x-ndjson"}

// download streams a file. It is written after the handler has returned, so it has a context and a deadline of its own;
// an error in the middle can only be logged, and cuts the file short.
func (a *API) download(name string, write writerTo) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		c := humafiber.Unwrap(hctx)
		c.Set("Content-Type", contentTypes[path.Ext(name)])
		c.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'") // a page that we wrote, and nothing it could load
		c.Set("Content-Disposition", `attachment; filename="`+name+`"`)
		of := hctx.Context()
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			ctx, cancel := context.WithTimeout(campaigns.KeepScope(context.Background(), of), uploadTime)
			defer cancel()
			if err := write(ctx, w); err != nil {
				a.Log.ErrorContext(ctx, "download cut short", "file", name, "error", clean(err.Error()))
			}
			_ = w.Flush()
		})
	}}
}
