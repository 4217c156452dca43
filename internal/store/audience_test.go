package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

// crowd records people of all sorts and returns what they are, to be asked in Go what the database is asked in SQL.
func crowd(t *testing.T, s *store.Store, n int) (campaigns.Unit, []store.Draft) {
	t.Helper()
	ctx := context.Background()
	_, err := s.SaveUnits(ctx, []campaigns.Unit{
		{Code: "P", Kind: campaigns.Province, Name: "Tỉnh", ValidFrom: "2025-07-01"},
		{Code: "W", Kind: campaigns.Ward, Name: "Phường", ParentID: "P", ValidFrom: "2025-07-01"},
		{Code: "X", Kind: campaigns.Ward, Name: "Xã khác", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(t, err)
	ward, err := s.UnitByCode(ctx, "W", "2026-12-01")
	require.NoError(t, err)
	other, err := s.UnitByCode(ctx, "X", "2026-12-01")
	require.NoError(t, err)
	rnd := rand.New(rand.NewPCG(1, 2))
	yes, no, levels := true, false, []int{0, 1, 2}
	drafts := make([]store.Draft, n)
	for i := range drafts {
		d := store.Draft{Name: fmt.Sprintf("Người %d", i), Born: strconv.Itoa(1950+rnd.IntN(60)) + "-01-02", Guardian: fmt.Sprintf("G %d", i),
			Sex: []string{"", "male", "female"}[rnd.IntN(3)], Country: []string{"", "KR", "JP"}[rnd.IntN(3)], ReturnsOn: []string{"", "2027-01-15", "2027-06-01"}[rnd.IntN(3)],
			Card: []*bool{nil, &yes, &no}[rnd.IntN(3)], EID: []*int{nil, &levels[0], &levels[1], &levels[2]}[rnd.IntN(4)],
			NeedsVisit: rnd.IntN(2) == 0, NoSmart: rnd.IntN(3) == 0, Away: rnd.IntN(4) == 0,
			CardIssuedOn: []string{"", "2021-05-01", "2025-11-30"}[rnd.IntN(3)], CardExpiresOn: []string{"", "", "2027-01-20"}[rnd.IntN(3)],
			CardReadyOn: []string{"", "2026-01-10", "2099-01-01"}[rnd.IntN(3)]}
		if rnd.IntN(5) == 0 {
			d.Born = d.Born[:4]
		}
		if rnd.IntN(3) == 0 {
			d.School, d.Class = "THPT Thử", []string{"12A1", "12A2"}[rnd.IntN(2)]
		}
		for k := range rnd.IntN(3) {
			d.Contacts = append(d.Contacts, store.ContactDraft{Medium: "phone", Kind: []string{"mobile", "landline", "foreign"}[rnd.IntN(3)],
				Owner:   []campaigns.Owner{campaigns.Self, campaigns.Guardian, campaigns.Relative}[rnd.IntN(3)],
				Address: fmt.Sprintf("+8491%06d%d", i, k), Consented: rnd.IntN(2) == 0})
		}
		if rnd.IntN(4) == 0 {
			d.Contacts = append(d.Contacts, store.ContactDraft{Medium: "email", Owner: campaigns.Self, Address: fmt.Sprintf("p%d@example.org", i)})
		}
		drafts[i] = d
	}
	_, err = s.SavePeople(ctx, ward.ID, drafts)
	require.NoError(t, err)
	_, err = s.SavePeople(ctx, other.ID, []store.Draft{{Name: "Ngoài phường", Born: "1980-01-01"}})
	require.NoError(t, err)
	return ward, drafts
}

// matches asks a filter in Go.
func matches(f campaigns.Filter, d store.Draft) bool {
	switch {
	case f.Not != nil:
		return !matches(*f.Not, d)
	case f.All != nil:
		for _, sub := range f.All {
			if !matches(sub, d) {
				return false
			}
		}
		return true
	case f.Any != nil:
		for _, sub := range f.Any {
			if matches(sub, d) {
				return true
			}
		}
		return false
	}
	year, _ := strconv.Atoi(d.Born[:4])
	eid := 0
	if d.EID != nil {
		eid = *d.EID
	}
	have := map[string]any{"age": ageOf(d.Born), "turns_14_on": vn.Turns14(d.Born), "card_due_on": dueOf(d), "card_ready_on": d.CardReadyOn, "mismatch": false,
		"card_ready": d.CardReadyOn != "" && d.CardReadyOn <= today(), "birth_year": year, "sex": d.Sex, "has_card": d.Card != nil && *d.Card, "eid_level": eid, "abroad": d.Country != "",
		"country": d.Country, "returns_on": d.ReturnsOn, "needs_visit": d.NeedsVisit, "no_smartphone": d.NoSmart, "away": d.Away, "has_phone": reaches(d, "phone")}[f.Field]
	if f.Field == "reach" {
		list, ok := f.Value.([]any)
		if !ok {
			list = []any{f.Value}
		}
		return slices.ContainsFunc(list, func(v any) bool { return reaches(d, v.(string)) })
	}
	if text, ok := f.Value.(string); ok && strings.HasPrefix(text, "today") {
		f.Value = campaigns.FilterDate(text, today())
	}
	switch f.Op {
	case "is":
		return have == f.Value
	case "in":
		for _, v := range f.Value.([]any) {
			if have == v {
				return true
			}
		}
		return false
	case "from":
		if text, ok := have.(string); ok {
			return text != "" && text >= f.Value.(string)
		}
		return have.(int) >= f.Value.(int)
	default:
		if text, ok := have.(string); ok {
			return text != "" && text <= f.Value.(string)
		}
		return have.(int) <= f.Value.(int)
	}
}

// today is the policy date of a test.
func today() string { return apptest.Start.In(campaigns.Zone).Format(time.DateOnly) }

// ageOf is how old somebody is today; of a year alone, how old they get this year.
func ageOf(born string) int {
	b, _ := vn.ParseISODate(born)
	t, _ := vn.ParseISODate(today())
	if years, known := b.Age(t); known {
		return years
	}
	return t.Year - b.Year
}

func dueOf(d store.Draft) string {
	if d.CardExpiresOn != "" {
		return d.CardExpiresOn
	}
	due, _ := vn.CardDue(d.Born, d.CardIssuedOn)
	return due
}

// reaches says whether a medium gets to somebody, in words of its own and not those of campaigns.
func reaches(d store.Draft, medium string) bool {
	switch medium {
	case "relay":
		return d.Class != ""
	case "visit":
		return d.Country == "" && !d.Away
	}
	return slices.ContainsFunc(d.Contacts, func(c store.ContactDraft) bool {
		fits := map[string]bool{"phone": c.Medium == "phone", "email": c.Medium == "email", "sms": c.Kind == "mobile", "zalo": c.Kind == "mobile" || c.Kind == "foreign"}[medium]
		return fits && (c.Owner != campaigns.Relative || c.Consented)
	})
}

func randomFilter(rnd *rand.Rand, depth int) campaigns.Filter {
	if depth > 0 && rnd.IntN(3) > 0 {
		subs := make([]campaigns.Filter, 1+rnd.IntN(3))
		for i := range subs {
			subs[i] = randomFilter(rnd, depth-1)
		}
		switch rnd.IntN(3) {
		case 0:
			return campaigns.All(subs...)
		case 1:
			return campaigns.Any(subs...)
		}
		return campaigns.Not(subs[0])
	}
	leaves := []campaigns.Filter{
		campaigns.Is("birth_year", 1950+rnd.IntN(60)), campaigns.In("birth_year", 1960, 1970, 1980, 1999), campaigns.From("birth_year", 1990), campaigns.To("birth_year", 1975),
		campaigns.Is("sex", "male"), campaigns.Is("has_card", rnd.IntN(2) == 0), campaigns.Is("eid_level", rnd.IntN(3)), campaigns.From("eid_level", 1), campaigns.To("eid_level", 1),
		campaigns.Is("abroad", rnd.IntN(2) == 0), campaigns.Is("country", "KR"), campaigns.In("country", "KR", "JP"), campaigns.From("returns_on", "2027-02-01"), campaigns.To("returns_on", "2027-02-01"),
		campaigns.From("age", rnd.IntN(70)), campaigns.To("age", rnd.IntN(70)), campaigns.Is("age", 30+rnd.IntN(30)),
		campaigns.From("turns_14_on", "2010-06-01"), campaigns.To("turns_14_on", "today-300"), campaigns.To("card_due_on", "today+60"), campaigns.From("card_due_on", "2030-01-01"),
		campaigns.Is("card_due_on", "2027-01-20"), campaigns.Is("card_ready", rnd.IntN(2) == 0), campaigns.From("card_ready_on", "2026-01-11"), campaigns.Is("mismatch", false),
		campaigns.Is("reach", campaigns.ReachMedia[rnd.IntN(5)]), campaigns.In("reach", "email", "relay"), campaigns.In("reach", "sms", "visit", "zalo"),
		campaigns.Is("needs_visit", true), campaigns.Is("no_smartphone", false), campaigns.Is("away", true), campaigns.Is("has_phone", rnd.IntN(2) == 0),
	}
	return leaves[rnd.IntN(len(leaves))]
}

// Random filters mean the same to SQLite, to PostgreSQL and to plain Go.
func TestFiltersMeanTheSameEverywhere(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ward, people := crowd(t, s, 150)
		rnd := rand.New(rand.NewPCG(3, 4))
		for range 120 {
			f := randomFilter(rnd, 3)
			want := 0
			for _, d := range people {
				if matches(f, d) {
					want++
				}
			}
			p, err := s.PreviewAudience(context.Background(), ward.ID, f, "")
			require.NoError(t, err, "%+v", f)
			require.Equal(t, want, p.Total, "%+v", f)
			require.Len(t, p.Sample, min(want, 5))
			for _, medium := range []struct {
				name string
				n    int
			}{{"sms", p.Reach.SMS}, {"zalo", p.Reach.Zalo}, {"email", p.Reach.Email}, {"phone", p.Reach.Phone}, {"relay", p.Reach.Relay}, {"visit", p.Reach.Visit}} {
				want := 0
				for _, d := range people {
					if matches(f, d) && reaches(d, medium.name) {
						want++
					}
				}
				require.Equal(t, want, medium.n, "%s of %+v", medium.name, f)
			}
			none := 0
			for _, d := range people {
				if matches(f, d) && !slices.ContainsFunc([]string{"phone", "email", "relay", "visit"}, func(m string) bool { return reaches(d, m) }) {
					none++
				}
			}
			require.Equal(t, none, p.Excluded.NoChannel, "%+v", f)
		}
	})
}

// The audience is frozen at submit: who comes later is not in it, and who is in it stays.
func TestAudienceIsFrozenAtSubmit(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward, _ := crowd(t, s, 30)
		c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: ward.ID, Kind: "exam", Name: "x", Filter: campaigns.Under(ward.ID), Basis: "x", Fact: campaigns.CardIssued, Author: "an",
			Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"relay.x"}}}})
		require.NoError(t, err)
		a, err := s.SubmitCampaign(ctx, c.ID, "an")
		require.NoError(t, err)
		require.Equal(t, 30, a.Total)
		apptest.AddPerson(t, s, ward, "Đến sau", "")
		by, err := s.AudienceByUnit(ctx, a.ID)
		require.NoError(t, err)
		require.Equal(t, map[campaigns.UnitID]int{ward.ID: 30}, by)
		empty, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: ward.ID, Kind: "exam", Name: "y", Filter: campaigns.Is("birth_year", 1800), Basis: "x", Fact: campaigns.CardIssued, Author: "an"})
		require.NoError(t, err)
		_, err = s.SubmitCampaign(ctx, empty.ID, "an")
		require.ErrorIs(t, err, campaigns.ErrEmptyAudience)
		got, err := s.Campaign(ctx, empty.ID)
		require.NoError(t, err)
		require.Equal(t, campaigns.Draft, got.State, "nothing is half done")
	})
}

