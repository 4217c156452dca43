package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/loaphuong/loa/campaigns"
)

// Asked is the record of requests that carried an Idempotency-Key.
type Asked interface {
	Asked(ctx context.Context, caller, key string) (campaigns.Answer, error)
	Answered(ctx context.Context, caller, key string, a campaigns.Answer) error
}

const (
	onceHeader   = "Idempotency-Key"
	replayHeader = "Idempotency-Replayed"
	maxOnceKey   = 128
	// onceWait is how long a repeated request waits for the answer of the one before it; onceLook how often it looks.
	onceWait = 2 * time.Second
	onceLook = 50 * time.Millisecond
)

// asking is one request with a key.
type asking struct {
	campaigns.Once
	hctx huma.Context
}

// once carries out every POST with an Idempotency-Key once (draft-ietf-httpapi-idempotency-key-header). The key is noted
// in the transaction of the request's first effect, so that neither a crash nor twenty clients at once can do it twice;
// the answer is kept for three days and given to every repetition. The same key with another question is a 409.
func (a *API) once(ctx huma.Context, next func(huma.Context)) {
	key := ctx.Header(onceHeader)
	who := callerOf(ctx.Context()).ID()
	if key == "" || who == "" || ctx.Method() != http.MethodPost {
		next(ctx) // of a caller without a name nobody knows whether it is the same
		return
	}
	if !goodOnceKey(key) {
		a.refuse(ctx, &Problem{Status: http.StatusBadRequest, Code: "idempotency_key_invalid",
			Detail: fmt.Sprintf("%s must have 1 to %d printable ASCII characters without spaces.", onceHeader, maxOnceKey)})
		return
	}
	q := &asking{Once: campaigns.Once{Caller: who, Key: key}, hctx: ctx}
	body, err := q.read()
	if err != nil {
		a.refuse(ctx, &Problem{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Detail: "The body is larger than this operation takes, or did not arrive."})
		return
	}
	if a.replayed(q) {
		return
	}
	next(&onceContext{innerContext: ctx, ctx: campaigns.WithOnce(ctx.Context(), &q.Once), body: body})
	switch {
	case q.Again:
		if !a.replayed(q) { // can only be purged in between
			a.refuse(ctx, lost())
		}
	case ctx.Status() < 300 || q.Noted && ctx.Status() < 500:
		a.keep(q)
	}
}

// onceParam describes the header on every POST.
func onceParam() *huma.Param {
	most := maxOnceKey
	return &huma.Param{Name: onceHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most},
		Description: "A key of your own for this request. Sent again with the same key and body, it has its effect once and is given the same answer for three days (header " +
			replayHeader + "); with another body it is a 409."}
}

