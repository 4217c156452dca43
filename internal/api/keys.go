package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Keys finds who holds the key of a request, access.ErrUnknownKey for a bad one, and makes and ends keys.
type Keys interface {
	ServiceKeys
	Check(ctx context.Context, header, from string) (access.Caller, error)
	Issue(ctx context.Context, c access.Caller, spec access.KeySpec) (key string, made access.Key, err error)
	Rotate(ctx context.Context, c access.Caller, id string, overlap time.Duration) (key string, made access.Key, err error)
	Revoke(ctx context.Context, c access.Caller, id string) error
	List(ctx context.Context, c access.Caller, after string, limit int) ([]access.Key, error)
}

// KeyIn is what a key shall be able to do.
type KeyIn struct {
	Name        string     `json:"name" minLength:"1" maxLength:"100"`
	Kind        string     `json:"kind,omitempty" enum:"live,team,test" default:"live" doc:"live: anybody; team: the unit's own staff; test: nobody, a simulator answers."`
	Permissions []string   `json:"permissions" minItems:"1" maxItems:"100"`
	Units       []string   `json:"units" minItems:"1" maxItems:"50" doc:"Ids or codes; a key is good for a unit and all under it."`
	Networks    []string   `json:"networks,omitempty" maxItems:"50" doc:"From where it is taken, such as 192.0.2.0/24; none: from anywhere."`
	DayCap      int        `json:"day_cap,omitempty" minimum:"0" maximum:"10000000" doc:"Messages a day; 0: no limit."`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
}

// KeyOut is a key as it is known after it was made.
type KeyOut struct {
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Kind        access.KeyKind      `json:"kind"`
	Everything  bool                `json:"everything" doc:"All permissions at the root."`
	Permissions []access.Permission `json:"permissions" nullable:"false"`
	Units       []campaigns.UnitID  `json:"units" nullable:"false"`
	Networks    []string            `json:"networks" nullable:"false"`
	DayCap      int                 `json:"day_cap"`
	Replaces    string              `json:"replaces,omitempty"`
	CreatedAt   time.Time           `json:"created_at"`
	ExpiresAt   *time.Time          `json:"expires_at,omitempty"`
	RevokedAt   *time.Time          `json:"revoked_at,omitempty"`
	UsedAt      *time.Time          `json:"used_at,omitempty" doc:"Within the hour."`
}

// NewKey is a key with its secret.
type NewKey struct {
	KeyOut
	Key string `json:"key" doc:"Shown only now."`
}

// RotateIn says how long the old key lives on.
type RotateIn struct {
	OverlapHours int `json:"overlap_hours,omitempty" minimum:"0" maximum:"720" default:"24"`
}

func keyOut(k access.Key) KeyOut {
	out := KeyOut{ID: k.ID, Name: k.Name, Kind: k.Kind, Everything: k.Perms == nil, Permissions: k.Perms, Networks: k.Networks, DayCap: k.DayCap, Replaces: k.Replaces,
		CreatedAt: k.CreatedAt, ExpiresAt: given(k.ExpiresAt), RevokedAt: given(k.RevokedAt), UsedAt: given(k.UsedAt),
		Units: mapped(k.Units, func(g access.Grant) campaigns.UnitID { return g.Unit })}
	if out.Permissions == nil {
		out.Permissions = []access.Permission{}
	}
	if out.Networks == nil {
		out.Networks = []string{}
	}
	return out
}

// given leaves the zero time out.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (a *API) keys(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/keys", id: "list-keys", tag: "keys", summary: "The API keys of one's units"},
		func(ctx context.Context, in *Paging) (*Body[Page[KeyOut]], error) {
			list, err := a.Keys.List(ctx, callerOf(ctx), in.Cursor, in.Limit+1)
			return body(pageOf(mapped(list, keyOut), in.Limit, func(k KeyOut) string { return k.ID }), err)
		})
	register(a, h, route{method: http.MethodPost, path: "/keys", id: "issue-key", tag: "keys", status: http.StatusCreated, summary: "Make an API key"}, a.issueKey)
	register(a, h, route{method: http.MethodPost, path: "/keys/{id}/rotate", id: "rotate-key", tag: "keys", status: http.StatusCreated,
		summary: "Make the successor of a key; the old one lives on for a while"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Body RotateIn
		}) (*Body[NewKey], error) {
			c, err := acting(ctx, in.Acting)
			if err != nil {
				return nil, err
			}
			key, made, err := a.Keys.Rotate(ctx, c, in.ID, time.Duration(in.Body.OverlapHours)*time.Hour)
			return body(NewKey{KeyOut: keyOut(made), Key: key}, err)
		})
	register(a, h, route{method: http.MethodPost, path: "/keys/{id}/revoke", id: "revoke-key", tag: "keys", status: http.StatusNoContent, summary: "End a key at once"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
		}) (*struct{}, error) {
			c, err := acting(ctx, in.Acting)
			if err != nil {
				return nil, err
			}
			return nil, a.Keys.Revoke(ctx, c, in.ID)
		})
}

func (a *API) issueKey(ctx context.Context, in *struct {
	Acting
	Body KeyIn
}) (*Body[NewKey], error) {
	c, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	spec := access.KeySpec{Name: in.Body.Name, Kind: access.KeyKind(in.Body.Kind), Networks: in.Body.Networks, DayCap: in.Body.DayCap,
		Perms: mapped(in.Body.Permissions, func(p string) access.Permission { return access.Permission(p) })}
	if in.Body.ExpiresAt != nil {
		spec.ExpiresAt = *in.Body.ExpiresAt
	}
	for _, u := range in.Body.Units {
		unit, err := a.Record.Unit(ctx, campaigns.UnitID(u))
		if err != nil {
			return nil, err
		}
		spec.Units = append(spec.Units, unit.ID)
	}
	key, made, err := a.Keys.Issue(ctx, c, spec)
	return body(NewKey{KeyOut: keyOut(made), Key: key}, err)
}
