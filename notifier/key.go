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
