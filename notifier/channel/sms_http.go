package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// smsHTTPSpec is any SMS gateway that takes one message in one HTTP request and answers in JSON: eSMS, SpeedSMS, a
// bridge of one's own. What it promises follows from its settings: keyed gateways are effectively once.
func smsHTTPSpec(d Deps) notifier.Spec {
	return notifier.Spec{
		Name: "sms.http", Medium: "sms", Form: "sms_plain", Fields: smsHTTPFields,
		Limits: notifier.Limits{Window: 2 * defaultInFlight, InFlight: defaultInFlight, Timeout: 15 * time.Second, Parts: 3},
		Policy: notifier.Policy{Receipts: true},
		New:    func(s notifier.Settings) (notifier.Channel, error) { return newSMSHTTP(d, s) },
	}
}

type smsHTTP struct {
	sender
	inbox
	rules    statusRules
	method   string
	url      wireTemplate
	address  string // as it is set, for Probe
	body     wireTemplate
	headers  []headerTemplate
	escape   escape
	fixed    map[string]string // sender and the gateway's keys
	format   string
	answer   answerTable
	form     string
	keyed    bool
	loopback bool
	timeout  time.Duration
	inFlight int
}

// answerTable reads the gateway's JSON answer.
type answerTable struct {
	id, parts, code string // dotted paths
	ok, duplicate   map[string]bool
	failures        map[string]notifier.Failure
	otherRejected   bool
}

var (
	_ notifier.ReceiptParser = (*smsHTTP)(nil)
	_ notifier.ReplyParser   = (*smsHTTP)(nil)
	_ notifier.Describer     = (*smsHTTP)(nil)
)

