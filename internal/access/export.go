package access

import (
	"context"
	"errors"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Bounds of files with people in them (security.md T7).
const (
	ExportAlone = 200  // rows that one person may take out without a second one's word
	ExportDay   = 5000 // rows that one person may take out in a Vietnamese day
	ExportLasts = 7 * 24 * time.Hour
)

// Errors of exports.
var (
	ErrExportAsked  = errors.New("access: a second person must grant a file of so many people first")
	ErrExportState  = errors.New("access: this file was decided about already, refused, or is too old")
	ErrExportSecond = errors.New("access: whoever asked for a file does not grant it")
	ErrExportDay    = errors.New("access: the day's rows of files are used up")
	ErrExportReason = errors.New("access: say in 5 to 500 characters what the file is for")
)

// ExportState is how far a file has come.
type ExportState string

// The states. A small file is granted as it is asked for.
const (
	ExportWaits      ExportState = "asked"
	ExportIsGranted  ExportState = "granted"
	ExportWasRefused ExportState = "refused"
)

// ExportOf says who is in a file; it names no person.
type ExportOf struct {
	Campaign campaigns.CampaignID `json:"campaign,omitempty"`
	Reason   campaigns.Reason     `json:"reason,omitempty"` // of the residual
}

// Export is a file with people in it.
type Export struct {
	ID          string
	UnitID      campaigns.UnitID
	Kind        string // people, residual
	Of          ExportOf
	People      int
	Reason      string
	AskedBy     string // names one person: of a key also the name of who acts
	AskedName   string
	AskedAt     time.Time
	State       ExportState
	DecidedName string
	DecidedAt   time.Time
	MadeAt      time.Time
}

// Self names the person who acts, for rules that need two: several persons may act with one key (rulings.md 17).
func (w Who) Self() string {
	if w.Kind == ByStaff {
		return w.ID
	}
	return w.ID + "|" + w.Name
}

// Grants says whether somebody may decide over a file.
func (e Export) Grants(by Who) error {
	switch {
	case e.State != ExportWaits:
		return ErrExportState
	case e.AskedBy == by.Self():
		return ErrExportSecond
	}
	return nil
}

// Makes says whether somebody may take a file of so many people out now.
func (e Export) Makes(by Who, people int, now time.Time) error {
	switch {
	case e.AskedBy != by.Self():
		return campaigns.ErrNotFound
	case e.State == ExportWaits, e.State == ExportIsGranted && people > ExportAlone && e.DecidedName == "":
		return ErrExportAsked
	case e.State == ExportWasRefused, now.Sub(e.AskedAt) > ExportLasts:
		return ErrExportState
	}
	return nil
}

// Exposed is a person whom somebody has seen, and how.
type Exposed struct {
	Person campaigns.PersonID `json:"person_id"`
	Looks  int                `json:"looks" doc:"How often."`
	First  time.Time          `json:"first" doc:"When first."`
	Last   time.Time          `json:"last" doc:"When last."`
	Ways   []Verb             `json:"ways" nullable:"false" doc:"How: person.view, person.reveal, person.file, export.make."`
}

// ExposureOf asks who was seen: by a person of the staff or a key, in a session, in a file, or in a list. One of them is set.
type ExposureOf struct {
	By       string // id of an account or a key
	Session  string
	Export   string
	Roster   campaigns.RosterID
	From, To time.Time // zero: without bound
}

// ExposureStore finds out who was exposed.
type ExposureStore interface {
	Exposure(ctx context.Context, of ExposureOf, paths []string) ([]Exposed, error)
}
