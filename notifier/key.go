package notifier

import (
	"encoding/base32"
	"encoding/binary"

	"github.com/loaphuong/loa/campaigns"
)

var keyEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Key returns the idempotency key of the tries-th attempt of a delivery: 20 characters of [a-z2-7]. It is a function
// of the two alone, so that whoever asks a keyed provider again after a crash asks with the same key.
func Key(id campaigns.DeliveryID, tries int) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(id))
	raw = binary.BigEndian.AppendUint32(raw, uint32(tries))
	return keyEncoding.EncodeToString(raw)
}

// ParseKey reads back whose attempt a key is; false for what is no key of ours.
func ParseKey(key string) (id campaigns.DeliveryID, tries int, ok bool) {
	raw, err := keyEncoding.DecodeString(key)
	if err != nil || len(raw) != 12 {
		return 0, 0, false
	}
	id = campaigns.DeliveryID(binary.BigEndian.Uint64(raw)) //nolint:gosec // the way back of Key
	tries = int(binary.BigEndian.Uint32(raw[8:]))
	return id, tries, id > 0 && Key(id, tries) == key
}
