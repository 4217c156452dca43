package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/access"
)

// TestAsk asks for the first notice of a campaign to be sent to the person who asks. Phone is "" for the number they have
// set before.
type TestAsk struct {
	Campaign campaigns.Campaign
	Unit     campaigns.Unit
	Who      access.Who
	Login    string
	Phone    string // E.164
}

// TestSend is what became of a test.
type TestSend struct {
	ID      string `json:"id" doc:"Id of the test."`
	Channel string `json:"channel" doc:"Channel it went by: the first of the ladder that reaches a phone."`
	State   string `json:"state" enum:"sending,accepted,rejected,unknown" doc:"accepted: the provider took it. Only then may staff submit the campaign in the pages."`
	Parts   int    `json:"parts" doc:"SMS parts that the provider bills, where it says so."`
	Reason  string `json:"reason,omitempty" doc:"Why it was not taken."`
	To      string `json:"to" doc:"Last digits of the number it went to."`
}

// Tests is the record of tests that providers have taken.
type Tests interface {
	Tested(ctx context.Context, unit campaigns.UnitID, print string) (bool, error)
}

// submit hands a campaign in. A person who has signed in must have sent its words to themselves first, as in the pages; a
// program has no phone and answers for its own texts, as it does for its numbers (rulings.md 18).
func (a *API) submit(ctx context.Context, id campaigns.CampaignID, actor string) (int, error) {
	if callerOf(ctx).StaffID != "" && a.TestSend != nil {
		c, err := a.Record.Campaign(ctx, id)
		if err != nil {
			return 0, err
		}
		if wires := c.Ladder.Wires(a.Lines.MediumOf); len(wires) > 0 && (c.State == campaigns.Draft || c.State == campaigns.Returned) {
			done, err := a.Record.Tested(ctx, c.UnitID, campaigns.TestPrint(c.Kind, c.Fields, c.WordsID, wires))
			if err == nil && !done {
				err = errUntested
			}
			if err != nil {
				return 0, err
			}
			ctx = campaigns.Expect(ctx, campaigns.Version(c)) // what was tested is what is handed in
		}
	}
	return a.Record.SubmitCampaign(ctx, id, actor)
}

func (a *API) testSends(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/campaigns/{id}/tests", id: "send-test", slow: true, tag: "campaigns",
		summary: "Send the first notice of a campaign to yourself, marked as a test; only for staff who have signed in"}, a.sendTest)
}

func (a *API) sendTest(ctx context.Context, in *struct {
	Acting
	ByID
	Body struct {
		Phone string `json:"phone,omitempty" maxLength:"20" doc:"Your own mobile, kept sealed for the next time; nothing: the one you have set before."`
	}
}) (*Body[TestSend], error) {
	who, err := acting(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	c, err := a.Record.Campaign(ctx, campaigns.CampaignID(in.ID))
	if err != nil {
		return nil, err
	}
	unit, err := a.Record.Unit(ctx, c.UnitID)
	if err == nil {
		err = within(ctx, access.CampaignDraft, unit.Path)
	}
	if err != nil {
		return nil, err
	}
	if who.StaffID == "" {
		return nil, campaigns.ErrTestPhone
	}
	ask := TestAsk{Campaign: c, Unit: unit, Who: who.Who(), Login: who.Login}
	if in.Body.Phone != "" {
		list, _ := vn.ParsePhones(in.Body.Phone, "VN")
		if len(list) != 1 || list[0].Kind != vn.Mobile {
			return nil, invalid("body.phone", "must be one Vietnamese mobile number")
		}
		ask.Phone = list[0].E164
	}
	if a.TestSend == nil {
		return nil, &Problem{Title: "Not Implemented", Status: http.StatusNotImplemented, Code: "no_tests"}
	}
	return body(a.TestSend(ctx, ask))
}
