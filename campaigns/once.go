package campaigns

import (
	"context"
	"errors"
)

// Once is a request whose effect shall be had once, however often it is sent: the caller put a key on it. It travels in
// the context to the first transaction that the request commits, and is noted there.
type Once struct {
	Caller string // who asked: keys of different callers are different
	Key    string // as the caller chose it
	Print  []byte // hash of what is asked: the same key with another question is a mistake
	Noted  bool   // set by the store: something was committed under this key
	Again  bool   // set by the store: it was committed before, and nothing is done now
}

// ErrRepeated is what a transaction of a request ends with that has had its effect before.
var ErrRepeated = errors.New("request: carried out before")

type onceKey struct{}

// WithOnce marks what is done under the context as done for a request with a key.
func WithOnce(ctx context.Context, o *Once) context.Context {
	return context.WithValue(ctx, onceKey{}, o)
}

// OnceOf returns the request under whose key something is done, nil where there is none.
func OnceOf(ctx context.Context) *Once {
	o, _ := ctx.Value(onceKey{}).(*Once)
	return o
}

// Answer is what a request with a key was answered; Status 0 while it is being carried out, or when its answer was lost
// with the process that carried it out.
type Answer struct {
	Print  []byte
	Status int
	Type   string // media type of the body
	Body   []byte
	Age    int64 // milliseconds since it was noted
}
