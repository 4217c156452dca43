package roster

import (
	"fmt"
	"strings"
)

// Codes of Error: why a file, or the rest of it, cannot be read. The words for staff are in the locales.
const (
	CodeEmpty          = "empty_file"
	CodeHeaderOnly     = "header_only"
	CodeNoHeader       = "header_missing"
	CodeNoName         = "not_a_roster" // a table, but no column names a person
	CodeOldXLS         = "old_xls"
	CodeMacros         = "macro_workbook"
	CodeODS            = "ods"
	CodeHTML           = "html"
	CodeXML            = "xml"
	CodeEncrypted      = "encrypted"
	CodeDamaged        = "damaged"
	CodeBomb           = "zip_bomb"
	CodeTooLarge       = "too_large"
	CodeBinary         = "not_text"
	CodeNotWorkbook    = "not_a_workbook" // a zip that holds no spreadsheet
	CodeNoSheet        = "sheet_missing"
	CodeTooManyRows    = "too_many_rows"
	CodeTooManyColumns = "too_many_columns"
	CodeClosed         = "closed"
	CodeRead           = "read_failed"
)

// Error says why a roster cannot be read. Code is for programs and translations; the message is for logs and holds
// nothing of the people in the file.
type Error struct {
	Code  string
	File  string
	Sheet string
	Row   int // 1-based, 0 where the file as a whole is meant
	Text  string
	Err   error
}

var _ error = (*Error)(nil)

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("roster")
	if e.File != "" {
		fmt.Fprintf(&b, " %q", e.File)
	}
	if e.Sheet != "" {
		fmt.Fprintf(&b, " sheet %q", e.Sheet)
	}
	if e.Row > 0 {
		fmt.Fprintf(&b, " row %d", e.Row)
	}
	fmt.Fprintf(&b, ": %s: %s", e.Code, e.Text)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause, where there is one.
func (e *Error) Unwrap() error { return e.Err }
