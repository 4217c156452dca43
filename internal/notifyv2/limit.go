package notifyv2

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// rates counts the requests of each service by the kind of its key, as Notify does, in minutes that begin with the first.
type rates struct {
	most  int
	mu    sync.Mutex
	began time.Time
	count map[string]int
}

func newRates(most int) *rates { return &rates{most: most, count: map[string]int{}} }

// limited says whether one more request is too many. It is asked before anything of the request is read.
func (s *server) limited(a ask) error {
	r, now := s.rates, s.Clock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.began) >= time.Minute {
		r.began, r.count = now, map[string]int{}
	}
	who := string(a.service.ID) + "|" + a.kind()
	if r.count[who] >= r.most {
		return &problem{429, rateLimitError, []string{fmt.Sprintf("Exceeded rate limit for key type %s of %d requests per 60 seconds", strings.ToUpper(a.kind()), r.most)}}
	}
	r.count[who]++
	return nil
}
