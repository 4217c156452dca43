package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// maxNesting is how deep a body may be nested; the deepest of ours, a filter, needs about twenty.
const maxNesting = 64

// maxValues is how many values a body may hold in all: each is validated, and each that is wrong makes a complaint.
const maxValues = 20_000

// What a body may not be, beyond what encoding/json refuses (RFC 8259 §4 and §8 leave it open, RFC 7493 forbids it): two
// readers would understand two different things.
var (
	errNotUTF8   = errors.New("is not UTF-8")
	errNested    = errors.New("is nested deeper than 64")
	errMany      = errors.New("holds more than 20000 values")
	errTwice     = errors.New("names a field twice")
	errSurrogate = errors.New("holds half of a surrogate pair")
)

// strictJSON is huma's JSON with these refusals.
func strictJSON(inner huma.Format) huma.Format {
	return huma.Format{Marshal: inner.Marshal, Unmarshal: func(data []byte, v any) error {
		if _, first := v.(*any); first { // huma reads a body into an any to validate it, and then again
			if err := checkJSON(data); err != nil {
				return err
			}
		}
		return inner.Unmarshal(data, v)
	}}
}

func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errNotUTF8
	}
	if halfPair(data) {
		return errSurrogate
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var open []map[string]bool // the names of each open object; nil for a list
	name := false              // whether the next string names a field
	for n := 0; ; n++ {
		if n > 2*maxValues { // names and closings count, too
			return errMany
		}
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case json.Delim:
			if open, err = nest(open, t); err != nil {
				return err
			}
			name = len(open) > 0 && open[len(open)-1] != nil
			continue
		case string:
			if name {
				names := open[len(open)-1]
				if names[t] {
					return errTwice
				}
				names[t], name = true, false
				continue
			}
		}
		name = len(open) > 0 && open[len(open)-1] != nil
	}
}

// nest opens or closes an object or a list.
func nest(open []map[string]bool, t json.Delim) ([]map[string]bool, error) {
	switch t {
	case '{':
		open = append(open, map[string]bool{})
	case '[':
		open = append(open, nil)
	default:
		return open[:len(open)-1], nil
	}
	if len(open) > maxNesting {
		return open, errNested
	}
	return open, nil
}

// halfPair says whether an escape \ud800-\udfff stands alone: encoding/json would put a replacement character there.
func halfPair(data []byte) bool {
	for i := 0; i+1 < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++
		if data[i] != 'u' {
			continue
		}
		switch code := escaped(data, i-1); {
		case code >= 0xDC00 && code <= 0xDFFF:
			return true
		case code >= 0xD800 && code <= 0xDBFF:
			if low := escaped(data, i+5); low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 10
		}
	}
	return false
}

// escaped reads \uXXXX at i; 0 where there is none.
func escaped(data []byte, i int) uint64 {
	if i+6 > len(data) || data[i] != '\\' || data[i+1] != 'u' {
		return 0
	}
	code, err := strconv.ParseUint(string(data[i+2:i+6]), 16, 32)
	if err != nil {
		return 0
	}
	return code
}
