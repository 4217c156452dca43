package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Reviews is the record of what the levels say of people's data, and of how good the data of units are.
type Reviews interface {
	ReviewLevels(ctx context.Context) ([]string, error)
	SetReviewLevels(ctx context.Context, levels []string) error
	RecordReview(ctx context.Context, r campaigns.Review) error
	Reviews(ctx context.Context, id campaigns.PersonID) ([]campaigns.Review, error)
	Defects(ctx context.Context, unit campaigns.UnitID, kind campaigns.Finding, after string, limit int) ([]campaigns.Review, error)
	Quality(ctx context.Context, unit campaigns.UnitID) (campaigns.Quality, error)
}

// ReviewIn is what a level says of a part of a person's data.
type ReviewIn struct {
	Part    string `json:"part" enum:"identity,card,contact,home,school"`
	Level   int    `json:"level" minimum:"1" maximum:"5" doc:"1 is the lowest; GET /review-levels names them."`
	Finding string `json:"finding" enum:"correct,wrong,missing,collected" doc:"collected: was missing and has been collected; the levels above still confirm it."`
}

// Levels are the names of the levels of review, the lowest first.
type Levels struct {
	Levels []string `json:"levels" nullable:"false" minItems:"1" maxItems:"5" doc:"Names of the levels, the lowest first; no name twice."`
}

func (a *API) reviews(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/review-levels", id: "get-review-levels", tag: "reviews", summary: "The levels of review, the lowest first"},
		func(ctx context.Context, _ *struct{}) (*Body[Levels], error) {
			levels, err := a.Record.ReviewLevels(ctx)
			return body(Levels{Levels: levels}, err)
		})
	register(a, h, route{method: http.MethodPut, path: "/review-levels", id: "set-review-levels", tag: "reviews", summary: "Name the levels of review"},
		func(ctx context.Context, in *struct {
			Acting
			Body Levels
		}) (*Body[Levels], error) {
			if _, err := in.actor(); err != nil {
				return nil, err
			}
			return body(in.Body, a.Record.SetReviewLevels(ctx, in.Body.Levels))
		})
	register(a, h, route{method: http.MethodGet, path: "/people/{id}/reviews", id: "list-reviews", tag: "reviews", summary: "What the levels say of a person's data"},
		func(ctx context.Context, in *ByID) (*Body[Page[campaigns.Review]], error) {
			if _, err := a.Record.Person(ctx, campaigns.PersonID(in.ID)); err != nil {
				return nil, err
			}
			list, err := a.Record.Reviews(ctx, campaigns.PersonID(in.ID))
			return body(pageOf(list, len(list), nil), err)
		})
	register(a, h, route{method: http.MethodPost, path: "/people/{id}/reviews", id: "record-review", tag: "reviews", status: http.StatusNoContent,
		summary: "A level's word on a part of a person's data; the levels above look again"}, a.recordReview)
	register(a, h, route{method: http.MethodGet, path: "/units/{id}/defects", id: "list-defects", tag: "reviews", summary: "Defects found in the data of a unit's people"}, a.defects)
	register(a, h, route{method: http.MethodGet, path: "/units/{id}/quality", id: "get-quality", slow: true, tag: "reviews",
		summary: "How good the data of a unit's people are: correct, sufficient, clean, alive, each as a share with its whole"},
		func(ctx context.Context, in *ByID) (*Body[campaigns.Quality], error) {
			unit, err := a.Record.Unit(ctx, campaigns.UnitID(in.ID))
			if err != nil {
				return nil, err
			}
			return body(a.Record.Quality(ctx, unit.ID))
		})
}

func (a *API) recordReview(ctx context.Context, in *struct {
	ByID
	Acting
	Body ReviewIn
}) (*struct{}, error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	return nil, a.Record.RecordReview(ctx, campaigns.Review{PersonID: campaigns.PersonID(in.ID), Part: campaigns.Part(in.Body.Part), Level: in.Body.Level,
		Finding: campaigns.Finding(in.Body.Finding), Reviewer: actor})
}

func (a *API) defects(ctx context.Context, in *struct {
	ByID
	Kind   string `query:"kind" enum:"wrong,missing,collected"`
	Cursor string `query:"cursor" maxLength:"80"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}) (*Body[Page[campaigns.Review]], error) {
	unit, err := a.Record.Unit(ctx, campaigns.UnitID(in.ID))
	if err != nil {
		return nil, err
	}
	list, err := a.Record.Defects(ctx, unit.ID, campaigns.Finding(in.Kind), in.Cursor, in.Limit+1)
	return body(pageOf(list, in.Limit, func(r campaigns.Review) string { return fmt.Sprintf("%s~%s~%d", r.PersonID, r.Part, r.Level) }), err)
}