// goodOnceKey says whether a key may be stored and compared as it is.
func goodOnceKey(key string) bool {
	return len(key) <= maxOnceKey && strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// read takes the body in and makes the print of what is asked. A file is not taken in: its own fingerprint makes a second
// import of it harmless.
func (q *asking) read() (io.Reader, error) {
	sum := sha256.New()
	u := q.hctx.URL()
	fmt.Fprintf(sum, "%s\n%s\n%s\n", q.hctx.Method(), u.RequestURI(), q.hctx.Header("Loa-Actor"))
	defer func() { q.Print = sum.Sum(nil) }()
	if strings.HasPrefix(q.hctx.Header("Content-Type"), "multipart/") {
		return q.hctx.BodyReader(), nil
	}
	op := q.hctx.Operation()
	_ = q.hctx.SetReadDeadline(time.Now().Add(op.BodyReadTimeout))
	from := q.hctx.BodyReader()
	if from == nil {
		return nil, nil
	}
	most := op.MaxBodyBytes
	if most <= 0 {
		most = 1 << 20 // huma's own bound
	}
	raw, err := io.ReadAll(io.LimitReader(from, most+1))
	if err != nil || int64(len(raw)) > most {
		return nil, errors.Join(errTooLarge, err)
	}
	sum.Write(raw)
	return bytes.NewReader(raw), nil
}

// replayed answers a request that was carried out before, and says whether it has.
func (a *API) replayed(q *asking) bool {
	ctx := q.hctx.Context()
	end := time.NewTimer(onceWait)
	defer end.Stop()
	look := time.NewTicker(onceLook)
	defer look.Stop()
	for {
		was, err := a.Record.Asked(ctx, q.Caller, q.Key)
		switch {
		case errors.Is(err, campaigns.ErrNotFound):
			return false
		case err != nil:
			a.refuse(q.hctx, a.problem(ctx, "idempotency", err))
			return true
		case !bytes.Equal(was.Print, q.Print):
			a.refuse(q.hctx, &Problem{Status: http.StatusConflict, Code: "idempotency_key_reused", Detail: "This key was sent before with another request; take a new key."})
			return true
		case was.Status != 0:
			q.answer(was)
			return true
		case was.Age > uploadTime.Milliseconds():
			a.refuse(q.hctx, lost())
			return true
		}
		select {
		case <-look.C:
		case <-end.C:
			a.refuse(q.hctx, &Problem{Status: http.StatusConflict, Code: "in_progress", Detail: "The first request with this key is still being carried out; ask again in a moment."})
			return true
		case <-ctx.Done():
			a.refuse(q.hctx, a.problem(ctx, "idempotency", ctx.Err()))
			return true
		}
	}
}

func lost() *Problem {
	return &Problem{Status: http.StatusConflict, Code: "answer_lost", Detail: "The first request with this key had its effect, but its answer was lost; look for what it made."}
}

// answer repeats what was answered.
func (q *asking) answer(was campaigns.Answer) {
	c := humafiber.Unwrap(q.hctx)
	c.Response().ResetBody()
	q.hctx.SetHeader(replayHeader, "true")
	q.hctx.SetHeader("Content-Type", was.Type)
	q.hctx.SetStatus(was.Status)
	_, _ = q.hctx.BodyWriter().Write(was.Body)
}

// showsSecret names the operations whose answer shows a secret once: it is kept nowhere, and a repetition is told so.
var showsSecret = map[string]bool{"create-webhook": true, "rotate-webhook": true, "issue-key": true, "issue-service-key": true, "rotate-key": true, "invite-staff": true, "reset-staff": true,
	"offer-second-factor": true, "confirm-second-factor": true, "sign-in-second": true, "add-passkey": true, "renew-recovery-codes": true,
	// What is shown here of people is kept nowhere else either.
	"search-people": true, "reveal-person": true}

// keep stores the answer. When it cannot, the effect stands all the same, and a repetition is told that the answer is lost.
func (a *API) keep(q *asking) {
	res := humafiber.Unwrap(q.hctx).Response()
	if res.IsBodyStream() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.hctx.Context()), answerTime)
	defer cancel()
	was := campaigns.Answer{Print: q.Print, Status: res.StatusCode(), Type: string(res.Header.ContentType()), Body: bytes.Clone(res.Body())}
	if showsSecret[q.hctx.Operation().OperationID] {
		p := lost()
		p.Title = http.StatusText(p.Status)
		was.Status, was.Type = p.Status, p.ContentType("")
		was.Body, _ = json.Marshal(p) // texts of ours always encode
	}
	err := a.Record.Answered(ctx, q.Caller, q.Key, was)
	if err != nil {
		a.Log.WarnContext(ctx, "the answer of a request with a key was not kept", "error", clean(err.Error()))
	}
}

// refuse writes a problem in place of whatever was written before.
func (a *API) refuse(ctx huma.Context, err error) {
	humafiber.Unwrap(ctx).Response().ResetBody()
	var headers huma.HeadersError
	if errors.As(err, &headers) {
		for name, values := range headers.GetHeaders() {
			ctx.SetHeader(name, values[0])
		}
	}
	p := &Problem{Status: http.StatusInternalServerError, Code: "internal"}
	errors.As(err, &p)
	p.Title = http.StatusText(p.Status)
	_ = writeProblem(humafiber.Unwrap(ctx), p)
}

// onceContext gives the operation the body that was read and a context that knows the key.
type onceContext struct {
	innerContext
	ctx  context.Context
	body io.Reader
}

// Context implements huma.Context.
func (c *onceContext) Context() context.Context { return c.ctx }

// BodyReader implements huma.Context.
func (c *onceContext) BodyReader() io.Reader { return c.body }

// Unwrap lets humafiber find the request.
func (c *onceContext) Unwrap() huma.Context { return c.innerContext }

// innerContext only gives the embedded field a name that is not that of a method.
type innerContext huma.Context
