package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/loaphuong/loa/campaigns"
)

// Events bounds the streams of server-sent events. The zero value looks every two seconds, ends a stream after an hour
// (a browser connects again by itself) and lets 256 be open at once.
type Events struct {
	Every   time.Duration
	Within  time.Duration
	Most    int64
	Leaving context.Context //nolint:containedctx // ends when the process stops; nil is never
}

func (e Events) withDefaults() Events {
	if e.Every == 0 {
		e.Every = 2 * time.Second
	}
	if e.Within == 0 {
		e.Within = time.Hour
	}
	if e.Most == 0 {
		e.Most = 256
	}
	if e.Leaving == nil {
		e.Leaving = context.Background()
	}
	return e
}

// pingEvery is how often a silent stream says that it lives: a write that fails is the only sign that a reader has left.
const pingEvery = 15 * time.Second

var openStreams atomic.Int64

func (a *API) events(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/events", id: "follow-campaign", tag: "reports",
		summary:  "A campaign's report as server-sent events: sent when it changes, ended with event end when the campaign is over",
		describe: describeEvents},
		func(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
			id := campaigns.CampaignID(in.ID)
			if _, err := a.Record.Campaign(ctx, id); err != nil {
				return nil, err
			}
			return a.follow(func(ctx context.Context) (any, bool, error) {
				r, err := a.Record.Report(ctx, id, a.Lines.MediumOf)
				return r, r.State == campaigns.Completed || r.State == campaigns.Cancelled, err
			})
		})
	register(a, h, route{method: http.MethodGet, path: "/rosters/{id}/events", id: "follow-roster", tag: "rosters",
		summary: "An import as server-sent events: sent when it gets on, ended with event end when it is done", describe: describeEvents},
		func(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
			id := campaigns.RosterID(in.ID)
			if _, err := a.Record.Roster(ctx, id); err != nil {
				return nil, err
			}
			return a.follow(func(ctx context.Context) (any, bool, error) {
				r, err := a.Record.Roster(ctx, id)
				return r, r.State != "reading", err
			})
		})
}

func describeEvents(op *huma.Operation) {
	op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {
		Schema: &huma.Schema{Type: huma.TypeString},
	}}}
}

// follow streams what look finds, whenever it has changed, until look says that it is over, the reader leaves or the
// process stops.
func (a *API) follow(look func(ctx context.Context) (v any, over bool, err error)) (*huma.StreamResponse, error) {
	bounds := a.Events.withDefaults()
	if openStreams.Add(1) > bounds.Most {
		openStreams.Add(-1)
		return nil, retryLater(&Problem{Title: "Service Unavailable", Status: http.StatusServiceUnavailable, Code: "too_many_streams", Detail: "Too many streams are open; try again, or ask for the figures now and then."})
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		c := humafiber.Unwrap(hctx)
		bounds.Leaving = campaigns.KeepScope(bounds.Leaving, hctx.Context())
		c.Set("Content-Type", "text/event-stream")
		c.Set("X-Accel-Buffering", "no")
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			defer openStreams.Add(-1)
			a.sendEvents(w, bounds, look)
		})
	}}, nil
}

// sendEvents looks at least once, however late it is.
func (a *API) sendEvents(w *bufio.Writer, bounds Events, look func(ctx context.Context) (any, bool, error)) {
	tick, ping, end := time.NewTicker(bounds.Every), time.NewTicker(pingEvery), time.NewTimer(bounds.Within)
	defer tick.Stop()
	defer ping.Stop()
	defer end.Stop()
	var last []byte
	for {
		event, raw, over := a.glance(bounds.Leaving, look)
		if event != "" && (over || !bytes.Equal(raw, last)) {
			last = raw
			if !tell(w, "event: "+event+"\ndata: "+string(raw)+"\n\n") || over {
				return
			}
		}
		select {
		case <-bounds.Leaving.Done():
			return
		case <-end.C:
			return
		case <-ping.C:
			if !tell(w, ": still here\n\n") {
				return
			}
		case <-tick.C:
		}
	}
}

// glance looks once. When the database is away nothing is sent; the next look may find it back.
func (a *API) glance(ctx context.Context, look func(ctx context.Context) (any, bool, error)) (event string, raw []byte, over bool) {
	quick, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	v, over, err := look(quick)
	if err == nil {
		raw, err = json.Marshal(v)
	}
	switch {
	case err != nil:
		return "", nil, false
	case over:
		return "end", raw, true
	}
	return "progress", raw, false
}

func tell(w *bufio.Writer, s string) bool {
	_, _ = w.WriteString(s)
	return w.Flush() == nil
}
