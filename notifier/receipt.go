package notifier

import "time"

// ReceiptStatus is the provider's later word on a message.
type ReceiptStatus string

const (
	ReceiptDelivered   ReceiptStatus = "delivered"
	ReceiptUndelivered ReceiptStatus = "undelivered"
	ReceiptEnroute     ReceiptStatus = "enroute" // still on its way, or accepted after all
	ReceiptUnknown     ReceiptStatus = "unknown" // a status we do not know: kept, never applied
)

// Receipt is one provider report. EventKey makes it unique at its channel, so that the same report acts once.
type Receipt struct {
	EventKey   string
	ProviderID string // provider's message id
	Key        string // our idempotency key, where the provider echoes it
	Status     ReceiptStatus
	Reason     string // a Reason for undelivered
	At         time.Time
	Raw        []byte // what stood in the request for this receipt
}

// Reply is a citizen's message. It goes to the answers or to the inbox.
type Reply struct {
	EventKey string
	From     string // E.164
	Text     string
	At       time.Time
}

// Step returns the state a receipt leads to from from, and whether it moves anything. Delivered is absorbing; a
// receipt never goes backwards (delivery.md, I11).
func (r ReceiptStatus) Step(from State) (State, bool) {
	var to State
	switch r {
	case ReceiptDelivered:
		to = Delivered
	case ReceiptUndelivered:
		to = Undelivered
	case ReceiptEnroute:
		to = Accepted
	default:
		return from, false
	}
	if !Legal(from, to, ByReceipt) {
		return from, false
	}
	return to, true
}
