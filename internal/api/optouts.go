package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// OptOuts is the record of refusals: an address, all units, all purposes (rulings.md 20).
type OptOuts interface {
	AddressIndex(medium, address string) []byte
	RecordOptOut(ctx context.Context, addrIndex []byte, source string) (fresh bool, err error)
	CountOptOuts(ctx context.Context) (map[string]int, error)
}

// OptOutIn is a refusal that staff were told. The number stands in the body, never in an address.
type OptOutIn struct {
	Phone string `json:"phone" minLength:"8" maxLength:"40"`
}

// OptOutDone says whether the refusal is new.
type OptOutDone struct {
	Fresh bool `json:"fresh"`
}

// OptOutCount counts stopped addresses by where the word came from.
type OptOutCount struct {
	Total    int            `json:"total"`
	BySource map[string]int `json:"by_source"`
}

func (a *API) optOuts(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/opt-outs", id: "record-opt-out", tag: "opt-outs", summary: "Stop all notices to a phone"},
		func(ctx context.Context, in *struct {
			Acting
			Body OptOutIn
		}) (*Body[OptOutDone], error) {
			if _, err := in.actor(); err != nil {
				return nil, err
			}
			phone, err := onePhone(in.Body.Phone)
			if err != nil {
				return nil, err
			}
			fresh, err := a.Record.RecordOptOut(ctx, a.Record.AddressIndex("phone", phone), "officer")
			return body(OptOutDone{Fresh: fresh}, err)
		})
	register(a, h, route{method: http.MethodGet, path: "/opt-outs/count", id: "count-opt-outs", tag: "opt-outs", summary: "How many addresses are stopped"},
		func(ctx context.Context, _ *struct{}) (*Body[OptOutCount], error) {
			by, err := a.Record.CountOptOuts(ctx)
			c := OptOutCount{BySource: by}
			for _, n := range by {
				c.Total += n
			}
			return body(c, err)
		})
}
