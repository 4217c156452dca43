package roster

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const (
	sniffChunk   = 64 << 10
	sampleLines  = 600 // lines with letters outside ASCII that judge the encoding
	sampleLength = 400 // bytes of each
)

// sniffed is what the bytes of a text file say about themselves.
type sniffed struct {
	codec
	skip      int64 // length of the byte order mark
	crOnly    bool  // old Mac line ends
	uncertain bool  // no reading is convincing
}

// sniffText decides how the bytes of a text file become letters. It reads the whole file once in small pieces, because
// a single line in another encoding deep in the file must not change how all the others are read.
func sniffText(r io.ReaderAt, size int64) (sniffed, error) {
	head := make([]byte, min(size, sniffChunk))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return sniffed{}, err
	}
	if s, ok, err := sniffWide(head); ok || err != nil {
		return s, err
	}
	s := sniffed{codec: codec{bytes: UTF8}}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		s.skip = 3
	}
	s.crOnly = bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0
	lines, err := scanLines(r, size, s)
	if err != nil {
		return s, err
	}
	if s.skip == 0 && lines.invalid > lines.valid {
		s.codec, s.uncertain = bestBytes(lines.sample)
		return s, nil
	}
	text := make([]string, 0, len(lines.sample))
	for _, l := range lines.sample {
		if utf8.Valid(l) {
			text = append(text, string(l))
		}
	}
	best, clear := bestRepair(text)
	s.repair, s.uncertain = best, !clear
	return s, nil
}

// sniffWide recognises UTF-16, with its mark or by where the zero bytes are, and refuses what is no text at all.
func sniffWide(head []byte) (sniffed, bool, error) {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return sniffed{codec: codec{bytes: UTF16LE}, skip: 2}, true, nil
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return sniffed{codec: codec{bytes: UTF16BE}, skip: 2}, true, nil
	}
	var zeros [2]int
	controls := 0
	for i, b := range head {
		switch {
		case b == 0:
			zeros[i&1]++
		case b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != 0x1a && b != 0x1b:
			controls++
		}
	}
	pairs := len(head) / 2
	switch {
	case pairs > 1 && zeros[1] > pairs/3 && zeros[0] < pairs/20+1 && isWide(head, 1):
		return sniffed{codec: codec{bytes: UTF16LE}}, true, nil
	case pairs > 1 && zeros[0] > pairs/3 && zeros[1] < pairs/20+1 && isWide(head, 0):
		return sniffed{codec: codec{bytes: UTF16BE}}, true, nil
	case (zeros[0]+zeros[1]+controls)*50 > len(head):
		return sniffed{}, false, &Error{Code: CodeBinary, Text: "the file is not text"}
	}
	return sniffed{}, false, nil
}

// isWide reports that two bytes at a time give what Vietnamese text is made of; high is where the high byte stands.
func isWide(head []byte, high int) bool {
	good, pairs := 0, len(head)/2
	for i := 0; i+1 < len(head); i += 2 {
		hi, lo := head[i+high], head[i+1-high]
		switch {
		case hi == 0 && (lo >= ' ' || lo == '\t' || lo == '\n' || lo == '\r'), hi == 1, hi == 3, hi == 0x1e, hi == 0x20:
			good++
		}
	}
	return good*10 >= pairs*9
}

type lineStats struct {
	valid, invalid int // lines with bytes outside ASCII
	sample         [][]byte
}

// scanLines counts lines that are and are not UTF-8, and keeps some of them.
func scanLines(r io.ReaderAt, size int64, s sniffed) (lineStats, error) {
	var st lineStats
	lr := newLineReader(io.NewSectionReader(r, s.skip, size-s.skip), s.crOnly)
	for {
		line, _, err := lr.next()
		if errors.Is(err, io.EOF) {
			return st, nil
		}
		if err != nil {
			return st, err
		}
		if isASCIIBytes(line) {
			continue
		}
		if utf8.Valid(line) {
			st.valid++
		} else {
			st.invalid++
		}
		if len(st.sample) < sampleLines {
			st.sample = append(st.sample, bytes.Clone(line[:min(len(line), sampleLength)]))
		}
	}
}

func isASCIIBytes(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// oneByte are the encodings with one byte a character, in the order in which a tie is decided.
var oneByte = []codec{{Windows1258, repairNone}, {windows1252, repairTCVN3}, {windows1252, repairVNI}}

// decodeOneByte reads bytes with one of the oneByte encodings.
func decodeOneByte(c codec, b []byte) (string, bool) {
	table := charmap.Windows1252
	if c.bytes == Windows1258 {
		table = charmap.Windows1258
	}
	s, err := table.NewDecoder().Bytes(b)
	if err != nil {
		return "", false
	}
	return c.repair.apply(string(s))
}

// bestBytes chooses among the one-byte encodings by how many words come out as Vietnamese syllables.
func bestBytes(sample [][]byte) (best codec, uncertain bool) {
	best, uncertain = oneByte[0], true
	top := -1 << 30
	for _, c := range oneByte {
		good, bad := 0, 0
		for _, l := range sample {
			t, _ := decodeOneByte(c, l)
			g, b := plausibility(t)
			good, bad = good+g, bad+b
		}
		if good-bad > top {
			best, top, uncertain = c, good-bad, bad*2 > good
		}
	}
	return best, uncertain
}

// mendBytes reads one line that is not UTF-8 in a file that is. It succeeds only if exactly one encoding turns every
// word of it into a Vietnamese syllable.
func mendBytes(b []byte) (string, bool) {
	found, out := 0, ""
	for _, c := range oneByte {
		t, _ := decodeOneByte(c, b)
		good, bad := plausibility(t)
		if good > 0 && bad == 0 && (found == 0 || t != out) {
			found, out = found+1, t
		}
	}
	return out, found == 1
}

// asWestern shows text as a program shows it that takes Windows-1258 for Western.
func asWestern(s string) string {
	b, err := charmap.Windows1258.NewEncoder().Bytes([]byte(s))
	if err != nil {
		return s
	}
	w, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return s
	}
	return string(w)
}
