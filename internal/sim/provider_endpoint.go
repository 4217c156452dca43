package sim

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// endpoint is one way into the provider: how it is asked, how it answers and how it reports.
type endpoint struct {
	path     string
	channel  string // Loa's channel that speaks to it
	medium   string
	keyed    bool
	key      string // name of the key in requests and receipts
	codes    map[Behaviour]string
	answer   func(code, id string, parts int) any
	receipt  func(r pending) any
	reply    func(event, from, text string, at time.Time) any
	settings func(url, secret string) map[string]string
}

// endpoints is the list of all three.
var endpoints = []endpoint{
	{
		path: "/sms", channel: "sms.http", medium: "sms", keyed: true, key: "key",
		codes:    map[Behaviour]string{Prompt: "100", Duplicate: "124", BadNumber: "108", Refused: "99"},
		answer:   gatewayAnswer,
		receipt:  gatewayReceipt,
		reply:    gatewayReply,
		settings: gatewaySettings,
	},
	{
		path: "/sim/sms", channel: "sms.simulator", medium: "sms", key: "tracking_id",
		codes:    map[Behaviour]string{Prompt: "0", BadNumber: "108", Refused: "99", Off: "901"},
		answer:   nativeAnswer,
		receipt:  nativeReceipt,
		reply:    nativeReply,
		settings: nativeSettings,
	},
	{
		path: "/sim/zalo", channel: "zalo.simulator", medium: "zalo", key: "tracking_id",
		codes:    map[Behaviour]string{Prompt: "0", BadNumber: "-108", Refused: "-141", NotOnZalo: "-118", Off: "-119"},
		answer:   nativeAnswer,
		receipt:  nativeReceipt,
		reply:    nativeReply,
		settings: nativeSettings,
	},
}

func endpointOf(channel string) *endpoint {
	for i := range endpoints {
		if endpoints[i].channel == channel {
			return &endpoints[i]
		}
	}
	return nil
}

// codeOf is the code of the answer: a plain yes for all that leaves, whatever the receipts say later.
func (e *endpoint) codeOf(b Behaviour) string {
	if b.effect() {
		return e.codes[Prompt]
	}
	if c, ok := e.codes[b]; ok {
		return c
	}
	return e.codes[BadNumber]
}

// The generic gateway: names and codes as eSMS has them, more or less.

func gatewayAnswer(code, id string, parts int) any {
	return map[string]any{"code": code, "id": id, "parts": parts}
}

var gatewayStatuses = map[string]string{"delivered": "DELIVRD", "undelivered": "UNDELIV", "enroute": "ENROUTE"}

func gatewayReceipt(r pending) any {
	return map[string]any{"event": r.event, "id": r.id, "key": r.key, "status": gatewayStatuses[r.status], "code": r.code, "at": r.due.UTC().Format(time.RFC3339)}
}

func gatewayReply(event, from, text string, at time.Time) any {
	return map[string]any{"event": event, "from": strings.TrimPrefix(from, "+"), "text": text, "at": at.UTC().Format(time.RFC3339)}
}

func gatewaySettings(url, secret string) map[string]string {
	return map[string]string{
		"url": url, "secret": secret, "sender": "CA DEMO", "timeout": "2s", "keyed": "true",
		"code_path": "code", "id_path": "id", "parts_path": "parts", "ok_codes": "100", "duplicate_codes": "124",
		"table": `{"99":"refused_by_citizen","108":"number_invalid","901":"number_unreachable"}`,
	}
}

// The simulator's own form, close to Zalo's: HTTP 200 also for a refusal.

func nativeAnswer(code, id string, parts int) any {
	if id == "" {
		return map[string]any{"error": json.Number(code), "message": "refused"}
	}
	return map[string]any{"error": json.Number(code), "message": "Success", "data": map[string]any{"msg_id": id, "parts": parts}}
}

func nativeReceipt(r pending) any {
	m := map[string]any{"event_id": r.event, "msg_id": r.id, "tracking_id": r.key, "status": r.status, "time": r.due.UnixMilli()}
	if r.code != "" {
		m["error"] = json.Number(r.code)
	}
	return m
}

func nativeReply(event, from, text string, at time.Time) any {
	return map[string]any{"event_id": event, "sender": from, "text": text, "time": at.UnixMilli()}
}

func nativeSettings(url, secret string) map[string]string {
	return map[string]string{"url": url, "secret": secret, "timeout": "2s"}
}

func isLoopbackURL(base string) bool {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" {
		return false
	}
	return isLoopbackHost(u.Hostname())
}

func isLoopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// say writes a JSON answer.
func say(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // who hung up gets nothing
}
