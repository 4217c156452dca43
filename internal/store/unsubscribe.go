package store

import "context"

// UnsubscribeToken returns what a mail carries, so that whoever got it can stop all mails to the address.
func (s *Store) UnsubscribeToken(address string) string {
	return s.ring.Unsubscribe(s.AddressIndex("email", address))
}

// KnowsUnsubscribe says whether a token is one of ours. Nothing is read.
func (s *Store) KnowsUnsubscribe(token string) bool {
	_, ok := s.ring.OpenUnsubscribe(token)
	return ok
}

// Unsubscribe stops all notices to the address that a token names, as RecordOptOut does; ErrUnknownToken for a token that
// is not ours.
func (s *Store) Unsubscribe(ctx context.Context, token string) error {
	index, ok := s.ring.OpenUnsubscribe(token)
	if !ok {
		return ErrUnknownToken
	}
	_, err := s.RecordOptOut(ctx, index, "unsubscribe")
	return err
}
