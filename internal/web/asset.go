package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

//go:embed static
var static embed.FS

// assetRoot is where style, scripts and icons stand. Their names hold a hash of their content, so that a browser may
// keep them for ever.
const assetRoot = "/static/"

// asset is one file, as it is and zipped.
type asset struct {
	kind         string
	plain, gzip  []byte
	hashed, name string
}

// assets are all files, by their plain and by their hashed name.
type assets struct{ byName, byHash map[string]*asset }

var assetKinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// newAssets reads what is compiled in; it cannot fail on a machine on which the tests passed.
func newAssets() *assets {
	a := &assets{byName: map[string]*asset{}, byHash: map[string]*asset{}}
	err := fs.WalkDir(static, "static", func(file string, d fs.DirEntry, err error) error {
		kind := assetKinds[path.Ext(file)]
		if err != nil || d.IsDir() || kind == "" {
			return err
		}
		raw, err := static.ReadFile(file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(raw)
		name := path.Base(file)
		ext := path.Ext(name)
		one := &asset{kind: kind, plain: raw, gzip: zipped(raw), name: name, hashed: strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext}
		a.byName[one.name], a.byHash[one.hashed] = one, one
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("web: %v", err)) // the files are compiled in
	}
	return a
}

func zipped(raw []byte) []byte {
	var buf bytes.Buffer
	w, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	_, _ = w.Write(raw) // into memory
	_ = w.Close()
	return buf.Bytes()
}

// url is the address of a file.
func (a *assets) url(name string) string {
	one := a.byName[name]
	if one == nil {
		panic("web: there is no static file " + name)
	}
	return assetRoot + one.hashed
}

func (a *assets) serve(c *fiber.Ctx) error {
	one := a.byHash[c.Params("*")]
	if one == nil {
		c.Set(fiber.HeaderCacheControl, "no-store")
		return c.SendStatus(fiber.StatusNotFound)
	}
	c.Set(fiber.HeaderContentType, one.kind)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'")
	if acceptsGzip(c) {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(one.gzip)
	}
	return c.Send(one.plain)
}

func acceptsGzip(c *fiber.Ctx) bool {
	return strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip")
}
