package roster

import "bytes"

var delimiters = []byte{',', ';', '\t', '|'}

// findDelimiter chooses the character that cuts most lines of the sample into the same number of cells. Title rows and
// free text disagree among themselves, tables agree. width is how many cells that is.
func findDelimiter(sample [][]byte) (best byte, width int) {
	best, top := byte(','), 0
	for _, d := range delimiters {
		counts := map[int]int{}
		for _, l := range sample {
			if n := countCells(l, d); n > 1 {
				counts[n]++
			}
		}
		for n, lines := range counts {
			// More lines agree, or as many with more cells.
			if score := lines*1000 + min(n, 999); score > top {
				best, width, top = d, n, score
			}
		}
	}
	return best, width
}

// countCells counts the cells of a line, quotes respected.
func countCells(line []byte, delimiter byte) int {
	n, quoted, start := 1, false, true
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"' && start:
			quoted = true
		case c == '"' && quoted:
			quoted = false
		case c == delimiter && !quoted:
			n, start = n+1, true
			continue
		}
		start = false
	}
	return n
}

// declared reads the line "sep=;" with which a file tells Excel its delimiter.
func declared(line []byte) (byte, bool) {
	rest, ok := bytes.CutPrefix(bytes.ToLower(bytes.TrimSpace(line)), []byte("sep="))
	if !ok || len(rest) != 1 {
		if ok && len(rest) == 0 && bytes.HasSuffix(line, []byte{'\t'}) {
			return '\t', true
		}
		return 0, false
	}
	return rest[0], true
}
