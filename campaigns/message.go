package campaigns

import (
	"fmt"
	"strings"
	"time"
)

// MessageID names a single message of a service; it is a UUID.
type MessageID string

// MessageKind is how a message travels. A letter is printed and handed out by the unit.
type MessageKind string

// The kinds of messages.
const (
	Text   MessageKind = "sms"
	Mail   MessageKind = "email"
	Letter MessageKind = "letter"
)

// MessageKinds lists the kinds.
var MessageKinds = []MessageKind{Text, Mail, Letter}

// Medium is what carries the kind.
func (k MessageKind) Medium() string {
	if k == Letter {
		return "print"
	}
	return string(k)
}

// What the message of a test key pretends has become of it.
const (
	PretendDelivered = "delivered"
	PretendTemporary = "temporary"
	PretendPermanent = "permanent"
)

// Message is one message of a service: what it gave, and what became of it.
type Message struct {
	ID        MessageID
	ServiceID ServiceID
	KeyKind   string // live, team or test
	Kind      MessageKind
	VersionID TemplateVersionID
	Template  TemplateID
	N         int               // of the version
	To        string            // E.164, e-mail address; "" for a letter
	Lines     []string          // of a letter's address
	Values    map[string]string // of the fields of the words
	Reference string            // the service's own
	Leave     string            // address at which the service lets people unsubscribe, as it gave it
	Channel   string
	Simulated string // of a test key: one of the pretended fates; nothing is sent
	Asked     []byte // hash of what the request calls itself, nil for nothing; a repetition finds the first message
	Print     []byte // hash of the whole request
	Job       string // of a bulk send
	CreatedAt time.Time

	Launch   LaunchID // what carries it
	StepNo   int
	Person   PersonID // whom it is to
	State    string   // of its delivery, or what a test key's message pretends
	Reason   Reason
	SentAt   time.Time
	MovedAt  time.Time
	Parts    int
	Repeated bool // it was sent before, by the same request
}

// MessageFilter narrows a list of messages. Only messages of the key kind are listed.
type MessageFilter struct {
	Service   ServiceID
	KeyKind   string
	Kinds     []MessageKind
	States    []string // none: all
	Reference string
	Before    MessageID // messages older than this one; unknown: none
	Jobs      bool      // those of bulk sends too
	Limit     int
}

// Fault says why a message is not taken. It names no value.
type Fault string

// The faults of a message.
const (
	PhoneShort    Fault = "phone_short"
	PhoneLong     Fault = "phone_long"
	PhoneLetters  Fault = "phone_letters"
	PhonePrefix   Fault = "phone_prefix"
	PhoneInvalid  Fault = "phone_invalid"
	PhoneLandline Fault = "phone_landline"
	PhoneForeign  Fault = "phone_foreign"
	MailInvalid   Fault = "email_invalid"
	LinesShort    Fault = "address_lines"   // a letter without a name and a line of address
	ValuesMissing Fault = "values_missing"  // Fields says which
	WrongForm     Fault = "wrong_form"      // the words have no form for this kind
	WordsUnfit    Fault = "words_unfit"     // the words ask for what no service can give; Fields says what
	TooManyParts  Fault = "too_many_parts"  // Parts says how many
	ValueRefused  Fault = "value_refused"   // a value reads like a fraud; Fields and Rule say where and why
	ValueCharset  Fault = "value_charset"   // an unaccented text cannot hold the value
	NotTeam       Fault = "not_team"        // a team key writes to its team only
	NoLine        Fault = "no_channel"      // nothing carries the kind here
	UnitNotReady  Fault = "unit_not_ready"  // the unit lacks a published number or a short name
	NoTemplate    Fault = "no_template"     // the words are not there, or not for this unit
	StoppedByUnit Fault = "stopped_by_unit" // the unit has cancelled what the service sends with these words
)

// MessageError is a refusal of a message.
type MessageError struct {
	Fault  Fault
	Fields []string
	Rule   string
	Parts  int
}

func (e *MessageError) Error() string {
	return fmt.Sprintf("message: %s %s%s", e.Fault, strings.Join(e.Fields, ", "), e.Rule)
}

// Written is a message in words.
type Written struct {
	Subject, Body string
	Parts         int // of a text
}

// TextReceived is what a citizen wrote back to a service.
type TextReceived struct {
	ID   string
	From string // E.164
	Body string
	At   time.Time
}

// CallBack is one thing that a service is to be told.
type CallBack struct {
	Service Service
	Message *Message      // what became of it, or
	Text    *TextReceived // what a citizen wrote
	Tries   int           // this one included
}
