package api

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Comparisons is the record of lists held against each other.
type Comparisons interface {
	StartComparison(ctx context.Context, a, b campaigns.RosterID, actor string) (campaigns.Comparison, error)
	RunComparison(ctx context.Context, c campaigns.Comparison) (campaigns.Comparison, error)
	Comparison(ctx context.Context, id string) (campaigns.Comparison, error)
	Comparisons(ctx context.Context, unit campaigns.UnitID, before string, limit int) ([]campaigns.Comparison, error)
	ComparedLines(ctx context.Context, id, verdict string, after, limit int) ([]campaigns.Compared, error)
}

// ComparisonIn names the lists.
type ComparisonIn struct {
	A string `json:"a" minLength:"1" maxLength:"64" doc:"Id of a roster that was read to its end."`
	B string `json:"b,omitempty" maxLength:"64" doc:"Id of another; absent: the register of the first one's unit."`
}

func (a *API) comparisons(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/comparisons", id: "compare-lists", slow: true, tag: "comparisons", status: http.StatusCreated,
		summary: "Hold a roster against another or the register, by ID number, name and birth date; persons who differ are marked as mismatch. One that takes longer than two seconds is answered 202 and can be followed"}, a.compareLists)
	register(a, h, route{method: http.MethodGet, path: "/comparisons", id: "list-comparisons", tag: "comparisons", summary: "The comparisons of a unit's rosters, newest first"},
		func(ctx context.Context, in *struct {
			Paging
			Unit string `query:"unit" required:"true" minLength:"1" maxLength:"64"`
		}) (*Body[Page[campaigns.Comparison]], error) {
			unit, err := a.unit(ctx, access.RosterRead, in.Unit)
			if err != nil {
				return nil, err
			}
			list, err := a.Record.Comparisons(ctx, unit.ID, in.Cursor, in.Limit+1)
			return body(pageOf(list, in.Limit, func(c campaigns.Comparison) string { return c.ID }), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/comparisons/{id}", id: "get-comparison", tag: "comparisons", summary: "One comparison and its counts"},
		func(ctx context.Context, in *ByID) (*Body[campaigns.Comparison], error) {
			return body(a.Record.Comparison(ctx, in.ID))
		})
	register(a, h, route{method: http.MethodGet, path: "/comparisons/{id}/events", id: "follow-comparison", tag: "comparisons",
		summary: "A comparison as server-sent events: sent when it gets on, ended with event end when it is over", describe: describeEvents},
		func(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
			if _, err := a.Record.Comparison(ctx, in.ID); err != nil {
				return nil, err
			}
			return a.follow(func(ctx context.Context) (any, bool, error) {
				c, err := a.Record.Comparison(ctx, in.ID)
				return c, c.State != "running", err
			})
		})
	register(a, h, route{method: http.MethodGet, path: "/comparisons/{id}/rows", id: "list-compared", tag: "comparisons",
		summary: "The lines that are not equal: in what they differ, or in which list alone; of ID numbers the last three digits"}, a.comparedLines)
}

// ComparisonOut is a comparison, or one that goes on.
type ComparisonOut struct {
	Status   int
	Location string `header:"Location"`
	Body     campaigns.Comparison
}

// compareLists compares beside the request and waits as long as patience lasts. A comparison that was begun is carried to its
// end, or kept as failed.
func (a *API) compareLists(ctx context.Context, in *struct {
	Acting
	Body ComparisonIn
}) (*ComparisonOut, error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	if in.Body.A == in.Body.B {
		return nil, invalid("body.b", "names the same roster as a")
	}
	for _, id := range []string{in.Body.A, in.Body.B} {
		if id == "" {
			continue
		}
		if err := a.at(ctx, access.RosterImport, campaigns.RosterNoun, id, false); err != nil {
			return nil, err
		}
	}
	c, err := a.Record.StartComparison(ctx, campaigns.RosterID(in.Body.A), campaigns.RosterID(in.Body.B), actor)
	if err != nil {
		return nil, err
	}
	type result struct {
		comparison campaigns.Comparison
		err        error
	}
	done := make(chan result, 1)
	a.aside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, uploadTime)
		defer cancel()
		c, err := a.Record.RunComparison(ctx, c)
		done <- result{c, err}
	})
	patience := time.NewTimer(cmp.Or(a.Patience, 2*time.Second))
	defer patience.Stop()
	at := root + "/comparisons/" + c.ID
	select {
	case r := <-done:
		return &ComparisonOut{Status: http.StatusCreated, Location: at, Body: r.comparison}, r.err
	case <-patience.C:
	}
	select { // both may be ready
	case r := <-done:
		return &ComparisonOut{Status: http.StatusCreated, Location: at, Body: r.comparison}, r.err
	default:
		return &ComparisonOut{Status: http.StatusAccepted, Location: at, Body: c}, nil
	}
}

func (a *API) comparedLines(ctx context.Context, in *struct {
	ByID
	Paging
	Verdict string `query:"verdict" enum:"differs,only_a,only_b"`
}) (*Body[Page[campaigns.Compared]], error) {
	if _, err := a.Record.Comparison(ctx, in.ID); err != nil {
		return nil, err
	}
	after := 0
	if in.Cursor != "" {
		var err error
		if after, err = strconv.Atoi(in.Cursor); err != nil {
			return nil, invalid("query.cursor", "is not the cursor of a page")
		}
	}
	list, err := a.Record.ComparedLines(ctx, in.ID, in.Verdict, after, in.Limit+1)
	return body(pageOf(list, in.Limit, func(l campaigns.Compared) string { return strconv.Itoa(l.N) }), err)
}
