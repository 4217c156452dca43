package campaigns

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
)

// ErrStale says that something has changed since the person who changes it has read it.
var ErrStale = errors.New("it has changed since it was read")

// Version names what v says: the same content has the same version in every process, and other content another. It has 22
// characters of base64url.
func Version(v any) string {
	raw, _ := json.Marshal(v) // records of ours: texts, numbers, times
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

type expectedKey struct{}

// Expect says which versions a change was made from: a store refuses it, in the transaction that would record it, where the
// record says something else by now.
func Expect(ctx context.Context, versions ...string) context.Context {
	return context.WithValue(ctx, expectedKey{}, versions)
}

// CheckVersion is ErrStale where a change was made from versions and current is none of them.
func CheckVersion(ctx context.Context, current string) error {
	versions, asked := ctx.Value(expectedKey{}).([]string)
	if asked && !slices.Contains(versions, current) {
		return ErrStale
	}
	return nil
}

// SubmissionVersion names what an approver looks at: this audience as it was frozen, and everything that the campaign says
// to it. Handed in again, even unchanged, it is another one (rulings.md 17: approved as seen).
func (c Campaign) SubmissionVersion() string {
	return Version([]any{c.ID, c.AudienceID, c.Kind, c.Name, c.Filter, c.Ladder, c.Fields, c.WordsID, c.DeadlineOn, c.Fact, c.Basis, c.Emergency})
}

// ReceptionsVersion names the times at which an office receives people.
func ReceptionsVersion(office UnitID, list []Reception) string { return Version([]any{office, list}) }
