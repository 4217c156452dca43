package web

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/notifier"
)

// Recipients is the record of the people of a campaign, one line a person.
type Recipients interface {
	Recipients(ctx context.Context, f RecipientFilter) ([]Recipient, error)
}

// RecipientFilter says which persons of an audience are looked for.
type RecipientFilter struct {
	Campaign campaigns.CampaignID
	Path     string
	Group    string
	NameKey  string // folded, anywhere in the name
	After    campaigns.PersonID
	Limit    int
}

// Recipient is one person of an audience with the last word of every kind.
type Recipient struct {
	ID       campaigns.PersonID
	Name     string
	Born     string
	Place    string
	Verified bool
	Channel  string
	State    notifier.State
	Reason   campaigns.Reason
	MovedAt  time.Time
	Answer   campaigns.AnswerKind
}

// recipientGroups are the filters of the list, in their order.
var recipientGroups = []string{"", "left", "silent", "not_reached", "coming", "claimed", "help", "wrong", "stopped", "verified"}

// recipientsView lists the people of a campaign.
type recipientsView struct {
	Frame
	To     string
	Group  string
	Name   string
	Chips  []chip
	People []recipientLine
	Empty  string
	After  string // cursor of what follows
}

// recipientLine is one person in the list, in words.
type recipientLine struct {
	To, Name, Born, Place string
	State                 tag
	Why, Last, Answer     string
}

func (s *server) recipients(app *fiber.App) {
	app.Get("/campaigns/:id/recipients", s.page(s.listRecipients))
	// A name stands in the body, never in an address.
	app.Post("/campaigns/:id/recipients", s.page(s.listRecipients))
}

func (s *server) listRecipients(r *request) error {
	if err := r.need(mayPeople); err != nil {
		return err
	}
	c, _, err := s.mine(r)
	if err != nil {
		return err
	}
	group := r.Query("group")
	if !slices.Contains(recipientGroups, group) {
		group = ""
	}
	v := recipientsView{To: "/campaigns/" + string(c.ID) + "/recipients", Group: group, Frame: s.frame(r, "campaigns", "web.recipients.title")}
	v.Frame.Back = &link{To: "/campaigns/" + string(c.ID), Words: c.Name}
	after := r.Query("after")
	if r.form != nil {
		v.Name, after = r.value("name"), r.value("after")
	}
	for _, g := range recipientGroups {
		key := "web.group.all"
		if g != "" {
			key = "web.group." + g
		}
		v.Chips = append(v.Chips, chip{To: v.To + "?" + url.Values{"group": {g}}.Encode(), Words: s.say(r, key), Current: g == group})
	}
	list, err := s.Record.Recipients(r.ctx, RecipientFilter{Campaign: c.ID, Path: r.unit.Path, Group: group, NameKey: nameKey(v.Name), After: campaigns.PersonID(after),
		Limit: pageRows + 1})
	if err != nil {
		return err
	}
	if len(list) > pageRows {
		list = list[:pageRows]
		v.After = string(list[pageRows-1].ID)
	}
	shown := make([]campaigns.PersonID, len(list))
	for i, p := range list {
		shown[i] = p.ID
	}
	if err := r.sees(r.unit.ID, shown...); err != nil {
		return err
	}
	for _, p := range list {
		v.People = append(v.People, s.recipientLine(r, c, p))
	}
	v.Empty = s.say(r, "web.recipients.empty")
	if v.Name != "" {
		v.Empty = s.say(r, "web.recipients.nobody")
	}
	return s.show(r, "recipients", &v)
}

// nameKey folds what somebody typed as names are folded in the record; signs that a search would read in another way
// are left out.
func nameKey(typed string) string { return wildcards.Replace(vn.Fold(typed)) }

func (s *server) recipientLine(r *request, c campaigns.Campaign, p Recipient) recipientLine {
	line := recipientLine{To: "/people/" + string(p.ID) + "?campaign=" + string(c.ID), Name: p.Name, Born: bornOf(p.Born), Place: p.Place, State: s.recipientTag(r, p)}
	if !p.MovedAt.IsZero() {
		line.Last = dateOf(p.MovedAt) + ", " + s.mediumWords(r, s.Lines.MediumOf(p.Channel))
	}
	if p.Reason != "" && !p.Verified {
		line.Why = s.say(r, "reason."+string(p.Reason))
	}
	if p.Answer != "" {
		line.Answer = s.say(r, "web.answer."+string(p.Answer))
	}
	return line
}

// recipientTag is the state of a person: done before all else, then what became of the last notice.
func (s *server) recipientTag(r *request, p Recipient) tag {
	switch {
	case p.Verified:
		return tag{"ok", "check", s.say(r, "web.recipient.verified")}
	case p.State == "":
		return tag{"", "", s.say(r, "web.recipient.waiting")}
	}
	t := tag{Words: s.say(r, "state."+string(p.State))}
	switch p.State {
	case notifier.Delivered:
		t.Kind = "ok"
	case notifier.Failed, notifier.Undelivered:
		t.Kind, t.Icon = "bad", "warn"
	case notifier.Suppressed, notifier.Expired, notifier.UnknownFinal, notifier.NoReceipt:
		t.Kind = "warn"
	case notifier.Accepted, notifier.Sending:
		t.Kind = "info"
	}
	return t
}
