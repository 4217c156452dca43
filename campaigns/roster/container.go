package roster

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
)

// Limits of an upload (rulings.md 16, security.md T27).
const (
	maxSize     = 64 << 20
	maxUnzipped = 256 << 20
	maxEntries  = 2000
	maxRatio    = 200 // of a part of more than a megabyte; sheets of a real roster compress ten- to fortyfold
)

// Kinds of container that the first bytes tell apart.
const (
	kindText = "csv"
	kindXLSX = "xlsx"
)

// sniffKind says what the file is by its bytes; the name is not believed.
func sniffKind(r io.ReaderAt, size int64) (string, error) {
	if size == 0 {
		return "", &Error{Code: CodeEmpty, Text: "the file is empty"}
	}
	if size > maxSize {
		return "", &Error{Code: CodeTooLarge, Text: "the file is larger than 64 MB"}
	}
	head := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", &Error{Code: CodeRead, Text: "the file cannot be read", Err: err}
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return kindXLSX, checkZip(r, size)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return "", compound(r, size)
	}
	return kindText, checkText(head)
}

// checkText refuses what other programs save under the name of a spreadsheet.
func checkText(head []byte) error {
	s := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))))
	switch {
	case len(s) == 0 && len(head) < 4096:
		return &Error{Code: CodeEmpty, Text: "the file holds nothing but spaces"}
	case bytes.HasPrefix(s, []byte("<?xml")) && !bytes.Contains(s, []byte("<html")):
		return &Error{Code: CodeXML, Text: "the file is XML, not a table; save it as XLSX or CSV"}
	case bytes.HasPrefix(s, []byte("<!doctype")), bytes.HasPrefix(s, []byte("<html")), bytes.HasPrefix(s, []byte("<table")),
		bytes.HasPrefix(s, []byte("<?xml")), bytes.HasPrefix(s, []byte("<meta")), bytes.HasPrefix(s, []byte("<!--")):
		return &Error{Code: CodeHTML, Text: "the file is a web page under another name; save it as XLSX or CSV"}
	}
	for _, magic := range []string{"%pdf-", "{\\rtf", "\x89png", "\xff\xd8\xff", "gif8", "rar!", "7z\xbc\xaf", "\x1f\x8b", "\x7felf", "mz\x90"} {
		if bytes.HasPrefix(s, []byte(magic)) {
			return &Error{Code: CodeBinary, Text: "the file is neither text nor a workbook"}
		}
	}
	return nil
}

// compound looks into an OLE file: an encrypted XLSX and an old XLS both are one. [MS-CFB], [MS-OFFCRYPTO] 2.3.
func compound(r io.ReaderAt, size int64) error {
	want := utf16Bytes("EncryptedPackage")
	buf := make([]byte, sniffChunk+len(want))
	for at := int64(0); at < size; at += sniffChunk {
		n, err := r.ReadAt(buf, at)
		if bytes.Contains(buf[:n], want) {
			return &Error{Code: CodeEncrypted, Text: "the workbook is protected with a password"}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return &Error{Code: CodeRead, Text: "the file cannot be read", Err: err}
		}
	}
	return &Error{Code: CodeOldXLS, Text: "the workbook is in the old XLS format; save it as XLSX"}
}

func utf16Bytes(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

// checkZip refuses what is no plain workbook, and counts what it unpacks to: the sizes that a zip declares are not
// believed.
func checkZip(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return &Error{Code: CodeDamaged, Text: "the workbook is cut off or damaged", Err: err}
	}
	if len(z.File) > maxEntries {
		return &Error{Code: CodeBomb, Text: "the workbook has too many parts"}
	}
	var declared uint64
	workbook := false
	for _, f := range z.File {
		declared += f.UncompressedSize64
		if f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/max(f.CompressedSize64, 1) > maxRatio || declared > maxUnzipped {
			return &Error{Code: CodeBomb, Text: "the workbook unpacks to far more than its size"}
		}
		switch name := strings.ToLower(strings.ReplaceAll(f.Name, "\\", "/")); {
		case name == "xl/workbook.xml":
			workbook = true
		case path.Base(name) == "vbaproject.bin":
			return &Error{Code: CodeMacros, Text: "the workbook holds macros; save it as XLSX"}
		case name == "xl/workbook.bin":
			return &Error{Code: CodeNotWorkbook, Text: "the workbook is in the XLSB format; save it as XLSX"}
		case name == "mimetype" && f.UncompressedSize64 < 200 && strings.Contains(readPart(f, 200), "opendocument"):
			return &Error{Code: CodeODS, Text: "the file is an OpenDocument spreadsheet; save it as XLSX"}
		case name == "[content_types].xml" && strings.Contains(readPart(f, 1<<20), "macroEnabled"):
			return &Error{Code: CodeMacros, Text: "the workbook is of a kind that may hold macros; save it as XLSX"}
		}
	}
	if !workbook {
		return &Error{Code: CodeNotWorkbook, Text: "the archive holds no workbook"}
	}
	return measure(z)
}

func readPart(f *zip.File, limit int64) string {
	in, err := f.Open()
	if err != nil {
		return ""
	}
	defer in.Close()
	b, _ := io.ReadAll(io.LimitReader(in, limit))
	return string(b)
}

// measure unpacks every part into nothing, within the limit, and so proves sizes and checksums.
func measure(z *zip.Reader) error {
	left := int64(maxUnzipped)
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			return &Error{Code: CodeDamaged, Text: "a part of the workbook cannot be unpacked", Err: err}
		}
		n, err := io.Copy(io.Discard, io.LimitReader(in, left+1))
		in.Close()
		if left -= n; left < 0 {
			return &Error{Code: CodeBomb, Text: "the workbook unpacks to more than 256 MiB"}
		}
		if err != nil {
			return &Error{Code: CodeDamaged, Text: "a part of the workbook is damaged", Err: err}
		}
	}
	return nil
}
