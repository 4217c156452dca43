package app

import (
	"context"
	"errors"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/internal/inbound"
	"github.com/loaphuong/loa/internal/store"
)

// citizenRecord gives the answer page what the store records.
type citizenRecord struct{ *store.Store }

var _ citizen.Record = citizenRecord{}

// CitizenRecord adapts a store to the answer page.
func CitizenRecord(s *store.Store) citizen.Record { return citizenRecord{s} }

func (r citizenRecord) Invitation(ctx context.Context, hash []byte) (citizen.Invitation, error) {
	i, err := r.Store.Invitation(ctx, hash)
	if errors.Is(err, store.ErrUnknownToken) {
		return citizen.Invitation{}, citizen.ErrUnknown
	}
	return citizen.Invitation{Kind: i.Kind, Unit: i.Unit, Phone: i.Phone, Name: i.Name, Locale: i.Locale, Fields: i.Fields,
		Answered: i.Answered}, err
}

func (r citizenRecord) AnswerByToken(ctx context.Context, hash []byte, kind campaigns.AnswerKind) error {
	err := r.Store.AnswerByToken(ctx, hash, kind)
	if errors.Is(err, store.ErrUnknownToken) {
		return citizen.ErrUnknown
	}
	return err
}

func (r citizenRecord) Unsubscribe(ctx context.Context, token string) error {
	err := r.Store.Unsubscribe(ctx, token)
	if errors.Is(err, store.ErrUnknownToken) {
		return citizen.ErrUnknown
	}
	return err
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
