package work

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/templates"
)

// Compiler is implemented by renderers that can use words which staff have written.
type Compiler interface {
	Compile(words campaigns.StaffWords) (*templates.Staff, error)
}

// Compile implements Compiler.
func (w *Writer) Compile(words campaigns.StaffWords) (*templates.Staff, error) {
	return w.set.Compile(words)
}

var errNoCompiler = errors.New("this renderer knows no words of staff")

// maxStaff is how many versions stay compiled; a version never changes, so that none grows old.
const maxStaff = 64

// staffWords keeps the words of staff compiled. A window of deliveries has those of one campaign.
type staffWords struct {
	compiler Compiler // nil where the renderer knows no words of staff
	mu       sync.Mutex
	kept     map[campaigns.TemplateVersionID]*templates.Staff
}

// compiled compiles words and keeps them under their version's id; "" keeps nothing.
func (s *staffWords) compiled(id campaigns.TemplateVersionID, words campaigns.StaffWords) (*templates.Staff, error) {
	if s.compiler == nil {
		return nil, errNoCompiler
	}
	staff, err := s.compiler.Compile(words)
	if err != nil || id == "" {
		return staff, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= maxStaff {
		s.kept = nil
	}
	if s.kept == nil {
		s.kept = map[campaigns.TemplateVersionID]*templates.Staff{}
	}
	s.kept[id] = staff
	return staff, nil
}

// of returns the words of a version, from its JSON where they are not at hand.
func (s *staffWords) of(id campaigns.TemplateVersionID, raw string) (*templates.Staff, error) {
	s.mu.Lock()
	staff := s.kept[id]
	s.mu.Unlock()
	if staff != nil {
		return staff, nil
	}
	var words campaigns.StaffWords
	if err := json.Unmarshal([]byte(raw), &words); err != nil {
		return nil, fmt.Errorf("the words of a template are damaged: %w", err)
	}
	return s.compiled(id, words)
}

// dress gives the candidates of a campaign whose words staff write those words. What cannot be read fails alone.
func (e *Engine) dress(list []store.Candidate) {
	for i := range list {
		if list[i].WordsID == "" || list[i].Facts.Appointment {
			continue
		}
		var err error
		if list[i].Job.Words, err = e.staff.of(list[i].WordsID, list[i].Words); err != nil && list[i].Broken == nil {
			list[i].Broken = err
		}
	}
}
