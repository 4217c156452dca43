package roster

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// maxMarks bounds how many formulas and merged cells of a sheet are remembered.
const maxMarks = 200_000

// sheetMarks are facts about a sheet that the row iterator of excelize does not give.
type sheetMarks struct {
	formulas map[int]bool // row*maxColumns + column (0-based)
	merges   []merge
	rows     int  // row elements
	last     int  // highest row number
	whole    bool // the end of the cells was seen
	manyRows bool // a row number beyond what a sheet can have
}

// merge is a merged range, 0-based columns and 1-based rows.
type merge struct{ top, left, bottom, right int }

// sheetParts finds the part of each sheet by its name. ECMA-376 part 1, 18.2.19 and 9.2.
func sheetParts(z *zip.Reader) map[string]*zip.File {
	var book struct {
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		}
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		files[strings.ToLower(strings.ReplaceAll(f.Name, "\\", "/"))] = f
	}
	decodePart(files["xl/workbook.xml"], &book)
	decodePart(files["xl/_rels/workbook.xml.rels"], &rels)
	target := map[string]string{}
	for _, r := range rels.Relationship {
		target[r.ID] = strings.ToLower(r.Target)
	}
	parts := map[string]*zip.File{}
	for _, s := range book.Sheets {
		for _, a := range s.Attr {
			if t := target[a.Value]; a.Name.Local == "id" && t != "" {
				if !strings.HasPrefix(t, "/") {
					t = path.Join("xl", t)
				}
				parts[s.Name] = files[strings.TrimPrefix(t, "/")]
			}
		}
	}
	return parts
}

func decodePart(f *zip.File, v any) {
	if f == nil {
		return
	}
	in, err := f.Open()
	if err != nil {
		return
	}
	defer in.Close()
	// A part that cannot be parsed leaves v empty; excelize will say what is wrong with the workbook.
	_ = xml.NewDecoder(io.LimitReader(in, 4<<20)).Decode(v)
}

// scanSheet reads the tags of a sheet once, without building anything: a few hundred megabytes a second.
func scanSheet(f *zip.File) (sheetMarks, error) {
	m := sheetMarks{formulas: map[int]bool{}}
	in, err := f.Open()
	if err != nil {
		return m, err
	}
	defer in.Close()
	br := bufio.NewReaderSize(in, sniffChunk)
	row, col := 0, 0
	for {
		// Text before a tag comes along with it; what counts is after the last '<'.
		chunk, err := br.ReadSlice('>')
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return m, err
		}
		name, tag := tagName(chunk)
		switch name {
		case "row":
			m.rows++
			row++
			if r, ok := attr(tag, "r"); ok {
				row, _ = strconv.Atoi(r)
				m.manyRows = m.manyRows || row > 1<<20 || row < 1
			}
			m.last = max(m.last, row)
			col = -1
		case "c":
			col++
			if r, ok := attr(tag, "r"); ok {
				col, _ = cellRef(r)
			}
		case "f":
			if col >= 0 && col < maxColumns && len(m.formulas) < maxMarks {
				m.formulas[row*maxColumns+col] = true
			}
		case "mergeCell":
			if ref, ok := attr(tag, "ref"); ok && len(m.merges) < maxMarks {
				from, to, _ := strings.Cut(ref, ":")
				var g merge
				g.left, g.top = cellRef(from)
				g.right, g.bottom = cellRef(to)
				m.merges = append(m.merges, g)
			}
		case "/sheetData", "sheetData/":
			m.whole = true
		}
	}
}

// tagName gives the name of the tag that ends chunk, without a namespace prefix, and the tag itself.
func tagName(chunk []byte) (string, []byte) {
	i := bytes.LastIndexByte(chunk, '<')
	if i < 0 || chunk[len(chunk)-1] != '>' {
		return "", nil
	}
	tag := chunk[i+1 : len(chunk)-1]
	end := bytes.IndexAny(tag, " \t\r\n")
	if end < 0 {
		end = len(tag)
	}
	name := tag[:end]
	slash := bytes.HasPrefix(name, []byte("/"))
	if j := bytes.IndexByte(name, ':'); j >= 0 {
		name = name[j+1:]
		if slash {
			return "/" + string(name), tag
		}
	}
	if s := string(name); s == "f/" || s == "c/" || s == "row/" {
		return s[:len(s)-1], tag
	}
	return string(name), tag
}

// attr finds an attribute that has no namespace.
func attr(tag []byte, name string) (string, bool) {
	i := bytes.Index(tag, []byte(" "+name+"=\""))
	if i < 0 {
		return "", false
	}
	rest := tag[i+len(name)+3:]
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return "", false
	}
	return string(rest[:end]), true
}

// cellRef takes "AB12" apart: column (0-based) and row.
func cellRef(ref string) (col, row int) {
	ref = strings.ReplaceAll(ref, "$", "")
	i := 0
	for i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z' {
		col = col*26 + int(ref[i]-'A') + 1
		i++
	}
	row, _ = strconv.Atoi(ref[i:])
	return col - 1, row
}
