package channel

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/loaphuong/loa/notifier"
)

var smsHTTPFields = []notifier.Field{
	{Name: "url", Help: "address of the gateway; may hold {{to}} {{text}} {{key}} {{sender}} for a gateway that takes GET", Required: true},
	{Name: "method", Help: "POST, PUT or GET", Default: http.MethodPost},
	{Name: "headers", Help: "JSON object of request headers; may hold {{key}} {{api_key}} {{api_secret}}", Secret: true},
	{Name: "body", Help: "request body with {{to}} {{text}} {{key}} {{sender}} {{api_key}} {{api_secret}}; values are escaped for the content type",
		Default: `{"to":"{{to}}","text":"{{text}}","sender":"{{sender}}","key":"{{key}}"}`},
	{Name: "api_key", Help: "the gateway's key, for {{api_key}}", Secret: true},
	{Name: "api_secret", Help: "the gateway's password, for {{api_secret}}", Secret: true},
	{Name: "sender", Help: "registered sender name, for {{sender}}"},
	{Name: "phone_format", Help: "e164 (+84912345678), 84 (84912345678) or 0 (0912345678)", Default: formE164},
	{Name: "form", Help: "sms_plain (without accents) or sms", Default: "sms_plain"},
	{Name: "timeout", Help: "how long to wait for an answer", Default: "15s"},
	{Name: "in_flight", Help: "how many messages are on their way to the gateway at once, 1 to 2000; a crash leaves at most twice as many unknown", Default: strconv.Itoa(defaultInFlight)},

	{Name: "id_path", Help: "dotted path of the message id in the JSON answer", Default: "id"},
	{Name: "parts_path", Help: "dotted path of the number of parts billed"},
	{Name: "code_path", Help: "dotted path of the result code in the JSON answer; empty: HTTP 2xx with an id is a yes"},
	{Name: "ok_codes", Help: "codes that mean accepted, separated by commas"},
	{Name: "duplicate_codes", Help: "codes that mean the key was seen before, separated by commas"},
	{Name: "table", Help: `JSON object of code to reason, as {"108":"number_invalid"}`, Default: "{}"},
	{Name: "other_codes", Help: "what a code in none of the lists means: unclear (never sent again) or rejected", Default: "unclear"},
	{Name: "status_5xx", Help: "what HTTP 500, 502 and 504 mean: unclear, or rejected where the gateway promises that nothing was sent", Default: "unclear"},
	{Name: "keyed", Help: "true where the gateway refuses a repeated {{key}} for 24 hours", Default: "false"},

	{Name: "secret", Help: "secret that receipts and replies are signed with, 24 characters or more; empty: none are accepted", Secret: true},
	{Name: "receipt_list", Help: "dotted path of the array of receipts, empty when the body is the array or one object"},
	{Name: "receipt_id", Help: "path of the message id", Default: "id"},
	{Name: "receipt_key", Help: "path of our key", Default: "key"},
	{Name: "receipt_status", Help: "path of the status", Default: "status"},
	{Name: "receipt_reason", Help: "path of the error code of an undelivered message", Default: "code"},
	{Name: "receipt_event", Help: "path of the number of the report", Default: "event"},
	{Name: "receipt_at", Help: "path of the time", Default: "at"},
	{Name: "receipt_statuses", Help: `JSON object of status to delivered, undelivered, enroute or unknown, over the common words`, Default: "{}"},
	{Name: "reply_from", Help: "path of the sender of a reply", Default: "from"},
	{Name: "reply_text", Help: "path of the text of a reply", Default: "text"},
}

// defaultInFlight is how many messages a process has on the way to a gateway at once unless it is set.
const defaultInFlight = 500

// readInFlight reads how many messages may be on the wire at once.
func readInFlight(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 2000 {
		return 0, fmt.Errorf("setting \"in_flight\" must be a number from 1 to 2000")
	}
	return n, nil
}

// oneOf reads a setting that is a choice.
func oneOf(s notifier.Settings, name string, choices ...string) (string, error) {
	for _, c := range choices {
		if s[name] == c {
			return c, nil
		}
	}
	return "", fmt.Errorf("setting %q must be one of %s", name, strings.Join(choices, ", "))
}

// object reads a setting that is a JSON object of texts. The error never repeats the setting: it may hold a password.
func object(s notifier.Settings, name string) (map[string]string, error) {
	out := map[string]string{}
	if s[name] == "" {
		return out, nil
	}
	if err := json.Unmarshal([]byte(s[name]), &out); err != nil {
		return nil, fmt.Errorf("setting %q must be a JSON object of texts", name)
	}
	return out, nil
}

// codeSet reads a list of codes.
func codeSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, c := range strings.Split(list, ",") {
		if c = strings.TrimSpace(c); c != "" {
			set[c] = true
		}
	}
	return set
}

// inboxFor reads how the gateway writes receipts and replies.
func inboxFor(s notifier.Settings, d Deps, reasons map[string]notifier.Failure) (in inbox, err error) {
	if in.verifier, err = newVerifier(s["secret"], d.Now); err != nil {
		return in, err
	}
	in.names = names{list: s["receipt_list"], id: s["receipt_id"], key: s["receipt_key"], status: s["receipt_status"],
		reason: s["receipt_reason"], event: s["receipt_event"], at: s["receipt_at"], from: s["reply_from"], text: s["reply_text"]}
	in.reasons = reasons
	words, err := object(s, "receipt_statuses")
	if err != nil {
		return in, err
	}
	in.statuses = map[string]notifier.ReceiptStatus{}
	for word, meaning := range words {
		switch status := notifier.ReceiptStatus(meaning); status {
		case notifier.ReceiptDelivered, notifier.ReceiptUndelivered, notifier.ReceiptEnroute, notifier.ReceiptUnknown:
			in.statuses[strings.ToLower(word)] = status
		default:
			return in, fmt.Errorf("setting \"receipt_statuses\": %q is not a status", meaning)
		}
	}
	return in, nil
}
