package app

import (
	"sync"
	"time"

	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// recentMinutes is how far back this process remembers what it carried.
const recentMinutes = 15

// tries counts wire tries.
type tries struct{ all, unknown, accepted int }

// recent counts the wire tries of this process by minute and channel, for watchdogs that look at shares: a share since
// the start would say nothing about today.
type recent struct {
	now func() time.Time

	mu sync.Mutex
	by map[string]*[recentMinutes]minute
}

type minute struct {
	at int64 // minutes since 1970; an older one is empty
	tries
}

func newRecent() *recent { return &recent{now: time.Now, by: map[string]*[recentMinutes]minute{}} }

// carried counts a batch.
func (r *recent) carried(channel string, list []work.Ended) {
	var n tries
	for i := range list {
		n.all++
		switch list[i].State {
		case notifier.Unknown:
			n.unknown++
		case notifier.Accepted:
			n.accepted++
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	ring := r.by[channel]
	if ring == nil {
		ring = &[recentMinutes]minute{}
		r.by[channel] = ring
	}
	at := r.now().Unix() / 60
	m := &ring[at%recentMinutes]
	if m.at != at {
		*m = minute{at: at}
	}
	m.all, m.unknown, m.accepted = m.all+n.all, m.unknown+n.unknown, m.accepted+n.accepted
}

// within adds up a channel's minutes from one age to another; the present minute has the age 0.
func (r *recent) within(channel string, from, to int) (n tries) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ring := r.by[channel]
	if ring == nil {
		return n
	}
	now := r.now().Unix() / 60
	for _, m := range ring {
		if age := int(now - m.at); age >= from && age < to {
			n.all, n.unknown, n.accepted = n.all+m.all, n.unknown+m.unknown, n.accepted+m.accepted
		}
	}
	return n
}

// share is the part of the tries of all channels that ended unknown, 0 where there were too few to say.
func (r *recent) share() float64 {
	const enough = 100
	var n tries
	r.mu.Lock()
	channels := make([]string, 0, len(r.by))
	for name := range r.by {
		channels = append(channels, name)
	}
	r.mu.Unlock()
	for _, name := range channels {
		one := r.within(name, 0, recentMinutes)
		n.all, n.unknown = n.all+one.all, n.unknown+one.unknown
	}
	if n.all < enough {
		return 0
	}
	return float64(n.unknown) / float64(n.all)
}
