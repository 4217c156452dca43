package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

// f12: one worker's clock is two hours fast, the other's two hours slow, and the hours end while texts are on the wire.
// What is left goes out in the morning.
var f12 = scenario{
	id: "F12", title: "clocks 2 h wrong, across closing time", within: 60 * time.Second,
	plan: func(people int) plan {
		evening := time.Date(2026, 12, 1, 20, 29, 0, 0, campaigns.Zone)
		return plan{scene: scene{people: people, rate: 12, at: evening}, script: script{latency: 50 * time.Millisecond, rate: people / 10, receipt: someReceipts},
			envOf: map[string]string{"worker1/LOA_TEST_CLOCK_SKEW": "2h", "worker2/LOA_TEST_CLOCK_SKEW": "-2h"}}
	},
	run: func(ctx context.Context, s *stage) (bite, error) {
		if err := s.launch(ctx); err != nil {
			return bite{}, err
		}
		closing := time.Date(2026, 12, 1, 20, 30, 0, 0, campaigns.Zone)
		if err := until(ctx, 30*time.Second, "closing time", func() (bool, error) { return s.now().After(closing.Add(time.Minute)), nil }); err != nil {
			return bite{}, err
		}
		evening := int(s.sink.effects.Load())
		if err := pause(ctx, 4*time.Second); err != nil { // two ticks
			return bite{}, err
		}
		if n := int(s.sink.effects.Load()) - evening; n > 0 {
			return bite{}, fmt.Errorf("%d texts left after closing time", n)
		}
		// It opens at 07:30; until then nothing leaves, by nobody's clock.
		if err := s.jump(ctx, time.Date(2026, 12, 2, 7, 29, 0, 0, campaigns.Zone)); err != nil {
			return bite{}, err
		}
		s.faulted()
		if err := s.rest(ctx, 90*time.Second); err != nil {
			return bite{}, err
		}
		return s.skewed(ctx, evening)
	},
}

// now is policy time.
func (s *stage) now() time.Time { return (*s.sink.policy.Load())(time.Now()) }

// jump moves policy time on.
func (s *stage) jump(ctx context.Context, at time.Time) error {
	ring, err := keys.Load(s.keyring())
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, s.target, ring)
	if err != nil {
		return err
	}
	s.plan.scene.at = at
	err = s.plan.scene.wind(ctx, st)
	s.sink.policy.Store(&s.plan.scene.policy)
	return errors.Join(err, st.Close())
}

// skewed proves that the clocks were wrong, and that texts left on both days inside the hours.
func (s *stage) skewed(ctx context.Context, evening int) (bite, error) {
	truth, err := readSinkLog(s.sink.log.file.Name())
	if err != nil {
		return bite{}, err
	}
	for _, e := range truth {
		local := time.UnixMilli(e.Policy).In(campaigns.Zone)
		minute := local.Hour()*60 + local.Minute()
		// A window that was claimed in time is carried to its end: 2 s at the wire are 24 s of policy time.
		if e.Effect && (minute < 7*60+30 || minute > 20*60+30) {
			return bite{}, fmt.Errorf("a text left at %s", local.Format(time.TimeOnly))
		}
	}
	wrong := 0
	for _, l := range s.workers {
		if strings.Contains(tail(l.logFile(), 1<<20), "wrong on purpose") {
			wrong++
		}
	}
	// Chunks carry the clock of who claimed them in their keys: four hours apart.
	apart, err := s.db.number(ctx, `SELECT (max(id) - min(id)) / 4194304 / 60000 FROM chunk`)
	morning := int(s.sink.effects.Load()) - evening
	return bite{wrong == 2 && evening > 0 && morning > 0 && apart >= 235, fmt.Sprintf("%d in the evening, %d in the morning; keys %d min apart", evening, morning, apart)}, err
}
