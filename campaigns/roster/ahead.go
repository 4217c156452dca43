package roster

import (
	"cmp"
	"context"
)

// aheadRows is how many records are handed over at once, and aheadChunks how many such portions may wait.
const (
	aheadRows   = 128
	aheadChunks = 2
)

// ahead reads a source on another core than the one that makes rows of its records: taking a workbook apart costs more
// than everything that is done with it.
type ahead struct {
	chunks <-chan chunk
	stop   context.CancelFunc
	closed chan error // what closing the source gave

	now chunk
	at  int
}

// chunk is some records and the error that came after them, if one did.
type chunk struct {
	records []record
	err     error
}

// readAhead starts reading src, which belongs to it from now on.
func readAhead(ctx context.Context, src source) *ahead {
	ctx, stop := context.WithCancel(ctx)
	chunks := make(chan chunk, aheadChunks)
	a := &ahead{chunks: chunks, stop: stop, closed: make(chan error, 1)}
	go func() {
		defer func() { a.closed <- src.close() }()
		defer close(chunks)
		for {
			c := chunk{records: make([]record, 0, aheadRows)}
			for len(c.records) < aheadRows && c.err == nil {
				var rec record
				if rec, c.err = src.next(ctx); c.err == nil {
					c.records = append(c.records, rec)
				}
			}
			select {
			case chunks <- c:
			case <-ctx.Done():
				return
			}
			if c.err != nil {
				return
			}
		}
	}()
	return a
}

func (a *ahead) next(ctx context.Context) (record, error) {
	if err := ctx.Err(); err != nil {
		return record{}, err
	}
	for a.at == len(a.now.records) {
		if a.now.err != nil {
			return record{}, a.now.err
		}
		c, more := <-a.chunks
		if !more { // only cancelling ends the reading without a word
			return record{}, cmp.Or(ctx.Err(), context.Canceled)
		}
		a.now, a.at = c, 0
	}
	rec := a.now.records[a.at]
	a.at++
	return rec, nil
}

// close stops the reading and waits for it.
func (a *ahead) close() error {
	a.stop()
	for range a.chunks { // what was read ahead is not wanted
	}
	return <-a.closed
}
