package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/webhook"
)

// Services is the record of programs that send single messages, through the Notify-compatible surface or in bulk.
type Services interface {
	CreateService(ctx context.Context, v campaigns.Service, by access.Who) (campaigns.Service, error)
	SetService(ctx context.Context, id campaigns.ServiceID, by access.Who, change func(v *campaigns.Service) error) (campaigns.Service, error)
	Service(ctx context.Context, id campaigns.ServiceID) (campaigns.Service, error)
	ServicesUnder(ctx context.Context, paths []string, after campaigns.ServiceID, limit int) ([]campaigns.Service, error)
	MarkTransactional(ctx context.Context, id campaigns.TemplateID, on bool, by access.Who) error
	UnitPath(ctx context.Context, id campaigns.UnitID) (path string, kind campaigns.UnitKind, err error)
}

// ServiceKeys makes keys for programs that sign with them, as Notify's clients do.
type ServiceKeys interface {
	IssueForService(ctx context.Context, c access.Caller, s campaigns.Service, spec access.KeySpec) (key string, made access.Key, err error)
	Spend(ctx context.Context, c access.Caller, n int) error
}

// Service is a program that sends single messages in the name of a unit.
type Service struct {
	ID        campaigns.ServiceID `json:"id"`
	UnitID    campaigns.UnitID    `json:"unit_id" doc:"Unit in whose name it sends."`
	Name      string              `json:"name" doc:"Its name, for staff."`
	Basis     string              `json:"basis" doc:"Legal basis of everything that it sends."`
	Team      int                 `json:"team" doc:"How many addresses a key of the kind team may write to."`
	Receipts  string              `json:"receipts_url,omitempty" doc:"Where it is told what became of messages."`
	Texts     string              `json:"texts_url,omitempty" doc:"Where it is told what citizens wrote back."`
	CreatedAt time.Time           `json:"created_at" doc:"When it was made."`
	Archived  *time.Time          `json:"archived_at,omitempty" doc:"Since when it sends nothing any more."`
}

// CallbackIn is where a service is called back.
type CallbackIn struct {
	URL   string `json:"url" maxLength:"500" doc:"https, port 443, a host by name on the open internet; empty: nowhere." example:"https://example.org/notify"`
	Token string `json:"token" minLength:"10" maxLength:"200" doc:"Sent as a bearer token, so that the service knows us."`
}

// ServiceSettings are what may change of a service; what is left out stays.
type ServiceSettings struct {
	Name     string      `json:"name,omitempty" maxLength:"100" doc:"Its name, for staff."`
	Team     []string    `json:"team,omitempty" maxItems:"200" doc:"Phone numbers and e-mail addresses that a key of the kind team may write to; replaces the list."`
	Receipts *CallbackIn `json:"receipts,omitempty" doc:"Where it is told what became of messages, as Notify does."`
	Texts    *CallbackIn `json:"texts,omitempty" doc:"Where it is told what citizens wrote back, as Notify does."`
	Archived bool        `json:"archived,omitempty" doc:"End it for good: it sends nothing any more."`
}

func serviceOf(v campaigns.Service) Service {
	return Service{ID: v.ID, UnitID: v.UnitID, Name: v.Name, Basis: v.Basis, Team: len(v.Team), Receipts: v.Receipts.URL, Texts: v.Texts.URL,
		CreatedAt: v.CreatedAt, Archived: given(v.ArchivedAt)}
}

func (a *API) services(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/services", id: "create-service", tag: "services", status: http.StatusCreated,
		summary: "Let a program send single messages in the name of a unit"}, a.createService)
	register(a, h, route{method: http.MethodGet, path: "/services", id: "list-services", tag: "services", summary: "The services of one's units, oldest first"},
		func(ctx context.Context, in *Paging) (*Body[Page[Service]], error) {
			list, err := a.Record.ServicesUnder(ctx, callerOf(ctx).Scope(access.KeyRead), campaigns.ServiceID(in.Cursor), in.Limit+1)
			return body(pageOf(mapped(list, serviceOf), in.Limit, func(v Service) string { return string(v.ID) }), err)
		})
	register(a, h, route{method: http.MethodPut, path: "/services/{id}", id: "set-service", tag: "services", summary: "Change name, team or callbacks of a service, or end it"}, a.setService)
	register(a, h, route{method: http.MethodPost, path: "/services/{id}/keys", id: "issue-service-key", tag: "services", status: http.StatusCreated,
		summary: "Make a key for the program of a service, as Notify's clients take it; it is shown once"}, a.issueServiceKey)
	register(a, h, route{method: http.MethodPut, path: "/templates/{id}/transactional", id: "mark-template", tag: "services", status: http.StatusNoContent,
		summary: "Let services send a template from 07:00 to 21:30; a second person decides, not the author of its words"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
			Body struct {
				Transactional bool `json:"transactional" doc:"Whether its messages may use the outer hours."`
			}
		}) (*struct{}, error) {
			c, err := acting(ctx, in.Acting)
			if err != nil {
				return nil, err
			}
			t, err := a.Record.Template(ctx, campaigns.TemplateID(in.ID))
			if err != nil {
				return nil, err
			}
			if err := a.inUnit(ctx, access.CampaignDecide, t.UnitID); err != nil {
				return nil, err
			}
			who := c.Who()
			if who.Name, err = in.actor(); err != nil {
				return nil, err
			}
			return nil, a.Record.MarkTransactional(ctx, t.ID, in.Body.Transactional, who)
		})
}

