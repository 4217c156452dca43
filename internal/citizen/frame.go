package citizen

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"html/template"
	"sync"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// frameKey is everything on the asking page but the person's name. All who are asked by one campaign of one unit in one
// language see the same page around their names.
type frameKey struct {
	kind, unit, phone, lang string
	deadline, place, time   string
	answered                campaigns.AnswerKind
}

// framesKept is how many pages one generation holds, about 5 KB each.
const framesKept = 512

// frames keeps rendered pages without names, cut where the name goes. When the newer generation is full the older is
// dropped, so memory stays bounded whatever comes.
type frames struct {
	mu       sync.RWMutex
	new, old map[frameKey][][]byte
}

func (f *frames) get(k frameKey) [][]byte {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if cut := f.new[k]; cut != nil {
		return cut
	}
	return f.old[k]
}

func (f *frames) put(k frameKey, cut [][]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.new == nil || len(f.new) >= framesKept {
		f.new, f.old = map[frameKey][][]byte{}, f.new
	}
	f.new[k] = cut
}

// anyName stands for the name while a page is rendered; nobody outside can know it.
var anyName = func() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	return "x" + hex.EncodeToString(raw)
}()

// frame is the asking page, cut where the name goes.
func (s *server) frame(inv Invitation, lang string) ([][]byte, error) {
	k := frameKey{inv.Kind, inv.Unit, inv.Phone, lang, inv.Fields["deadline"], inv.Fields["place"], inv.Fields["time"], inv.Answered}
	if cut := s.frames.get(k); cut != nil {
		return cut, nil
	}
	inv.Name = anyName
	raw, err := s.page(s.question(inv, lang), lang)
	if err != nil {
		return nil, err
	}
	cut := bytes.Split(raw, []byte(anyName))
	s.frames.put(k, cut)
	return cut, nil
}

// sendQuestion writes the asking page. The name stands in text, where HTML escaping is all it needs.
func (s *server) sendQuestion(c *fiber.Ctx, inv Invitation, lang string) error {
	cut, err := s.frame(inv, lang)
	if err != nil {
		return err
	}
	name := template.HTMLEscapeString(shortName(inv.Name))
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	resp := c.Response()
	for i, part := range cut {
		if i > 0 {
			resp.AppendBodyString(name)
		}
		resp.AppendBody(part)
	}
	return nil
}
