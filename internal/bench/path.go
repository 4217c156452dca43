package bench

import "context"

// Path is one way through Loa that is measured against a limit of its own.
type Path struct {
	Name   string // delivery.postgres; what stands before the dot is its group, for --only
	Title  string
	Unit   string  // of what is counted each second: messages, rows, requests
	Demand float64 // the ratio engine to limit that is demanded; 0 where only facts are judged

	SetUp  func(ctx context.Context) error                       // not measured; may be nil
	Limit  func(ctx context.Context, round int) (Measure, error) // nil where there is no limit to compare with
	Engine func(ctx context.Context, round int) (Measure, error)
	Close  func() error // gives back what SetUp made; may be nil

	Rounds int // fewer than asked for, where one round is long; 0: as asked
}

// Measure is what one round found.
type Measure struct {
	PerSecond float64
	Facts     []Fact
}

// Fact is one more figure of a round.
type Fact struct {
	Name  string
	Unit  string
	Value float64
	Judge Judge
	Bound float64
}

// Judge says how a fact is held against its bound.
type Judge string

// The ways to judge a fact: not at all, by the median of the rounds, by the worst round.
const (
	Told        Judge = ""
	MedianMost  Judge = "median at most"
	MedianLeast Judge = "median at least"
	NeverOver   Judge = "never over"
)
