package chaos

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

// Who acts; who writes a campaign never approves it.
const (
	author   = "Tran An"
	approver = "Le Binh"
)

// opening is the policy time at which a scenario begins: a Tuesday, 09:00 in Vietnam.
var opening = time.Date(2026, 12, 1, 9, 0, 0, 0, campaigns.Zone)

// canary is somebody whose name, number and ID must stand in no log, metric, key or queue.
var canary = store.Draft{Name: "Xuyến Kim Tước", ID: "003208999777", Born: "2008-07-09", Guardian: "Tước Kim Hoàng",
	Contacts: []store.ContactDraft{{Medium: "phone", Kind: "mobile", Owner: campaigns.Guardian, Address: "+84990000999"}}}

// canaryMail is where the canary gets mails, in scenes that have them.
const canaryMail = "tuoc.xuyen.999@loa.test"

// canaryTraces are the forms in which the canary could leak.
var canaryTraces = []string{"Xuyến Kim Tước", "Xuyen Kim Tuoc", "Tước Kim Hoàng", "Tuoc Kim Hoang", "003208999777", "990000999", "tuoc.xuyen.999"}

// scene is who lives in the database and how its clock runs.
type scene struct {
	people  int
	mail    bool      // they have mail addresses and no phones; numbers are the addresses
	wards   int       // among which the people are spread, 0 = 1
	rate    float64   // of policy time, 0 = 20
	at      time.Time // policy time at the beginning, zero = opening
	numbers []string  // of the people, E.164, ward by ward
	index   func(number string) []byte
	policy  func(time.Time) time.Time
	units   []campaigns.UnitID // the wards
}

// prefixes of Vietnamese mobile numbers; PREFIX 0000 xxx belongs to nobody (rulings.md 13).
var prefixes = []string{"32", "33", "34", "35", "36", "37", "38", "39", "52", "56", "58", "59", "70", "76", "77", "78", "79",
	"81", "82", "83", "84", "85", "86", "87", "88", "89", "90", "91", "92", "93", "94", "96", "97", "98"}

// number invents the i-th phone.
func number(i int) string {
	return fmt.Sprintf("+84%s0000%03d", prefixes[i/1000%len(prefixes)], i%1000)
}

// set fills an empty database: marked as a test, with a policy time of its own, one ward and its people. One household in
// twenty has two members with one phone.
func (sc *scene) set(ctx context.Context, target string, ring *keys.Ring) error {
	s, err := store.Open(ctx, target, ring)
	if err != nil {
		return err
	}
	return errors.Join(sc.fill(ctx, s), s.Close())
}

func (sc *scene) fill(ctx context.Context, s *store.Store) error {
	if err := s.TakeNode(ctx); err != nil {
		return err
	}
	if err := s.MarkPurpose(ctx, store.Test); err != nil {
		return err
	}
	medium := "phone"
	if sc.mail {
		medium = "email"
	}
	sc.index = func(address string) []byte { return s.AddressIndex(medium, address) }
	if err := sc.found(ctx, s); err != nil {
		return err
	}
	wards := len(sc.units)
	for i, ward := range sc.units {
		if err := sc.settle(ctx, s, ward, sc.people*i/wards, sc.people*(i+1)/wards); err != nil {
			return err
		}
	}
	s.Analyze(ctx)
	return sc.wind(ctx, s)
}

// found makes a province and its wards.
func (sc *scene) found(ctx context.Context, s *store.Store) error {
	units := []campaigns.Unit{{Code: "CHAOS", Kind: campaigns.Province, Name: "Tỉnh Thử", ValidFrom: "2025-07-01", Phone: "0200000000"}}
	for i := range max(sc.wards, 1) {
		units = append(units, campaigns.Unit{Code: fmt.Sprintf("CHAOS.%d", i+1), Kind: campaigns.Ward, Name: fmt.Sprintf("Phường Thử %d", i+1),
			ShortName: fmt.Sprintf("Thu %d", i+1), ParentID: "CHAOS", ValidFrom: "2025-07-01", Phone: "0200000001"})
	}
	if _, err := s.SaveUnits(ctx, units); err != nil {
		return err
	}
	for _, u := range units[1:] {
		ward, err := s.UnitByCode(ctx, u.Code, "2026-12-01")
		if err != nil {
			return err
		}
		sc.units = append(sc.units, ward.ID)
	}
	return nil
}

// settle records the people of a ward, from the from-th to before the to-th; the very first is the canary.
func (sc *scene) settle(ctx context.Context, s *store.Store, ward campaigns.UnitID, from, to int) error {
	const batch = 500
	var drafts []store.Draft
	for i := from; i < to; i++ {
		to := i
		if i%20 == 0 && i > from {
			to = i - 1
		} else {
			sc.numbers = append(sc.numbers, sc.contact(to).Address)
		}
		one := store.Draft{Name: fmt.Sprintf("Công Dân %s", letters(i)), Born: "2008-01-01", ID: fmt.Sprintf("005208%06d", i), Guardian: "Phụ Huynh " + letters(i),
			Contacts: []store.ContactDraft{sc.contact(to)}}
		if i == 0 {
			one = canary
			if sc.mail {
				one.Contacts = []store.ContactDraft{{Medium: "email", Owner: campaigns.Guardian, Address: canaryMail}}
			}
			sc.numbers[0] = one.Contacts[0].Address
		}
		if drafts = append(drafts, one); len(drafts) == batch || i == to-1 {
			if _, err := s.SavePeople(ctx, ward, drafts); err != nil {
				return err
			}
			drafts = drafts[:0]
		}
	}
	return nil
}

// contact is how the i-th is reached.
func (sc *scene) contact(i int) store.ContactDraft {
	if sc.mail {
		return store.ContactDraft{Medium: "email", Owner: campaigns.Guardian, Address: fmt.Sprintf("dan%d@loa.test", i)}
	}
	return store.ContactDraft{Medium: "phone", Kind: "mobile", Owner: campaigns.Guardian, Address: number(i)}
}

// letters spells a number, for names.
func letters(i int) string {
	out := []byte{}
	for ; i > 0; i /= 26 {
		out = append(out, byte('a'+i%26))
	}
	return string(out)
}

// wind starts policy time.
func (sc *scene) wind(ctx context.Context, s *store.Store) error {
	if sc.rate == 0 {
		sc.rate = 20
	}
	if sc.at.IsZero() {
		sc.at = opening
	}
	if err := s.SetPolicy(ctx, sc.at, sc.rate); err != nil {
		return err
	}
	now, err := s.Clock(ctx)
	if err != nil {
		return err
	}
	rate := sc.rate
	sc.policy = func(t time.Time) time.Time {
		return now.Policy.Add(time.Duration(float64(t.Sub(now.Raw)) * rate))
	}
	return nil
}

// known is how a number is called in the record.
func (sc *scene) known(number string) string { return hex.EncodeToString(sc.index(number)) }