func newSMSHTTP(d Deps, s notifier.Settings) (c *smsHTTP, err error) {
	c = &smsHTTP{fixed: map[string]string{"sender": s["sender"], "api_key": s["api_key"], "api_secret": s["api_secret"]}}
	var keyed, status5xx string
	steps := []func() error{
		func() (err error) { c.loopback, err = checkURL(s["url"]); return },
		func() (err error) { c.timeout, err = readTimeout(s["timeout"]); return },
		func() (err error) { c.inFlight, err = readInFlight(s["in_flight"]); return },
		func() (err error) {
			c.method, err = oneOf(s, "method", http.MethodPost, http.MethodPut, http.MethodGet)
			return
		},
		func() (err error) { c.format, err = oneOf(s, "phone_format", formE164, form84, form0); return },
		func() (err error) { c.form, err = oneOf(s, "form", "sms_plain", "sms"); return },
		func() (err error) { keyed, err = oneOf(s, "keyed", "true", "false"); return },
		func() (err error) { status5xx, err = oneOf(s, "status_5xx", "unclear", "rejected"); return },
		func() (err error) { c.answer, err = answerTableFor(s); return },
		func() (err error) { c.inbox, err = inboxFor(s, d, c.answer.failures); return },
		func() error { return c.readRequest(s) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	c.sender = newSender(d, s["url"], c.inFlight)
	c.keyed, c.rules = keyed == "true", statusRules{now: d.Now, rejected5xx: status5xx == "rejected"}
	if c.keyed && !c.sendsKey() {
		return nil, fmt.Errorf("setting \"keyed\": the request does not hold {{key}}")
	}
	return c, nil
}

// readRequest reads the three templates and fills them once, so that a mistake shows before the first citizen.
func (c *smsHTTP) readRequest(s notifier.Settings) (err error) {
	all := []string{"to", "text", "key", "sender", "api_key", "api_secret"}
	c.address = s["url"]
	if c.url, err = parseWire(s["url"], all...); err != nil {
		return fmt.Errorf("setting \"url\": %w", err)
	}
	raw, err := object(s, "headers")
	if err != nil {
		return err
	}
	contentType := ""
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		value := raw[name]
		name = http.CanonicalHeaderKey(name)
		if strings.ContainsAny(value, "\r\n") {
			return fmt.Errorf("setting \"headers\": %s holds a line break", name)
		}
		t, err := parseWire(value, "key", "api_key", "api_secret")
		if err != nil {
			return fmt.Errorf("setting \"headers\": %s: %w", name, err)
		}
		c.headers = append(c.headers, headerTemplate{name, t})
		if name == "Content-Type" {
			contentType = value
		}
	}
	if c.method == http.MethodGet {
		return nil
	}
	if contentType == "" {
		contentType = guessType(s["body"])
		c.headers = append(c.headers, headerTemplate{"Content-Type", wireTemplate{texts: []string{contentType}}})
	}
	if c.escape, err = escapeFor(contentType); err != nil {
		return err
	}
	if c.body, err = parseWire(s["body"], all...); err != nil {
		return fmt.Errorf("setting \"body\": %w", err)
	}
	if strings.Contains(contentType, "json") && !json.Valid([]byte(c.body.fill(func(string) string { return `"` }, c.escape))) {
		return fmt.Errorf("setting \"body\" does not make JSON: fields of text stand between quotes")
	}
	return nil
}

func guessType(body string) string {
	if strings.HasPrefix(strings.TrimSpace(body), "{") || strings.HasPrefix(strings.TrimSpace(body), "[") {
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}

func (c *smsHTTP) sendsKey() bool {
	inHeader := slices.ContainsFunc(c.headers, func(h headerTemplate) bool { return h.value.has("key") })
	return inHeader || c.body.has("key") || c.url.has("key")
}

func answerTableFor(s notifier.Settings) (t answerTable, err error) {
	t = answerTable{id: s["id_path"], parts: s["parts_path"], code: s["code_path"], ok: codeSet(s["ok_codes"]),
		duplicate: codeSet(s["duplicate_codes"]), failures: map[string]notifier.Failure{}}
	reasons, err := object(s, "table")
	if err != nil {
		return t, err
	}
	for code, reason := range reasons {
		if t.failures[code], err = failureFor(reason); err != nil {
			return t, fmt.Errorf("setting \"table\": %w", err)
		}
	}
	if t.code != "" && len(t.ok) == 0 {
		return t, fmt.Errorf("setting \"ok_codes\" is missing: without it no code means accepted")
	}
	other, err := oneOf(s, "other_codes", "unclear", "rejected")
	t.otherRejected = other == "rejected"
	return t, err
}

// Describe implements notifier.Describer.
func (c *smsHTTP) Describe(s notifier.Spec) notifier.Spec {
	s.Form, s.Policy.Keyed, s.Loopback, s.Limits.Timeout = c.form, c.keyed, c.loopback, c.timeout
	s.Policy.Receipts, s.Policy.Replies = len(c.secrets) > 0, len(c.secrets) > 0
	// As many again are in hand, so that the wire never waits for the database.
	s.Limits.InFlight, s.Limits.Window = c.inFlight, 2*c.inFlight
	return s
}

// Send implements notifier.Channel. The engine's time out is this channel's own.
func (c *smsHTTP) Send(ctx context.Context, m notifier.Message) (notifier.Sent, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	r, bad := c.request(m)
	if bad != nil {
		return notifier.Sent{}, bad
	}
	a, bad := c.do(ctx, r)
	if bad != nil {
		return notifier.Sent{}, bad
	}
	return c.judge(a)
}

func (c *smsHTTP) request(m notifier.Message) (request, *notifier.Failure) {
	to, bad := number(m.To, c.format)
	if bad != nil {
		return request{}, bad
	}
	value := func(field string) string {
		switch field {
		case "to":
			return to
		case "text":
			return m.Body
		case "key":
			return m.Key
		}
		return c.fixed[field]
	}
	r := request{method: c.method, url: c.url.fill(value, queryEscape), header: make([][2]string, len(c.headers))}
	for i, h := range c.headers {
		r.header[i] = [2]string{h.name, h.value.fill(value, nil)}
	}
	if c.method != http.MethodGet {
		r.body = []byte(c.body.fill(value, c.escape))
	}
	return r, nil
}

// headerTemplate is one header of a request.
type headerTemplate struct {
	name  string
	value wireTemplate
}

// judge: a code that the settings name counts before the HTTP status, since many gateways answer refusals with 200 or
// 400 alike. A yes needs 2xx and an id.
func (c *smsHTTP) judge(a answer) (notifier.Sent, error) {
	v, err := decode(a.body)
	id, code := ident(dig(v, c.answer.id)), dig(v, c.answer.code)
	if c.answer.duplicate[code] {
		return notifier.Sent{ProviderID: id, Duplicate: true}, nil
	}
	if f, known := c.answer.failures[code]; known {
		f.Detail = codeDetail(code)
		if f.Class == notifier.Temporary {
			f.RetryAfter = retryAfter(a.header, c.rules.now())
		}
		return notifier.Sent{}, &f
	}
	if f := c.rules.judge(a); f != nil {
		return notifier.Sent{}, f
	}
	switch {
	case err != nil:
		return notifier.Sent{}, unclear("answer is not JSON")
	case c.answer.code != "" && !c.answer.ok[code]:
		return notifier.Sent{}, c.answer.other(code)
	case id == "":
		return notifier.Sent{}, unclear("answer without an id")
	}
	return notifier.Sent{ProviderID: id, Parts: atoi(dig(v, c.answer.parts))}, nil
}

func (t answerTable) other(code string) *notifier.Failure {
	if t.otherRejected && code != "" {
		return &notifier.Failure{Class: notifier.Permanent, Reason: notifier.ProviderRejected, Detail: codeDetail(code)}
	}
	return unclear(codeDetail(code))
}
