package vn

// codes lists findings as "severity code", which is how the tables of the tests name them.
func codes(found []Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, string(f.Severity)+" "+f.Code)
	}
	return out
}

// suggestions lists what findings suggest.
func suggestions(found []Finding) []string {
	var out []string
	for _, f := range found {
		if f.Suggestion != "" {
			out = append(out, f.Suggestion)
		}
	}
	return out
}

var testDay = Date{2026, 11, 24}
