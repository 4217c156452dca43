package channel

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// errNotJSON says that a body is not one JSON value.
var errNotJSON = errors.New("not one JSON value")

// decode reads one JSON value and nothing after it. Numbers keep their digits: message ids are often longer than a
// float can hold.
func decode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, errNotJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotJSON
	}
	return v, nil
}

// walk follows a dotted path: names in objects, numbers in arrays. The empty path is the value itself.
func walk(v any, path string) any {
	if path == "" {
		return v
	}
	for _, name := range strings.Split(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

// dig returns the scalar at a dotted path as text, "" where there is none or no path is set.
func dig(v any, path string) string {
	if path == "" {
		return ""
	}
	switch at := walk(v, path).(type) {
	case string:
		return strings.TrimSpace(at)
	case json.Number:
		return at.String()
	case bool:
		return strconv.FormatBool(at)
	}
	return ""
}