// A campaign may be about a school, a class or a village as well as about a ward.
func TestUnderASchoolAClassAVillage(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward, _ := crowd(t, s, 5)
		_, err := s.SavePeople(ctx, ward.ID, []store.Draft{{Name: "Học sinh", Born: "2009-01-01", Guardian: "G", School: "THCS Thử", Class: "9A", Village: "Tổ 1"}})
		require.NoError(t, err)
		school, err := s.UnitByName(ctx, ward.ID, campaigns.School, "THCS Thử")
		require.NoError(t, err)
		class, err := s.UnitByName(ctx, school.ID, campaigns.Class, "9A")
		require.NoError(t, err)
		village, err := s.UnitByName(ctx, ward.ID, campaigns.Village, "Tổ 1")
		require.NoError(t, err)
		for _, u := range []campaigns.Unit{school, class, village} {
			p, err := s.PreviewAudience(ctx, u.ID, campaigns.Under(u.ID), "")
			require.NoError(t, err)
			require.Equal(t, 1, p.Total, u.Name)
		}
	})
}

// What the database says of one person, condition by condition, comes to the same as the count.
func TestExplanationsAgreeWithTheCount(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		ward, _ := crowd(t, s, 40)
		everybody, err := s.FindPeople(ctx, store.PeopleFilter{Limit: 100})
		require.NoError(t, err)
		rnd := rand.New(rand.NewPCG(5, 6))
		for range 25 {
			f := randomFilter(rnd, 3)
			c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: ward.ID, Kind: "exam", Name: "x", Filter: f, Basis: "x", Fact: campaigns.CardIssued, Author: "an"})
			require.NoError(t, err)
			p, err := s.PreviewAudience(ctx, ward.ID, f, campaigns.CardIssued)
			require.NoError(t, err)
			meant := 0
			for _, who := range everybody {
				e, err := s.ExplainPerson(ctx, c.ID, who.ID)
				require.NoError(t, err)
				require.Equal(t, who.UnitID == ward.ID, e.InUnit)
				require.Len(t, e.Conditions, len(f.Leaves()))
				if e.Matches {
					require.Empty(t, e.Failed)
					meant++
				} else if e.InUnit {
					require.True(t, strings.HasPrefix(e.Failed, "filter"), e.Failed)
				}
				require.False(t, e.Frozen)
			}
			require.Equal(t, p.Total, meant, "%+v", f)
		}
		_, err = s.ExplainPerson(ctx, "none", everybody[0].ID)
		require.ErrorIs(t, err, campaigns.ErrNotFound)
	})
}
