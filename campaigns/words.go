package campaigns

import (
	"errors"
	"fmt"
)

// ErrWords is wrapped by every refusal of words that look like a fraud (rulings.md 21).
var ErrWords = errors.New("campaign: the words look like a fraud")

// WordsError says which field of a campaign is refused, by which rule, and what to do about it. It does not repeat the
// words.
type WordsError struct {
	Field  string // "" where it is the whole text
	Rule   string // the locale key "lint.<rule>" says it in every language
	Advice string
}

func (e *WordsError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%s: %s", ErrWords, e.Advice)
	}
	return fmt.Sprintf("%s: %s: %s", ErrWords, e.Field, e.Advice)
}

// Unwrap makes it an ErrWords.
func (e *WordsError) Unwrap() error { return ErrWords }
