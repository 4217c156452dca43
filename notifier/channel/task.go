package channel

import (
	"context"
	"errors"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// taskLimits: the wire is our own database, which writes one after the other anyway.
var taskLimits = notifier.Limits{Window: 100, Timeout: 15 * time.Second}

// taskPolicy: a person's tick is the receipt, and people take their time.
var taskPolicy = notifier.Policy{Receipts: true, ReceiptWithin: 21 * 24 * time.Hour, Token: true, Once: true}

// paperPolicy: the same, but paper and loudspeakers carry no answer token.
var paperPolicy = notifier.Policy{Receipts: true, ReceiptWithin: taskPolicy.ReceiptWithin, Once: true}

// relayTaskSpec is the teacher's list: one task for a class and step, one line a pupil.
func relayTaskSpec(d Deps) notifier.Spec {
	return taskSpec("relay.task", "relay", "relay_private", taskPolicy, d.Tasks, TaskBook.PutRelay)
}

// visitTaskSpec is the officer's list of homes.
func visitTaskSpec(d Deps) notifier.Spec {
	return taskSpec("visit.task", "visit", "visit", taskPolicy, d.Tasks, TaskBook.PutVisit)
}

// printLetterSpec is a batch of letters for a village, to be printed and handed out.
func printLetterSpec(d Deps) notifier.Spec {
	return taskSpec("print.letter", "print", "print", paperPolicy, d.Tasks, TaskBook.PutPrint)
}

// speechScriptSpec is a script for the loudspeaker of a village. It names nobody; each who is meant has a line.
func speechScriptSpec(d Deps) notifier.Spec {
	return taskSpec("speech.script", "speech", "speech", paperPolicy, d.Tasks, TaskBook.PutScript)
}

// taskSpec is a channel whose wire is our own database.
func taskSpec(name, medium, form string, policy notifier.Policy, book TaskBook,
	put func(book TaskBook, ctx context.Context, m notifier.Message) (string, error)) notifier.Spec {
	return notifier.Spec{
		Name: name, Medium: medium, Form: form, Limits: taskLimits, Policy: policy, Loopback: true,
		New: func(notifier.Settings) (notifier.Channel, error) {
			if book == nil {
				return nil, errNoTaskBook
			}
			return task(func(ctx context.Context, m notifier.Message) (string, error) { return put(book, ctx, m) }), nil
		},
	}
}

var errNoTaskBook = errors.New("no task book in this process")

// task writes a notice down as something a person must do.
type task func(ctx context.Context, m notifier.Message) (string, error)

// Send puts the line. Any error is "not now", also a time out: the row is keyed, and writing it again changes nothing.
func (put task) Send(ctx context.Context, m notifier.Message) (notifier.Sent, error) {
	id, err := put(ctx, m)
	if err != nil {
		return notifier.Sent{}, &notifier.Failure{Class: notifier.Temporary, Reason: notifier.ProviderDown, Detail: taskDetail(err)}
	}
	// One task holds a whole class; the key makes the line, and with it the provider's id, one delivery's own.
	return notifier.Sent{ProviderID: id + "." + m.Key}, nil
}

// taskDetail says no more than the kind: a database's error may repeat values of the row.
func taskDetail(err error) string {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return "task book: time out"
	}
	return "task book: not written"
}
