package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// Deliveries is the record of how notices were carried.
type Deliveries interface {
	Deliveries(ctx context.Context, id campaigns.CampaignID, state string, after campaigns.DeliveryID, limit int) ([]Delivery, error)
}

// Delivery is one try to carry a notice by one channel. It names a person by id only, and no address.
type Delivery struct {
	ID       string             `json:"id" doc:"64 bits, as a decimal string."`
	NoticeID string             `json:"notice_id" doc:"64 bits, as a decimal string."`
	PersonID campaigns.PersonID `json:"person_id"`
	UnitID   campaigns.UnitID   `json:"unit_id"`
	Step     int                `json:"step"`
	Rank     int                `json:"rank"`
	Channel  string             `json:"channel"`
	State    notifier.State     `json:"state"`
	Reason   campaigns.Reason   `json:"reason,omitempty" doc:"Why it was not sent, or did not arrive."`
	Tries    int                `json:"tries"`
	Parts    int                `json:"parts"`
	DueAt    time.Time          `json:"due_at"`
	MovedAt  time.Time          `json:"moved_at"`
	SentAt   *time.Time         `json:"sent_at,omitempty"`
}

func (a *API) deliveries(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/deliveries", id: "list-deliveries", tag: "deliveries", summary: "How a campaign's notices were carried"}, a.listDeliveries)
}

func (a *API) listDeliveries(ctx context.Context, in *struct {
	Paging
	ByID
	State string `query:"state" enum:"planned,queued,claimed,sending,accepted,delivered,undelivered,failed,unknown,unknown_final,no_receipt,suppressed,cancelled,expired,merged"`
}) (*Body[Page[Delivery]], error) {
	after := int64(0)
	if in.Cursor != "" {
		var err error
		if after, err = strconv.ParseInt(in.Cursor, 10, 64); err != nil {
			return nil, invalid("query.cursor", "is not a cursor of this list")
		}
	}
	c, err := a.Record.Campaign(ctx, campaigns.CampaignID(in.ID))
	if err != nil {
		return nil, err
	}
	list, err := a.Record.Deliveries(ctx, c.ID, in.State, campaigns.DeliveryID(after), in.Limit+1)
	return body(pageOf(list, in.Limit, func(d Delivery) string { return d.ID }), err)
}
