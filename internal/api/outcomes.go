package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Outcomes is the record of verified facts. PersonByID12 finds a person by the full ID number.
type Outcomes interface {
	RecordOutcomes(ctx context.Context, list []campaigns.Outcome) (fresh int, err error)
	PersonByID12(ctx context.Context, number string) (campaigns.PersonID, error)
}

// OutcomeIn is an officer's mark. The person is named by id or by the ID number, not by both.
type OutcomeIn struct {
	PersonID string `json:"person_id,omitempty" maxLength:"64"`
	IDNumber string `json:"id_number,omitempty" maxLength:"20"`
	Fact     string `json:"fact" enum:"card,eid1,eid2,handed,matched"`
	DoneOn   string `json:"done_on,omitempty" format:"date"`
	Ref      string `json:"ref,omitempty" maxLength:"200" doc:"Number of the document."`
}

// OutcomeDone says whether the fact is new.
type OutcomeDone struct {
	PersonID campaigns.PersonID `json:"person_id"`
	Fresh    bool               `json:"fresh"`
}

// OutcomeReport says what became of an authoritative list. It names lines, never people.
type OutcomeReport struct {
	Lines    int           `json:"lines"`
	Fresh    int           `json:"fresh"`
	Known    int           `json:"known" doc:"Facts that were on record before."`
	Problems []LineProblem `json:"problems" nullable:"false"`
}

// LineProblem is a line that was not taken, and why: unknown_person, id_number, fact, done_on.
type LineProblem struct {
	Line int    `json:"line"`
	Code string `json:"code"`
}

func (a *API) outcomes(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/outcomes", id: "record-outcome", tag: "outcomes", summary: "An officer's mark: this person has it"}, a.recordOutcome)
	register(a, h, route{method: http.MethodPost, path: "/outcomes/csv", id: "import-outcomes", slow: true, tag: "outcomes", body: csvLimit,
		summary: "An authoritative list: id_number or person_id, fact, done_on; lines that name nobody are reported"}, a.importOutcomes)
}

func (a *API) recordOutcome(ctx context.Context, in *struct {
	Acting
	Body OutcomeIn
}) (*Body[OutcomeDone], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	if (in.Body.PersonID == "") == (in.Body.IDNumber == "") {
		return nil, invalid("body", "name the person by person_id or by id_number")
	}
	person, code, err := a.whoIs(ctx, in.Body.PersonID, in.Body.IDNumber)
	if err != nil {
		return nil, err
	}
	if code == "id_number" {
		return nil, invalid("body.id_number", "needs 12 digits")
	}
	if code != "" {
		return nil, campaigns.ErrNotFound
	}
	fresh, err := a.Record.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: person, Fact: campaigns.Fact(in.Body.Fact), Source: "officer",
		Ref: in.Body.Ref, Actor: actor, DoneOn: in.Body.DoneOn}})
	return body(OutcomeDone{PersonID: person, Fresh: fresh == 1}, err)
}

// whoIs finds a person; code says why there is none.
func (a *API) whoIs(ctx context.Context, id, number string) (person campaigns.PersonID, code string, err error) {
	if id != "" {
		p, err := a.Record.Person(ctx, campaigns.PersonID(id))
		if errors.Is(err, campaigns.ErrNotFound) || err == nil && !p.ErasedAt.IsZero() {
			return "", "unknown_person", nil
		}
		if err != nil {
			return "", "", err
		}
		return a.mine(ctx, p.ID)
	}
	number = digits(number)
	if n := len(number); (n == 10 || n == 11) && number[0] != '0' { // a spreadsheet has eaten the zeros in front
		number = "00"[:12-n] + number
	}
	if len(number) != 12 {
		return "", "id_number", nil
	}
	person, err = a.Record.PersonByID12(ctx, number)
	if errors.Is(err, campaigns.ErrNotFound) {
		return "", "unknown_person", nil
	}
	if err != nil {
		return "", "", err
	}
	return a.mine(ctx, person)
}

// mine leaves out a person whose outcomes are others' to record.
func (a *API) mine(ctx context.Context, id campaigns.PersonID) (person campaigns.PersonID, code string, err error) {
	err = a.atPerson(ctx, access.OutcomeRecord, string(id))
	if errors.Is(err, campaigns.ErrNotFound) {
		return "", "unknown_person", nil
	}
	return id, "", err
}

// outcomeChunk is how many lines one transaction records. A list that is sent again records what is missing.
const outcomeChunk = 500

func (a *API) importOutcomes(ctx context.Context, in *struct {
	Acting
	Ref     string `query:"ref" required:"true" minLength:"1" maxLength:"200" doc:"Number of the document that the list came with."`
	RawBody []byte `contentType:"text/csv"`
}) (*Body[OutcomeReport], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	t, err := readCSV(in.RawBody, []string{"id_number", "person_id", "fact", "done_on"}, "fact")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), uploadTime)
	defer cancel()
	report := OutcomeReport{Lines: len(t.rows), Problems: []LineProblem{}}
	var list []campaigns.Outcome
	taken := 0
	flush := func() error {
		fresh, err := a.Record.RecordOutcomes(ctx, list)
		report.Fresh += fresh
		list = list[:0]
		return err
	}
	for _, row := range t.rows {
		o, code, err := a.outcomeOf(ctx, row)
		if err != nil {
			return nil, err
		}
		if code != "" {
			report.Problems = append(report.Problems, LineProblem{Line: row.line, Code: code})
			continue
		}
		o.Source, o.Ref, o.Actor = "list", in.Ref, actor
		taken++
		if list = append(list, o); len(list) == outcomeChunk {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	err = flush()
	report.Known = taken - report.Fresh
	return body(report, err)
}

// outcomeOf reads one line; code says why it is not taken.
func (a *API) outcomeOf(ctx context.Context, row csvRow) (o campaigns.Outcome, code string, err error) {
	o.Fact = campaigns.Fact(row.get("fact"))
	if !o.Fact.Known() {
		return o, "fact", nil
	}
	if on := row.get("done_on"); on != "" {
		day, err := time.Parse(time.DateOnly, on)
		if err != nil {
			if day, err = time.Parse("2/1/2006", on); err != nil {
				return o, "done_on", nil
			}
		}
		o.DoneOn = day.Format(time.DateOnly)
	}
	o.PersonID, code, err = a.whoIs(ctx, row.get("person_id"), row.get("id_number"))
	return o, code, err
}
