package app_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
	_ "modernc.org/sqlite"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/internal/inbound"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
)

// What comes in is measured as a share of what a bare Fiber handler does in the same process, over real connections:
//
//	go test ./internal/app -run '^$' -bench 'Receipts|Page|Answers' -benchtime 1x
const (
	benchConns  = 64
	benchRounds = 5
	benchSecret = "a-secret-of-the-bench-long-enough"
)

// record is a database with one launch of which every delivery was accepted.
type record struct {
	b       *testing.B
	s       *store.Store
	db      *sql.DB
	ring    *keys.Ring
	unit    campaigns.Unit
	lastKey int64
}

// eachRecord runs f on SQLite, and on PostgreSQL where a server is given.
func eachRecord(b *testing.B, f func(b *testing.B, r *record)) {
	for _, db := range []struct {
		name, driver, options string
		target                func(b *testing.B) string
	}{
		{"sqlite", "sqlite", "?_pragma=busy_timeout(10000)&_pragma=cache_size(-65536)", func(b *testing.B) string { return filepath.Join(b.TempDir(), "loa.db") }},
		{"postgres", "pgx", "", func(b *testing.B) string { return apptest.PostgresURL(b) }},
	} {
		b.Run(db.name, func(b *testing.B) {
			ctx := context.Background()
			target := db.target(b)
			r := &record{b: b, ring: keys.New()}
			var err error
			r.s, err = store.Open(ctx, target, r.ring)
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, r.s.Close()) })
			require.NoError(b, r.s.MarkPurpose(ctx, store.Test))
			require.NoError(b, r.s.SetPolicy(ctx, apptest.Start, 1))
			r.db, err = sql.Open(db.driver, target+db.options)
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, r.db.Close()) })
			r.launch()
			f(b, r)
		})
	}
}

func (r *record) exec(query string, args ...any) {
	r.b.Helper()
	_, err := r.db.Exec(query, args...)
	require.NoError(r.b, err)
}

