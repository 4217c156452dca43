package notifyv2

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Callbacks says what services are to be told, and hears how it went.
type Callbacks interface {
	DueCallBacks(ctx context.Context, limit int, lease time.Duration) ([]campaigns.CallBack, error)
	CalledBack(ctx context.Context, c campaigns.CallBack, again bool) error
	Unit(ctx context.Context, id campaigns.UnitID) (campaigns.Unit, error)
}

// Caller calls services back, as Notify does: within 5 seconds, five times again where it may help.
type Caller struct {
	book   Callbacks
	client *http.Client
	log    *slog.Logger
}

// NewCaller returns a caller; client decides which addresses can be reached.
func NewCaller(b Callbacks, client *http.Client, log *slog.Logger) *Caller {
	return &Caller{book: b, client: client, log: log}
}

const (
	callEvery = 2 * time.Second
	callLease = 30 * time.Second
	callMost  = 20
	callTime  = 5 * time.Second
)

// Run calls back what is due until ctx ends.
func (c *Caller) Run(ctx context.Context) {
	t := time.NewTicker(callEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := c.Once(ctx); err != nil && ctx.Err() == nil {
				c.log.Warn("services could not be called back; the next look tries again", "error", err)
			}
		}
	}
}

// Once calls back what is due now.
func (c *Caller) Once(ctx context.Context) error {
	for {
		list, err := c.book.DueCallBacks(ctx, callMost, callLease)
		if err != nil {
			return err
		}
		for _, one := range list {
			again, err := c.call(ctx, one)
			if err != nil {
				return err
			}
			if err := c.book.CalledBack(ctx, one, again); err != nil {
				return err
			}
		}
		if len(list) < callMost {
			return nil
		}
	}
}

// call tells one thing and says whether to try again: after no answer, after 5xx and after 429.
func (c *Caller) call(ctx context.Context, v campaigns.CallBack) (again bool, err error) {
	to, body := v.Service.Receipts, map[string]any(nil)
	if v.Text != nil {
		unit, err := c.book.Unit(ctx, v.Service.UnitID)
		if err != nil {
			return true, err
		}
		to, body = v.Service.Texts, textOf(*v.Text, unit)
	} else {
		body = receiptOf(*v.Message)
	}
	if to.URL == "" {
		return false, nil // not wanted any more
	}
	return c.post(ctx, to, body), nil
}

func (c *Caller) post(ctx context.Context, to campaigns.Callback, body map[string]any) (again bool) {
	raw, err := json.Marshal(body)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(raw))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+to.Token)
	res, err := c.client.Do(req)
	if err != nil {
		return true
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	return res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests
}

func receiptOf(m campaigns.Message) map[string]any {
	return map[string]any{"id": m.ID, "reference": orNull(m.Reference), "to": m.To, "status": statusOf(m), "created_at": at(m.CreatedAt), "completed_at": at(m.MovedAt),
		"sent_at": at(m.SentAt), "notification_type": m.Kind, "template_id": m.Template, "template_version": m.N}
}

func textOf(t campaigns.TextReceived, unit campaigns.Unit) map[string]any {
	return map[string]any{"id": t.ID, "source_number": t.From, "destination_number": unit.ShortName, "message": t.Body, "date_received": at(t.At)}
}
