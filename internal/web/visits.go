package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Visits is the record of the homes that somebody has to go to.
type Visits interface {
	VisitPlaces(ctx context.Context, path string) ([]VisitPlace, error)
	Visits(ctx context.Context, path string, village campaigns.UnitID, limit int) ([]HomeVisit, error)
}

// VisitPlace is a village with homes to go to.
type VisitPlace struct {
	ID     campaigns.UnitID
	Name   string
	Open   int
	Oldest time.Time
}

// HomeVisit is one home.
type HomeVisit struct {
	Task     campaigns.TaskID
	Person   campaigns.PersonID
	Name     string
	Born     string
	Place    campaigns.UnitID
	Address  string
	Campaign string
	Code     string
	Asked    bool
	Since    time.Time
}

// visitsView is what is to be visited, village by village.
type visitsView struct {
	Frame
	Lines []placeLine
	Total int
}

// placeLine is a village; To leads to its round.
type placeLine struct {
	To, Name string
	N        int
	Rounds   int
	Age      tag
}

// roundView is one round: a list for the hand, with a code at each home.
type roundView struct {
	Frame
	Village string
	AsOf    time.Time
	Phone   string
	Lines   []homeLine
	Boxes   []string // to be ticked with a pen at each home
	Rounds  []chip
	More    int
}

// homeLine is a home on a round.
type homeLine struct {
	N                       int
	To, Name, Born, Address string
	Sub, Code               string
	Asked                   bool
	QR                      qrCode
}

// roundSize is how many homes one officer goes to on a day, and what one sheet of A4 holds.
const roundSize = 12

// visitsMost is how many homes of a village are looked at; a longer list needs a second person (rulings.md 17, export rule).
const visitsMost = 200

func (s *server) visits(app *fiber.App) {
	app.Get("/visits", s.page(s.listVisits))
	app.Get("/visits/round", s.page(s.showRound))
}

func (s *server) listVisits(r *request) error {
	if err := r.need(mayTasks); err != nil {
		return err
	}
	if r.unit.Kind == campaigns.Class {
		return campaigns.ErrNotFound
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	places, err := s.Record.VisitPlaces(r.ctx, r.unit.Path)
	if err != nil {
		return err
	}
	v := visitsView{Frame: s.frame(r, "visits", "web.visits.title")}
	for _, p := range places {
		v.Total += p.Open
		v.Lines = append(v.Lines, placeLine{To: roundAddress(p.ID, 1), Name: s.villageName(r, p.Name), N: p.Open, Rounds: (p.Open + roundSize - 1) / roundSize, Age: s.age(r, p.Oldest, now)})
	}
	return s.show(r, "visits", &v)
}

func roundAddress(place campaigns.UnitID, round int) string {
	return "/visits/round?" + url.Values{"place": {string(place)}, "round": {strconv.Itoa(round)}}.Encode()
}

func (s *server) villageName(r *request, name string) string {
	if name == "" {
		return s.say(r, "print.no_village")
	}
	return name
}

func (s *server) showRound(r *request) error {
	if err := r.need(mayPeople); err != nil {
		return err
	}
	place := campaigns.UnitID(r.Query("place"))
	village := ""
	if place != "" {
		u, err := s.Record.Unit(r.ctx, place)
		if err != nil {
			return err
		}
		if !under(u.Path, r.unit.Path) {
			return campaigns.ErrNotFound
		}
		village = u.Name
	}
	now, err := s.Record.PolicyNow(r.ctx)
	if err != nil {
		return err
	}
	list, err := s.Record.Visits(r.ctx, r.unit.Path, place, visitsMost+1)
	if err != nil {
		return err
	}
	v := roundView{Village: s.villageName(r, village), AsOf: now, Phone: r.unit.Phone, More: max(len(list)-visitsMost, 0)}
	list = list[:min(len(list), visitsMost)]
	rounds := max((len(list)+roundSize-1)/roundSize, 1)
	round := min(max(r.QueryInt("round", 1), 1), rounds)
	v.Frame = s.frame(r, "visits", "web.visits.round_title", "place", v.Village, "round", round, "rounds", rounds)
	v.Frame.Back = &link{To: "/visits", Words: s.say(r, "web.visits.title")}
	for _, words := range strings.Split(s.say(r, "web.visits.boxes"), "☐")[1:] {
		v.Boxes = append(v.Boxes, "☐ "+strings.TrimSpace(words))
	}
	for i := 1; rounds > 1 && i <= rounds; i++ {
		v.Rounds = append(v.Rounds, chip{To: roundAddress(place, i), Words: s.say(r, "web.visits.round", "n", i), Current: i == round})
	}
	from := (round - 1) * roundSize
	list = list[from:min(from+roundSize, len(list))]
	shown := make([]campaigns.PersonID, len(list))
	for i, h := range list {
		shown[i] = h.Person
		line := homeLine{N: from + i + 1, To: "/people/" + string(h.Person), Name: h.Name, Born: bornOf(h.Born), Address: h.Address, Sub: h.Campaign, Code: h.Code, Asked: h.Asked}
		if line.QR, err = newQR(h.Code); err != nil {
			return err
		}
		v.Lines = append(v.Lines, line)
	}
	if err := r.sees(r.unit.ID, shown...); err != nil {
		return err
	}
	return s.show(r, "round", &v)
}
