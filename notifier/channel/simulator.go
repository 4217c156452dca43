package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/loaphuong/loa/notifier"
)

var simulatorFields = []notifier.Field{
	{Name: "url", Help: "address of the simulated provider inside this machine", Required: true},
	{Name: "secret", Help: "secret the simulated provider signs with, 24 characters or more", Secret: true, Required: true},
	{Name: "timeout", Help: "how long to wait for an answer", Default: "10s"},
	{Name: "script", Help: "what the provider does: ordinary, calm, rough, receipts, strangers or talkative, as internal/sim/scripts.csv has them; empty: ordinary"},
}

var scriptName = regexp.MustCompile(`^[a-z_]{0,30}$`)

// smsSimulatorSpec carries texts to the simulated telecom. It has no keys: at most once, as most gateways.
func smsSimulatorSpec(d Deps) notifier.Spec {
	return simulatorSpec(d, "sms.simulator", "sms", "sms", 3, smsCodes)
}

// zaloSimulatorSpec carries notices to the simulated Zalo, which answers with Zalo's own codes.
func zaloSimulatorSpec(d Deps) notifier.Spec {
	return simulatorSpec(d, "zalo.simulator", "zalo", "long", 0, zaloCodes)
}

func simulatorSpec(d Deps, name, medium, form string, parts int, codes map[string]notifier.Failure) notifier.Spec {
	return notifier.Spec{
		Name: name, Medium: medium, Form: form, Fields: simulatorFields, Loopback: true,
		Limits: notifier.Limits{Window: 200, Timeout: 10 * time.Second, Parts: parts},
		Policy: notifier.Policy{Receipts: true, Replies: true},
		New: func(s notifier.Settings) (notifier.Channel, error) {
			return newSimulator(d, s, codes)
		},
	}
}

// simulator speaks the simulated provider's own JSON: an answer is {"error":0,"data":{"msg_id":...}} with HTTP 200
// also for refusals, as Zalo does.
type simulator struct {
	sender
	inbox
	rules   statusRules
	url     string
	timeout time.Duration
	codes   map[string]notifier.Failure
}

var (
	_ notifier.ReceiptParser = (*simulator)(nil)
	_ notifier.ReplyParser   = (*simulator)(nil)
	_ notifier.Describer     = (*simulator)(nil)
)

func newSimulator(d Deps, s notifier.Settings, codes map[string]notifier.Failure) (*simulator, error) {
	loopback, err := checkURL(s["url"])
	if err != nil {
		return nil, err
	}
	if !loopback {
		return nil, fmt.Errorf("setting \"url\": a simulator never leaves this machine")
	}
	c := &simulator{sender: newSender(d, s["url"], 200), rules: statusRules{now: d.Now}, url: s["url"], codes: codes}
	if c.timeout, err = readTimeout(s["timeout"]); err != nil {
		return nil, err
	}
	if !scriptName.MatchString(s["script"]) {
		return nil, fmt.Errorf("setting \"script\": the name of a script is made of small letters")
	}
	if s["script"] != "" {
		join := "?"
		if strings.Contains(c.url, "?") {
			join = "&"
		}
		c.url += join + "script=" + s["script"]
	}
	if c.verifier, err = newVerifier(s["secret"], d.Now); err != nil {
		return nil, err
	}
	c.names = names{id: "msg_id", key: "tracking_id", status: "status", reason: "error", event: "event_id", at: "time", from: "sender", text: "text"}
	c.reasons = codes
	return c, nil
}

// Describe implements notifier.Describer.
func (c *simulator) Describe(s notifier.Spec) notifier.Spec {
	s.Limits.Timeout = c.timeout
	return s
}

// Send implements notifier.Channel.
func (c *simulator) Send(ctx context.Context, m notifier.Message) (notifier.Sent, error) {
	to, bad := number(m.To, formE164)
	if bad != nil {
		return notifier.Sent{}, bad
	}
	body, err := json.Marshal(map[string]any{"to": to, "text": m.Body, "tracking_id": m.Key, "parts": m.Parts})
	if err != nil {
		return notifier.Sent{}, &notifier.Failure{Class: notifier.Permanent, Reason: notifier.RenderFailed, Detail: "text is not JSON"}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	a, bad := c.do(ctx, request{method: http.MethodPost, url: c.url, header: [][2]string{{"Content-Type", "application/json"}}, body: body})
	if bad != nil {
		return notifier.Sent{}, bad
	}
	return c.judge(a)
}

func (c *simulator) judge(a answer) (notifier.Sent, error) {
	if f := c.rules.judge(a); f != nil {
		return notifier.Sent{}, f
	}
	v, err := decode(a.body)
	if err != nil {
		return notifier.Sent{}, unclear("answer is not JSON")
	}
	code := dig(v, "error")
	if f, known := c.codes[code]; known {
		f.Detail = codeDetail(code)
		if f.Class == notifier.Temporary {
			f.RetryAfter = max(f.RetryAfter, retryAfter(a.header, c.rules.now()))
		}
		return notifier.Sent{}, &f
	}
	if code != "0" {
		return notifier.Sent{}, unclear(codeDetail(code))
	}
	id := dig(v, "data.msg_id")
	if id == "" {
		return notifier.Sent{}, unclear("answer without an id")
	}
	return notifier.Sent{ProviderID: id, Parts: atoi(dig(v, "data.parts"))}, nil
}
