package channeltest

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// Lists is a channel whose provider takes lists, in memory: the proof of notifier.ListSender, and a model for whoever
// writes a real one. What becomes of a message follows from its address:
//
//	ends in 1   refused for good
//	ends in 2   "not now"
//	ends in 3   taken, but the answer does not speak of it
//	ends in 4   taken, and the whole request's answer is lost
//	any other   accepted
type Lists struct {
	mu       sync.Mutex
	requests []int          // how many messages each held
	effects  map[string]int // texts that left, by key
}

var _ notifier.ListSender = (*Lists)(nil)

// ListsSpec describes it.
func ListsSpec(l *Lists) notifier.Spec {
	return notifier.Spec{Name: "sms.lists", Medium: "sms", Form: "sms_plain", Loopback: true,
		Limits: notifier.Limits{Window: 400, InFlight: 2, Timeout: 10 * time.Second, List: 100},
		New:    func(notifier.Settings) (notifier.Channel, error) { return l, nil }}
}

// Send implements notifier.Channel: a list of one.
func (l *Lists) Send(ctx context.Context, m notifier.Message) (notifier.Sent, error) {
	out := l.SendList(ctx, []notifier.Message{m})[0]
	if out.Failure != nil {
		return notifier.Sent{}, out.Failure
	}
	return out.Sent, nil
}

// SendList implements notifier.ListSender.
func (l *Lists) SendList(_ context.Context, list []notifier.Message) []notifier.Outcome {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, len(list))
	if l.effects == nil {
		l.effects = map[string]int{}
	}
	outs := make([]notifier.Outcome, len(list))
	lost := false
	for i, m := range list {
		switch {
		case strings.HasSuffix(m.To, "1"):
			outs[i].Failure = &notifier.Failure{Class: notifier.Permanent, Reason: notifier.NumberInvalid, Detail: "code 1"}
			continue
		case strings.HasSuffix(m.To, "2"):
			outs[i].Failure = &notifier.Failure{Class: notifier.Temporary, Reason: notifier.RateLimited, Detail: "code 2"}
			continue
		case strings.HasSuffix(m.To, "3"):
			outs[i].Failure = &notifier.Failure{Class: notifier.Unclear, Reason: notifier.NoAnswer, Detail: "not in the answer"}
		case strings.HasSuffix(m.To, "4"):
			lost = true
		default:
			outs[i].Sent = notifier.Sent{ProviderID: "list-" + m.Key, Parts: 1}
		}
		l.effects[m.Key]++
	}
	if lost {
		for i := range outs {
			outs[i] = notifier.Outcome{Failure: &notifier.Failure{Class: notifier.Unclear, Reason: notifier.NoAnswer, Detail: "answer lost"}}
		}
	}
	return outs
}

// Requests says how many messages each request held.
func (l *Lists) Requests() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]int(nil), l.requests...)
}

// Effects counts the texts that left, by key.
func (l *Lists) Effects() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[string]int, len(l.effects))
	for k, n := range l.effects {
		out[k] = n
	}
	return out
}
