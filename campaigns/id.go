package campaigns

import (
	"sync"
	"time"
)

// Identifiers of things that leave the system or are few are UUIDv7 text; those of notices, deliveries, attempts and
// receipts are 64-bit time-ordered keys (rulings.md 5).
type (
	UnitID     string
	PersonID   string
	ContactID  string
	CampaignID string
	AudienceID string
	LaunchID   string
	RosterID   string
	TaskID     string
	NoticeID   int64
	DeliveryID int64
)

// keyEpoch keeps 41 bits of milliseconds positive until 2093.
const keyEpoch = 1_704_067_200_000 // 2024-01-01T00:00:00Z

// KeyMaker makes 64-bit time-ordered keys: 41 bits milliseconds, 10 bits node, 12 bits sequence. Two processes never
// share a node number (the store hands them out), so keys of different processes never meet.
type KeyMaker struct {
	mu   sync.Mutex
	node int64
	last int64
	seq  int64
	now  func() time.Time
}

// NewKeyMaker returns a maker for node (its lowest 10 bits count).
func NewKeyMaker(node int64, now func() time.Time) *KeyMaker {
	return &KeyMaker{node: node & 1023, now: now}
}

// KeyAt returns a key that is not above any made at t or later.
func KeyAt(t time.Time) int64 { return max(t.UnixMilli()-keyEpoch, 0) << 22 }

// Next returns a key larger than all this maker has returned, also when the clock goes back.
func (k *KeyMaker) Next() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	ms := k.now().UnixMilli() - keyEpoch
	if ms < k.last {
		ms = k.last
	}
	if ms == k.last {
		k.seq++
		if k.seq == 4096 {
			ms, k.seq = ms+1, 0
		}
	} else {
		k.seq = 0
	}
	k.last = ms
	return ms<<22 | k.node<<12 | k.seq
}
