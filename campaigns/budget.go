package campaigns

import (
	"errors"
	"time"
)

// BudgetUnit is what a budget counts.
type BudgetUnit string

const (
	BudgetDong  BudgetUnit = "dong"
	BudgetParts BudgetUnit = "parts" // parts of SMS; other channels cost nothing
)

// ErrBudget means that a budget or a price is not a number one can spend.
var ErrBudget = errors.New("budget: must be counted in dong or parts and lie between 0 and 1,000,000,000,000")

// MaxBudget bounds budgets and prices.
const MaxBudget = 1_000_000_000_000

// Budget is what a campaign may spend, and what a part costs on the channel that is asked about.
type Budget struct {
	Limited bool // false: the campaign has no budget
	Counts  BudgetUnit
	Most    int64
	Spent   int64
	Price   int64 // dong for a part of the channel, for the whole message where it has no parts
}

// Left is what may still be spent.
func (b Budget) Left() int64 { return max(b.Most-b.Spent, 0) }

// Cost is what a message of so many parts takes from the budget; 0 parts are a message of a channel that knows none.
func (b Budget) Cost(parts int) int64 {
	switch {
	case !b.Limited:
		return 0
	case b.Counts == BudgetParts:
		return int64(parts)
	}
	return int64(max(parts, 1)) * b.Price
}

// Broke says whether not even the least message of a medium is paid for.
func (b Budget) Broke(medium string) bool {
	least := 0
	if medium == "sms" {
		least = 1
	}
	return b.Cost(least) > b.Left()
}

// Validate checks what is asked for as a budget.
func (b Budget) Validate() error {
	if b.Counts != BudgetDong && b.Counts != BudgetParts || b.Most < 0 || b.Most > MaxBudget {
		return ErrBudget
	}
	return nil
}

// BudgetLine is the budget of a campaign with who set it, and when.
type BudgetLine struct {
	Budget
	SetBy string
	SetAt time.Time
}

// Price is what a part costs on a channel, for budgets in dong.
type Price struct {
	Channel string    `json:"channel" doc:"Name of the channel."`
	Dong    int64     `json:"dong" doc:"What a part of an SMS costs, or a whole message where a channel knows no parts."`
	SetBy   string    `json:"set_by" doc:"Who set it."`
	SetAt   time.Time `json:"set_at" doc:"When."`
}
