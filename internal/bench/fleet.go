package bench

import (
	"context"
	"errors"
	"time"
)

// fleet is the processes of one Loa: a single one that does all, or one for the API and some workers.
type fleet []*server

// startFleet starts Loa on a database. workers is 0 for the single process. The API comes first: the first process to
// start makes the API key.
func (b *Bench) startFleet(ctx context.Context, job serveJob, workers int) (f fleet, err error) {
	roles := []string{"all"}
	if workers > 0 {
		roles = []string{"api"}
		for range workers {
			roles = append(roles, "worker")
		}
	}
	profile := job.Profile
	for i, role := range roles {
		job.Role, job.Profile = role, ""
		if i == len(roles)-1 {
			job.Profile = profile
		}
		s, err := b.serve(ctx, job)
		if err != nil {
			return nil, errors.Join(err, f.stop())
		}
		f = append(f, s)
	}
	return f, nil
}

func (f fleet) api() *server { return f[0] }

func (f fleet) stop() error {
	var errs []error
	for i := len(f) - 1; i >= 0; i-- {
		errs = append(errs, f[i].stop())
	}
	return errors.Join(errs...)
}

func (f fleet) cpu() (sum time.Duration) {
	for _, s := range f {
		sum += cpuOf(s.pid())
	}
	return sum
}

// rss is the sum of the peaks, in MB.
func (f fleet) rss() (sum float64) {
	for _, s := range f {
		sum += peakRSS(s.pid())
	}
	return sum
}
