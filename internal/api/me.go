package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Me says who is asking and whom they are talking to.
type Me struct {
	KeyID   string    `json:"key_id"`
	KeyName string    `json:"key_name"`
	Release string    `json:"release"`
	Now     time.Time `json:"now" doc:"The time by which the engine compares days."`
}

func (a *API) me(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/me", id: "me", tag: "me", summary: "Who holds this key"},
		func(ctx context.Context, _ *struct{}) (*Body[Me], error) {
			now, err := a.Record.PolicyNow(ctx)
			caller := callerOf(ctx)
			return body(Me{KeyID: caller.KeyID, KeyName: caller.Name, Release: a.Release, Now: now}, err)
		})
}
