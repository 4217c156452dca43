package api

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Submissions is the record of what was handed in for approval.
type Submissions interface {
	Submission(ctx context.Context, id campaigns.CampaignID) (campaigns.Submission, error)
}

// Submission is what an approver looks at: whom a campaign means, what it costs, what they will read, what has changed.
type Submission struct {
	Campaign   Campaign      `json:"campaign" doc:"The campaign as it stands."`
	People     int           `json:"people" doc:"How many people are frozen in the audience."`
	WithPhone  int           `json:"with_phone" doc:"How many of them have a phone that may be written to."`
	FrozenAt   time.Time     `json:"frozen_at" doc:"When it was handed in."`
	Parts      int           `json:"parts" doc:"SMS that the longest of the samples takes; 0 where the first step is no SMS."`
	Dong       int64         `json:"dong" doc:"An estimate of the first step: parts, people with a phone and the price of the channel; 0 where no price is known."`
	Samples    []SampleText  `json:"samples" nullable:"false" doc:"The first notice as up to five people of the audience will read it."`
	Before     *SubmittedOne `json:"before,omitempty" doc:"The time before; absent where this is the first."`
	HigherRank bool          `json:"higher_rank" doc:"More than 500 people: who approves must stand higher than the author."`
}

// SampleText is the first notice to one person.
type SampleText struct {
	PersonID campaigns.PersonID `json:"person_id" doc:"Who."`
	Form     string             `json:"form" doc:"Form of the words, such as sms_plain or visit."`
	Text     string             `json:"text" doc:"The words."`
	Parts    int                `json:"parts" doc:"SMS that it takes."`
}

// SubmittedOne is an earlier time that the campaign was handed in.
type SubmittedOne struct {
	People      int       `json:"people" doc:"How many people were frozen then."`
	FrozenAt    time.Time `json:"frozen_at" doc:"When."`
	FilterMoved bool      `json:"filter_moved" doc:"The filter is another now."`
}

func (a *API) submissions(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/campaigns/{id}/submission", id: "get-submission", slow: true, tag: "campaigns",
		summary: "What was handed in: the frozen audience, its cost, five notices in words, and what has changed since the time before"},
		func(ctx context.Context, in *ByID) (*Body[Submission], error) {
			sub, version, err := a.submission(ctx, campaigns.CampaignID(in.ID))
			return versioned(ctx, sub, version, err)
		})
}

func (a *API) submission(ctx context.Context, id campaigns.CampaignID) (Submission, string, error) {
	sub, err := a.Record.Submission(ctx, id)
	if err != nil {
		return Submission{}, "", err
	}
	out := Submission{Campaign: campaignOf(sub.Campaign), People: sub.People, WithPhone: sub.WithPhone, FrozenAt: sub.FrozenAt, Samples: []SampleText{},
		HigherRank: sub.People > campaigns.LargeAudience && sub.Campaign.AuthorRank < campaigns.TopRank}
	if !sub.BeforeAt.IsZero() {
		out.Before = &SubmittedOne{People: sub.Before, FrozenAt: sub.BeforeAt, FilterMoved: sub.FilterMoved}
	}
	for _, person := range sub.Sample {
		text, err := a.sampleText(ctx, sub.Campaign, person)
		if err != nil {
			return out, "", err
		}
		out.Samples, out.Parts = append(out.Samples, text), max(out.Parts, text.Parts)
	}
	out.Dong, err = a.estimate(ctx, sub, out.Parts)
	return out, sub.Campaign.SubmissionVersion(), err
}

// sampleForms are the forms of words by medium.
var sampleForms = map[string]string{"sms": "sms_plain", "relay": "relay_private", "visit": "visit", "print": "print", "speech": "speech"}

// sampleText writes the first notice to a person.
func (a *API) sampleText(ctx context.Context, c campaigns.Campaign, id campaigns.PersonID) (SampleText, error) {
	p, err := a.Record.Person(ctx, id)
	if err != nil {
		return SampleText{}, err
	}
	unit, err := a.Record.Unit(ctx, p.UnitID)
	if err != nil {
		return SampleText{}, err
	}
	medium := a.firstMedium(c)
	form := sampleForms[medium]
	if form == "" {
		form = "long"
	}
	ask := PreviewAsk{Unit: unit, Kind: c.Kind, Step: c.Ladder[0].Name, Form: form, Locale: p.Locale, Fields: maps.Clone(c.Fields)}
	ask.Fields["name"] = p.Name
	if c.WordsID != "" {
		v, err := a.Record.TemplateVersion(ctx, c.WordsID)
		if err != nil {
			return SampleText{}, err
		}
		ask.Words = v.Words
	}
	text, err := a.Texts.Preview(ask)
	out := SampleText{PersonID: id, Form: form, Text: text.Body}
	if medium == "sms" {
		out.Parts = text.Parts
	}
	return out, err
}

func (a *API) firstMedium(c campaigns.Campaign) string {
	channel := c.Ladder[0].Channels[0]
	if medium := a.Lines.MediumOf(channel); medium != "" {
		return medium
	}
	medium, _, _ := strings.Cut(channel, ".")
	return medium
}

// estimate is what the first step costs where its channel has a price.
func (a *API) estimate(ctx context.Context, sub campaigns.Submission, parts int) (int64, error) {
	prices, err := a.Record.Prices(ctx)
	for _, p := range prices {
		if p.Channel == sub.Campaign.Ladder[0].Channels[0] {
			return p.Dong * int64(parts) * int64(sub.WithPhone), err
		}
	}
	return 0, err
}
