package vn

// Severity says what became of a cell.
type Severity string

const (
	Info  Severity = "info"  // a lossless repair, or a remark
	Warn  Severity = "warn"  // the value is kept, a human should look
	Error Severity = "error" // the field, or one of several values in the cell, is left empty
)

// Finding is what a reader noticed about one cell. Which field it was is the caller's knowledge.
type Finding struct {
	Code       string   `json:"code"`
	Value      string   `json:"value,omitempty"` // what stood there, shortened
	Suggestion string   `json:"suggestion,omitempty"`
	Severity   Severity `json:"severity"`
}

// maxFindingRunes bounds what a finding repeats of a cell, so that a report cannot grow with a hostile file.
const maxFindingRunes = 80

func info(code, value string) Finding {
	return Finding{Code: code, Value: shorten(value), Severity: Info}
}

func warn(code, value string) Finding {
	return Finding{Code: code, Value: shorten(value), Severity: Warn}
}

func fail(code, value, suggestion string) Finding {
	return Finding{Code: code, Value: shorten(value), Suggestion: suggestion, Severity: Error}
}

func shorten(s string) string {
	if len(s) <= maxFindingRunes {
		return validText(s)
	}
	n := 0
	for i := range s {
		if n == maxFindingRunes {
			return validText(s[:i]) + "…"
		}
		n++
	}
	return validText(s)
}

// failed reports whether any finding left something empty.
func failed(found []Finding) bool {
	for _, f := range found {
		if f.Severity == Error {
			return true
		}
	}
	return false
}
