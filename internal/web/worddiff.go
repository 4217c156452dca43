package web

import "strings"

// piece is a run of words that stayed, went (del) or came (ins).
type piece struct{ Kind, Text string }

// diffWords says how one text became another, word by word. What is kept is as long as it can be.
func diffWords(before, after string) []piece {
	a, b := split(before), split(after)
	kept := make([][]int, len(a)+1) // the longest common run of the words from i and from k on
	for i := range kept {
		kept[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for k := len(b) - 1; k >= 0; k-- {
			if kept[i][k] = max(kept[i+1][k], kept[i][k+1]); a[i] == b[k] {
				kept[i][k] = kept[i+1][k+1] + 1
			}
		}
	}
	var out []piece
	put := func(kind, text string) {
		if n := len(out); n > 0 && out[n-1].Kind == kind {
			out[n-1].Text += text
			return
		}
		out = append(out, piece{kind, text})
	}
	i, k := 0, 0
	for i < len(a) || k < len(b) {
		switch {
		case i < len(a) && k < len(b) && a[i] == b[k]:
			put("", a[i])
			i, k = i+1, k+1
		case k == len(b) || i < len(a) && kept[i+1][k] >= kept[i][k+1]:
			put("del", a[i])
			i++
		default:
			put("ins", b[k])
			k++
		}
	}
	return out
}

// split cuts a text into words, each with the blanks behind it.
func split(text string) []string {
	var out []string
	for text != "" {
		end := strings.IndexAny(text, " \n\t")
		if end < 0 {
			return append(out, text)
		}
		for end < len(text) && strings.ContainsRune(" \n\t", rune(text[end])) {
			end++
		}
		out, text = append(out, text[:end]), text[end:]
	}
	return out
}
