package campaigns

import "context"

// scopeKey stands in a context for the units that somebody sees.
type scopeKey struct{}

// WithScope bounds what is read and written under the context to the units under these paths: a second wall behind the
// checks of permissions (see internal/store). No paths are no units at all.
func WithScope(ctx context.Context, paths []string) context.Context {
	return context.WithValue(ctx, scopeKey{}, &paths)
}

// WithoutScope lifts the bound, for what follows from a deed in other units.
func WithoutScope(ctx context.Context) context.Context {
	return context.WithValue(ctx, scopeKey{}, (*[]string)(nil))
}

// ScopeOf returns the bound of a context; bounded is false where there is none, as for the engine itself.
func ScopeOf(ctx context.Context) (paths []string, bounded bool) {
	p, _ := ctx.Value(scopeKey{}).(*[]string)
	if p == nil {
		return nil, false
	}
	return *p, true
}

// KeepScope gives a context the bound of another, for work that outlives its request.
func KeepScope(ctx, of context.Context) context.Context {
	if paths, bounded := ScopeOf(of); bounded {
		return WithScope(ctx, paths)
	}
	return ctx
}
