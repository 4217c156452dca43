package roster

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
)

func (f *File) sampleDelimiter() (byte, int, error) {
	lines := openLines(f.r, f.size, f.sniff)
	var sample [][]byte
	for len(sample) < 200 {
		line, _, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, 0, err
		}
		if len(sample) == 0 {
			if d, ok := declared(line); ok {
				return d, 0, nil
			}
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			sample = append(sample, bytes.Clone(line[:min(len(line), 8<<10)]))
		}
	}
	d, width := findDelimiter(sample)
	return d, width, nil
}

// sample reads the first rows of a sheet.
func (f *File) sample(source func(int) (source, error)) ([]record, error) {
	src, err := source(0)
	if err != nil {
		return nil, err
	}
	defer src.close()
	var sample []record
	for room := sampleBytes; len(sample) < sampleRows && room > 0; {
		rec, err := src.next(context.Background())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		sample = append(sample, rec)
		for _, c := range rec.cells {
			room -= len(c)
		}
	}
	return sample, nil
}

func (f *File) bestRepairOf(sample []record) repair {
	var text []string
	for _, r := range sample {
		for _, c := range r.cells {
			if !isASCII(c) && len(text) < 4*sampleLines {
				text = append(text, c)
			}
		}
	}
	best, _ := bestRepair(text)
	return best
}

// converted reports a file whose letters are not what its bytes say at first sight.
func (f *File) converted() bool {
	return f.repair != repairNone || f.kind == kindText && f.sniff.bytes == Windows1258
}

// preview keeps the first rows that the conversion changed.
func (f *File) preview(sheet string, sample []record) {
	if !f.converted() {
		return
	}
	for _, rec := range sample {
		if len(f.layout.Preview) == 5 {
			return
		}
		if isASCII(strings.Join(rec.cells, "")) {
			continue
		}
		p := ConversionPreview{Sheet: sheet, Row: rec.number, Before: slices.Clone(rec.cells)}
		for i, c := range rec.cells {
			after, _ := f.repair.apply(c)
			p.After = append(p.After, after)
			if f.sniff.bytes == Windows1258 {
				p.Before[i] = asWestern(c)
			}
		}
		f.layout.Preview = append(f.layout.Preview, p)
	}
}

// hidePreview takes out of the preview what Row.Cells does not show either.
func (f *File) hidePreview(sheet string, cols []Column, after int) {
	for _, p := range f.layout.Preview {
		for _, c := range cols {
			if p.Sheet != sheet || p.Row <= after || c.Index >= len(p.Before) {
				continue
			}
			if c.Field == FieldEthnicity || c.Field == FieldReligion || c.Field == FieldNote {
				p.Before[c.Index], p.After[c.Index] = "", ""
			}
		}
	}
}
