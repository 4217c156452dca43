package work

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// ErrTestHeld means that nothing leaves at this moment, tests included.
var ErrTestHeld = errors.New("work: nothing leaves at this moment")

// Open lists the open channels in their order.
func (e *Engine) Open() []string { return e.order }

// SendTest carries one notice to a number of the staff's own, past all queues: there is no campaign, no person and no
// later try. Whoever calls it has recorded before that it leaves, and records what became of it.
func (e *Engine) SendTest(ctx context.Context, channel string, m notifier.Message) (notifier.Sent, error) {
	line, open := e.lines[channel]
	switch {
	case !open:
		return notifier.Sent{}, campaigns.ErrNotFound
	case e.held(ctx):
		return notifier.Sent{}, ErrTestHeld
	}
	ctx, cancel := context.WithTimeout(ctx, line.Spec.Limits.Timeout)
	defer cancel()
	m.Key = strings.ToLower(rand.Text())
	return line.Channel.Send(ctx, m)
}
