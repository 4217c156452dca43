package app

import (
	"context"
	"errors"
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/internal/inbound"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/templates"
)

// citizenRecord gives the answer page what the store records.
type citizenRecord struct{ *store.Store }

var _ citizen.Record = citizenRecord{}

// CitizenRecord adapts a store to the answer page.
func CitizenRecord(s *store.Store) citizen.Record { return citizenRecord{s} }

func (r citizenRecord) Invitation(ctx context.Context, hash []byte) (citizen.Invitation, error) {
	i, err := r.Store.Invitation(ctx, hash)
	return citizen.Invitation{Kind: i.Kind, Unit: i.Unit, Phone: i.Phone, Name: i.Name, Locale: i.Locale, Fields: i.Fields,
		Answered: i.Answered}, unknownToken(err)
}

func (r citizenRecord) AnswerByToken(ctx context.Context, hash []byte, kind campaigns.AnswerKind) error {
	return unknownToken(r.Store.AnswerByToken(ctx, hash, kind))
}

func (r citizenRecord) Unsubscribe(ctx context.Context, token string) error {
	return unknownToken(r.Store.Unsubscribe(ctx, token))
}

func (r citizenRecord) Slots(ctx context.Context, hash []byte) ([]campaigns.Slot, error) {
	list, err := r.SlotsByToken(ctx, hash)
	return list, unknownToken(err)
}

func (r citizenRecord) Book(ctx context.Context, hash []byte, kind campaigns.AnswerKind, m campaigns.Meeting) error {
	return unknownToken(r.BookByToken(ctx, hash, kind, m))
}

func (r citizenRecord) Booked(ctx context.Context, hash []byte) (campaigns.Appointment, error) {
	a, err := r.BookedByToken(ctx, hash)
	return a, unknownToken(err)
}

func (r citizenRecord) Help(ctx context.Context, hash []byte, text string) error {
	return unknownToken(r.HelpByToken(ctx, hash, text))
}

// unknownToken says in the pages' words that a token is unknown.
func unknownToken(err error) error {
	if errors.Is(err, store.ErrUnknownToken) {
		return citizen.ErrUnknown
	}
	return err
}

// CheckCode finds the official text of a check code: what the notice said by each of its channels, in the reader's language
// where it was written in that one, else in the fallback.
func CheckCode(s *store.Store, set *templates.Set, w *work.Writer, form func(channel string) string) func(ctx context.Context, code, lang string) (citizen.Official, error) {
	return func(ctx context.Context, code, lang string) (citizen.Official, error) {
		g, err := s.FindCode(ctx, code)
		if errors.Is(err, campaigns.ErrNotFound) {
			return citizen.Official{}, citizen.ErrUnknown
		}
		if err != nil {
			return citizen.Official{}, err
		}
		o := citizen.Official{Unit: g.Unit.Name, Phone: g.Unit.Phone, Date: g.SentAt.In(campaigns.Zone).Format("02/01/2006"), What: g.What}
		o.Texts, err = officialTexts(ctx, s, set, w, g, code, lang, form)
		return o, err
	}
}

func officialTexts(ctx context.Context, s *store.Store, set *templates.Set, w *work.Writer, g store.Genuine, code, lang string, form func(channel string) string) ([]string, error) {
	var words *templates.Staff
	if g.WordsID != "" {
		version, err := s.TemplateVersion(ctx, g.WordsID)
		if err != nil {
			return nil, err
		}
		if words, err = set.Compile(version.Words); err != nil {
			return nil, err
		}
	}
	var out []string
	for _, channel := range g.Step.Channels {
		text, err := w.Official(campaigns.Campaign{Kind: g.Kind, Fields: g.Fields}, g.Unit, g.Step.Name, form(channel), lang, code, words)
		if err != nil {
			return nil, err
		}
		if text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out, nil
}

// inboundRecord gives the providers' callbacks what the store records.
type inboundRecord struct{ *store.Store }

var _ inbound.Record = inboundRecord{}

// InboundRecord adapts a store to the providers' callbacks.
func InboundRecord(s *store.Store) inbound.Record { return inboundRecord{s} }

func (r inboundRecord) HearText(ctx context.Context, channel, eventKey string, index []byte, kind campaigns.AnswerKind, why, text string) (inbound.Heard, error) {
	h, err := r.Store.HearText(ctx, channel, eventKey, index, kind, why, text)
	return inbound.Heard(h), err
}
