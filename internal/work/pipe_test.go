package work

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/store"
)

// The defect this guards against: a batch of a chunk is given up, a later one reports the chunk as carried, and the sweeper
// never looks at what is still on the wire in the record.
func TestAChunkWithLostResultsIsNeverCarried(t *testing.T) {
	t.Parallel()
	p := &pipe{left: map[store.ChunkID]*load{1: {left: 2}, 2: {left: 1}}}
	of := func(chunk store.ChunkID) Ended { return Ended{Result: store.Result{Chunk: chunk}} }
	out, open := p.through([]Ended{of(1)})
	require.Empty(t, out)
	p.lose(open)
	out, _ = p.through([]Ended{of(1), of(2)})
	require.Equal(t, []store.Carried{{Chunk: 2}}, out)
	require.Empty(t, p.left)
}
