package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// RevealIn says which number is to be shown in full, and why.
type RevealIn struct {
	What   string `json:"what" enum:"contact,id_number,legacy_number,address" doc:"Which one; one at a time."`
	N      int    `json:"n,omitempty" minimum:"1" maximum:"100" default:"1" doc:"Of a contact: the how-manieth as GET /people/{id} lists them."`
	Reason string `json:"reason" minLength:"5" maxLength:"200" doc:"Why; the audit log keeps it."`
}

// RevealOut is one number in full.
type RevealOut struct {
	Value string `json:"value" doc:"The number or address, empty where none is recorded."`
}

func (a *API) reveals(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/people/{id}/reveal", id: "reveal-person", tag: "people",
		summary: "One number or address in full, with a reason that the audit log keeps"}, a.reveal)
}

func (a *API) reveal(ctx context.Context, in *struct {
	Acting
	ByID
	Body RevealIn
}) (*Body[RevealOut], error) {
	c, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	id := campaigns.PersonID(in.ID)
	path, err := a.Record.PersonPath(ctx, id)
	if err == nil {
		err = within(ctx, access.PersonReveal, path)
	}
	if err != nil {
		return nil, err
	}
	p, err := a.Record.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	if in.Body.What == "contact" && in.Body.N > len(p.Contacts) {
		return nil, campaigns.ErrNotFound
	}
	if err := access.See(ctx, a.Record, access.Sight{Who: c.Who(), Session: c.SessionID, Unit: p.UnitID, Kind: access.Reveal, People: []campaigns.PersonID{id},
		Reason: in.Body.What + ": " + in.Body.Reason}); err != nil {
		return nil, err
	}
	if in.Body.What == "contact" {
		value, err := a.Record.ContactAddress(ctx, p.Contacts[in.Body.N-1].ID)
		return body(RevealOut{Value: value}, err)
	}
	clear, err := a.Record.RevealPerson(ctx, id)
	return body(RevealOut{Value: map[string]string{"id_number": clear.ID, "legacy_number": clear.Legacy, "address": clear.Address}[in.Body.What]}, err)
}
