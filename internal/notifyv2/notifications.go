package notifyv2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// stamp is how Notify writes a time.
const stamp = "2006-01-02T15:04:05.000000Z"

func at(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(stamp)
}

// byID finds the message that a path names.
func (s *server) byID(ctx context.Context, a ask) (m campaigns.Message, err error) {
	id := a.Params("id")
	if !isUUID(id) {
		return m, invalid("notification_id is not a valid UUID")
	}
	return s.Record.Message(ctx, a.service.ID, campaigns.MessageID(strings.ToLower(id)))
}

func (s *server) get(ctx context.Context, a ask) error {
	m, err := s.byID(ctx, a)
	if err != nil {
		return err
	}
	w, err := s.written(ctx, a, m)
	if err != nil {
		return err
	}
	return a.JSON(messageOut(a, m, w))
}

// written writes a message again: words are never kept, they follow from the template and the values. Of a message that
// cannot be written any more, such as one whose values were erased, the words are empty.
func (s *server) written(ctx context.Context, a ask, m campaigns.Message) (w campaigns.Written, err error) {
	desk, err := s.Post.Reopen(ctx, a.service, m)
	if err == nil {
		w, err = desk.Write(m)
	}
	if refused := (*campaigns.MessageError)(nil); errors.As(err, &refused) {
		return campaigns.Written{}, nil
	}
	return w, err
}

// messageOut is a message with what became of it.
func messageOut(a ask, m campaigns.Message, w campaigns.Written) fiber.Map {
	status := statusOf(m)
	out := fiber.Map{"id": m.ID, "reference": orNull(m.Reference), "email_address": nil, "phone_number": nil, "postcode": nil, "type": m.Kind, "status": status,
		"template": templateRef(a, m), "body": w.Body, "subject": orNull(w.Subject), "created_at": at(m.CreatedAt), "created_by_name": nil, "sent_at": at(m.SentAt),
		"completed_at": nil, "scheduled_for": nil, "postage": nil, "one_click_unsubscribe_url": orNull(m.Leave), "is_cost_data_ready": false, "cost_in_pounds": nil,
		"cost_details": fiber.Map{}}
	for i := range 6 {
		out["line_"+strconv.Itoa(i+1)] = nil
	}
	if ended(status) {
		out["completed_at"] = at(m.MovedAt)
	}
	switch m.Kind {
	case campaigns.Text:
		out["phone_number"], out["subject"] = m.To, nil
		out["cost_details"] = fiber.Map{"billable_sms_fragments": w.Parts, "international_rate_multiplier": 1, "sms_rate": nil}
	case campaigns.Mail:
		out["email_address"] = m.To
	default:
		for i, line := range m.Lines {
			if i < 6 {
				out["line_"+strconv.Itoa(i+1)] = line
			}
		}
		out["cost_details"] = fiber.Map{"billable_sheets_of_paper": 1, "postage": nil}
		out["estimated_delivery"] = nil
	}
	return out
}

// pageSize is how many messages a page has, as at Notify.
const pageSize = 250

func (s *server) list(ctx context.Context, a ask) error {
	f, wanted, err := filterOf(a)
	if err != nil {
		return err
	}
	var found []campaigns.Message
	for len(found) < pageSize {
		f.Limit = pageSize
		page, err := s.Record.Messages(ctx, f)
		if err != nil {
			return err
		}
		for _, m := range page {
			if matches(wanted, statusOf(m)) && len(found) < pageSize {
				found = append(found, m)
			}
		}
		if len(page) < pageSize {
			break
		}
		f.Before = page[len(page)-1].ID
	}
	out := make([]fiber.Map, len(found))
	for i, m := range found {
		w, err := s.written(ctx, a, m)
		if err != nil {
			return err
		}
		out[i] = messageOut(a, m, w)
	}
	links := fiber.Map{"current": a.BaseURL() + a.OriginalURL()}
	if len(found) > 0 {
		links["next"] = nextPage(a, "v2/notifications", string(found[len(found)-1].ID))
	}
	return a.JSON(fiber.Map{"notifications": out, "links": links})
}

// nextPage is the address of what is older, with the same filters. It is given also when nothing is older, as Notify does.
func nextPage(a ask, path, last string) string {
	q := url.Values{}
	for k, v := range a.Request().URI().QueryArgs().All() {
		if string(k) != "older_than" {
			q.Add(string(k), string(v))
		}
	}
	q.Set("older_than", last)
	return a.root() + path + "?" + q.Encode()
}

// filterOf reads the query of a list. Each filter may be given several times.
func filterOf(a ask) (f campaigns.MessageFilter, wanted []string, err error) {
	f = campaigns.MessageFilter{Service: a.service.ID, KeyKind: a.kind()}
	var wrong []string
	for k, v := range a.Request().URI().QueryArgs().All() {
		value := string(v)
		switch string(k) {
		case "status":
			if !slices.Contains(statuses, value) {
				wrong = append(wrong, fmt.Sprintf("status %s is not one of [%s]", shorten(value), strings.Join(statuses, ", ")))
			}
			wanted = append(wanted, value)
		case "template_type":
			if !slices.Contains(campaigns.MessageKinds, campaigns.MessageKind(value)) {
				wrong = append(wrong, fmt.Sprintf("template_type %s is not one of [sms, email, letter]", shorten(value)))
			}
			f.Kinds = append(f.Kinds, campaigns.MessageKind(value))
		case "reference":
			f.Reference = value
		case "older_than":
			if !isUUID(value) {
				wrong = append(wrong, "older_than is not a valid UUID")
			}
			f.Before = campaigns.MessageID(strings.ToLower(value))
		case "include_jobs":
			f.Jobs = strings.EqualFold(value, "true")
		default:
			wrong = append(wrong, fmt.Sprintf("Additional properties are not allowed (%s was unexpected)", shorten(string(k))))
		}
	}
	if wrong != nil {
		return f, nil, invalid(wrong...)
	}
	f.States = statesOf(wanted)
	return f, wanted, nil
}

func (s *server) pdf(ctx context.Context, a ask) error {
	m, err := s.byID(ctx, a)
	if err != nil {
		return err
	}
	if m.Kind != campaigns.Letter {
		return refusal("Notification is not a letter")
	}
	w, err := s.written(ctx, a, m)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := s.Letter(&file, m.Lines, w.Body); err != nil {
		return err
	}
	a.Set(fiber.HeaderContentType, "application/pdf")
	return a.Send(file.Bytes())
}
