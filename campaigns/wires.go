package campaigns

import "slices"

// Wires are the channels of a ladder that reach a phone by themselves, each once, in the order of its steps: what they say is
// sent to its author first, as a test.
func (l Ladder) Wires(mediumOf func(channel string) string) []string {
	var out []string
	for _, step := range l {
		for _, c := range step.Channels {
			if m := mediumOf(c); (m == "sms" || m == "zalo") && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}