// launch makes a unit, a campaign and its launch.
func (r *record) launch() {
	ctx := context.Background()
	_, err := r.s.SaveUnits(ctx, []campaigns.Unit{
		{Code: "P", Kind: campaigns.Province, Name: "Tỉnh Thử", ValidFrom: "2025-07-01"},
		{Code: "W", Kind: campaigns.Ward, Name: "Phường Thử", ShortName: "Thu", Phone: "0204 000 0113", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(r.b, err)
	r.unit, err = r.s.UnitByCode(ctx, "W", "2026-12-01")
	require.NoError(r.b, err)
	now := apptest.Start.UnixMilli()
	r.exec(`INSERT INTO campaign (id, unit_id, kind, name, state, filter, ladder, fields, basis, fact, author, created_at, updated_at)
		VALUES ('c', $1, 'exam', 'n', 'running', '{}', '[]', '{"place":"18 Lê Lợi","time":"7:30 - 17:00","deadline":"29/04/2027","doc_list":"giấy khai sinh"}', 'x', 'card', 'a', $2, $2)`, string(r.unit.ID), now)
	r.exec(`INSERT INTO audience (id, campaign_id, filter, total, frozen_at) VALUES ('a', 'c', '{}', 0, $1)`, now)
	r.exec(`INSERT INTO launch (id, campaign_id, unit_id, audience_id, n, state, launched_at) VALUES ('l', 'c', $1, 'a', 1, 'running', $2)`, string(r.unit.ID), now)
}

// sent is one accepted delivery as the outside knows it.
type sent struct {
	token string
	key   string
	id    string // of the provider
}

// deliver records n people whose notice was accepted.
func (r *record) deliver(n int) []sent {
	out := make([]sent, n)
	now, day, unit := apptest.Start.UnixMilli(), campaigns.Day(apptest.Start), string(r.unit.ID)
	var person, contact, notice, delivery, attempt, token [][]any
	for i := range out {
		r.lastKey++
		id := r.lastKey<<22 | 7
		who := fmt.Sprintf("01930000-0000-7000-8000-%012d", r.lastKey)
		addr := r.ring.Index("phone", who)
		text, hash := r.ring.Token("l", who)
		out[i] = sent{token: text, key: notifier.Key(campaigns.DeliveryID(id), 0), id: fmt.Sprintf("msg-%016d", r.lastKey)}
		person = append(person, []any{who, unit, "/p/w/", "Nguyễn Thị Phương Thảo", who, 1, 1})
		contact = append(contact, []any{who, who, "phone", "guardian", addr, addr, 1})
		notice = append(notice, []any{id, "l", who, 1, 1})
		delivery = append(delivery, []any{id, id, 1, unit, "l", who, 1, "normal", "sms.http", who, addr, "accepted", 1, now + 3*86_400_000, day, 1, 1})
		attempt = append(attempt, []any{id, 0, 1, 1, "sms.http", out[i].key, "accepted", out[i].id, 1, 1, 1})
		token = append(token, []any{hash, "l", who})
	}
	r.fill("person", "id, unit_id, unit_path, name, name_key, created_at, updated_at", person)
	r.fill("contact", "id, person_id, medium, owner, sealed, addr_index, created_at", contact)
	r.fill("notice", "id, launch_id, person_id, step_no, planned_at", notice)
	r.fill("delivery", "id, notice_id, rank, unit_id, launch_id, person_id, step_no, lane, channel, contact_id, addr_index, state, gen, next_at, sent_on, intent_at, moved_at", delivery)
	r.fill("attempt", "delivery_id, tries, gen, n, channel, idem_key, state, provider_msg_id, parts, intent_at, done_at", attempt)
	r.fill("answer_token", "hash, launch_id, person_id", token)
	if r.s.Dialect() == "postgres" {
		r.exec(`ANALYZE person, contact, notice, delivery, attempt, answer_token`)
	}
	return out
}

// fill inserts rows through one JSON parameter.
func (r *record) fill(table, columns string, rows [][]any) {
	values := make([]string, len(rows[0]))
	pg := r.s.Dialect() == "postgres"
	for i, v := range rows[0] {
		get := fmt.Sprintf("json_extract(value,'$[%d]')", i)
		if pg {
			get = fmt.Sprintf("(value->>%d)", i)
		}
		switch v.(type) {
		case []byte:
			values[i] = map[bool]string{true: "decode(" + get + ",'hex')", false: "unhex(" + get + ")"}[pg]
		case int, int64:
			values[i] = "CAST(" + get + " AS BIGINT)"
		default:
			values[i] = get
		}
	}
	for _, row := range rows {
		for i := range row {
			if raw, ok := row[i].([]byte); ok {
				row[i] = hex.EncodeToString(raw)
			}
		}
	}
	from := map[bool]string{true: "jsonb_array_elements($1::jsonb)", false: "json_each($1)"}[pg]
	set, err := json.Marshal(rows)
	require.NoError(r.b, err)
	r.exec(`INSERT INTO `+table+` (`+columns+`) SELECT `+strings.Join(values, ", ")+` FROM `+from, string(set))
}

// listen serves an app on a loopback address.
func listen(b *testing.B, a *fiber.App) string {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go func() { _ = a.Listener(ln) }()
	b.Cleanup(func() { _ = a.Shutdown(); _ = ln.Close() })
	return ln.Addr().String()
}

// bare is the handler that everything is compared with.
func bare(b *testing.B) string {
	a := fiber.New(fiber.Config{DisableStartupMessage: true})
	a.Get("/bare", func(c *fiber.Ctx) error { return c.SendString("ok") })
	a.Post("/barepost", func(c *fiber.Ctx) error { return c.SendString("ok") })
	return listen(b, a)
}

// drive sends n requests over conns connections and returns how many a second were answered as expected.
func drive(b *testing.B, addr string, conns, n, status int, fill func(i int, req *fasthttp.Request)) float64 {
	b.Helper()
	var next atomic.Int64
	var wrong atomic.Value
	var wg sync.WaitGroup
	began := time.Now()
	for range conns {
		wg.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				wrong.Store(err.Error())
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(began.Add(5 * time.Minute))
			in, out := bufio.NewReader(conn), bufio.NewWriter(conn)
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				fill(i, req)
				req.SetHost(addr)
				if err = req.Write(out); err == nil {
					err = out.Flush()
				}
				if err == nil {
					err = resp.Read(in)
				}
				if err != nil || resp.StatusCode() != status {
					wrong.Store(fmt.Sprintf("status %d, %v", resp.StatusCode(), err))
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	require.Nil(b, wrong.Load(), "a request was not answered as expected")
	return float64(n) / took.Seconds()
}

// cpu is the processor time this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ratio reports the medians of interleaved rounds of n requests and bareN bare ones: requests a second, their share of
// the bare handler's, and the same share by processor time of this process (client and server), which a busy machine
// disturbs less; what PostgreSQL uses is not in it.
func ratio(b *testing.B, bareN, n int, bareRound, round func() float64) {
	b.Helper()
	var shares, rates, bares, costs, costShares []float64
	for range benchRounds {
		at := cpu(b)
		bares = append(bares, bareRound())
		bareCost := (cpu(b) - at).Seconds() / float64(bareN)
		at = cpu(b)
		rates = append(rates, round())
		cost := (cpu(b) - at).Seconds() / float64(n)
		shares = append(shares, rates[len(rates)-1]/bares[len(bares)-1])
		costs, costShares = append(costs, cost*1e6), append(costShares, bareCost/cost)
	}
	median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	b.ReportMetric(median(shares), "ratio")
	b.ReportMetric(median(costShares), "cpu-ratio")
	b.ReportMetric(median(costs), "cpu-us/req")
	b.ReportMetric(median(rates), "req/s")
	b.ReportMetric(median(bares), "bare/s")
	b.ReportMetric(0, "ns/op")
}

// noLadder plans no further rank.
type noLadder struct{}

func (noLadder) Reaches(campaigns.Campaign, int) []campaigns.ChannelReach { return nil }

// smsChannel is the shipped HTTP channel with the bench's secret.
func smsChannel(b *testing.B) notifier.Channel {
	for _, spec := range channel.All(channel.Deps{}) {
		if spec.Name == "sms.http" {
			ch, _, err := spec.Open(notifier.Settings{"url": "http://127.0.0.1:1/", "secret": benchSecret})
			require.NoError(b, err)
			return ch
		}
	}
	b.Fatal("there is no channel sms.http")
	return nil
}

// report is a signed receipt.
type report struct {
	body   []byte
	header http.Header
}

func reports(list []sent, keyed bool) []report {
	out := make([]report, len(list))
	now := time.Now()
	for i, s := range list {
		key := ""
		if keyed {
			key = `"key":"` + s.key + `",`
		}
		out[i].body = []byte(`{` + key + `"id":"` + s.id + `","status":"delivered","event":"ev-` + s.id + `","at":"2026-12-01T02:00:00Z"}`)
		out[i].header = channel.Sign(benchSecret, now, out[i].body)
	}
	return out
}

func (p report) fill(req *fasthttp.Request, path string) {
	req.Header.SetMethod("POST")
	req.SetRequestURI(path)
	req.Header.SetContentType("application/json")
	for k, v := range p.header {
		req.Header.Set(k, v[0])
	}
	req.SetBodyRaw(p.body)
}

// BenchmarkReceipts: authenticated, stored and applied; a round ends when the last delivery has moved.
func BenchmarkReceipts(b *testing.B) {
	for _, keyed := range []bool{true, false} {
		b.Run(map[bool]string{true: "keyed", false: "by_id"}[keyed], func(b *testing.B) {
			eachRecord(b, func(b *testing.B, r *record) {
				const n = 6000
				poke := make(chan struct{}, 1)
				done := make(chan struct{})
				var applier sync.WaitGroup
				b.Cleanup(func() { close(done); applier.Wait() })
				apply := func() {
					for {
						got, err := r.s.ApplyReceipts(context.Background(), noLadder{}, 500)
						if err != nil {
							b.Error(err)
							return
						}
						if got < 500 {
							return
						}
					}
				}
				applier.Go(func() {
					for {
						select {
						case <-done:
							return
						case <-poke:
							apply()
						}
					}
				})
				addr := listen(b, inbound.New(inbound.Options{Record: app.InboundRecord(r.s), Channels: map[string]notifier.Channel{"sms.http": smsChannel(b)},
					Log: slog.New(slog.DiscardHandler), Apply: func() {
						select {
						case poke <- struct{}{}:
						default:
						}
					}}))
				to := bare(b)
				rounds := make([][]report, benchRounds)
				for i := range rounds {
					rounds[i] = reports(r.deliver(n), keyed)
				}
				round := 0
				ratio(b, 4*n, n, func() float64 {
					return drive(b, to, benchConns, 4*n, 200, func(i int, req *fasthttp.Request) { rounds[round][i%n].fill(req, "/barepost") })
				}, func() float64 {
					began := time.Now()
					list := rounds[round]
					drive(b, addr, benchConns, n, 200, func(i int, req *fasthttp.Request) { list[i].fill(req, "/receipts/sms.http") })
					round++
					for {
						parked, err := r.s.ParkedReceipts(context.Background())
						require.NoError(b, err)
						if parked == 0 {
							break
						}
						apply()
					}
					return n / time.Since(began).Seconds()
				})
				var moved int
				require.NoError(b, r.db.QueryRow(`SELECT count(*) FROM delivery WHERE state = 'delivered'`).Scan(&moved))
				require.Equal(b, n*benchRounds, moved)
			})
		})
	}
}

func pages(b *testing.B, r *record) string {
	words, err := locales.Load()
	require.NoError(b, err)
	return listen(b, citizen.New(citizen.Options{Record: app.CitizenRecord(r.s), Words: words, Log: slog.New(slog.DiscardHandler),
		Rate: citizen.Rate{PerSecond: 1e9, Burst: 1e9}}))
}

// BenchmarkPage reads the public answer page.
func BenchmarkPage(b *testing.B) {
	eachRecord(b, func(b *testing.B, r *record) {
		const people, n = 20_000, 20_000
		list := r.deliver(people)
		addr, to := pages(b, r), bare(b)
		get := func(req *fasthttp.Request, path string) {
			req.Header.SetMethod("GET")
			req.SetRequestURI(path)
			req.Header.Set("Accept-Language", "vi-VN,vi;q=0.9,en-US;q=0.6,en;q=0.5")
		}
		at := 0
		ratio(b, 2*n, n, func() float64 {
			return drive(b, to, benchConns, 2*n, 200, func(_ int, req *fasthttp.Request) { get(req, "/bare") })
		}, func() float64 {
			at += 7919
			return drive(b, addr, benchConns, n, 200, func(i int, req *fasthttp.Request) { get(req, "/r/"+list[(i*31+at)%people].token) })
		})
	})
}

// BenchmarkAnswers sends answers; each is durable before the redirect.
func BenchmarkAnswers(b *testing.B) {
	eachRecord(b, func(b *testing.B, r *record) {
		const n = 6000
		rounds := make([][]sent, benchRounds)
		for i := range rounds {
			rounds[i] = r.deliver(n)
		}
		addr, to := pages(b, r), bare(b)
		round := 0
		post := func(i int, req *fasthttp.Request, path string) {
			req.Header.SetMethod("POST")
			req.SetRequestURI(path)
			req.Header.SetContentType("application/x-www-form-urlencoded")
			req.SetBodyString("answer=" + string(campaigns.AnswerKinds[i%len(campaigns.AnswerKinds)]))
		}
		ratio(b, 4*n, n, func() float64 {
			return drive(b, to, benchConns, 4*n, 200, func(i int, req *fasthttp.Request) { post(i, req, "/barepost") })
		}, func() float64 {
			list := rounds[round]
			round++
			return drive(b, addr, benchConns, n, 303, func(i int, req *fasthttp.Request) { post(i, req, "/r/"+list[i].token) })
		})
		var kept int
		require.NoError(b, r.db.QueryRow(`SELECT count(*) FROM response`).Scan(&kept))
		require.Equal(b, n*benchRounds, kept)
	})
}
