package channel

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// statusWords are the words that providers commonly use, in lower case; DELIVRD and its like are SMPP 3.4, appendix B.
var statusWords = map[string]notifier.ReceiptStatus{
	"delivered": notifier.ReceiptDelivered, "delivrd": notifier.ReceiptDelivered, "success": notifier.ReceiptDelivered,
	"undelivered": notifier.ReceiptUndelivered, "undeliv": notifier.ReceiptUndelivered, "expired": notifier.ReceiptUndelivered,
	"deleted": notifier.ReceiptUndelivered, "rejectd": notifier.ReceiptUndelivered, "rejected": notifier.ReceiptUndelivered,
	"failed":  notifier.ReceiptUndelivered,
	"enroute": notifier.ReceiptEnroute, "acceptd": notifier.ReceiptEnroute, "accepted": notifier.ReceiptEnroute,
	"sent": notifier.ReceiptEnroute, "queued": notifier.ReceiptEnroute, "pending": notifier.ReceiptEnroute,
}

// names are the dotted paths at which a provider writes what a receipt and a reply are made of.
type names struct {
	list                               string // the array in the body, "" when the body itself is the array or the object
	id, key, status, reason, event, at string
	from, text                         string
}

// inbox reads a provider's signed requests. It is embedded by channels whose provider reports later.
type inbox struct {
	verifier
	names
	statuses map[string]notifier.ReceiptStatus // over statusWords
	reasons  map[string]notifier.Failure       // provider's code -> reason of an undelivered
}

// ParseReceipts implements notifier.ReceiptParser.
func (in inbox) ParseReceipts(h http.Header, body []byte) ([]notifier.Receipt, error) {
	items, err := in.open(h, body)
	if err != nil {
		return nil, err
	}
	out := make([]notifier.Receipt, len(items))
	for i, item := range items {
		out[i] = in.receipt(item)
	}
	return out, nil
}

// ParseReplies implements notifier.ReplyParser.
func (in inbox) ParseReplies(h http.Header, body []byte) ([]notifier.Reply, error) {
	items, err := in.open(h, body)
	if err != nil {
		return nil, err
	}
	out := make([]notifier.Reply, len(items))
	for i, item := range items {
		if out[i] = in.reply(item, h.Get(TimestampHeader)); out[i].From == "" {
			return nil, notifier.ErrMalformed
		}
	}
	return out, nil
}

// maxItems bounds the rows that one request can make.
const maxItems = 10_000

// item is one object of a body.
type item struct {
	raw   json.RawMessage
	value any
}

// open authenticates the raw bytes before it reads any of them.
func (in inbox) open(h http.Header, body []byte) ([]item, error) {
	if err := in.verify(h, body); err != nil {
		return nil, err
	}
	whole, err := decode(body)
	if err != nil {
		return nil, notifier.ErrMalformed
	}
	values, isList := walk(whole, in.list).([]any)
	if !isList {
		values = []any{walk(whole, in.list)}
	}
	if len(values) > maxItems {
		return nil, notifier.ErrMalformed
	}
	items := make([]item, len(values))
	for i, v := range values {
		if _, ok := v.(map[string]any); !ok {
			return nil, notifier.ErrMalformed
		}
		if items[i].raw, err = json.Marshal(v); err != nil {
			return nil, notifier.ErrMalformed
		}
		items[i].value = v
	}
	return items, nil
}

// receipt never refuses: a status that nobody knows is kept as ReceiptUnknown, so that the others in the body count
// and the provider does not send it for ever.
func (in inbox) receipt(it item) notifier.Receipt {
	id, key, word := ident(dig(it.value, in.id)), ident(dig(it.value, in.key)), strings.ToLower(dig(it.value, in.status))
	r := notifier.Receipt{ProviderID: id, Key: key, Status: in.statusOf(word), At: readTime(dig(it.value, in.at)), Raw: it.raw}
	code := dig(it.value, in.reason)
	if r.Status == notifier.ReceiptUndelivered {
		r.Reason = string(in.reasons[code].Reason)
	}
	// The status is part of the key: some providers number the message and not the report.
	if event := dig(it.value, in.event); event != "" {
		r.EventKey = eventKey("e", event, word)
	} else {
		r.EventKey = eventKey("r", id, key, word, code)
	}
	if id == "" && key == "" {
		r.Status, r.Reason, r.EventKey = notifier.ReceiptUnknown, "", eventKey("x", string(it.raw))
	}
	return r
}

func (in inbox) statusOf(word string) notifier.ReceiptStatus {
	if s, ok := in.statuses[word]; ok {
		return s
	}
	if s, ok := statusWords[word]; ok {
		return s
	}
	return notifier.ReceiptUnknown
}

func (in inbox) reply(it item, stamp string) notifier.Reply {
	r := notifier.Reply{From: readNumber(dig(it.value, in.from)), At: readTime(dig(it.value, in.at))}
	r.Text, _ = walk(it.value, in.text).(string)
	r.Text = strings.ReplaceAll(r.Text, "\x00", "") // PostgreSQL holds no NUL
	if event := dig(it.value, in.event); event != "" {
		r.EventKey = eventKey("e", event)
		return r
	}
	// Without a number of its own, the same words at another time are another answer.
	at := dig(it.value, in.at)
	if at == "" {
		at = stamp
	}
	r.EventKey = eventKey("t", r.From, r.Text, at)
	return r
}

// ident drops what cannot be an id of ours or of a provider's: it could not be stored, and it would match nothing.
func ident(s string) string {
	if len(s) > 200 || strings.ContainsRune(s, 0) {
		return ""
	}
	return s
}

// eventKey is short, the same for the same report, and holds nothing that was in it.
func eventKey(kind string, parts ...string) string {
	m := sha256.New()
	for _, p := range parts {
		m.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return kind + hex.EncodeToString(m.Sum(nil)[:16])
}

// readTime reads RFC 3339, Unix seconds and Unix milliseconds; the zero time is "not said".
func readTime(s string) time.Time {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at.UTC()
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n <= 0 || n > 1<<45:
		return time.Time{}
	case n < 1<<36: // seconds until the year 4147, milliseconds from 1972 on
		return time.Unix(n, 0).UTC()
	}
	return time.UnixMilli(n).UTC()
}

// readNumber brings a sender to E.164 as gateways in Vietnam write it: +84..., 84..., 0... A short code or a name has
// no form of its own and stays what it is.
func readNumber(s string) string {
	s = strings.NewReplacer(" ", "", ".", "", "-", "", "\x00", "").Replace(s)
	switch {
	case strings.HasPrefix(s, "84") && len(s) >= 11:
		return "+" + s
	case strings.HasPrefix(s, "0") && len(s) >= 10:
		return "+84" + s[1:]
	}
	return s
}
