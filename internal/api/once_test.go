package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/api"
)

// A POST with a key has its effect once and is answered the same, however often and at whatever time it comes.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		create := func(key string, body m) answer {
			return e.do("POST", "/api/v1/campaigns", body, "Idempotency-Key", key)
		}
		count := func() int {
			list, err := e.store.Campaigns(context.Background(), "", 100)
			require.NoError(t, err)
			return len(list)
		}
		first := create("k1", draft(ward)).is(201)
		require.Empty(t, first.header.Get("Idempotency-Replayed"))
		again := create("k1", draft(ward)).is(201)
		require.Equal(t, first.body, again.body)
		require.Equal(t, first.header.Get("Content-Type"), again.header.Get("Content-Type"))
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		require.Equal(t, 1, count())

		other := draft(ward)
		other["name"] = "Một chiến dịch khác"
		create("k1", other).problem(409, "idempotency_key_reused")
		e.do("POST", "/api/v1/campaigns", draft(ward), "Idempotency-Key", "k1", "Loa-Actor", "Hoa").problem(409, "idempotency_key_reused")
		create("k2", other).is(201)
		require.Equal(t, 2, count())

		create("k3", m{"unit": ward, "kind": "exam", "name": "thiếu trường"}).problem(422, "fields_missing")
		create("k3", draft(ward)).is(201) // nothing was done under the key, so that a mended request may use it
		for _, bad := range []string{strings.Repeat("k", 129), "a b", "khóa"} {
			create(bad, draft(ward)).problem(400, "idempotency_key_invalid")
		}
		require.Equal(t, 3, count())

		const cut = `{"unit":`
		e.do("POST", "/api/v1/campaigns", cut, "Idempotency-Key", "k4", "Content-Type", "application/json").is(400)
		e.do("POST", "/api/v1/campaigns", strings.Repeat(" ", 2<<20), "Idempotency-Key", "k5", "Content-Type", "application/json").problem(413, "too_large")
	})
}

// Twenty at once: one does it, all are answered the same.
func TestIdempotencyKeyAtOnce(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		bodies := make([]answer, 20)
		var wg sync.WaitGroup
		for i := range bodies {
			wg.Go(func() { bodies[i] = e.do("POST", "/api/v1/campaigns", draft(ward), "Idempotency-Key", "one") })
		}
		wg.Wait()
		for _, b := range bodies {
			b.is(201)
			require.Equal(t, bodies[0].body, b.body)
		}
		list, err := e.store.Campaigns(context.Background(), "", 100)
		require.NoError(t, err)
		require.Len(t, list, 1)
	})
}

// forgetful loses the answers, as a process does that is killed between its commit and its answer.
type forgetful struct{ api.Record }

func (forgetful) Answered(context.Context, string, string, campaigns.Answer) error {
	return errors.New("killed")
}

// What was committed is never done again, even when nobody knows any more what was answered.
func TestIdempotencyKeyOutlivesItsAnswer(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, whole *engine) {
		ward := whole.ward()
		e := start(t, whole.store, func(o *api.Options) { o.Record = forgetful{o.Record} })
		e.do("POST", "/api/v1/campaigns", draft(ward), "Idempotency-Key", "lost").is(201)
		e.do("POST", "/api/v1/campaigns", draft(ward), "Idempotency-Key", "lost").problem(409, "in_progress")
		list, err := e.store.Campaigns(context.Background(), "", 100)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.NotContains(t, e.log.String(), "lost\"", "a key is the client's own and may name a person")
	})
}

// The list of a roster may be sent twice with a key, and every POST says in its description that it takes one.
func TestIdempotencyKeyOfUploads(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		req := func() *http.Request {
			return e.uploading("?unit="+string(ward), "lop12.csv", []byte(roster), "Idempotency-Key", "file")
		}
		first := e.send(req()).is(201)
		again := e.send(req()).is(201)
		require.Equal(t, first.body, again.body)
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		var doc struct {
			Paths map[string]map[string]struct {
				Parameters []struct{ Name, In string }
			}
		}
		e.do("GET", "/openapi.json", nil).is(200).into(&doc)
		for path, ops := range doc.Paths {
			if post, ok := ops["post"]; ok {
				require.Contains(t, post.Parameters, struct{ Name, In string }{"Idempotency-Key", "header"}, path)
			}
		}
	})
}
