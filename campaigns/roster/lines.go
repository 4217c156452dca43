package roster

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine bounds what one line may hold in memory; a longer one is cut and marked.
const maxLine = 1 << 20

// lineReader gives physical lines without their ends. A line is valid until the next call.
type lineReader struct {
	r      *bufio.Reader
	end    byte
	buf    []byte
	pushed [][]byte // lines that were read ahead and given back
}

func newLineReader(r io.Reader, crOnly bool) *lineReader {
	end := byte('\n')
	if crOnly {
		end = '\r'
	}
	return &lineReader{r: bufio.NewReaderSize(r, sniffChunk), end: end}
}

// next gives the next line; cut says that it was longer than maxLine and has lost its tail.
func (l *lineReader) next() (line []byte, cut bool, err error) {
	if n := len(l.pushed); n > 0 {
		line = l.pushed[n-1]
		l.pushed = l.pushed[:n-1]
		return line, false, nil
	}
	l.buf = l.buf[:0]
	for {
		part, err := l.r.ReadSlice(l.end)
		if room := maxLine - len(l.buf); len(part) > room {
			part, cut = part[:room], true
			l.buf = append(l.buf, part...)
			if err == nil {
				return l.buf, cut, nil
			}
		} else {
			l.buf = append(l.buf, part...)
		}
		switch {
		case err == nil:
			return trimEnd(l.buf, l.end), cut, nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			if len(l.buf) == 0 {
				return nil, false, io.EOF
			}
			return trimEnd(l.buf, l.end), cut, nil
		default:
			return nil, false, err
		}
	}
}

// giveBack returns lines so that they are read again, in their order.
func (l *lineReader) giveBack(lines [][]byte) {
	for i := len(lines) - 1; i >= 0; i-- {
		l.pushed = append(l.pushed, lines[i])
	}
}

func trimEnd(line []byte, end byte) []byte {
	line = bytes.TrimSuffix(line, []byte{end})
	return bytes.TrimSuffix(line, []byte{'\r'})
}
