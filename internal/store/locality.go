package store

import (
	"context"
	"maps"
	"slices"

	"github.com/loaphuong/loa/campaigns"
)

// locality is what the notices of a unit's, a class's or a village's people say of it.
type locality struct {
	name, short, phone string
	calendar           campaigns.Calendar
}

// addPlaces names the unit, class and village of each candidate, and says when the unit may write; a window knows few of
// them.
func (s *Store) addPlaces(ctx context.Context, q querier, list []Candidate, session string) error {
	places := map[string]*locality{"": {}}
	for _, c := range list {
		for _, id := range []string{string(c.Job.Unit), c.Job.Class, c.Job.Village} {
			if id != "" {
				places[id] = &locality{calendar: calendarFor(campaigns.DefaultHours, session)}
			}
		}
	}
	_, err := collect(ctx, q, func(row scanner) (struct{}, error) {
		var id string
		var p locality
		var hours int
		err := row.Scan(&id, &p.name, &p.short, &p.phone, &hours)
		p.calendar = calendarFor(unpackHours(hours), session)
		places[id] = &p
		return struct{}{}, err
	}, `SELECT u.id, u.name, u.short_name, u.phone, `+packedHours+` FROM `+s.d.set(1, "v", col{"id", asText})+` JOIN unit u ON u.id = v.id`,
		asJSON(wrapEach(slices.Collect(maps.Keys(places)))))
	if err != nil {
		return err
	}
	settleIn(list, places)
	return nil
}

// settleIn puts the places into the candidates; those of a unit share their fields.
func settleIn(list []Candidate, places map[string]*locality) {
	fields := map[campaigns.UnitID]map[string]string{}
	for i := range list {
		j := &list[i].Job
		list[i].Calendar = places[string(j.Unit)].calendar
		if fields[j.Unit] == nil {
			u := places[string(j.Unit)]
			of := make(map[string]string, len(j.Fields)+3)
			maps.Copy(of, j.Fields)
			of["unit"], of["unit_short"], of["phone"] = u.name, u.short, u.phone
			fields[j.Unit] = of
		}
		j.Fields, j.Class, j.Village = fields[j.Unit], places[j.Class].name, places[j.Village].name
	}
}
