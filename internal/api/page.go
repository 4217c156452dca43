package api

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/loaphuong/loa/campaigns/vn"
)

// Page is one page of a list. Next is the cursor of the page that follows, absent on the last.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the page that follows; absent on the last page."`
}

func (p Page[T]) cursor() string { return p.Next }

// Paging is how a page is asked for.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"64" doc:"Next of the page before."`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

// pageOf makes a page of at most limit items from a list that was asked for one more, and its cursor.
func pageOf[T any](list []T, limit int, cursor func(T) string) Page[T] {
	if list == nil {
		list = []T{}
	}
	p := Page[T]{Items: list}
	if len(list) > limit {
		p.Items = list[:limit]
		p.Next = cursor(p.Items[limit-1])
	}
	return p
}

// ByID names one thing by its id.
type ByID struct {
	ID string `path:"id" maxLength:"64"`
}

func (b ByID) objectID() string { return b.ID }

// Acting names the person who acts. It stands beside the key, because one key may serve two persons (rulings.md 17).
type Acting struct {
	Actor string `header:"Loa-Actor" required:"true" minLength:"1" maxLength:"400" doc:"Name of the person who acts; letters outside ASCII may be percent-encoded."`
}

// actor returns the name in one spelling, so that the same person cannot pass for two.
func (a Acting) actor() (string, error) {
	name := a.Actor
	if strings.Contains(name, "%") {
		var err error
		if name, err = url.PathUnescape(name); err != nil {
			return "", errActor
		}
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", errActor
	}
	name = strings.Join(strings.Fields(vn.NFC(name)), " ")
	if name == "" || utf8.RuneCountInString(name) > 100 {
		return "", errActor
	}
	return name, nil
}

// invalid says what of the request is wrong; say must not repeat a value.
func invalid(location, say string) error {
	return fmt.Errorf("%w: %s", errFields, location+": "+say)
}

// mapped turns a list into another.
func mapped[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}
