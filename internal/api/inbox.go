package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Inbox is the record of texts that a human must read.
type Inbox interface {
	Inbox(ctx context.Context, paths []string, after string, limit int) ([]InboxItem, error)
	HandleInbox(ctx context.Context, id, actor string) error
}

// InboxItem is one such text; secrets in it were masked when it came.
type InboxItem struct {
	ID       string             `json:"id"`
	Channel  string             `json:"channel"`
	Why      string             `json:"why" doc:"unclear, several_people, nobody, secret or wrong_data"`
	Text     string             `json:"text"`
	PersonID campaigns.PersonID `json:"person_id,omitempty"`
	At       time.Time          `json:"at"`
}

func (a *API) inbox(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/inbox", id: "list-inbox", tag: "inbox", summary: "Texts of one's people, and of nobody known, that nobody has dealt with, oldest first"},
		func(ctx context.Context, in *Paging) (*Body[Page[InboxItem]], error) {
			list, err := a.Record.Inbox(ctx, callerOf(ctx).Scope(access.InboxRead), in.Cursor, in.Limit+1)
			if err == nil && len(list) > 0 {
				err = a.noteView(ctx, "", "inbox", "")
			}
			return body(pageOf(list, in.Limit, func(i InboxItem) string { return i.ID }), err)
		})
	register(a, h, route{method: http.MethodPost, path: "/inbox/{id}/handle", id: "handle-inbox", tag: "inbox", status: http.StatusNoContent, summary: "Mark a text as dealt with"},
		func(ctx context.Context, in *struct {
			Acting
			ByID
		}) (*struct{}, error) {
			actor, err := in.actor()
			if err != nil {
				return nil, err
			}
			return nil, a.Record.HandleInbox(ctx, in.ID, actor)
		})
}
