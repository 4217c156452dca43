package bench

import (
	"context"
	"fmt"
)

// growthWithin is by how much time and memory of a message may grow from a small to a large launch.
const growthWithin = 1.3

// growth is a small launch against a large one: what one message takes, and the most memory that all processes of Loa
// held. Nothing may hold a whole audience. PostgreSQL may take 200 MB, the embedded database lives in the same process
// and may take 300.
func (b *Bench) growth(g *ground) *Path {
	small := &deliveryRun{b: b, g: g, people: b.opt.Sizes.GrowFrom}
	large := &deliveryRun{b: b, g: g, people: b.opt.Sizes.GrowTo}
	most := 300.0
	if g.pg() {
		most = 200
	}
	var before took
	return &Path{Name: "growth." + g.name, Title: fmt.Sprintf("a launch of %d people against one of %d", large.people, small.people), Unit: "messages", Demand: 1 / growthWithin, Rounds: 3,
		Close: large.close,
		SetUp: func(ctx context.Context) (err error) {
			if err := large.prepare(ctx); err != nil {
				return err
			}
			small.sink, small.file = large.sink, large.file
			small.scene, err = b.scene(ctx, g, sceneJob{People: small.people, Campaign: true})
			return err
		},
		Limit: func(ctx context.Context, _ int) (m Measure, err error) {
			before, err = small.round(ctx, small.scene, 0, "")
			return Measure{PerSecond: before.perSecond(small.people)}, err
		},
		Engine: func(ctx context.Context, _ int) (Measure, error) {
			t, err := large.round(ctx, large.scene, 0, "growth."+g.name)
			return Measure{PerSecond: t.perSecond(large.people), Facts: []Fact{
				{Name: "peak memory, small", Unit: "MB", Value: before.rss},
				{Name: "peak memory, large", Unit: "MB", Value: t.rss, Judge: MedianMost, Bound: most},
				{Name: "memory, large to small", Value: t.rss / before.rss, Judge: MedianMost, Bound: growthWithin},
				{Name: "sent twice", Value: float64(t.twice), Judge: NeverOver},
				{Name: "not accounted for", Value: float64(t.unaccounted), Judge: NeverOver},
			}}, err
		}}
}
