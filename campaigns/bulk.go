package campaigns

import "time"

// BulkID names a bulk send.
type BulkID string

// BulkSend is many messages of one service that were handed over in one request. They are sent as single ones are; what is
// wrong with a row concerns that row alone.
type BulkSend struct {
	ID         BulkID
	ServiceID  ServiceID
	KeyKind    string
	Kind       MessageKind
	VersionID  TemplateVersionID
	Template   TemplateID
	Name       string
	State      string // running, done
	Total      int
	Taken      int // rows that are messages
	Refused    int
	Actor      string
	CreatedAt  time.Time
	FinishedAt time.Time
}

// BulkRow is one row of a bulk send: what the sender gave, and what became of it.
type BulkRow struct {
	N         int               `json:"-"`
	To        string            `json:"to,omitempty"`
	Lines     []string          `json:"lines,omitempty"`
	Values    map[string]string `json:"values,omitempty"`
	Reference string            `json:"reference,omitempty"`

	Message MessageID `json:"-"`
	Fault   Fault     `json:"-"` // why it is no message
	Fields  string    `json:"-"` // names of fields that the fault is about
	State   string    `json:"-"` // of its message
	Reason  Reason    `json:"-"`
}

// Forms lists the forms of words that the kind may be written in.
func (k MessageKind) Forms() []string {
	switch k {
	case Text:
		return []string{"sms_plain", "sms"}
	case Mail:
		return []string{"long"}
	}
	return []string{"print"}
}

// In is the form of words that carries the kind, "" where they have none.
func (k MessageKind) In(words StaffWords) string {
	for _, form := range k.Forms() {
		if words[form] != nil {
			return form
		}
	}
	return ""
}
