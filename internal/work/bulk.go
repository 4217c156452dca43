package work

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// BulkRecord is what bulk sends need of the store.
type BulkRecord interface {
	MessageRecord
	Service(ctx context.Context, id campaigns.ServiceID) (campaigns.Service, error)
	RunningBulks(ctx context.Context, limit int) ([]campaigns.BulkSend, error)
	CarryBulk(ctx context.Context, id campaigns.BulkID, v campaigns.Service, limit int, ready func(r campaigns.BulkRow) (campaigns.Message, error)) (more bool, err error)
	RefuseBulk(ctx context.Context, id campaigns.BulkID, why *campaigns.MessageError) error
}

// Bulks makes messages of the rows of bulk sends.
type Bulks struct {
	record BulkRecord
	post   *Dispatcher
	log    *slog.Logger
}

// NewBulks returns the worker of bulk sends.
func NewBulks(record BulkRecord, post *Dispatcher, log *slog.Logger) *Bulks {
	return &Bulks{record: record, post: post, log: log}
}

const (
	bulkEvery  = time.Second
	bulkAtOnce = 8
	// rowsAtOnce are made into messages in one transaction, in which nobody else writes to the file.
	rowsAtOnce = 200
)

// Run carries bulk sends until ctx ends.
func (b *Bulks) Run(ctx context.Context) {
	every(ctx, bulkEvery, func() {
		if err := b.Once(ctx); err != nil && ctx.Err() == nil {
			b.log.Warn("a bulk send could not go on; the next look tries again", "error", err)
		}
	})
}

// Once makes messages of all rows that are there now, the bulk sends by turns so that none waits for a long one.
func (b *Bulks) Once(ctx context.Context) error {
	for {
		list, err := b.record.RunningBulks(ctx, bulkAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, one := range list {
			if err := b.carry(ctx, one); err != nil {
				return err
			}
		}
	}
}

// carry makes messages of the next rows of one bulk send.
func (b *Bulks) carry(ctx context.Context, one campaigns.BulkSend) error {
	v, err := b.record.Service(ctx, one.ServiceID)
	if err != nil {
		return err
	}
	var refused *campaigns.MessageError
	if !v.ArchivedAt.IsZero() {
		return b.record.RefuseBulk(ctx, one.ID, &campaigns.MessageError{Fault: campaigns.StoppedByUnit})
	}
	version, err := b.record.TemplateVersion(ctx, one.VersionID)
	if err != nil {
		return err
	}
	desk, err := b.post.open(ctx, v, one.KeyKind, one.Kind, version)
	if errors.As(err, &refused) {
		return b.record.RefuseBulk(ctx, one.ID, refused)
	}
	if err != nil {
		return err
	}
	_, err = b.record.CarryBulk(ctx, one.ID, v, rowsAtOnce, func(r campaigns.BulkRow) (campaigns.Message, error) { return desk.Ready(r.To, r.Lines, r.Values) })
	if errors.Is(err, campaigns.ErrStopped) {
		return b.record.RefuseBulk(ctx, one.ID, &campaigns.MessageError{Fault: campaigns.StoppedByUnit})
	}
	if err == nil {
		_ = b.post.engine.bell.Ring(ctx, campaigns.Normal) // what no bell announced the tick finds
	}
	return err
}
