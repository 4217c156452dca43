package keys

import (
	"crypto/hmac"
	"encoding/base64"
)

// An unsubscribe token is the blind index of a mail address with a seal of ours: it names the address to nobody but us,
// needs no row, and holds for as long as the ring does. Mails are kept for years.
const (
	indexBytes = 16
	sealBytes  = 12
)

// Unsubscribe returns the token by which whoever got a mail at an address stops all mails to it; "" for no address.
func (r *Ring) Unsubscribe(index []byte) string {
	if len(index) != indexBytes {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(index[:indexBytes:indexBytes], r.unsubscribeSeal(index)...))
}

// OpenUnsubscribe returns the blind index that a token of ours names; false for any other text.
func (r *Ring) OpenUnsubscribe(token string) (index []byte, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != indexBytes+sealBytes {
		return nil, false
	}
	index = raw[:indexBytes:indexBytes]
	return index, hmac.Equal(raw[indexBytes:], r.unsubscribeSeal(index))
}

func (r *Ring) unsubscribeSeal(index []byte) []byte {
	return r.mac(r.token, "unsubscribe", string(index))[:sealBytes]
}
