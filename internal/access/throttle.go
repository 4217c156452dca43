package access

import (
	"fmt"
	"net/netip"
	"time"
)

// Limit is how often something may fail: Free times within Forget, then after each failure a wait that doubles from Base up
// to Most. Failures leak away evenly, Free of them in Forget, so that a trickle never adds up to a lock.
type Limit struct {
	Free               int
	Base, Most, Forget time.Duration
}

// The limits of signing in. A try counts as failed until it succeeds, so that many at once are not many for free.
var (
	// accountLimit slows guesses at one account down to about a hundred a day.
	accountLimit = Limit{Free: 5, Base: time.Second, Most: 15 * time.Minute, Forget: 24 * time.Hour}
	// deviceLimit holds for a device from which the account has signed in before; it alone holds there, so that nobody
	// can lock somebody out of their own desk.
	deviceLimit = Limit{Free: 10, Base: time.Second, Most: time.Minute, Forget: time.Hour}
	// addressLimit is wide: a whole school may stand behind one address.
	addressLimit = Limit{Free: 100, Base: time.Second, Most: 15 * time.Minute, Forget: time.Hour}
	// globalLimit slows down a swarm; what it costs everybody else on a new device is seconds.
	globalLimit = Limit{Free: 2000, Base: time.Second, Most: 10 * time.Second, Forget: 10 * time.Minute}
)

// Bucket counts what failed under one key.
type Bucket struct {
	Fails       int
	Last, Until time.Time
}

// Try counts one more try. wait is how long to wait instead, when it comes too early; then nothing changes.
func (b Bucket) Try(now time.Time, l Limit) (after Bucket, wait time.Duration) {
	if now.Before(b.Until) {
		return b, b.Until.Sub(now)
	}
	leaked := int64(now.Sub(b.Last) / max(l.Forget/time.Duration(max(l.Free, 1)), 1))
	b.Fails, b.Last = b.Fails-int(min(leaked, int64(b.Fails)))+1, now
	if over := b.Fails - l.Free; over > 0 {
		b.Until = now.Add(min(l.Base<<min(over-1, 20), l.Most))
	}
	return b, 0
}

// Undo takes back one try that has succeeded; all forgets the failures before it, too.
func (b Bucket) Undo(all bool) Bucket {
	if all || b.Fails <= 1 {
		return Bucket{Last: b.Last}
	}
	return Bucket{Fails: b.Fails - 1, Last: b.Last}
}

// Brake is one bucket that a try passes. Its key is kept blind.
type Brake struct {
	Key   string
	Limit Limit
	Own   bool // of the account or its device: a success forgets its failures
}

// Throttled says that it is too early to try again.
type Throttled struct{ Wait time.Duration }

func (t *Throttled) Error() string {
	return fmt.Sprintf("access: too many tries; try again in %d seconds", t.Seconds())
}

// Seconds rounds up.
func (t *Throttled) Seconds() int { return int((t.Wait + time.Second - 1) / time.Second) }

// brakes lists what a try at an account passes. For a device that the account knows only its own.
func brakes(login, from string, device []byte) []Brake {
	if device != nil {
		return []Brake{{Key: fmt.Sprintf("device|%s|%x", login, device), Limit: deviceLimit, Own: true}}
	}
	return []Brake{{Key: "account|" + login, Limit: accountLimit, Own: true},
		{Key: "address|" + network(from), Limit: addressLimit}, {Key: "global", Limit: globalLimit}}
}

// network is what counts as one address: a whole /64 belongs to one subscriber.
func network(from string) string {
	addr, err := netip.ParseAddr(from)
	if err != nil {
		return ""
	}
	addr = addr.Unmap()
	if addr.Is4() {
		return addr.String()
	}
	p, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return ""
	}
	return p.String()
}
