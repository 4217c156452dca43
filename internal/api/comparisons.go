package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Comparisons is the record of lists held against each other.
type Comparisons interface {
	CompareLists(ctx context.Context, a, b campaigns.RosterID, actor string) (campaigns.Comparison, error)
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
		summary: "Hold a roster against another or the register, by ID number, name and birth date; persons who differ are marked as mismatch"}, a.compareLists)
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
	register(a, h, route{method: http.MethodGet, path: "/comparisons/{id}/rows", id: "list-compared", tag: "comparisons",
		summary: "The lines that are not equal: in what they differ, or in which list alone; of ID numbers the last three digits"}, a.comparedLines)
}

func (a *API) compareLists(ctx context.Context, in *struct {
	Acting
	Body ComparisonIn
}) (*Body[campaigns.Comparison], error) {
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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), uploadTime) // a list that was begun is compared to its end
	defer cancel()
	return body(a.Record.CompareLists(ctx, campaigns.RosterID(in.Body.A), campaigns.RosterID(in.Body.B), actor))
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