// inUnit lets a caller at what belongs to a unit; for others it is not there.
func (a *API) inUnit(ctx context.Context, p access.Permission, id campaigns.UnitID) error {
	path, _, err := a.Record.UnitPath(ctx, id)
	if err != nil {
		return err
	}
	return within(ctx, p, path)
}

// service finds a service that the caller may do something with.
func (a *API) service(ctx context.Context, p access.Permission, id string) (campaigns.Service, error) {
	v, err := a.Record.Service(ctx, campaigns.ServiceID(id))
	if err != nil {
		return v, err
	}
	return v, a.inUnit(ctx, p, v.UnitID)
}

func (a *API) createService(ctx context.Context, in *struct {
	Acting
	Body struct {
		ServiceSettings
		Unit  string `json:"unit" minLength:"1" maxLength:"64" doc:"Id or code of the unit in whose name it sends."`
		Basis string `json:"basis" minLength:"3" maxLength:"200" doc:"Legal basis of everything that it sends." example:"Luật Căn cước 26/2023/QH15"`
	}
}) (*Body[Service], error) {
	c, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	v := campaigns.Service{Basis: in.Body.Basis}
	if in.Body.Name == "" {
		return nil, invalid("body.name", "a service needs a name")
	}
	if err := in.Body.apply(&v); err != nil {
		return nil, err
	}
	unit, err := a.Record.Unit(ctx, campaigns.UnitID(in.Body.Unit))
	if err != nil {
		return nil, err
	}
	if err := within(ctx, access.KeyManage, unit.Path); err != nil {
		return nil, err
	}
	v.UnitID = unit.ID
	v, err = a.Record.CreateService(ctx, v, c.Who())
	return body(serviceOf(v), err)
}

// apply puts the settings that are given into a service.
func (in ServiceSettings) apply(v *campaigns.Service) error {
	if in.Name != "" {
		v.Name = in.Name
	}
	if in.Team != nil {
		v.Team = in.Team
	}
	for _, c := range []struct {
		in *CallbackIn
		to *campaigns.Callback
	}{{in.Receipts, &v.Receipts}, {in.Texts, &v.Texts}} {
		if c.in == nil {
			continue
		}
		if c.in.URL != "" {
			if err := webhook.CheckURL(c.in.URL); err != nil {
				return err
			}
		}
		*c.to = campaigns.Callback{URL: c.in.URL, Token: c.in.Token}
	}
	if in.Archived {
		v.ArchivedAt = time.Now() // the record writes down its own
	}
	return nil
}

func (a *API) setService(ctx context.Context, in *struct {
	Acting
	ByID
	Body ServiceSettings
}) (*Body[Service], error) {
	c, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	v, err := a.service(ctx, access.KeyManage, in.ID)
	if err != nil {
		return nil, err
	}
	v, err = a.Record.SetService(ctx, v.ID, c.Who(), in.Body.apply)
	return body(serviceOf(v), err)
}

func (a *API) issueServiceKey(ctx context.Context, in *struct {
	Acting
	ByID
	Body struct {
		Name      string     `json:"name" minLength:"1" maxLength:"100" doc:"What the key is for."`
		Kind      string     `json:"kind,omitempty" enum:"live,team,test" default:"live" doc:"live: anybody; team: the service's team only; test: nobody, what becomes of messages is pretended."`
		Networks  []string   `json:"networks,omitempty" maxItems:"50" doc:"From where it is taken, such as 192.0.2.0/24; none: from anywhere."`
		DayCap    int        `json:"day_cap,omitempty" minimum:"0" maximum:"10000000" doc:"Messages a day; 0: no limit."`
		ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"When it ends by itself."`
	}
}) (*Body[NewKey], error) {
	c, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	v, err := a.service(ctx, access.KeyManage, in.ID)
	if err != nil {
		return nil, err
	}
	spec := access.KeySpec{Name: in.Body.Name, Kind: access.KeyKind(in.Body.Kind), Networks: in.Body.Networks, DayCap: in.Body.DayCap}
	if in.Body.ExpiresAt != nil {
		spec.ExpiresAt = *in.Body.ExpiresAt
	}
	key, made, err := a.Keys.IssueForService(ctx, c, v, spec)
	return body(NewKey{KeyOut: keyOut(made), Key: key}, err)
}
