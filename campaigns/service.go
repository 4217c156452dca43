package campaigns

import (
	"errors"
	"time"
)

// ServiceID names a program of others that sends single messages; it is a UUID, which the program has in its key.
type ServiceID string

// Service is a program of others that sends single messages in the name of a unit. What it sends goes through the same
// decision chain as every notice, on the legal basis that the service was made for.
type Service struct {
	ID         ServiceID
	UnitID     UnitID
	Name       string
	Basis      string
	Team       []string // addresses that a key of kind team may write to
	Receipts   Callback // told what became of messages
	Texts      Callback // told what citizens wrote back
	CreatedBy  string
	CreatedAt  time.Time
	ArchivedAt time.Time
}

// Callback is where a service is called back, with the token that it knows us by; "" for nowhere.
type Callback struct {
	URL   string `json:"url,omitempty"`
	Token string `json:"token,omitempty"`
}

// Errors of services.
var (
	ErrService  = errors.New("service")
	ErrArchived = errors.New("the service is archived")
	ErrStopped  = errors.New("the unit has stopped this service's messages with these words")
	ErrAsked    = errors.New("the key of the request was used for another message before")
)
