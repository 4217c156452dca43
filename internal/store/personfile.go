package store

import (
	"context"
	"strconv"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// PersonFile reads all that is recorded of a person, in clear, and notes in the audit log that it was handed out.
func (s *Store) PersonFile(ctx context.Context, id campaigns.PersonID, request string, by access.Who) (campaigns.PersonFile, error) {
	f := campaigns.PersonFile{ID: id, Fields: []campaigns.FileField{}, Contacts: []campaigns.FileContact{}, Lists: []campaigns.FileList{}, Story: []campaigns.FileEvent{},
		Requests: []campaigns.FileRequest{}, Looks: map[string]int{}}
	p, err := s.Person(ctx, id)
	if err != nil {
		return f, err
	}
	unit, err := s.Unit(ctx, p.UnitID)
	if err != nil {
		return f, err
	}
	now, err := s.clock(ctx, s.r)
	if err != nil {
		return f, wrap("file of a person", err)
	}
	f.Unit, f.Made, f.Restricted = unit.Name, now.Policy, !p.RestrictedAt.IsZero()
	for _, part := range []func(ctx context.Context, p campaigns.Person, f *campaigns.PersonFile) error{s.fileFields, s.fileContacts, s.fileLists, s.fileStory, s.fileLooks} {
		if err := part(ctx, p, &f); err != nil {
			return f, wrap("file of a person", err)
		}
	}
	return f, s.RecordAudit(ctx, access.Entry{Unit: p.UnitID, Who: by, Verb: access.PersonFiled, Object: "request", ObjectID: request, Person: id})
}

func (s *Store) fileFields(ctx context.Context, p campaigns.Person, f *campaigns.PersonFile) error {
	clear, err := s.RevealPerson(ctx, p.ID)
	if err != nil {
		return err
	}
	places := map[string]string{}
	for name, id := range map[string]campaigns.UnitID{"village": p.VillageID, "school": p.SchoolID, "class": p.ClassID} {
		if id == "" {
			continue
		}
		u, err := s.Unit(ctx, id)
		if err != nil {
			return err
		}
		places[name] = u.Name
	}
	yes := func(v bool) string {
		if v {
			return "yes"
		}
		return ""
	}
	claim, eid := "", ""
	if p.CardClaim != nil {
		claim = strconv.FormatBool(*p.CardClaim)
	}
	if p.EIDClaim != nil {
		eid = strconv.Itoa(*p.EIDClaim)
	}
	for _, v := range [][2]string{{"name", p.Name}, {"born", p.Born}, {"sex", p.Sex}, {"id_number", clear.ID}, {"legacy_number", clear.Legacy}, {"address", clear.Address},
		{"village", places["village"]}, {"school", places["school"]}, {"class", places["class"]}, {"guardian", p.Guardian}, {"relative", p.Relative}, {"country", p.Country},
		{"returns_on", p.ReturnsOn}, {"card_claim", claim}, {"card_verified", yes(p.Card)}, {"eid_claim", eid}, {"eid_verified", yes(p.EID > 0)}, {"card_issued_on", p.CardIssuedOn},
		{"card_due_on", p.CardDueOn}, {"needs_visit", yes(p.NeedsVisit)}, {"away", yes(p.Away)}, {"language", p.Locale}} {
		if v[1] != "" {
			f.Fields = append(f.Fields, campaigns.FileField{Name: v[0], Value: v[1]})
		}
	}
	return nil
}

func (s *Store) fileContacts(ctx context.Context, p campaigns.Person, f *campaigns.PersonFile) error {
	for _, c := range p.Contacts {
		address, err := s.ContactAddress(ctx, c.ID)
		if err != nil {
			return err
		}
		f.Contacts = append(f.Contacts, campaigns.FileContact{Medium: c.Medium, Owner: c.Owner, Address: address, Stopped: c.OptedOut, Wrong: c.Wrong})
	}
	return nil
}

func (s *Store) fileLists(ctx context.Context, p campaigns.Person, f *campaigns.PersonFile) error {
	list, err := collect(ctx, s.r, func(row scanner) (l campaigns.FileList, err error) {
		var at int64
		err = row.Scan(&l.FileName, &at)
		l.At = ms(at)
		return l, err
	}, `SELECT DISTINCT r.file_name, r.started_at FROM roster_row x JOIN roster r ON r.id = x.roster_id WHERE x.person_id = $1 ORDER BY r.started_at DESC LIMIT 100`, string(p.ID))
	f.Lists = append(f.Lists, list...)
	return err
}

func (s *Store) fileStory(ctx context.Context, p campaigns.Person, f *campaigns.PersonFile) error {
	story, err := s.Story(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, l := range story {
		f.Story = append(f.Story, campaigns.FileEvent{At: l.At, What: l.What, Kind: l.Kind, Campaign: l.Campaign, Channel: l.Channel, Reason: l.Reason})
	}
	list, err := collect(ctx, s.r, s.scanSubject, `SELECT `+subjectColumns+` FROM subject_request WHERE person_id = $1 ORDER BY id DESC LIMIT 100`, string(p.ID))
	for _, r := range list {
		f.Requests = append(f.Requests, campaigns.FileRequest{Kind: r.Kind, State: r.State, At: r.ReceivedAt})
	}
	return err
}

// fileLooks counts what staff did with the record, as far as the log names the person alone.
func (s *Store) fileLooks(ctx context.Context, p campaigns.Person, f *campaigns.PersonFile) error {
	type look struct {
		verb string
		n    int
	}
	list, err := collect(ctx, s.r, func(row scanner) (l look, err error) { return l, row.Scan(&l.verb, &l.n) },
		`SELECT verb, count(*) FROM audit WHERE person_id = $1 AND person_id <> '' GROUP BY verb ORDER BY verb`, string(p.ID))
	for _, l := range list {
		f.Looks[l.verb] = l.n
	}
	return err
}
